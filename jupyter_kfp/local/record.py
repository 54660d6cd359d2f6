"""Run: what a run's events add up to.

`apply` folds one event into what is known so far; nothing here reads or writes a file.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue, TypeAdapter

from ..errors import JupyterKfpError
from ..notebook.cells import StepName
from ..pipeline import Name
from .events import (
    Event,
    Failure,
    Metric,
    RunFinished,
    RunStarted,
    StepCached,
    StepCanceled,
    StepFailed,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
    StoredResult,
    Warned,
)


class Status(enum.Enum):
    """How far a run or a step is. INTERRUPTED: the runner died without a word."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    SKIPPED = "SKIPPED"
    INTERRUPTED = "INTERRUPTED"


@dataclass(frozen=True, kw_only=True)
class StepRun:
    """A step in a run."""

    name: StepName
    title: str
    parents: tuple[StepName, ...] = ()
    folder: str = ""  # where it leaves its files, relative to the run's; `steps/<name>` where empty
    status: Status = Status.PENDING
    cached: bool = False  # its result is that of an earlier run
    cached_from: str = ""  # the id of that run
    attempts: int = 0
    started: datetime | None = None
    finished: datetime | None = None
    manifest: str = ""  # uri of the state that it handed on
    key: str = ""  # digest of all that the result depends on
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    results: Mapping[Name, StoredResult] = field(default_factory=dict)  # files in its folder's `results/`
    failure: Failure | None = None
    reason: str = ""  # why it was not run

    @property
    def seconds(self) -> float | None:
        """How long it ran; None where it did not, or still does."""
        return _seconds(self.started, self.finished)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One execution of a pipeline. `folder` is where it is kept."""

    folder: Path
    id: str
    pipeline: str
    notebook: str
    notebook_digest: str
    parameters: Mapping[Name, JsonValue]
    status: Status
    started: datetime
    finished: datetime | None = None
    files: str = ""  # uri of the manifest of the notebook's data files
    url: str = ""  # the run's page on its cluster; empty for a run of this machine
    steps: tuple[StepRun, ...] = ()
    warnings: tuple[Warned, ...] = ()
    message: str = ""  # why it ended, where no step says so

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return _seconds(self.started, self.finished)

    @property
    def metrics(self) -> dict[str, Metric]:
        """All steps' metrics; where two have one name, the later step's."""
        return {name: value for step in self.steps for name, value in step.metrics.items()}

    @property
    def failure(self) -> Failure | None:
        """That of the first step that failed, in notebook order."""
        return next((step.failure for step in self.steps if step.failure), None)

    def step(self, name: str) -> StepRun:
        """The step of that name; KeyError where there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def step_folder(self, name: str) -> Path:
        """Where the step's output.ipynb, output.html, metrics.json and log.txt are."""
        return self.folder / (self.step(name).folder or f"steps/{name}")


def _seconds(started: datetime | None, finished: datetime | None) -> float | None:
    return (finished - started).total_seconds() if started and finished else None


def started(folder: Path, event: RunStarted) -> Run:
    """A run that has just begun."""
    return Run(
        folder=folder,
        id=event.run,
        pipeline=event.pipeline,
        notebook=event.notebook,
        notebook_digest=event.notebook_digest,
        parameters=event.parameters,
        status=Status.RUNNING,
        started=event.time,
        files=event.files,
        url=event.url,
        steps=tuple(
            StepRun(name=step.name, title=step.title, parents=step.parents, folder=step.folder)
            for step in event.steps
        ),
    )


def apply(run: Run, event: Event) -> Run:
    """The run after the event."""
    match event:
        case RunStarted():
            return started(run.folder, event)
        case RunFinished():
            ended = _with_unfinished(run, Status.CANCELED)
            return replace(ended, status=Status(event.status), finished=event.time, message=event.message)
        case Warned():
            return replace(run, warnings=(*run.warnings, event))
        case StepOutput():
            return run
        case _:
            steps = tuple(_after(step, event) if step.name == event.step else step for step in run.steps)
            return replace(run, steps=steps)


def _after(
    step: StepRun,
    event: StepStarted | StepRetried | StepFinished | StepCached | StepFailed | StepCanceled | StepSkipped,
) -> StepRun:
    ended = replace(step, finished=event.time)
    match event:
        case StepStarted():
            began = step.started or event.time
            return replace(step, status=Status.RUNNING, started=began, attempts=event.attempt)
        case StepRetried():
            return step
        case StepFinished(manifest=manifest, key=key, metrics=metrics, results=results):
            given = replace(ended, manifest=manifest, key=key, metrics=metrics, results=results)
            return replace(given, status=Status.SUCCEEDED)
        case StepCached(manifest=manifest, key=key, metrics=metrics, results=results, run=run):
            same = replace(step, manifest=manifest, key=key, metrics=metrics, results=results)
            return replace(same, status=Status.SUCCEEDED, cached=True, cached_from=run)
        case StepFailed(failure=failure):
            return replace(ended, status=Status.FAILED, failure=failure)
        case StepCanceled():
            return replace(ended, status=Status.CANCELED)
        case StepSkipped(reason=reason):
            return replace(step, status=Status.SKIPPED, reason=reason)


def replay(folder: Path, events: Iterable[Event]) -> Run:
    """The run that the events tell of. Raises JupyterKfpError where they do not begin with its start."""
    run: Run | None = None
    for event in events:
        if run is not None:
            run = apply(run, event)
        elif isinstance(event, RunStarted):
            run = started(folder, event)
        else:
            break
    if run is None:
        raise JupyterKfpError("this is not the folder of a run", where=str(folder))
    return run


def interrupted(run: Run) -> Run:
    """The run, seen after its runner died: what was running is not any more."""
    return replace(_with_unfinished(run, Status.INTERRUPTED), status=Status.INTERRUPTED)


def _with_unfinished(run: Run, status: Status) -> Run:
    """The run, its running steps having that status, and those not begun being skipped."""
    ended = {Status.RUNNING: status, Status.PENDING: Status.SKIPPED}
    return replace(
        run, steps=tuple(replace(step, status=ended.get(step.status, step.status)) for step in run.steps)
    )


_ADAPTER: TypeAdapter[Run] = TypeAdapter(Run)


def to_json(run: Run) -> bytes:
    """What `run.json` holds: all but the folder, which is where the file is."""
    return _ADAPTER.dump_json(run, exclude={"folder"}, indent=2) + b"\n"


def from_json(folder: Path, text: bytes) -> Run:
    """The run in a `run.json`. Raises ValueError where it is not one."""
    content: Any = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("run.json is not a JSON object")
    return _ADAPTER.validate_python({**content, "folder": folder})
