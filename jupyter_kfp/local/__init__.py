"""Run a pipeline on this machine.

Every step runs through the `main.py` of its step folder, in a process and a folder of its own, with a local folder as
the bucket. A run has a folder; its `events.jsonl` is the truth, and any process can follow it.
"""

from .events import Event
from .journal import cancel, follow, read_run, runs
from .prune import Pruned, prune, remove
from .record import Run, Status, StepRun
from .runner import RunCanceled, RunFailed, run, run_project

__all__ = [
    "Event",
    "Pruned",
    "Run",
    "RunCanceled",
    "RunFailed",
    "Status",
    "StepRun",
    "cancel",
    "follow",
    "prune",
    "read_run",
    "remove",
    "run",
    "run_project",
    "runs",
]
