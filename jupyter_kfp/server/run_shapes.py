"""Runs as JSON, from their folders: the folder is the truth, nothing is remembered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..local.journal import is_alive, run_at
from ..local.root import FOLDER
from .requested import (
    CLUSTER,
    CONTAINERS,
    LOCAL,
    REQUEST,
    Request,
    end_of,
    read_preparation,
    read_request,
    submitted_as,
)
from .run_ids import NAME, run_id

if TYPE_CHECKING:
    from ..local import Run as LocalRun
    from ..local import StepRun
    from ..local.events import Failure
    from .shapes import Run, RunStep, StepFailure

Relative = Callable[["Path | str"], "str | None"]
"""The API's path of a file; None where it is not below the server's root."""

AFTER = re.compile(r"after:[a-z0-9-]+")
FILES = (("notebook", "output.ipynb"), ("report", "output.html"), ("log", "log.txt"))
"""What a step may leave that people look at."""


def run_names(folder: Path) -> list[str]:
    """Names of the runs beside notebooks of that folder, newest first: their names begin with the time."""
    places = folder / FOLDER / "runs"
    try:
        names = [place.name for place in places.iterdir() if NAME.fullmatch(place.name)]
    except OSError:
        return []
    told = {
        told_in(places / name, read_request(places / name)).name for name in names if asked_for(places / name)
    }
    return sorted((name for name in names if name not in told or asked_for(places / name)), reverse=True)


def asked_for(place: Path) -> bool:
    """Whether the run was started from JupyterLab."""
    return (place / REQUEST).is_file()


def run_shape(folder: Path, name: str, relative: Relative) -> Run | None:
    """The run of that name beside notebooks of `folder`; None where there is none."""
    place = folder / FOLDER / "runs" / name
    request = read_request(place)
    run = run_at(told_in(place, request))
    where = relative(folder)
    identity = run_id(name, where or "")
    if run is not None:
        return _begun(identity, name, run, request, relative)
    return None if request is None else _prepared(identity, place, request, relative)


def told_in(place: Path, request: Request | None) -> Path:
    """Where the run's own events are: elsewhere, where a cluster has a run that was asked for here."""
    if request is None or request.where in (LOCAL, CONTAINERS):
        return place
    name = submitted_as(place)
    return place if name is None else place.with_name(name)


@dataclass(frozen=True)
class Folders:
    """Where a run is: what was asked for, and what it tells. Mostly one folder; links are followed."""

    asked: Path
    told: Path


def folders_of(folder: Path, name: str) -> Folders | None:
    """The folders of a run; None where there is no such run."""
    place = folder / FOLDER / "runs" / name
    request = read_request(place)
    told = told_in(place, request)
    if request is None and run_at(told) is None:
        return None
    return Folders(place.resolve(), told.resolve())


def _begun(identity: str, name: str, run: LocalRun, request: Request | None, relative: Relative) -> Run:
    shape: Run = {
        "id": identity,
        "name": name,
        "kind": "run",
        "pipeline": run.pipeline,
        "notebook": relative(run.notebook),
        "where": request.where if request else _endpoint_of(run) or LOCAL,
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
    if run.url:
        shape["link"] = run.url
    return shape


def _endpoint_of(run: LocalRun) -> str:
    """The endpoint that a run of the command line went to; empty for this machine."""
    if not run.url:
        return ""
    try:
        return str(json.loads((run.folder / CLUSTER).read_bytes())["endpoint"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


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
    there = (
        bool(run.url) and not step.cached and step.status.value in ("SUCCEEDED", "FAILED")
    )  # fetched when asked for
    for key, file in FILES:
        if (run.folder / folder / file).is_file() or (there and key != "log"):
            shape[key] = f"{folder}/{file}"  # type: ignore[literal-required]
    return shape


def _failure(failure: Failure) -> StepFailure:
    shape: StepFailure = {"kind": failure.kind, "name": failure.name, "message": failure.message}
    for key in ("cell", "cell_number", "line", "frame", "fix", "log"):
        if value := getattr(failure, key):
            shape[key] = value
    if failure.kind == "conflict" and (tag := AFTER.search(failure.fix)):
        shape["after"] = tag[0]
    return shape


def _metrics(metrics: Any) -> dict[str, float | str]:  # noqa: ANN401
    """JSON has no NaN: it is told as text."""
    return {str(name): value if abs(value) < float("inf") else str(value) for name, value in metrics.items()}
