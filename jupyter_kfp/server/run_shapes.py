"""Runs as JSON, from their folders: the folder is the truth, nothing is remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..local.journal import is_alive, run_at
from ..local.root import FOLDER
from .requested import LOCAL, Request, end_of, read_preparation, read_request
from .run_ids import NAME, run_id

if TYPE_CHECKING:
    from ..local import Run as LocalRun
    from ..local import StepRun
    from ..local.events import Failure
    from .shapes import Run, RunStep, StepFailure

Relative = Callable[["Path | str"], "str | None"]
"""The API's path of a file; None where it is not below the server's root."""

FILES = (("notebook", "output.ipynb"), ("report", "output.html"), ("log", "log.txt"))
"""What a step may leave that people look at."""


def run_names(folder: Path) -> list[str]:
    """Names of the runs beside notebooks of that folder, newest first: their names begin with the time."""
    places = folder / FOLDER / "runs"
    try:
        names = [place.name for place in places.iterdir() if NAME.fullmatch(place.name)]
    except OSError:
        return []
    return sorted(names, reverse=True)


def run_shape(folder: Path, name: str, relative: Relative) -> Run | None:
    """The run of that name beside notebooks of `folder`; None where there is none."""
    place = folder / FOLDER / "runs" / name
    request = read_request(place)
    run = run_at(place)
    where = relative(folder)
    identity = run_id(name, where or "")
    if run is not None:
        return _begun(identity, name, run, request, relative)
    return None if request is None else _prepared(identity, place, request, relative)


def folder_of(folder: Path, name: str) -> Path | None:
    """Where the run is, links followed; None where there is no such run."""
    place = folder / FOLDER / "runs" / name
    if read_request(place) is None and run_at(place) is None:
        return None
    return place.resolve()


def _begun(identity: str, name: str, run: LocalRun, request: Request | None, relative: Relative) -> Run:
    shape: Run = {
        "id": identity,
        "name": name,
        "kind": "run",
        "pipeline": run.pipeline,
        "notebook": relative(run.notebook),
        "where": request.where if request else LOCAL,
        "status": run.status.value,  # type: ignore[typeddict-item]  # a run is never SKIPPED
        "started": request.started if request else run.started.isoformat(),
        "ended": run.finished.isoformat() if run.finished else None,
        "seconds": run.seconds,
        "parameters": {str(key): value for key, value in run.parameters.items()},
        "metrics": _metrics(run.metrics),
        "steps": [_step(run, step) for step in run.steps],
    }
    if run.message:
        shape["message"] = run.message
    return shape


def _prepared(identity: str, place: Path, request: Request, relative: Relative) -> Run:
    """A run that has not begun yet, or never did."""
    alive = is_alive(place)  # looked at before reading: what was told before the end is still read
    events = read_preparation(place)
    last = events[-1] if events else {}
    shape: Run = {
        "id": identity,
        "name": place.name,
        "kind": request.kind,
        "pipeline": request.pipeline,
        "notebook": relative(request.notebook),
        "where": request.where,
        "status": "PENDING",
        "started": request.started,
        "ended": None,
        "seconds": None,
        "parameters": dict(request.parameters),
        "metrics": {},
        "steps": [],
    }
    if last.get("event") != "run-finished" and not alive:
        last = end_of(place)
    if last.get("event") == "run-finished":
        shape["status"] = last["status"]
        shape["ended"] = last.get("time")
        for key in ("message", "fix", "findings"):
            if last.get(key):
                shape[key] = last[key]
    else:
        phases = [event["phase"] for event in events if event.get("event") == "phase"]
        shape["phase"] = phases[-1] if phases else "convert"
    return shape


def _step(run: LocalRun, step: StepRun) -> RunStep:
    shape: RunStep = {
        "name": step.name,
        "title": step.title,
        "parents": [str(parent) for parent in step.parents],
        "status": step.status.value,
        "started": step.started.isoformat() if step.started else None,
        "ended": step.finished.isoformat() if step.finished else None,
        "seconds": step.seconds,
        "cached": step.cached,
        "attempts": step.attempts,
        "metrics": _metrics(step.metrics),
    }
    if step.failure is not None:
        shape["error"] = _failure(step.failure)
    if step.reason:
        shape["reason"] = step.reason
    folder = step.folder or f"steps/{step.name}"
    for key, file in FILES:
        if (run.folder / folder / file).is_file():
            shape[key] = f"{folder}/{file}"  # type: ignore[literal-required]
    return shape


def _failure(failure: Failure) -> StepFailure:
    shape: StepFailure = {"kind": failure.kind, "name": failure.name, "message": failure.message}
    for key in ("cell", "cell_number", "line", "frame", "fix", "log"):
        if value := getattr(failure, key):
            shape[key] = value
    return shape


def _metrics(metrics: Any) -> dict[str, float | str]:  # noqa: ANN401
    """JSON has no NaN: it is told as text."""
    return {str(name): value if abs(value) < float("inf") else str(value) for name, value in metrics.items()}
