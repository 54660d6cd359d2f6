import difflib
import json
import stat

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.errors import NotebookError
from jupyter_kfp.notebook import read_notebook, write_ids, write_settings, write_tags
from jupyter_kfp.notebook.settings import PipelineSettings


def as_nbformat_writes(node):
    return json.dumps(node, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": ")) + "\n"


@pytest.fixture
def path(tmp_path, as_json):
    path = tmp_path / "nb.ipynb"
    node = as_json(
        "# Größe", ("a = 'é'\nb = 1", "step:a", "hide-input"), ("c = 1",), other={"x": [1, {"y": 1.50}]}
    )
    path.write_text(as_nbformat_writes(node), encoding="utf-8")
    return path


def changed_lines(before, after):
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line[0] + line[2:].strip() for line in lines if line[0] in "+-"]


def test_tags_are_replaced_and_only_their_lines_change(path):
    before = path.read_text(encoding="utf-8")
    assert write_tags(path, {"c1": ["step:load", "hide-input"]})
    after = path.read_text(encoding="utf-8")
    assert changed_lines(before, after) == ['-"step:a",', '+"step:load",']
    assert read_notebook(path).cells[0].tags == ("step:load", "hide-input")


def test_tags_for_a_cell_without_any_are_added_as_nbformat_would_write_them(path):
    write_tags(path, {"c2": ["step:b"]})
    node = json.loads(path.read_text(encoding="utf-8"))
    assert path.read_text(encoding="utf-8") == as_nbformat_writes(node)
    assert read_notebook(path).cells[1].tags == ("step:b",)


def test_tags_that_are_there_already_change_nothing(path):
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert not write_tags(path, {"c1": ["step:a", "hide-input"], "c2": []})
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_tags_can_be_taken_away(path):
    write_tags(path, {"c1": []})
    assert read_notebook(path).cells[0].tags == ()


def test_tags_for_a_cell_that_is_not_there_are_refused_and_nothing_is_written(path):
    before = path.read_bytes()
    with pytest.raises(NotebookError, match="no cell with the id `gone`"):
        write_tags(path, {"c1": ["step:x"], "gone": ["step:y"]})
    assert path.read_bytes() == before


def test_tags_reach_cells_whose_ids_are_derived(path):
    node = json.loads(path.read_text(encoding="utf-8"))
    for cell in node["cells"]:
        del cell["id"]
    path.write_text(json.dumps(node), encoding="utf-8")
    cells = read_notebook(path).cells
    write_tags(path, {cells[1].id: ["step:b"]})
    assert [cell.tags for cell in read_notebook(path).cells] == [("step:a", "hide-input"), ("step:b",)]
    assert "id" not in json.loads(path.read_text(encoding="utf-8"))["cells"][0]


def test_hostile_tags_are_only_text(path):
    hostile = ['"], "x": ["', "a\nb", "\\", "</script>", "${x}", "\u2028"]
    write_tags(path, {"c2": hostile})
    assert list(read_notebook(path).cells[1].tags) == hostile


def test_settings_are_added_to_the_metadata(path):
    before = json.loads(path.read_text(encoding="utf-8"))
    assert write_settings(path, PipelineSettings(name="iris", bucket="gs://bucket"))
    after = json.loads(path.read_text(encoding="utf-8"))
    assert after["metadata"].pop("jupyter_kfp") == {"name": "iris", "bucket": "gs://bucket"}
    assert after == before


def test_settings_that_are_there_stay(path):
    write_settings(path, {"name": "mine", "steps": {"a": {"cpu": "1"}}})
    write_settings(path, {"name": "other", "experiment": "E", "steps": {"a": {"cpu": "2", "memory": "1Gi"}}})
    assert json.loads(path.read_text(encoding="utf-8"))["metadata"]["jupyter_kfp"] == {
        "name": "mine",
        "experiment": "E",
        "steps": {"a": {"cpu": "1", "memory": "1Gi"}},
    }


def test_settings_written_twice_change_nothing_the_second_time(path):
    assert write_settings(path, {"name": "x", "defaults": {}})
    assert not write_settings(path, {"name": "y", "defaults": {}})


def test_settings_are_not_written_over_something_that_is_no_object(path):
    node = json.loads(path.read_text(encoding="utf-8"))
    node["metadata"]["jupyter_kfp"] = "text"
    path.write_text(json.dumps(node), encoding="utf-8")
    with pytest.raises(NotebookError, match="not an object"):
        write_settings(path, {"name": "x"})


def test_missing_ids_are_written_and_stay_those_that_were_read(path):
    node = json.loads(path.read_text(encoding="utf-8"))
    for cell in node["cells"]:
        del cell["id"]
    node["nbformat_minor"] = 2
    path.write_text(as_nbformat_writes(node), encoding="utf-8")
    read = [cell.id for cell in read_notebook(path).cells]
    assert write_ids(path) == 3
    assert write_ids(path) == 0
    assert [cell.id for cell in read_notebook(path).cells] == read
    assert read_notebook(path).findings == ()
    nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))
    assert path.read_text(encoding="utf-8") == as_nbformat_writes(
        json.loads(path.read_text(encoding="utf-8"))
    )


def test_ids_that_stand_twice_are_told_apart(path):
    node = json.loads(path.read_text(encoding="utf-8"))
    node["cells"][2]["id"] = "c1"
    path.write_text(as_nbformat_writes(node), encoding="utf-8")
    assert write_ids(path) == 1
    first, second = read_notebook(path).cells
    assert first.id == "c1" != second.id
    assert read_notebook(path).findings == ()


def test_the_mode_of_the_file_is_kept(path):
    path.chmod(0o640)
    write_tags(path, {"c2": ["step:b"]})
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(path, tmp_path):
    link = tmp_path / "link.ipynb"
    link.symlink_to(path)
    write_tags(link, {"c2": ["step:b"]})
    assert link.is_symlink()
    assert read_notebook(path).cells[1].tags == ("step:b",)


def test_nothing_is_left_beside_the_file(path, tmp_path):
    write_tags(path, {"c2": ["step:b"]})
    assert [entry.name for entry in tmp_path.iterdir()] == ["nb.ipynb"]


def test_a_failing_write_leaves_the_file_and_nothing_beside_it(path, tmp_path, monkeypatch):
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jupyter_kfp.notebook.write.shutil.copymode", fail)
    with pytest.raises(NotebookError, match="no space left on device"):
        write_tags(path, {"c2": ["step:b"]})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["nb.ipynb"]


def test_a_file_on_one_line_stays_on_one_line(path):
    node = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(node, separators=(",", ":")), encoding="utf-8")
    write_tags(path, {"c2": ["step:b", "x"]})
    assert '"metadata":{"tags":["step:b","x"]}' in path.read_text(encoding="utf-8")


def test_a_list_on_one_line_in_a_tall_file_stays_on_one_line(path):
    text = path.read_text(encoding="utf-8")
    lines = '[\n     "step:a",\n     "hide-input"\n    ]'
    assert lines in text
    path.write_text(text.replace(lines, '["step:a", "hide-input"]'), encoding="utf-8")
    write_tags(path, {"c1": ["step:b"]})
    assert '"tags": ["step:b"]' in path.read_text(encoding="utf-8")


def test_windows_line_ends_are_kept(path):
    path.write_bytes(path.read_text(encoding="utf-8").replace("\n", "\r\n").encode())
    write_tags(path, {"c2": ["step:b"]})
    write_settings(path, {"name": "x"})
    content = path.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")


def test_odd_spelling_elsewhere_is_left_as_it_is(path):
    text = (
        '{"nbformat":4 , "metadata":{ "x" : 1E5,"y":"\\u00e9\\/" },\n\n'
        '  "cells":[ {"source":"a=1","cell_type":"code"\n} ]\t}'
    )
    path.write_text(text, encoding="utf-8")
    (cell,) = read_notebook(path).cells
    write_tags(path, {cell.id: ["step:é"]})
    after = path.read_text(encoding="utf-8")
    assert json.loads(after)["cells"][0]["metadata"] == {"tags": ["step:é"]}
    kept = [piece for tag, *piece in difflib.ndiff(text, after) if tag == " "]
    assert len(kept) == len(text)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
CELL_METADATA = st.dictionaries(WORDS.filter(lambda key: key != "tags"), VALUES, max_size=3)
TAGS = st.lists(WORDS, max_size=3)


@st.composite
def documents(draw):
    """A notebook's JSON, some of its cells tagged."""
    cells = []
    for number in range(draw(st.integers(1, 4))):
        metadata = draw(CELL_METADATA)
        if draw(st.booleans()):
            metadata["tags"] = draw(TAGS)
        cells.append(
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"c{number}",
                "metadata": metadata,
                "outputs": draw(st.lists(VALUES, max_size=2)),
                "source": draw(WORDS),
            }
        )
    return {
        "cells": cells,
        "metadata": draw(st.dictionaries(WORDS.filter(lambda key: key != "jupyter_kfp"), VALUES, max_size=3)),
        "nbformat": 4,
        "nbformat_minor": 5,
    }


STYLES = (
    st.fixed_dictionaries(
        {
            "indent": st.sampled_from([1, 2, 4, "\t"]),
            "sort_keys": st.booleans(),
            "ensure_ascii": st.just(False),
            "separators": st.just((",", ": ")),
        }
    )
    | st.just({"separators": (",", ":"), "ensure_ascii": False})
    | st.just({"ensure_ascii": False})
)


@given(st.data(), documents(), STYLES, st.sampled_from(["", "\n"]))
def test_writing_tags_gives_what_writing_the_whole_notebook_in_its_style_gives(
    tmp_path_factory, data, node, style, ending
):
    path = tmp_path_factory.getbasetemp() / "property.ipynb"
    path.write_bytes((json.dumps(node, **style) + ending).encode())
    tags = data.draw(st.dictionaries(st.sampled_from([cell["id"] for cell in node["cells"]]), TAGS))
    write_tags(path, tags)
    written = path.read_bytes().decode()

    in_order = {cell["id"]: list(cell["metadata"]) == sorted(cell["metadata"]) for cell in node["cells"]}
    for cell in node["cells"]:
        had = cell["metadata"].get("tags", [])
        if tags.get(cell["id"], had) != had:
            cell["metadata"]["tags"] = tags[cell["id"]]
            if in_order[cell["id"]] and not style.get("sort_keys"):
                cell["metadata"] = dict(sorted(cell["metadata"].items()))
    assert json.loads(written) == node
    assert written == json.dumps(node, **style) + ending


@given(documents(), STYLES, st.dictionaries(WORDS, VALUES, min_size=1, max_size=3))
def test_writing_settings_changes_nothing_else(tmp_path_factory, node, style, new):
    path = tmp_path_factory.getbasetemp() / "property.ipynb"
    path.write_bytes(json.dumps(node, **style).encode())
    write_settings(path, new)
    written = path.read_bytes().decode()
    in_order = list(node["metadata"]) == sorted(node["metadata"])
    node["metadata"]["jupyter_kfp"] = new
    if in_order:
        node["metadata"] = dict(sorted(node["metadata"].items()))
    assert json.loads(written) == node
    # the document's own keys are in order, so new ones are written in order too
    node["metadata"]["jupyter_kfp"] = json.loads(json.dumps(new, sort_keys=True))
    assert written == json.dumps(node, **style)
