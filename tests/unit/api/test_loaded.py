"""What `load` shows of a notebook: steps, parameters, picture, errors."""

import pytest

import jupyter_kfp
from jupyter_kfp.api import NoNotebook, UnsoundNotebook, this_notebook
from jupyter_kfp.errors import NotebookError


def test_a_notebook_tells_its_steps_and_parameters(notebook):
    loaded = jupyter_kfp.load(notebook)
    assert loaded.steps == ("load", "train")
    assert loaded.parameters == {"rate": 0.5}
    assert loaded.findings == ()
    assert repr(loaded) == "<pipeline demo: load, train>"
    assert jupyter_kfp.load(loaded) is loaded


def test_its_picture_is_a_graph_in_the_editor_s_colours(notebook):
    loaded = jupyter_kfp.load(notebook)
    shown = loaded._repr_html_()
    assert shown.count("<svg") == 1
    assert "--kfp-graph-back:var(--jp-layout-color1" in shown
    assert loaded.graph.svg.startswith("<svg")
    assert "train" in str(loaded.graph)
    assert "flowchart" in loaded.graph.mermaid


def test_text_of_the_notebook_is_escaped(write):
    loaded = jupyter_kfp.load(
        write("# <img src=x onerror=alert(1)>", ("x = 1", "step:a"), ("y = x", "stpe:<script>"))
    )
    shown = loaded._repr_html_()
    assert "<img" not in shown
    assert "<script" not in shown


def test_errors_are_told_with_their_cell_and_fix(write):
    loaded = jupyter_kfp.load(write(("x = 1", "stpe:load")))
    assert loaded.findings[0].code == "JK101"
    with pytest.raises(UnsoundNotebook) as told:
        loaded.sound()
    assert "JK101 cell 1" in str(told.value)
    assert "fix: Did you mean" in str(told.value)


def test_what_is_no_notebook_is_refused(tmp_path):
    with pytest.raises(NotebookError):
        jupyter_kfp.load(tmp_path / "missing.ipynb")


def test_the_notebook_around_is_found_by_what_jupyter_server_says(notebook, monkeypatch):
    with pytest.raises(NoNotebook):
        this_notebook()
    monkeypatch.setenv("JPY_SESSION_NAME", "console-1")
    with pytest.raises(NoNotebook):
        this_notebook()
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    assert this_notebook() == notebook
    assert jupyter_kfp.load().notebook == notebook
