from __future__ import annotations

import ast

from .conftest import code


def test_step_folders_and_the_dsl_are_written(kfp, small, tmp_path):
    answer = kfp("convert", small)
    assert answer.status == 0
    assert answer.out == "small-pipeline: 2 steps, pipeline.py\n"
    folder = tmp_path / "small-pipeline"
    assert {path.name for path in (folder / "steps").iterdir()} == {"load", "add"}
    assert {"Dockerfile", "main.py", "step.ipynb", "requirements.txt"} <= {
        path.name for path in (folder / "steps" / "add").iterdir()
    }
    ast.parse((folder / "pipeline.py").read_text())


def test_the_folder_can_be_chosen(kfp, small, tmp_path):
    answer = kfp("convert", small, "-o", "out/here", "--json")
    assert answer.status == 0
    assert (answer.json["folder"], answer.json["steps"]) == ("out/here", ["load", "add"])
    assert (tmp_path / "out" / "here" / "pipeline.py").is_file()


def test_a_notebook_with_errors_leaves_nothing(kfp, notebook, tmp_path):
    notebook(code("x = = 1", "step:a"))
    answer = kfp("convert", "small.ipynb")
    assert answer.status == 1
    assert "small.ipynb:cell 1:1: error JK201" in answer.err
    assert "    x = = 1\n" in answer.err
    assert answer.err.endswith("error: 1 error to mend first\n")
    assert [path.name for path in tmp_path.iterdir()] == ["small.ipynb"]


def test_errors_are_json_for_scripts(kfp, notebook):
    notebook(code("x = = 1", "step:a"))
    content = kfp("convert", "small.ipynb", "--json").json
    assert (content["ok"], content["status"]) == (False, 1)
    assert content["error"]["kind"] == "FindingsError"
    assert [found["code"] for found in content["error"]["findings"]] == ["JK201"]


def test_a_folder_of_somebody_else_is_not_touched(kfp, small, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    answer = kfp("convert", small, "-o", "mine")
    assert answer.status == 1
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_again_gives_the_same_files(kfp, small, tmp_path):
    def content():
        folder = tmp_path / "small-pipeline"
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    kfp("convert", small)
    first = content()
    assert kfp("convert", small).status == 0
    assert content() == first
