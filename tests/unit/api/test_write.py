"""`convert` and `compile` of the Python API."""

import pytest

import jupyter_kfp
from jupyter_kfp import JupyterKfpError
from jupyter_kfp.api import UnsoundNotebook


def test_a_notebook_becomes_step_folders_and_a_package(notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = jupyter_kfp.convert(notebook)
    assert project.folder.resolve() == tmp_path / "demo-pipeline"
    assert (project.folder / "pipeline.py").is_file()
    assert [step.name for step in project.steps] == ["load", "train"]
    package = jupyter_kfp.compile(notebook, "out.tar.gz", images={"train": "registry.example.com/train:1"})
    assert package.path.is_file()


def test_nothing_is_written_for_a_notebook_with_errors(write, tmp_path):
    path = write(("x = 1", "stpe:load"))
    for work in (jupyter_kfp.convert, jupyter_kfp.compile):
        with pytest.raises(UnsoundNotebook):
            work(path, tmp_path / "out.yaml")
    assert not (tmp_path / "out.yaml").exists()


def test_an_image_for_no_step_is_refused(notebook, tmp_path):
    with pytest.raises(JupyterKfpError, match="no step 'test'"):
        jupyter_kfp.compile(notebook, tmp_path / "out.yaml", images={"test": "a:1"})
