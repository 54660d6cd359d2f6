"""The order of a run: which node starts when, and what follows when one ends.

Independent nodes run side by side, up to a limit; a node starts when all that it waits for is done, the earlier in the
notebook first. After a failure the running ones finish and no other starts, but for those that run at the end of every
run (`on_exit`). A node whose condition does not hold is skipped, with all that wait for it. After a stop signal no
other starts.

The work itself (`work`) is a function that this file knows nothing of; it runs in a thread per node and reports
through the inbox. Everything is decided, and every event is emitted, in the thread that called `run_nodes`.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ..conditions import ConditionError, evaluate
from ..inbox import next_message
from ..notebook.cells import StepName
from ..pipeline import JsonValue, Name
from .cache import Uri
from .events import Event, Failure, StepCached, StepCanceled, StepFailed, StepFinished, StepSkipped
from .plan import Node, NodeName, Way


@dataclass(frozen=True)
class Done:
    """The node gave its result; the event tells of it."""

    event: StepFinished | StepCached


@dataclass(frozen=True)
class Failed:
    """The node gave none."""

    failure: Failure


@dataclass(frozen=True)
class Stopped:
    """The node was stopped before its end."""


Outcome: TypeAlias = Done | Failed | Stopped


@dataclass(frozen=True)
class Ended:
    """A node's thread has come to its end: with an outcome, or with an error that ends the run."""

    node: Node
    outcome: Outcome | BaseException


@dataclass(frozen=True)
class StopAsked:
    """Somebody wants the run to stop, by this signal."""

    signal: int


Inputs: TypeAlias = Mapping[StepName, "Uri | tuple[Uri, ...]"]
"""The state that a node receives, by step: a manifest, or a list of them."""

Inbox: TypeAlias = "queue.SimpleQueue[Event | Ended | StopAsked]"
Work: TypeAlias = Callable[[Node, Inputs], Outcome]
Check: TypeAlias = Callable[[Mapping[NodeName, Uri]], Failure | None]


@dataclass(frozen=True)
class Ending:
    """How it all ended. `failed` is the first node that failed, `stopped` the signal that ended the run."""

    failed: NodeName | None
    stopped: int


@dataclass(frozen=True)
class Doing:
    """What the scheduler is given to work with.

    `check` looks at all manifests there are after each node and says what does not agree; `stop_all` makes the work
    that is under way come to an end.
    """

    work: Work
    check: Check
    jobs: int
    inbox: Inbox
    emit: Callable[[Event], None]
    stop_all: Callable[[], None]
    parameters: Mapping[Name, JsonValue]


@dataclass
class _Progress:
    waiting: list[Node]
    running: dict[NodeName, Node] = field(default_factory=dict)
    results: dict[NodeName, StepFinished | StepCached] = field(default_factory=dict)
    skipped: set[NodeName] = field(default_factory=set)
    failed: NodeName | None = None
    stopped: int = 0


def run_nodes(nodes: tuple[Node, ...], ways: Mapping[NodeName, Way], doing: Doing) -> Ending:
    """Run them all. Raises what `work` or `emit` raised, after all threads have ended."""
    progress = _Progress(sorted(nodes, key=lambda node: node.last))
    try:
        for node in nodes:
            if ways[node.name] is Way.LEAVE:
                _skip(progress, node, "not asked for", doing)
        while True:
            _start_ready(progress, doing)
            if not progress.running:
                return Ending(progress.failed, progress.stopped)
            _take(progress, next_message(doing.inbox), doing)
    except BaseException:
        doing.stop_all()
        while progress.running:
            message = next_message(doing.inbox)
            if isinstance(message, Ended):
                progress.running.pop(message.node.name)
        raise


def _start_ready(progress: _Progress, doing: Doing) -> None:
    for node in list(progress.waiting):
        if reason := _why_not(progress, node):
            _skip(progress, node, reason, doing)
        elif len(progress.running) < doing.jobs and _is_ready(progress, node):
            try:
                holds = _holds(progress, node, doing.parameters)
            except ConditionError as error:
                progress.waiting.remove(node)
                _fail(progress, node, _no_condition(node, error), doing)
                _start_ready(progress, doing)
                return
            if holds:
                _start(progress, node, doing)
            else:
                _skip(progress, node, f"its condition does not hold: {node.step.settings.when}", doing)


def _why_not(progress: _Progress, node: Node) -> str:
    if progress.stopped:
        return "the run was stopped"
    if node.last:
        return ""
    if progress.failed is not None:
        return f"step {progress.failed} failed"
    before = sorted(node.waits_for & progress.skipped)
    return f"step {before[0]} was not run" if before else ""


def _is_ready(progress: _Progress, node: Node) -> bool:
    if node.last:
        return all(other.last for other in [*progress.running.values(), *progress.waiting])
    return node.waits_for <= progress.results.keys()


def _holds(progress: _Progress, node: Node, parameters: Mapping[Name, JsonValue]) -> bool:
    if node.condition is None:
        return True
    known = {**parameters, **node.values}
    values = {name: known[name] for name in node.condition.parameters}
    for metric, giver in node.metrics_of.items():
        result = progress.results.get(giver)
        if result is not None and metric in result.metrics:
            values[metric] = result.metrics[metric]
    return evaluate(node.condition.condition, values)  # type: ignore[arg-type]


def _no_condition(node: Node, error: ConditionError) -> Failure:
    return Failure(
        step=StepName(node.name), kind="state", name="ConditionError", message=error.message, fix=error.fix
    )


def _start(progress: _Progress, node: Node, doing: Doing) -> None:
    inputs: dict[StepName, Uri | tuple[Uri, ...]] = {}
    for step, names in node.inputs.items():
        manifests = tuple(Uri(progress.results[name].manifest) for name in names)
        inputs[step] = manifests if step in node.gathers else manifests[0]
    progress.waiting.remove(node)
    progress.running[node.name] = node
    threading.Thread(target=_report, args=(node, inputs, doing), daemon=True).start()


def _report(node: Node, inputs: Inputs, doing: Doing) -> None:
    try:
        outcome: Outcome | BaseException = doing.work(node, inputs)
    except BaseException as error:
        outcome = error
    doing.inbox.put(Ended(node, outcome))


def _take(progress: _Progress, message: Event | Ended | StopAsked, doing: Doing) -> None:
    match message:
        case Ended(node, outcome):
            progress.running.pop(node.name)
            _end(progress, node, outcome, doing)
        case StopAsked(number):
            progress.stopped = progress.stopped or number
            doing.stop_all()
        case event:
            doing.emit(event)


def _end(progress: _Progress, node: Node, outcome: Outcome | BaseException, doing: Doing) -> None:
    match outcome:
        case Done(event):
            progress.results[node.name] = event
            failure = doing.check({name: Uri(result.manifest) for name, result in progress.results.items()})
            if failure is None:
                doing.emit(event)
            else:
                _fail(progress, node, failure, doing)
        case Failed(failure):
            _fail(progress, node, failure, doing)
        case Stopped():
            doing.emit(StepCanceled(step=StepName(node.name)))
        case error:
            raise error


def _fail(progress: _Progress, node: Node, failure: Failure, doing: Doing) -> None:
    progress.failed = progress.failed or node.name
    doing.emit(StepFailed(step=StepName(node.name), failure=failure))


def _skip(progress: _Progress, node: Node, reason: str, doing: Doing) -> None:
    progress.waiting.remove(node)
    progress.skipped.add(node.name)
    doing.emit(StepSkipped(step=StepName(node.name), reason=reason))
