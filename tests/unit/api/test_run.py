"""Runs on this machine, with real kernels."""

import asyncio
import json
from pathlib import Path

import pytest

import jupyter_kfp
from jupyter_kfp import JupyterKfpError
from jupyter_kfp.api import RunStopped, UnsoundNotebook
from jupyter_kfp.errors import ParameterError
from jupyter_kfp.local import RunFailed

WAIT = "import pathlib, time\npathlib.Path({mark!r}).touch()\nwhile True: time.sleep(0.05)"


def test_a_run_gives_its_metrics_and_files(done):
    assert done.status == "SUCCEEDED"
    assert done.parameters == {"rate": 2.0}
    assert done.metrics == {"loss": 6.0}
    assert [step.name for step in done.steps] == ["load", "train"]
    left = done.outputs()["train"]
    assert left.log is not None
    assert left.report is not None
    assert left.notebook is not None
    assert json.loads(left.notebook.read_text())["nbformat"] == 4
    assert left.metrics == {"loss": 6.0}
    assert done.failure is None
    assert done.url == ""


def test_a_run_shows_its_graph_with_how_far_each_step_is(done):
    shown = done._repr_html_()
    assert shown.count('class="step succeeded"') == 2
    assert "loss" in shown
    assert "done in" in repr(done)


def test_a_run_can_be_opened_again_from_its_folder(done):
    again = jupyter_kfp.open_run(done.folder)
    assert again.record == done.record
    assert again._repr_html_() == done._repr_html_()
    assert [event.event for event in again.events()][-1] == "run-finished"
    assert again.wait() is again
    assert again.cancel() is False


def test_a_run_whose_notebook_has_changed_is_shown_without_its_graph(done):
    again = jupyter_kfp.open_run(done.folder)
    notebook = Path(again.record.notebook)
    content = notebook.read_bytes()
    notebook.write_bytes(content + b" ")
    shown = again._repr_html_()
    notebook.write_bytes(content)
    assert "<svg" not in shown
    assert "train" in shown


def test_a_folder_that_is_no_run_s_is_refused(tmp_path):
    with pytest.raises(JupyterKfpError, match="not the folder of a run"):
        jupyter_kfp.open_run(tmp_path)


def test_showing_a_step_that_does_not_exist_is_refused(done, capsys):
    with pytest.raises(JupyterKfpError, match="no step"):
        done.show("tes")
    done.show()
    assert "done in" in capsys.readouterr().out


def test_in_a_notebook_a_step_s_report_is_shown_in_a_frame_of_its_own(done):
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    InteractiveShell.clear_instance()
    InteractiveShell.instance()
    try:
        with capture_output() as shown:
            done.show("train")
            done.show()
    finally:
        InteractiveShell.clear_instance()
    report, graph = (output.data["text/html"] for output in shown.outputs)
    assert report.startswith("<iframe sandbox srcdoc=")
    assert "<body" not in report
    assert "<svg" in graph


async def _events(run):
    await run.wait_async()
    return [event.event async for event in run.events_async()]


def test_events_can_be_awaited(done):
    assert asyncio.run(_events(done)) == [event.event for event in done.events()]


def test_what_is_wrong_is_told_before_anything_runs(notebook, write, tmp_path):
    with pytest.raises(ParameterError, match="no parameter `rat`"):
        jupyter_kfp.run(notebook, rat=1)
    with pytest.raises(ParameterError, match="given twice"):
        jupyter_kfp.run(notebook, rate=1, parameters={"rate": 2})
    with pytest.raises(UnsoundNotebook):
        jupyter_kfp.run(write(("x = 1", "stpe:load"), name="bad.ipynb"))
    assert not (tmp_path / ".jupyter-kfp").exists()


def test_what_the_run_s_process_finds_is_told_too(write):
    path = write(("import a_module_that_nobody_has\nx = 1", "step:load"))
    with pytest.raises(UnsoundNotebook, match="JK450"):
        jupyter_kfp.run(path)


def test_a_parameter_called_like_an_option_goes_by_parameters(write, tmp_path):
    path = write(("output = 'a'\nnotebook = 1", "parameters"), ("print(output, notebook)", "step:load"))
    run = jupyter_kfp.run(path, output=tmp_path / "kept", parameters={"output": "b"}, notebook=2)
    assert run.folder == tmp_path / "kept"
    assert run.parameters == {"output": "b", "notebook": 2}
    assert run.outputs()["load"].log.read_text().strip().endswith("b 2")


def test_a_failed_run_says_which_cell(write):
    path = write(("x = 1", "step:load"), ("x / 0", "step:train"))
    with pytest.raises(RunFailed) as told:
        jupyter_kfp.run(path)
    assert "step train, cell 2" in str(told.value)
    run = jupyter_kfp.open_run(told.value.run.folder)
    assert run.status == "FAILED"
    assert run.failure.name == "ZeroDivisionError"
    assert 'class="step failed"' in run._repr_html_()
    assert run.wait(check=False) is run


def test_a_run_can_be_started_followed_and_canceled(write, tmp_path):
    run = jupyter_kfp.run(write((WAIT.format(mark=str(tmp_path / "mark")), "step:wait")), wait=False)
    events = run.events()
    while next(events).event != "step-started":
        pass
    assert run.status == "RUNNING"
    with pytest.raises(JupyterKfpError, match="goes on"):
        run.wait(timeout=0.1)
    assert run.cancel()
    assert [event.event for event in events][-1] == "run-finished"
    with pytest.raises(RunStopped):
        run.wait()
    assert run.status == "CANCELED"


async def _run_two(one, two):
    return await asyncio.gather(jupyter_kfp.run_async(one, rate=3), jupyter_kfp.run_async(two))


def test_runs_can_be_awaited_side_by_side(notebook, write):
    other = write(("x = 1", "step:load"), name="other.ipynb")
    one, two = asyncio.run(_run_two(notebook, other))
    assert one.metrics == {"loss": 9.0}
    assert two.status == "SUCCEEDED"


async def _cancel_when_begun(path):
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def see(event):
        if event.event == "step-started":
            loop.call_soon_threadsafe(begun.set)

    task = asyncio.create_task(jupyter_kfp.run_async(path, on_event=see))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_cancelling_the_task_cancels_the_run(write, tmp_path):
    path = write((WAIT.format(mark=str(tmp_path / "mark")), "step:wait"))
    asyncio.run(_cancel_when_begun(path))
    (folder,) = (tmp_path / ".jupyter-kfp" / "runs").iterdir()
    run = jupyter_kfp.open_run(folder).wait(check=False)
    assert run.status == "CANCELED"
