"""What happens in a run, one event after the other: the truth of a run.

A closed union of frozen dataclasses. A run's `events.jsonl` holds one JSON object a line; everything else that is
known of a run (`run.json`, a display, a browser) is worked out from them. The same events tell of a run on a
cluster: nothing here knows of processes or folders.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue, PlainSerializer, TypeAdapter, ValidationError

from ..errors import JupyterKfpError
from ..notebook.cells import StepName
from ..pipeline import Name

VERSION = 1


def _in_json(value: int | float) -> int | float | str:
    """JSON has no NaN: it is written as text, and read as the number again."""
    return value if math.isfinite(value) else str(value)


Metric: TypeAlias = Annotated[int | float, PlainSerializer(_in_json, when_used="json")]
FailureKind: TypeAlias = Literal["cell", "state", "conflict", "timeout", "killed", "internal"]


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True, kw_only=True)
class PlannedStep:
    """A step that the run consists of; one for each item where the step runs once for each (`train[0]`, …)."""

    name: StepName
    title: str
    parents: tuple[StepName, ...] = ()
    folder: str = ""  # where it leaves its files, relative to the run's; `steps/<name>` where empty


@dataclass(frozen=True, kw_only=True)
class StoredResult:
    """A value that the settings mark as a result, as the file `results/<file>` in its step's folder."""

    name: Name
    type: str  # of the value, such as `pandas.DataFrame`
    format: str  # of the file: parquet, csv, npy, png, txt, bin, json or pkl
    file: str
    size: int  # bytes
    digest: str  # sha256


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a step failed, for the person who can mend it. The cell is known where a cell raised."""

    step: StepName
    kind: FailureKind
    name: str  # of the exception
    message: str
    cell: str | None = None  # its id
    cell_number: int | None = None  # among the notebook's code cells, from 1
    line: int | None = None  # in the cell, from 1
    first_line: str = ""  # of the cell
    frame: str = ""  # the last frame in the user's code
    fix: str = ""
    notebook: str = ""  # where the executed notebook is
    log: str = ""  # the last lines that the step printed, where nothing better is known

    def summary(self) -> str:
        """One or more lines: step, cell, exception and where it was raised."""
        cell = f", cell {self.cell_number}" if self.cell_number else ""
        first = f": `{self.first_line}`" if self.first_line else ""
        raised = f"{self.name}: {self.message}" if self.name and self.message else self.name or self.message
        lines = [f"step {self.step}{cell}{first}", _indented(raised)]
        if self.frame:
            lines.append(_indented(self.frame))
        if self.log:
            lines.append("  its last lines:\n" + _indented(self.log, "    "))
        if self.notebook:
            lines.append(f"  executed notebook: {self.notebook}")
        return "\n".join(lines)


def _indented(text: str, by: str = "  ") -> str:
    return "\n".join(by + line for line in text.strip("\n").splitlines())


@dataclass(frozen=True, kw_only=True)
class _Event:
    version: Literal[1] = 1
    time: datetime = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class RunStarted(_Event):
    event: Literal["run-started"] = "run-started"
    run: str  # the run's id
    pipeline: str
    notebook: str  # its path or address
    notebook_digest: str  # sha256 of its bytes
    parameters: Mapping[Name, JsonValue]  # those given, and the defaults of the others
    steps: tuple[PlannedStep, ...]  # in notebook order
    files: str = ""  # uri of the manifest of the notebook's data files; empty where there are none
    url: str = ""  # the run's page on its cluster; empty for a run of this machine


@dataclass(frozen=True, kw_only=True)
class Warned(_Event):
    """Something that does not stop the run and that the user should know."""

    event: Literal["warned"] = "warned"
    message: str
    fix: str = ""
    step: StepName | None = None


@dataclass(frozen=True, kw_only=True)
class StepStarted(_Event):
    event: Literal["step-started"] = "step-started"
    step: StepName
    attempt: int = 1


@dataclass(frozen=True, kw_only=True)
class StepOutput(_Event):
    """Lines that the step printed. Shown live, not kept: the step's log has it."""

    event: Literal["step-output"] = "step-output"
    step: StepName
    text: str


@dataclass(frozen=True, kw_only=True)
class StepRetried(_Event):
    """An attempt failed; the step is tried again."""

    event: Literal["step-retried"] = "step-retried"
    step: StepName
    attempt: int  # the one that failed, from 1
    failure: Failure


@dataclass(frozen=True, kw_only=True)
class StepFinished(_Event):
    event: Literal["step-finished"] = "step-finished"
    step: StepName
    manifest: str  # uri of the state that it hands on
    key: str = ""  # digest of all that the result depends on
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    results: Mapping[Name, StoredResult] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StepCached(_Event):
    """The result of an earlier run is used."""

    event: Literal["step-cached"] = "step-cached"
    step: StepName
    manifest: str
    key: str = ""
    run: str  # the run that made it
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    results: Mapping[Name, StoredResult] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StepFailed(_Event):
    event: Literal["step-failed"] = "step-failed"
    step: StepName
    failure: Failure


@dataclass(frozen=True, kw_only=True)
class StepCanceled(_Event):
    """The step was stopped while it ran."""

    event: Literal["step-canceled"] = "step-canceled"
    step: StepName


@dataclass(frozen=True, kw_only=True)
class StepSkipped(_Event):
    """The step was not run."""

    event: Literal["step-skipped"] = "step-skipped"
    step: StepName
    reason: str


@dataclass(frozen=True, kw_only=True)
class RunFinished(_Event):
    event: Literal["run-finished"] = "run-finished"
    status: Literal["SUCCEEDED", "FAILED", "CANCELED", "INTERRUPTED"]
    message: str = ""


Event: TypeAlias = (
    RunStarted
    | Warned
    | StepStarted
    | StepOutput
    | StepRetried
    | StepFinished
    | StepCached
    | StepFailed
    | StepCanceled
    | StepSkipped
    | RunFinished
)

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def to_json(event: Event) -> str:
    """The event as one line of JSON, without the line's end."""
    return _ADAPTER.dump_json(event).decode()


def from_json(text: str | bytes) -> Event:
    """The event in one line of JSON. Raises JupyterKfpError where it is not one of this version."""
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise _unreadable(text) from error


def _unreadable(text: str | bytes) -> JupyterKfpError:
    try:
        version = json.loads(text)["version"]
    except (ValueError, KeyError, TypeError):
        version = None
    if isinstance(version, int) and version > VERSION:
        return JupyterKfpError("the run was made by a newer jupyter-kfp", fix="update jupyter-kfp to read it")
    return JupyterKfpError(
        "the run's events.jsonl holds a line that is not an event", fix="run the pipeline again"
    )
