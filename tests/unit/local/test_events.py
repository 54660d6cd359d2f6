import json
import math

import pytest

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.local import events as wire
from jupyter_kfp.local.events import Failure, PlannedStep

FAILURE = Failure(
    step="train", kind="cell", name="ValueError", message="no\nmore", cell="c1", cell_number=4, line=3
)
ALL = [
    wire.RunStarted(
        run="r",
        pipeline="p",
        notebook="n b.ipynb",
        notebook_digest="d",
        parameters={"a": [1, {"b": None}], "c": "ü\u2028\n"},
        steps=(
            PlannedStep(name="load", title="Load", parents=()),
            PlannedStep(name="train", title="", parents=("load",)),
        ),
    ),
    wire.Warned(message="m", fix="f", step="load"),
    wire.StepStarted(step="train", attempt=2),
    wire.StepOutput(step="train", text="a\n\x1b[31mb"),
    wire.StepRetried(step="train", attempt=1, failure=FAILURE),
    wire.StepFinished(step="train", manifest="m", metrics={"accuracy": 0.5, "n": 3}),
    wire.StepCached(step="train", manifest="m", run="r0", metrics={}),
    wire.StepFailed(step="train", failure=FAILURE),
    wire.StepCanceled(step="train"),
    wire.StepSkipped(step="test", reason="step train failed"),
    wire.RunFinished(status="FAILED"),
]


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.event)
def test_an_event_is_one_line_and_reads_as_the_same_event(event):
    text = wire.to_json(event)
    assert "\n" not in text
    assert wire.from_json(text) == event
    assert json.loads(text)["version"] == 1


def test_metrics_that_json_has_no_numbers_for_come_back():
    event = wire.StepFinished(step="a", manifest="m", metrics={"nan": math.nan, "inf": -math.inf, "whole": 3})
    text = wire.to_json(event)
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    metrics = wire.from_json(text).metrics
    assert math.isnan(metrics["nan"])
    assert metrics["inf"] == -math.inf
    assert type(metrics["whole"]) is int


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"version": 1, "event": "step-started"}'])
def test_what_is_not_an_event_is_refused(text):
    with pytest.raises(JupyterKfpError, match="not an event"):
        wire.from_json(text)


def test_an_event_of_a_later_version_asks_for_an_update():
    with pytest.raises(JupyterKfpError, match="newer"):
        wire.from_json('{"version": 2, "event": "step-dreamt"}')


def test_a_failure_is_told_by_step_cell_exception_frame_and_notebook():
    failure = Failure(
        step="train",
        kind="cell",
        name="ValueError",
        message="bad",
        cell_number=4,
        first_line="model.fit(X)",
        frame="  cell 4, line 3\n    model.fit(X)",
        notebook="runs/r/steps/train/output.ipynb",
    )
    text = failure.summary()
    for part in ("step train, cell 4", "`model.fit(X)`", "ValueError: bad", "cell 4, line 3", "output.ipynb"):
        assert part in text
