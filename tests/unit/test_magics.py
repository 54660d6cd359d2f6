"""Our magics in a real IPython shell."""

import contextlib
import io

import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_kfp.magics import Findings, load_ipython_extension, without_step_line

CELLS = (("x = 1", "step:load"), ("y = x + 1\ny", "step:<script>"))


@pytest.fixture
def shell():
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(colors="nocolor")
    made.run_line_magic("load_ext", "jupyter_kfp")
    yield made
    InteractiveShell.clear_instance()


def printed(shell, cell):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        result = shell.run_cell(cell)
    return result, out.getvalue()


@pytest.fixture
def notebook(tmp_path):
    import json

    from tests.unit.notebook.conftest import as_json

    path = tmp_path / "demo notebook.ipynb"
    path.write_text(json.dumps(as_json(*CELLS)))
    return path


def test_a_cell_under_step_runs_as_any_other(shell):
    result, _ = printed(shell, "%%step train\nx = 20\nx + 1")
    assert result.result == 21
    assert shell.user_ns["x"] == 20


def test_a_cell_under_step_may_await(shell):
    result, _ = printed(shell, "%%step train\nimport asyncio\nawait asyncio.sleep(0)\n'done'")
    assert result.success
    assert result.result == "done"


def test_errors_under_step_name_the_line_that_the_user_sees(shell):
    result, out = printed(shell, "%%step train\nx = 1\nx / 0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert result.error_in_exec.__traceback__.tb_next.tb_lineno == 3
    assert "----> 3 x / 0" in out


def test_another_cell_magic_may_stand_below_step(shell):
    printed(shell, "%%step train\n%%capture taken\nprint('hello')")
    assert shell.user_ns["taken"].stdout == "hello\n"


def test_a_cell_without_step_is_left_alone():
    lines = ["x = '''\n", "%%step a\n", "'''\n"]
    assert without_step_line(lines) is lines


def test_loading_twice_changes_nothing(shell):
    load_ipython_extension(shell)
    assert shell.input_transformers_cleanup.count(without_step_line) == 1


def test_unloading_takes_the_magics_away(shell):
    shell.run_line_magic("unload_ext", "jupyter_kfp")
    assert without_step_line not in shell.input_transformers_cleanup
    assert "kfp" not in shell.magics_manager.magics["line"]


def test_kfp_graph_shows_the_notebook_that_vs_code_names(shell, notebook):
    shell.user_ns["__vsc_ipynb_file__"] = str(notebook)
    result, out = printed(shell, "%kfp graph")
    assert result.success
    assert "load" in out


def test_kfp_takes_a_path(shell, notebook):
    _, out = printed(shell, f"%kfp check '{notebook}'")
    assert "nothing to mend" in out


def test_a_mistake_is_told_without_a_traceback(shell, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    for line in ("%kfp", "%kfp nothing", "%kfp graph 'a", "%kfp graph missing.ipynb", "%kfp graph"):
        with contextlib.redirect_stderr(io.StringIO()) as told:
            result, out = printed(shell, line)
        assert not result.success
        assert "Traceback" not in out + told.getvalue()


def test_findings_are_escaped(notebook):
    import json

    from jupyter_kfp import load
    from tests.unit.notebook.conftest import as_json

    notebook.write_text(json.dumps(as_json(("x = 1", "stepp:<script>alert(1)</script>"))))
    shown = Findings(load(notebook))._repr_html_()
    assert "JK101" in shown
    assert "<script>" not in shown
