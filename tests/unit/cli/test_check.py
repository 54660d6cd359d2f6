from __future__ import annotations

import pytest

from .conftest import code


def test_a_sound_notebook_ends_with_zero_and_one_line(kfp, small):
    answer = kfp("check", small)
    assert (answer.status, answer.out) == (0, f"{small}: 2 steps, no findings\n")
    assert answer.err == ""


def test_a_finding_reads_like_a_compilers(kfp, notebook):
    notebook(code("x = 1\ny = = 2", "step:a"))
    answer = kfp("check", "small.ipynb")
    assert answer.status == 1
    assert answer.out.splitlines() == [
        "small.ipynb:cell 1:2: error JK201: this is not Python: invalid syntax",
        "    y = = 2",
        *(["        ^"] if "        ^" in answer.out else []),
        "  fix: Mend the cell, or tag it `skip`.",
        "small.ipynb: 1 step, 1 error",
    ]


def test_warnings_and_hints_are_no_failure(kfp, notebook):
    answer = kfp("check", notebook("x = 1", "y = x"))
    assert answer.status == 0
    assert "hint JK108" in answer.out


def test_json_has_every_finding_and_the_steps(kfp, notebook):
    notebook(code("x = 1", "step:a", "after:nowhere"), code("y = x", "step:b"))
    answer = kfp("check", "small.ipynb", "--json")
    assert answer.status == 1
    content = answer.json
    assert (content["version"], content["command"], content["ok"]) == (1, "check", False)
    assert (content["notebook"], content["pipeline"], content["steps"]) == (
        "small.ipynb",
        "small",
        ["a", "b"],
    )
    [found] = content["findings"]
    assert set(found) == {
        "code", "level", "title", "message", "fix", "cell", "cell_number", "line", "column", "step", "name",
    }  # fmt: skip
    assert (found["code"], found["level"], found["cell"]) == ("JK105", "error", "cell-0")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', "\0"])
def test_what_is_no_notebook_is_an_error_and_no_traceback(kfp, tmp_path, content):
    (tmp_path / "no.ipynb").write_text(content)
    answer = kfp("check", "no.ipynb")
    assert answer.status == 1
    assert answer.err.startswith("error: no.ipynb: ")
    assert "Traceback" not in answer.err


def test_a_file_that_is_not_there_is_an_error(kfp):
    answer = kfp("check", "nowhere.ipynb", "--json")
    assert answer.status == 1
    assert answer.json["error"]["kind"] == "NotebookError"
    assert answer.json["error"]["where"] == "nowhere.ipynb"
    assert answer.json["status"] == 1


def test_a_terminal_obeys_nothing_that_a_notebook_says(kfp, notebook):
    notebook(code("x = '\x1b]0;gone\x07'\ny = = '\x1b[2J'", "step:a"))
    answer = kfp("check", "small.ipynb")
    assert "\x1b" not in answer.out
    assert "\x07" not in answer.out
    assert "y = = '\\x1b[2J'" in answer.out
