"""What was asked for, kept in the folder of a run that was started from JupyterLab, and what is told before it begins.

    <root>/runs/<run>/
      request.json     what was asked for
      prepare.jsonl    an event for each phase before the run's own first event; its end, where it never began
      prepare.log      what the process printed
      cancelled        there once somebody has cancelled it
      lock             held by the run's process from the start, with its id in it

The run's own `events.jsonl` follows where the run begins.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from .run_ids import NAME

REQUEST = "request.json"
PREPARE = "prepare.jsonl"
LOG = "prepare.log"
CANCEL = "cancelled"
FOLLOW = "follow"
CLUSTER = "cluster.json"  # what `cluster.known` keeps in the folder of a run on a cluster
LOCAL = "local"
CONTAINERS = "containers"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A run, or a building of images, that a user has asked for."""

    kind: Literal["run", "build"] = "run"
    notebook: str  # absolute path
    pipeline: str
    where: str = LOCAL  # or CONTAINERS, or the name of an endpoint
    parameters: Mapping[str, Any] = field(default_factory=dict)
    from_step: str | None = None
    only_step: str | None = None
    cache: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)  # of a build
    started: str = field(default_factory=lambda: moment())


def moment() -> str:
    """Now, in UTC."""
    return datetime.now(timezone.utc).isoformat()


def write_request(folder: Path, request: Request) -> None:
    """Keep it. The folder is new, so nobody reads half of it: the run's process is started afterwards."""
    (folder / REQUEST).write_text(json.dumps(asdict(request), indent=2) + "\n", encoding="utf-8")


def read_request(folder: Path) -> Request | None:
    """What was asked for; None where the run was started elsewhere."""
    try:
        content = json.loads((folder / REQUEST).read_bytes())
        return Request(**content)
    except (OSError, ValueError, TypeError):
        return None


def read_preparation(folder: Path) -> list[dict[str, Any]]:
    """The events so far, without a torn last line."""
    try:
        text = (folder / PREPARE).read_bytes()
    except OSError:
        return []
    events = []
    for line in text.splitlines(keepends=True):
        if line.endswith(b"\n"):
            event = json.loads(line)
            if isinstance(event, dict):
                events.append(event)
    return events


def submitted_as(folder: Path) -> str | None:
    """The name of the run's folder, where a cluster has the run; None where it has not."""
    for event in reversed(read_preparation(folder)):
        if event.get("event") == "submitted" and NAME.fullmatch(str(event.get("run"))):
            return str(event["run"])
    return None


def end_of(folder: Path) -> dict[str, Any]:
    """The last event of a run whose process is gone without having told it."""
    if (folder / CANCEL).exists():
        return {
            "event": "run-finished",
            "status": "CANCELED",
            "message": "the run was stopped before it began",
        }
    message = "the process that ran the pipeline died"
    return {"event": "run-finished", "status": "INTERRUPTED", "message": message}
