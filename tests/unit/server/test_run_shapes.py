"""How a run is shown over REST."""

from __future__ import annotations

from datetime import datetime, timezone

from jupyter_kfp.local import journal
from jupyter_kfp.local.events import Failure, PlannedStep, RunFinished, RunStarted, StepFailed, StepFinished
from jupyter_kfp.local.root import FOLDER, open_root
from jupyter_kfp.server.run_ids import read_run_id, run_id
from jupyter_kfp.server.run_shapes import run_names, run_shape

NAME = "2026-11-24T101500-a-1234"


def kept(folder, *events) -> None:
    place = open_root(folder / FOLDER) / "runs" / NAME
    place.mkdir()
    with journal.hold(place), journal.Journal(place) as keep:
        keep.write(
            RunStarted(
                time=datetime(2026, 11, 24, 10, 15, tzinfo=timezone.utc),
                run=NAME,
                pipeline="a",
                notebook=str(folder / "a.ipynb"),
                notebook_digest="",
                parameters={},
                steps=(PlannedStep(name="one", title="One"), PlannedStep(name="two", title="Two")),
            )
        )
        for event in events:
            keep.write(event)


def shape(folder):
    return run_shape(folder, NAME, lambda file: str(file).removeprefix(str(folder)).lstrip("/"))


def test_a_conflict_names_the_tag_that_mends_it(tmp_path):
    failure = Failure(
        step="two",
        kind="conflict",
        name="Conflict",
        message="both",
        fix="tag a cell of step 'two' with `after:one`",
    )
    kept(tmp_path, StepFailed(step="two", failure=failure), RunFinished(status="FAILED"))
    assert shape(tmp_path)["steps"][1]["error"]["after"] == "after:one"


def test_a_metric_that_json_has_no_number_for_comes_as_text(tmp_path):
    metrics = {"loss": float("nan"), "best": float("inf"), "count": 3}
    kept(tmp_path, StepFinished(step="one", manifest="", metrics=metrics), RunFinished(status="SUCCEEDED"))
    assert shape(tmp_path)["metrics"] == {"loss": "nan", "best": "inf", "count": 3}


def test_a_run_whose_process_died_is_interrupted(tmp_path):
    kept(tmp_path)
    assert shape(tmp_path)["status"] == "INTERRUPTED"


def test_what_is_no_run_is_left_out(tmp_path):
    runs = open_root(tmp_path / FOLDER) / "runs"
    (runs / "broken").mkdir()
    (runs / "broken" / "request.json").write_text("{")
    (runs / ".gone-1").mkdir()
    (runs / "a file").write_text("")
    assert [run_shape(tmp_path, name, str) for name in run_names(tmp_path)] == [None]


def test_ids_are_read_back_whatever_the_folder_is_called():
    for folder in ("", "work", "a b/c", "größe/📈", "~", "a~b"):
        assert read_run_id(run_id(NAME, folder)) == (NAME, folder)
