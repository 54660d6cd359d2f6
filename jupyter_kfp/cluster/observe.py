"""What the server's nodes say of our steps.

In: the steps, and the run's tasks as the server lists them: steps beside their drivers, executors and groups, without
order and often without links. Out: how each step stands. A node belongs to a step by its name alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal, TypeAlias

from ..notebook.cells import StepName
from .api import ClusterRun, Task
from .spec import SpecStep

Standing: TypeAlias = Literal["PENDING", "RUNNING", "SUCCEEDED", "CACHED", "FAILED", "CANCELED", "SKIPPED"]

LATER = datetime.max.replace(tzinfo=timezone.utc)

_STANDING: Mapping[str, Standing] = {
    "RUNNING": "RUNNING",
    "PAUSED": "RUNNING",
    "CANCELING": "RUNNING",
    "SUCCEEDED": "SUCCEEDED",
    "CACHED": "CACHED",
    "FAILED": "FAILED",
    "CANCELED": "CANCELED",
    "SKIPPED": "SKIPPED",
}
_EXECUTOR = re.compile(r"executor(\(\d+\))?")
_ATTEMPT = re.compile(r"executor\(\d+\)")


@dataclass(frozen=True)
class Seen:
    """How a step stands on the server."""

    standing: Standing
    attempts: int = 0
    started: datetime | None = None
    finished: datetime | None = None
    error: str = ""  # what the server says, where it says anything
    pods: tuple[str, ...] = ()  # whose logs can be asked for, the last attempt's last


def observe(steps: Sequence[SpecStep], run: ClusterRun) -> dict[StepName, Seen]:
    """Each step as the server has it now. Where the run is over, nothing is pending any more."""
    children = _children(run.tasks)
    seen: dict[StepName, Seen] = {}
    for step in steps:
        task = _task_of(step, steps, run.tasks)
        seen[step.name] = Seen("PENDING") if task is None else _seen(task, children.get(task.task_id, ()))
        if run.is_over and seen[step.name].standing == "PENDING":
            seen[step.name] = Seen("SKIPPED")
    return seen


def _children(tasks: Iterable[Task]) -> dict[str, tuple[Task, ...]]:
    """The tasks below each, where the server tells."""
    by_id = {task.task_id: task for task in tasks if task.task_id}
    found: dict[str, dict[str, Task]] = {}
    for task in by_id.values():
        if task.parent_task_id:
            found.setdefault(task.parent_task_id, {})[task.task_id] = task
        for child in task.child_tasks:
            if child.task_id in by_id:
                found.setdefault(task.task_id, {})[child.task_id] = by_id[child.task_id]
    return {key: tuple(value.values()) for key, value in found.items()}


def _task_of(step: SpecStep, steps: Sequence[SpecStep], tasks: Iterable[Task]) -> Task | None:
    """The node of a step: of those with its name the one of its item, in the order in which they began."""
    own = {step.task, step.title} if sum(other.title == step.title for other in steps) == 1 else {step.task}
    of_task = [task for task in tasks if task.display_name == step.task]
    named = of_task or [task for task in tasks if task.display_name in own]
    in_order = sorted(named, key=lambda task: task.start_time or LATER)
    if step.item is None:
        return in_order[-1] if in_order else None
    return in_order[step.item] if step.item < len(in_order) else None


def _seen(task: Task, below: Sequence[Task]) -> Seen:
    executors = [child for child in below if _EXECUTOR.fullmatch(child.display_name)]
    attempts = [child for child in below if _ATTEMPT.fullmatch(child.display_name)]
    standing = _STANDING.get(task.state, "PENDING")
    if standing == "SUCCEEDED" and executors and all(child.state == "SKIPPED" for child in executors):
        standing = "CACHED"
    tried = len(attempts) or sum(change.state == "RUNNING" for change in task.state_history)
    pods = [task.pod_name, *(child.pod_name for child in task.child_tasks)]
    pods += [pod for child in executors or below for pod in (child.pod_name,)]
    errors = [change.error for change in task.state_history] + [
        task.error,
        *(child.error for child in executors),
    ]
    return Seen(
        standing=standing,
        attempts=max(tried, 0 if standing in ("PENDING", "SKIPPED") else 1),
        started=task.start_time,
        finished=task.end_time,
        error=next((error.message for error in reversed(errors) if error and error.message), ""),
        pods=tuple(dict.fromkeys(pod for pod in pods if pod)),
    )
