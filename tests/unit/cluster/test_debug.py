"""The notebook of one step, made from a real run of this machine and executed."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_kfp import local
from jupyter_kfp.cluster.debug import find_script, rehearse, states_before
from jupyter_kfp.dataflow import analyse
from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.notebook import read_notebook


def code(source, *tags, identifier):
    return {
        "cell_type": "code", "id": identifier, "metadata": {"tags": list(tags)}, "source": source,
        "outputs": [], "execution_count": None,
    }  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Two steps, the second of which fails for what the first gave it."""
    folder = tmp_path_factory.mktemp("debug")
    (folder / "data.csv").write_text("1,2,3")
    path = folder / "two.ipynb"
    cells = [
        code("wanted = 3", "parameters", identifier="p"),
        code("numbers = [int(n) for n in open('data.csv').read().split(',')]", "step:load", identifier="a"),
        code("total = sum(numbers)\nassert total == wanted, total", "step:check", identifier="b"),
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    path.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))
    pipeline = analyse(read_notebook(path))
    with pytest.raises(local.RunFailed) as caught:
        local.run(pipeline, parameters={"wanted": 7})
    return caught.value.run


def made(run, out, step="check"):
    with find_script(run, step, None, None) as (script, same):
        assert same
        return rehearse(
            script, step, out, states=states_before(run, step), files=run.files, parameters=run.parameters,
            title=f"Step {step} <b>of</b> `run`",
        )  # fmt: skip


def execute(path: Path):
    notebook = nbformat.read(path, 4)
    NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}, allow_errors=True).execute()
    return {cell["id"]: cell for cell in notebook.cells}


def test_the_cells_run_with_the_inputs_that_the_step_had(run, tmp_path):
    rehearsal = made(run, tmp_path / "out")
    cells = execute(rehearsal.notebook)
    assert cells["b"].outputs[0].ename == "AssertionError"
    assert cells["b"].outputs[0].evalue == "6"
    assert "kfp-save" not in cells


def test_the_notebook_is_valid_and_names_the_run_without_markup(run, tmp_path):
    rehearsal = made(run, tmp_path / "out")
    notebook = nbformat.read(rehearsal.notebook, 4)
    nbformat.validate(notebook)
    assert "<b>" not in notebook.cells[0].source
    assert "wanted = 7" in notebook.cells[2].source


def test_the_data_files_lie_where_the_cells_look_for_them(run, tmp_path):
    rehearsal = made(run, tmp_path / "out", step="load")
    assert (rehearsal.notebook.parent / "data.csv").read_text() == "1,2,3"
    assert "outputs" in execute(rehearsal.notebook)["a"]


def test_loading_leaves_no_name_of_ours(run, tmp_path):
    rehearsal = made(run, tmp_path / "out")
    notebook = nbformat.read(rehearsal.notebook, 4)
    notebook.cells[
        -1
    ].source = "print(sorted(n for n in dir() if 'kfp' in n.lower()), 'os' in dir(), numbers)"
    nbformat.write(notebook, rehearsal.notebook)
    assert execute(rehearsal.notebook)["b"].outputs[0].text == "[] False [1, 2, 3]\n"


def test_a_folder_that_holds_something_is_left_alone(run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(JupyterKfpError, match="holds something already"):
        made(run, tmp_path)
