import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.errors import NotebookError
from jupyter_kfp.notebook import parse_notebook, read_notebook


def refusal(path):
    with pytest.raises(NotebookError) as caught:
        read_notebook(path)
    assert caught.value.where.startswith(str(path))
    assert caught.value.fix
    return caught.value


@pytest.fixture
def write(tmp_path):
    """Writes a file `nb.ipynb` from JSON, text or bytes."""

    def write(content):
        path = tmp_path / "nb.ipynb"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_notebook_is_read_with_cells_kernel_and_path(write, as_json):
    path = write(as_json(("a = 1\nb = 2", "step:a", "other")))
    notebook = read_notebook(path)
    (cell,) = notebook.cells
    assert (cell.id, cell.number, cell.source, cell.tags) == ("c1", 1, "a = 1\nb = 2", ("step:a", "other"))
    assert notebook.path == path
    assert (notebook.kernel.name, notebook.kernel.display_name, notebook.kernel.language) == (
        "python3",
        "Python 3",
        "python",
    )


def test_a_source_stored_as_lines_is_one_source(as_json):
    node = as_json(("", "step:a"))
    node["cells"][0]["source"] = ["a = 1\n", "b = 2"]
    assert parse_notebook(node, Path("x.ipynb")).cells[0].source == "a = 1\nb = 2"


def test_a_file_that_is_not_there_is_refused_and_a_near_name_offered(tmp_path, write, as_json):
    write(as_json(("a = 1",)))
    error = refusal(tmp_path / "bn.ipynb")
    assert "no such file" in error.message
    assert "nb.ipynb" in error.fix


def test_a_file_in_a_folder_that_is_not_there_is_refused(tmp_path):
    assert "no folder" in refusal(tmp_path / "gone" / "nb.ipynb").fix


def test_a_name_without_its_ending_is_completed(tmp_path, write, as_json):
    write(as_json(("a = 1",)))
    assert "nb.ipynb" in refusal(tmp_path / "nb").fix


def test_a_folder_is_refused(tmp_path):
    assert "folder" in refusal(tmp_path).message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(write, as_json):
    path = write(as_json(("a = 1",)))
    path.chmod(0)
    assert "permission denied" in refusal(path).message


def test_a_path_too_long_for_the_system_is_refused(tmp_path):
    assert "cannot be read" in refusal(tmp_path / ("x" * 300)).message


@pytest.mark.parametrize(
    ("content", "message", "fix"),
    [
        ("not json", "not JSON", "ipynb"),
        ("", "not JSON", "empty"),
        ('{"cells": [', "line 1", "earlier version"),
        ("<<<<<<< HEAD\n", "not JSON", "ipynb"),
        ('{\n<<<<<<< HEAD\n "a": 1\n=======\n "a": 2\n>>>>>>> other\n}', "not JSON", "merge conflict"),
        (b"\xff\xfe\x00", "not UTF-8", "UTF-8"),
        ("[" * 100_000, "nested too deeply", "ipynb"),
        ([], "not a notebook", "ipynb"),
        ({}, "not a notebook", "ipynb"),
        ({"version": "2.0"}, "not a notebook", "ipynb"),
        ({"nbformat": "4", "cells": []}, "`nbformat` is '4'", "JupyterLab"),
        ({"nbformat": 5, "cells": []}, "format 5", "upgrade"),
        ({"nbformat": 4}, "`cells`", "JupyterLab"),
        ({"nbformat": 4, "cells": {}}, "`cells`", "JupyterLab"),
        ({"nbformat": 4, "cells": []}, "no code", "Write code"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_notebook_is_refused_with_a_reason(write, content, message, fix):
    error = refusal(write(content))
    assert message in error.message
    assert fix in error.fix


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_old_format_is_refused_with_the_command_that_upgrades_it(write, version):
    error = refusal(write({"nbformat": version, "worksheets": []}))
    assert f"old format {version}" in error.message
    assert "jupyter nbconvert --to notebook --nbformat 4 --inplace" in error.fix


def test_the_command_that_upgrades_quotes_the_path(tmp_path):
    path = tmp_path / "my $(notebook).ipynb"
    path.write_text('{"nbformat": 3}')
    assert f"'{path}'" in refusal(path).fix


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ({"cell_type": "cod", "source": "", "metadata": {}}, "`cell_type`"),
        ({"cell_type": "code", "metadata": {}}, "`source`"),
        ({"cell_type": "code", "source": 3, "metadata": {}}, "`source`"),
        ({"cell_type": "code", "source": ["a", 1], "metadata": {}}, "`source`"),
        ({"cell_type": "code", "source": "", "metadata": []}, "`metadata`"),
        ({"cell_type": "code", "source": "", "metadata": {"tags": "step:a"}}, "`metadata.tags`"),
        ({"cell_type": "code", "source": "", "metadata": {"tags": [1]}}, "`metadata.tags.0`"),
        ({"cell_type": "code", "source": "\ud800", "metadata": {}}, "`source`"),
        ("text", "`cells.1`"),
    ],
)
def test_a_broken_cell_is_refused_and_named(write, as_json, cell, message):
    node = as_json(("a = 1",))
    node["cells"].append(cell)
    error = refusal(write(node))
    assert "cell 2 of all" in error.where
    assert message in error.message


def test_a_notebook_whose_code_is_all_empty_is_refused(write, as_json):
    assert "no code" in refusal(write(as_json("# Title", (" \n",)))).message


def test_foreign_metadata_and_odd_outputs_do_not_matter(as_json, codes):
    node = as_json(("a = 1", "step:a"), widgets={"x": 1}, vscode=None)
    node["cells"][0]["outputs"] = [{"output_type": "made-up"}]
    node["cells"][0]["metadata"]["collapsed"] = "yes"
    assert codes(parse_notebook(node, Path("x.ipynb"))) == []


def test_a_newer_minor_version_is_read(as_json, codes):
    assert codes(parse_notebook(as_json(("a = 1", "step:a")) | {"nbformat_minor": 9}, Path("x.ipynb"))) == []


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}, "R"),
        ({"kernelspec": {"name": "ir", "display_name": "R"}}, "R"),
        ({"kernelspec": {"name": "julia-1.9", "display_name": "Julia"}}, "julia"),
        ({"kernelspec": {"name": "x", "display_name": "X"}, "language_info": {"name": "scala"}}, "scala"),
    ],
)
def test_a_kernel_that_is_not_python_is_an_error(read, metadata, language):
    notebook = read(("x <- 1", "step:a"), **metadata)
    (found,) = notebook.findings
    assert found.code == "JK109"
    assert language in found.message


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "my-env", "display_name": "Mine"}, "language_info": {"name": "python"}},
        {"kernelspec": {"name": "conda-env-x-py"}},
        {"kernelspec": None, "language_info": None},
        {"kernelspec": {"name": "python3", "display_name": "P", "language": "Python"}},
    ],
)
def test_python_kernels_are_recognised_by_what_there_is(read, codes, metadata):
    assert codes(read(("a = 1", "step:a"), **metadata)) == []


def test_findings_stand_in_the_order_of_their_cells(read):
    notebook = read(("a = 1", "step:a"), ("b = 1", "stpe:b"), ("c = 1", "step:c", "after:d"))
    assert [found.cell_number for found in notebook.findings] == [2, 3]


def test_importing_and_reading_need_no_jupyter(write, as_json):
    path = write(as_json("# Title", ("a = 1", "step:a"), jupyter_kfp={"name": "x"}))
    script = (
        "import sys; from pathlib import Path; from jupyter_kfp.notebook import read_notebook\n"
        "read_notebook(Path(sys.argv[1]))\n"
        "print([m for m in ('nbformat', 'jupyter_server', 'papermill', 'kfp', 'jsonschema') if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["code", "markdown", "raw"]),
            TEXT,
            st.lists(TEXT.filter(lambda text: text and "," not in text), max_size=3, unique=True),
        ),
        max_size=6,
    ),
    st.integers(0, 5),
)
def test_whatever_nbformat_takes_is_read(cells, minor):
    made = nbformat.v4.new_notebook(nbformat_minor=minor)
    for number, (kind, source, tags) in enumerate(cells):
        cell = getattr(nbformat.v4, f"new_{kind}_cell")(source, metadata={"tags": tags}, id=f"c{number}")
        if minor < 5:
            del cell["id"]
        made.cells.append(cell)
    nbformat.validate(made)
    node = json.loads(nbformat.writes(made))
    sources = [source for kind, source, _ in cells if kind == "code" and source.strip()]
    if not sources:
        with pytest.raises(NotebookError, match="no code"):
            parse_notebook(node, Path("x.ipynb"))
        return
    notebook = parse_notebook(node, Path("x.ipynb"))
    assert [cell.source for cell in notebook.cells] == sources
    grouped = [cell.id for group in notebook.groups for cell in group.cells]
    assert len(set(grouped)) == len(grouped)
