from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree

import pytest

from .conftest import code


def test_text_is_the_default(kfp, small):
    answer = kfp("graph", small)
    assert answer.status == 0
    assert [line.split() for line in answer.out.splitlines()] == [["●", "load"], ["●", "add", "numbers"]]


def test_each_format_is_what_it_says(kfp, small):
    assert kfp("graph", small, "--format", "mermaid").out.startswith("flowchart TD\n")
    assert ElementTree.fromstring(kfp("graph", small, "--format", "svg").out).get("class") == "kfp-graph"
    assert [step["name"] for step in kfp("graph", small, "--format", "json").json["steps"]] == ["load", "add"]


def test_json_flag_and_json_format_are_the_same(kfp, small):
    assert kfp("graph", small, "--json").json == kfp("graph", small, "--format", "json").json


def test_a_picture_on_a_pipe_is_right_in_any_encoding(kfp, notebook):
    notebook(code("größe = 1", "step:größe"), code("print(größe)", "step:b"))
    drawing = kfp("graph", "small.ipynb", "--format", "svg").out
    assert drawing.isascii()
    assert "größe" in "".join(ElementTree.fromstring(drawing).itertext())


def test_output_goes_into_a_file(kfp, small, tmp_path):
    answer = kfp("graph", small, "--format", "svg", "-o", "small.svg")
    assert (answer.status, answer.out) == (0, "")
    assert ElementTree.parse(tmp_path / "small.svg").getroot().get("class") == "kfp-graph"
    assert {path.name for path in tmp_path.iterdir()} == {"small.ipynb", "small.svg"}


def test_a_file_that_cannot_be_written_is_an_error(kfp, small):
    answer = kfp("graph", small, "-o", "nowhere/small.svg")
    assert answer.status == 1
    assert answer.err.startswith("error: ")
    assert "Traceback" not in answer.err


def test_why_says_where_a_name_comes_from(kfp, small):
    answer = kfp("graph", small, "--why", "add.numbers")
    assert answer.status == 0
    assert "`load`" in answer.out
    assert kfp("graph", small, "--why", "add.numbers", "--json").json["why"] == "add.numbers"


@pytest.mark.parametrize("why", ["add", ".x", "add.", "."])
def test_why_without_step_and_name_is_wrong_usage(kfp, small, why):
    assert kfp("graph", small, "--why", why).status == 2


def test_why_of_a_step_that_is_not_there_is_an_error(kfp, small):
    answer = kfp("graph", small, "--why", "nowhere.x")
    assert answer.status == 1
    assert "there is no step `nowhere`" in answer.err


def test_a_terminal_without_unicode_gets_ascii(small):
    program = "import sys\nfrom jupyter_kfp.cli import main\nsys.exit(main())"
    command = [sys.executable, "-c", program, "graph", str(small)]
    answer = subprocess.run(command, capture_output=True, env={"PYTHONIOENCODING": "ascii"}, check=True)
    assert answer.stdout.decode("ascii").split() == ["*", "load", "*", "add", "numbers"]
