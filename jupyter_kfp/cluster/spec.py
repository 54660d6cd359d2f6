"""The steps of a run, read from the pipeline's IR, which the server keeps: for runs that were started anywhere.

In: a PipelineSpec as JSON. Out: the steps, in an order in which each stands after those that it waits for, with their
groups (conditions, loops) taken apart. A loop over a list that stands in the IR gives a step for each item.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any, NewType, TypeAlias

from ..local.events import PlannedStep
from ..notebook.cells import StepName

TaskName = NewType("TaskName", str)
"""A task's key in the IR, by which Kubeflow reports on it."""

DECIDE = ["python", "-m", "jupyter_kfp_step.decide"]
"""The command of a task that decides on a condition, as `package` writes it."""

Json: TypeAlias = "Mapping[str, Any]"


@dataclass(frozen=True)
class SpecStep:
    """A step as the IR has it."""

    name: StepName
    task: TaskName
    title: str
    parents: tuple[StepName, ...]
    item: int | None = None  # which one of a loop, from 0
    conditional: bool = False  # stands in a condition
    last: bool = False  # runs at the end of the run, however it ended

    @property
    def planned(self) -> PlannedStep:
        """As a run's first event tells of it."""
        plain = self.name.partition("[")[0]
        folder = f"steps/{plain}" if self.item is None else f"items/{self.item}/steps/{plain}"
        return PlannedStep(name=self.name, title=self.title, parents=self.parents, folder=folder)


def steps_of(spec: Json, names: Mapping[TaskName, StepName] | None = None) -> tuple[SpecStep, ...]:
    """The steps. `names`: what they are called in the notebook, where that is known; else as their tasks are."""
    leaves = list(_leaves(_Dag(spec, spec.get("root", {}))))
    step_names = {
        leaf.key: StepName(
            (names or {}).get(leaf.task, leaf.task) + ("" if leaf.item is None else f"[{leaf.item}]")
        )
        for leaf in leaves
    }
    waits = {leaf.key: {key for key in leaf.waits if key in step_names} for leaf in leaves}
    try:
        order = list(TopologicalSorter({key: sorted(waits[key]) for key in sorted(waits)}).static_order())
    except CycleError:
        order = sorted(waits)
    by_key = {leaf.key: leaf for leaf in leaves}
    return tuple(
        SpecStep(
            name=step_names[key],
            task=by_key[key].task,
            title=by_key[key].title,
            parents=tuple(step_names[other] for other in order if other in waits[key]),
            item=by_key[key].item,
            conditional=by_key[key].conditional,
            last=by_key[key].last,
        )
        for key in order
    )


@dataclass(frozen=True)
class _Leaf:
    key: str  # unique in the pipeline
    task: TaskName
    title: str
    item: int | None
    waits: frozenset[str]
    conditional: bool
    last: bool


@dataclass(frozen=True)
class _Dag:
    """A group of tasks: the pipeline's own, or that of a condition, loop or exit handler."""

    spec: Json
    component: Json
    path: str = ""
    item: int | None = None
    conditional: bool = False
    above: _Dag | None = None
    own_task: Json = field(default_factory=dict)  # the task in `above` that stands for this group

    @property
    def tasks(self) -> Mapping[str, Json]:
        tasks: Mapping[str, Json] = self.component.get("dag", {}).get("tasks", {})
        return tasks

    def component_of(self, task: Json) -> Json:
        name = task.get("componentRef", {}).get("name", "")
        component: Json = self.spec.get("components", {}).get(name, {})
        return component

    def inside(self, key: str, item: int | None = None) -> _Dag:
        task = self.tasks[key]
        number = self.item if item is None else item
        mark = f"{key}/" if item is None else f"{key}.{item}/"
        return _Dag(
            self.spec,
            self.component_of(task),
            self.path + mark,
            number,
            self.conditional or "condition" in task.get("triggerPolicy", {}),
            self,
            task,
        )

    def groups(self, key: str) -> Iterator[_Dag]:
        """The groups that a task stands for: one, or one for each item of a loop."""
        items = _items(self.tasks[key])
        if items is None:
            yield self.inside(key)
        else:
            for number in range(items):
                yield self.inside(key, number)


def _items(task: Json) -> int | None:
    """How many items a loop has; None where the task is none. A list made at run time counts as one."""
    iterator = task.get("parameterIterator")
    if iterator is None:
        return None
    try:
        return len(json.loads(iterator.get("items", {}).get("raw", "")))
    except (ValueError, TypeError):
        return 1


def _leaves(dag: _Dag) -> Iterator[_Leaf]:
    for key, task in dag.tasks.items():
        if "executorLabel" in dag.component_of(task):
            if _decides(dag, task):
                continue
            yield _Leaf(
                key=dag.path + key,
                task=TaskName(key),
                title=str(task.get("taskInfo", {}).get("name") or key),
                item=dag.item,
                waits=frozenset(_waits(dag, task)),
                conditional=dag.conditional,
                last=task.get("triggerPolicy", {}).get("strategy") == "ALL_UPSTREAM_TASKS_COMPLETED",
            )
        else:
            for group in dag.groups(key):
                yield from _leaves(group)


def _decides(dag: _Dag, task: Json) -> bool:
    """Whether the task only decides on a step's condition: it is no step of the notebook."""
    executors = dag.spec.get("deploymentSpec", {}).get("executors", {})
    container = executors.get(dag.component_of(task).get("executorLabel", ""), {}).get("container", {})
    return list(container.get("command", ()))[-2:] == DECIDE[-2:]  # also where its code comes from the bucket


def _waits(dag: _Dag, task: Json) -> Iterator[str]:
    """The leaves that a task waits for: whose outputs it takes, through groups too, and those that it names."""
    for value in task.get("inputs", {}).get("parameters", {}).values():
        yield from _givers(dag, value)
    for value in task.get("inputs", {}).get("artifacts", {}).values():
        yield from _givers(dag, value)
    for other in task.get("dependentTasks", ()):
        if other in dag.tasks:
            yield from _all_of(dag, other)


def _givers(dag: _Dag, value: Json) -> Iterator[str]:
    for kind, key in (
        ("taskOutputParameter", "outputParameterKey"),
        ("taskOutputArtifact", "outputArtifactKey"),
    ):
        if given := value.get(kind):
            producer = given.get("producerTask", "")
            if producer in dag.tasks:
                yield from _source(dag, producer, given.get(key, ""))
    name = value.get("componentInputParameter") or value.get("componentInputArtifact")
    if name and dag.above is not None:
        inputs = dag.own_task.get("inputs", {})
        passed = inputs.get("parameters", {}).get(name) or inputs.get("artifacts", {}).get(name)
        if passed:
            yield from _givers(dag.above, passed)


def _source(dag: _Dag, producer: str, output: str) -> Iterator[str]:
    """The leaf that makes an output of a task; through what a group says of its outputs."""
    component = dag.component_of(dag.tasks[producer])
    if "executorLabel" in component:
        yield dag.path + producer
        return
    told = component.get("dag", {}).get("outputs", {})
    selector = told.get("parameters", {}).get(output, {}).get("valueFromParameter", {})
    inner = selector.get("producerSubtask")
    for group in dag.groups(producer):
        if inner in group.tasks:
            yield from _source(group, inner, selector.get("outputParameterKey", ""))
        else:
            yield from (leaf.key for leaf in _leaves(group))


def _all_of(dag: _Dag, key: str) -> Iterator[str]:
    if "executorLabel" in dag.component_of(dag.tasks[key]):
        yield dag.path + key
    else:
        for group in dag.groups(key):
            yield from (leaf.key for leaf in _leaves(group))


def inputs_of(spec: Json, step: SpecStep) -> tuple[Json, dict[str, str]]:
    """A step's container, and where its input parameters come from: `$name`, the pipeline's own parameter; `=value`, a
    constant. Those that come from other steps are left out."""
    dag, task = _find(_Dag(spec, spec.get("root", {})), step)
    component = dag.component_of(task)
    executors = spec.get("deploymentSpec", {}).get("executors", {})
    container: Json = executors.get(component.get("executorLabel", ""), {}).get("container", {})
    sources = {}
    for name, value in task.get("inputs", {}).get("parameters", {}).items():
        if source := _own_source(dag, value):
            sources[name] = source
    return container, sources


def _find(dag: _Dag, step: SpecStep) -> tuple[_Dag, Json]:
    """The group that holds the step, and its task. Raises KeyError."""
    for key, task in dag.tasks.items():
        if "executorLabel" in dag.component_of(task):
            if key == step.task and dag.item == step.item:
                return dag, task
            continue
        for group in dag.groups(key):
            try:
                return _find(group, step)
            except KeyError:
                continue
    raise KeyError(step.name)


def _own_source(dag: _Dag, value: Json) -> str:
    if "runtimeValue" in value:
        return f"={json.dumps(value['runtimeValue'], sort_keys=True)}"
    name = value.get("componentInputParameter")
    if not name:
        return ""
    if dag.above is None:
        return f"${name}"
    passed = dag.own_task.get("inputs", {}).get("parameters", {}).get(name)
    return _own_source(dag.above, passed) if passed else ""
