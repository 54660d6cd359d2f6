"""`jupyter kfp run`, with a stand-in for the runner: its events and its run are what is shown and told."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from jupyter_kfp import local
from jupyter_kfp.local import events, record

from .conftest import code

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


FAILURE = events.Failure(
    step="add",
    kind="cell",
    name="ValueError",
    message="no \x1b[31mgood",
    cell="cell-3",
    cell_number=3,
    line=1,
    first_line="total = sum(numbers)",
    frame="cell 3, line 1\n  total = sum(numbers)",
    fix="look at it",
    notebook="out.ipynb",
)


@pytest.fixture
def runner(monkeypatch):
    """Takes the runner's place: it sends these events, and remembers what it was asked for."""

    class Runner:
        asked: dict = {}  # noqa: RUF012
        happens: tuple = ()

        def __call__(self, pipeline, *, output, on_event, **asked):
            self.asked = {"output": output, **asked}
            started = events.RunStarted(
                time=START,
                run="the-run",
                pipeline=pipeline.name,
                notebook=str(pipeline.notebook),
                notebook_digest="0",
                parameters={"size": 3},
                steps=tuple(events.PlannedStep(name=step.name, title=step.title) for step in pipeline.steps),
            )
            run = record.started(output or pipeline.notebook.parent / "runs" / "the-run", started)
            on_event(started)
            for event in self.happens:
                run = record.apply(run, event)
                on_event(event)
            if run.status is record.Status.FAILED:
                raise local.RunFailed(run)
            if run.status is record.Status.CANCELED:
                raise local.RunCanceled(run, 2)
            return run

    made = Runner()
    monkeypatch.setattr(local, "run", made)
    return made


GOOD = (
    events.StepCached(time=later(0), step="load", manifest="m", run="earlier"),
    events.StepStarted(time=later(0), step="add"),
    events.StepOutput(time=later(1), step="add", text="3\n\x1b[2Jx\n"),
    events.Warned(time=later(1), step="add", message="careful", fix="so"),
    events.StepFinished(time=later(2), step="add", manifest="m", metrics={"total": 3}),
    events.RunFinished(time=later(2), status="SUCCEEDED"),
)
BAD = (
    events.StepStarted(time=later(0), step="load"),
    events.StepFinished(time=later(1), step="load", manifest="m"),
    events.StepStarted(time=later(1), step="add"),
    events.StepFailed(time=later(2), step="add", failure=FAILURE),
    events.RunFinished(time=later(2), status="FAILED"),
)
STOPPED = (
    events.StepStarted(time=later(0), step="load"),
    events.StepCanceled(time=later(1), step="load"),
    events.StepSkipped(time=later(1), step="add", reason="the run was stopped"),
    events.RunFinished(time=later(1), status="CANCELED"),
)


def test_progress_is_a_line_for_each_change_and_the_outcome_is_on_stdout(kfp, small, runner):
    runner.happens = GOOD
    answer = kfp("run", small)
    assert answer.status == 0
    assert answer.err.splitlines() == [
        "load: cached",
        "add: running",
        "warning: add: careful; fix: so",
        "add: done in 2.0 s",
    ]
    assert answer.out.splitlines() == [
        "small: 2 steps done (1 cached) in 2.0 s",
        "  total = 3",
        "  runs/the-run",
    ]


def test_what_cells_print_is_shown_when_asked_for_and_obeyed_by_no_terminal(kfp, small, runner):
    runner.happens = GOOD
    told = kfp("run", small, "-v").err
    assert "add | 3\nadd | \\x1b[2Jx\n" in told


def test_a_failure_names_cell_exception_and_notebook(kfp, small, runner):
    runner.happens = BAD
    answer = kfp("run", small)
    assert answer.status == 1
    assert "small: 1 of 2 steps done in 2.0 s" in answer.out
    told = answer.err[answer.err.index("error:") :]
    assert told.splitlines()[0] == "error: step add, cell 3: `total = sum(numbers)`"
    assert "ValueError: no \\x1b[31mgood" in told
    assert "executed notebook: out.ipynb" in told
    assert "fix: look at it" in told
    assert "Traceback" not in told


def test_a_stopped_run_ends_with_130(kfp, small, runner):
    runner.happens = STOPPED
    answer = kfp("run", small)
    assert answer.status == 130
    assert "load: stopped in 1.0 s" in answer.err
    assert "add: not run (the run was stopped)" in answer.err


def test_json_tells_the_run_and_shows_no_progress(kfp, small, runner):
    runner.happens = GOOD
    answer = kfp("run", small, "--json")
    assert (answer.status, answer.err) == (0, "")
    content = answer.json
    assert (content["ok"], content["run"], content["status"]) == (True, "the-run", "SUCCEEDED")
    assert content["metrics"] == {"total": 3}
    assert content["parameters"] == {"size": 3}
    assert [(step["name"], step["cached"], step["seconds"]) for step in content["steps"]] == [
        ("load", True, None),
        ("add", False, 2.0),
    ]


def test_json_tells_a_failure(kfp, small, runner):
    runner.happens = BAD
    answer = kfp("run", small, "--json")
    assert answer.status == 1
    assert answer.json["ok"] is False
    assert answer.json["steps"][1]["failure"]["name"] == "ValueError"


def test_every_option_reaches_the_runner(kfp, small, runner, tmp_path):
    runner.happens = GOOD
    kfp("run", small, "-p", "size=4", "--from", "add", "--no-cache", "--jobs", "3", "--output", "there")
    assert runner.asked.pop("output").name == "there"
    assert runner.asked == {
        "parameters": {"size": 4},
        "from_step": "add",
        "only_step": None,
        "cache": False,
        "jobs": 3,
    }


@pytest.mark.parametrize("given", ["size", "size=x", "sise=3"])
def test_a_wrong_parameter_is_told_before_anything_runs(kfp, small, runner, given):
    answer = kfp("run", small, "-p", given)
    assert answer.status == 1
    assert answer.err.startswith("error: ")
    assert runner.asked == {}


def test_a_notebook_with_errors_is_not_run(kfp, notebook, runner):
    notebook(code("x = = 1", "step:a"))
    assert kfp("run", "small.ipynb").status == 1
    assert runner.asked == {}


def test_from_and_only_do_not_go_together(kfp, small, runner):
    assert kfp("run", small, "--from", "add", "--only", "add").status == 2
