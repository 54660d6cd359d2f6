"""What a run consists of: its nodes, in notebook order, and which of them are to be run.

A node is a step, or one item of a step that runs once for each item (`foreach`). Comes in: the pipeline and the folder
that its step folders were written to; goes out: nodes that know what they wait for.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NewType

from ..conditions import When, step_condition
from ..errors import JupyterKfpError
from ..flags import StepFlags, step_flags
from ..loops import loop_items, same_loop
from ..notebook.cells import StepName
from ..notebook.settings import STEP_NAME
from ..pipeline import JsonValue, Name, Pipeline, Step

NodeName = NewType("NodeName", str)
"""`train`, or `train[0]` for an item of a step that runs once for each."""


@dataclass(frozen=True)
class Node:
    """A step to be run once, with what it waits for."""

    name: NodeName
    step: Step
    folder: Path  # the step folder
    flags: StepFlags
    item: int | None  # which one, from 0
    values: Mapping[Name, JsonValue]  # parameters that the item sets
    inputs: Mapping[StepName, tuple[NodeName, ...]]  # the nodes whose state it receives, by step
    gathers: frozenset[StepName]  # those of `inputs` that come as a list
    condition: When | None
    metrics_of: Mapping[Name, NodeName]  # where the condition's metrics come from

    @property
    def last(self) -> bool:
        """Whether it runs when all others have ended, however they ended."""
        return bool(self.step.settings.on_exit)

    @property
    def waits_for(self) -> frozenset[NodeName]:
        """The nodes that have to be done before it starts."""
        states = (name for names in self.inputs.values() for name in names)
        return frozenset([*states, *self.metrics_of.values()])

    @property
    def place(self) -> Path:
        """Where the step's files go, relative to the run's folder: `steps/train`, `items/0/steps/train`."""
        return self.run_folder / "steps" / self.step.name

    @property
    def run_folder(self) -> Path:
        """What its main.py takes for the run's folder, relative to the run's folder."""
        return Path() if self.item is None else Path("items", str(self.item))


class Way(enum.Enum):
    """How a step comes to its result."""

    AS_NEEDED = "as needed"  # an earlier result where there is one, else run
    RUN = "run"  # run, whatever there is
    REUSE = "reuse"  # an earlier result, which must be there
    LEAVE = "leave"  # not run


def plan_nodes(pipeline: Pipeline, project: Path) -> tuple[Node, ...]:
    """The nodes of a run. Raises JupyterKfpError where a step folder is missing or control flow does not fit."""
    nodes: list[Node] = []
    by_step: dict[StepName, list[Node]] = {}
    for step in pipeline.steps:
        if not STEP_NAME.fullmatch(step.name):
            raise JupyterKfpError(f"{step.name!r} cannot be the name of a step", fix="use a-z, 0-9 and -")
        folder = project / "steps" / step.name
        if not (folder / "main.py").is_file():
            raise JupyterKfpError(
                "there is no main.py here", where=str(folder), fix="run jupyter kfp convert first"
            )
        flags = step_flags(pipeline, step.name)
        condition = step_condition(pipeline, step.name)
        by_step[step.name] = [
            _node(step, item, values, folder, flags, condition, by_step) for item, values in _items(step)
        ]
        nodes += by_step[step.name]
    return tuple(nodes)


def _items(step: Step) -> list[tuple[int | None, Mapping[Name, JsonValue]]]:
    items = loop_items(step)
    return list(enumerate(items)) if items else [(None, {})]


def _node(
    step: Step,
    item: int | None,
    values: Mapping[Name, JsonValue],
    folder: Path,
    flags: StepFlags,
    condition: When | None,
    earlier: Mapping[StepName, list[Node]],
) -> Node:
    inputs: dict[StepName, tuple[NodeName, ...]] = {}
    gathers: set[StepName] = set()
    for parent in flags.states:
        if item is not None and _same_loop(earlier[parent], step):
            inputs[parent] = (earlier[parent][item].name,)
        else:
            inputs[parent] = tuple(node.name for node in earlier[parent])
            if any(node.item is not None for node in earlier[parent]):
                gathers.add(parent)
    return Node(
        name=NodeName(step.name if item is None else f"{step.name}[{item}]"),
        step=step,
        folder=folder,
        flags=flags,
        item=item,
        values=values,
        inputs=inputs,
        gathers=frozenset(gathers),
        condition=condition,
        metrics_of=_metrics_of(step, item, condition, earlier),
    )


def _metrics_of(
    step: Step, item: int | None, condition: When | None, earlier: Mapping[StepName, list[Node]]
) -> dict[Name, NodeName]:
    found: dict[Name, NodeName] = {}
    for metric, giver in (condition.metrics if condition else {}).items():
        nodes = earlier[giver]
        if item is not None and _same_loop(nodes, step):
            found[metric] = nodes[item].name
        elif len(nodes) == 1 and nodes[0].item is None:
            found[metric] = nodes[0].name
        else:
            raise JupyterKfpError(
                f"the condition reads {metric} of step {giver}, which runs once for each item",
                where=f"step {step.name}",
                fix=f"give step {step.name} the same foreach, or compare a metric of a step after the loop",
            )
    return found


def _same_loop(nodes: list[Node], step: Step) -> bool:
    return bool(nodes) and same_loop(nodes[0].step, step)


def choose_ways(
    nodes: tuple[Node, ...], *, from_step: str | None = None, only_step: str | None = None
) -> dict[NodeName, Way]:
    """How each node comes to its result.

    `from_step`: that step and all that depend on it are run, the others' results must be there.
    `only_step`: only that one is run, what it depends on must be there, the rest is left.
    Raises JupyterKfpError for a step that does not exist, and for both at once.
    """
    if from_step is None and only_step is None:
        return {node.name: Way.RUN if node.last else Way.AS_NEEDED for node in nodes}
    if from_step is not None and only_step is not None:
        raise JupyterKfpError("--from and --only cannot be used together", fix="give one of them")
    chosen = {node.name for node in nodes if node.step.name in (from_step, only_step)}
    if not chosen:
        names = ", ".join(dict.fromkeys(node.step.name for node in nodes))
        raise JupyterKfpError(f"there is no step {from_step or only_step}", fix=f"the steps are: {names}")
    if only_step is not None:
        before = _before(nodes, chosen)
        return {
            node.name: Way.RUN if node.name in chosen else Way.REUSE if node.name in before else Way.LEAVE
            for node in nodes
        }
    after = set(chosen)
    for node in nodes:
        if node.last or node.waits_for & after:
            after.add(node.name)
    return {node.name: Way.RUN if node.name in after else Way.REUSE for node in nodes}


def _before(nodes: tuple[Node, ...], chosen: set[NodeName]) -> set[NodeName]:
    found: set[NodeName] = set()
    for node in reversed(nodes):
        if node.name in chosen or node.name in found:
            found |= node.waits_for
    return found - chosen
