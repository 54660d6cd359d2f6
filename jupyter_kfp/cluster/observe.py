"""What the server's nodes say of our steps.

In: the steps, and the run's tasks as the server lists them: steps beside their drivers, executors and groups, without
order. Out: how each step stands. A node belongs to a step by its name. Which node lies below which is told by the pods
of children, whose names end with the same number as the node's own; where a server does not tell, attempts and items
are known less exactly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal, TypeAlias

from ..notebook.cells import StepName
from .records import ClusterRun, Task
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
_ITEM = re.compile(r"\((\d+)(:.*)?\)$")  # at the end of the name of an iteration: `iteration-iterations(2:2)`
_NUMBER = re.compile(r"-(\d+)$")


@dataclass(frozen=True)
class Seen:
    """How a step stands on the server."""

    standing: Standing
    attempts: int = 0
    started: datetime | None = None
    finished: datetime | None = None
    error: str = ""  # what the server says, where it says anything
    pods: tuple[str, ...] = ()  # whose logs can be asked for, the last attempt's last
    made_by: str = ""  # the run whose result the cache gave, where the server tells


def observe(steps: Sequence[SpecStep], run: ClusterRun) -> dict[StepName, Seen]:
    """Each step as the server has it now. Where the run is over, nothing is pending any more."""
    tree = _Tree(run.tasks)
    seen: dict[StepName, Seen] = {}
    for step in steps:
        task = _task_of(step, steps, tree)
        seen[step.name] = Seen("PENDING") if task is None else _seen(task, tree.below(task))
        if run.is_over and seen[step.name].standing == "PENDING":
            seen[step.name] = Seen("SKIPPED")
    return seen


class _Tree:
    """The nodes, and which lies below which as far as the server tells."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = tasks
        self._by_id = {task.task_id: task for task in tasks if task.task_id}
        self._children: dict[str, dict[str, Task]] = {}
        self._parent: dict[str, str] = {}
        by_number = {number: task for task in tasks if (number := _number(task.pod_name))}
        for task in tasks:
            if task.parent_task_id in self._by_id:
                self._link(task.parent_task_id, task)
            for child in task.child_tasks:
                found = self._by_id.get(child.task_id) or by_number.get(_number(child.pod_name))
                if found is not None:
                    self._link(task.task_id, found)

    def _link(self, parent: str, child: Task) -> None:
        if parent != child.task_id:
            self._children.setdefault(parent, {})[child.task_id] = child
            self._parent.setdefault(child.task_id, parent)

    def below(self, task: Task) -> list[Task]:
        """The executors of a step's node: its own, not those of steps that come after it in the tree."""
        found: dict[str, Task] = {}
        waiting = [task.task_id]
        while waiting:
            for child in self._children.get(waiting.pop(), {}).values():
                if _EXECUTOR.fullmatch(child.display_name) and child.task_id not in found:
                    found[child.task_id] = child
                    waiting.append(child.task_id)
        return sorted(found.values(), key=lambda each: each.display_name)

    def item(self, task: Task) -> int | None:
        """Which item of a loop the node is of, told by itself or by the number of the iteration above it."""
        if task.item is not None:
            return task.item
        seen = set()
        at = task.task_id
        while (at := self._parent.get(at, "")) and at not in seen:
            seen.add(at)
            if found := _ITEM.search(self._by_id[at].display_name):
                return int(found[1])
        return None


def _number(pod: str) -> str:
    """Node and pod of Argo's have names that end with the same number."""
    found = _NUMBER.search(pod)
    return found[1] if found else ""


def _task_of(step: SpecStep, steps: Sequence[SpecStep], tree: _Tree) -> Task | None:
    """The node of a step; in a loop that of its item, or where that is not told, the one that began in its turn."""
    named = [task for task in tree.tasks if task.display_name == step.task]
    if not named and sum(other.title == step.title for other in steps) == 1:
        named = [task for task in tree.tasks if task.display_name == step.title]
    in_order = sorted(named, key=lambda task: task.start_time or LATER)
    if step.item is None:
        return in_order[-1] if in_order else None
    items = {number: task for task in in_order if (number := tree.item(task)) is not None}
    if items:
        return items.get(step.item)
    return in_order[step.item] if step.item < len(in_order) else None


def _seen(task: Task, executors: Sequence[Task]) -> Seen:
    standing = _STANDING.get(task.state, "PENDING")
    if standing == "SUCCEEDED" and executors and all(child.state == "SKIPPED" for child in executors):
        standing = "CACHED"
    tried = task.attempts or sum(bool(_ATTEMPT.fullmatch(child.display_name)) for child in executors)
    pods = [
        task.pod_name,
        *(child.pod_name for child in task.child_tasks),
        *(each.pod_name for each in executors),
    ]
    errors = [
        error.message
        for each in (task, *executors)
        for error in (*(change.error for change in each.state_history), each.error)
        if error and error.message
    ]
    return Seen(
        standing=standing,
        attempts=max(tried, 0 if standing in ("PENDING", "SKIPPED") else 1),
        started=task.start_time,
        finished=task.end_time,
        error=errors[-1] if errors else "",
        pods=tuple(dict.fromkeys(pod for pod in pods if pod)),
        made_by=task.made_by,
    )
