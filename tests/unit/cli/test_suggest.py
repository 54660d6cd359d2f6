from __future__ import annotations

import json

import pytest

from .conftest import code, text


@pytest.fixture
def untagged(notebook):
    load = (
        "import random\nrows = [random.random() for _ in range(9)]\nbig = [row for row in rows if row > 0.5]"
    )
    add = "total = sum(rows)\nmean = total / len(rows)\nprint(total, mean)"
    return notebook(
        text("# Work"),
        text("## Load data"),
        code(load, "keep-me"),
        text("## Add up"),
        code(add),
        code("print(big)"),
    )


def tags_of(path) -> list[list[str]]:
    cells = json.loads(path.read_text())["cells"]
    return [cell["metadata"].get("tags", []) for cell in cells if cell["cell_type"] == "code"]


def test_nothing_is_written_unless_asked(kfp, untagged):
    before = untagged.read_bytes()
    answer = kfp("suggest", untagged)
    assert answer.status == 0
    assert ":cell 1: step:load-data\n    import random\n" in answer.out
    assert "--write" in answer.out
    assert untagged.read_bytes() == before


def test_written_tags_join_those_that_are_there(kfp, untagged):
    assert kfp("suggest", untagged, "--write").status == 0
    first, second, third = tags_of(untagged)
    assert first == ["keep-me", "step:load-data"]
    assert second == ["step:add-up"]
    assert third == []
    assert kfp("check", untagged, "--json").json["steps"] == ["load-data", "add-up"]


def test_json_names_cells_and_tags(kfp, untagged):
    content = kfp("suggest", untagged, "--json").json
    assert content["written"] is False
    assert content["cells"][0] == {"cell": "cell-2", "cell_number": 1, "tags": ["step:load-data"]}


def test_a_tagged_notebook_has_nothing_to_propose(kfp, small):
    answer = kfp("suggest", small, "--write")
    assert (answer.status, answer.out) == (0, f"{small}: nothing to propose\n")
