"""Where each step stands in the DSL: inside which conditions, in which order, and which one runs on exit.

Kubeflow keeps what runs under a condition in a group of its own, and lets nothing outside of the group use what
is made inside. So a step stands in the group of its own condition, or in the innermost group of any step that
it waits for: where that one is skipped, it is skipped as well.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ..conditions import AllOf, Comparison, Condition, ConditionError, When, step_condition
from ..findings import Finding, finding
from ..notebook.cells import StepName
from ..pipeline import Name, Pipeline, Step

Group: TypeAlias = "tuple[Comparison, ...]"
"""Comparisons that all have to hold for what stands in the group."""


@dataclass(frozen=True)
class Block:
    """Steps and blocks, in an order in which each stands after what it needs; run if `when` holds."""

    when: When | None
    comparisons: Group
    body: tuple[StepName | Block, ...]


@dataclass(frozen=True)
class Arrangement:
    """How the steps stand in the pipeline's function. `metrics`: those that conditions read, by step."""

    body: tuple[StepName | Block, ...]
    on_exit: StepName | None
    metrics: Mapping[StepName, tuple[Name, ...]]
    findings: tuple[Finding, ...]


@dataclass
class _Open:
    when: When | None
    comparisons: Group
    members: list[StepName | _Open] = field(default_factory=list)


def arrange(pipeline: Pipeline) -> Arrangement:
    """Place every step. What Kubeflow cannot express becomes a finding, and the step stands at the top."""
    findings: list[Finding] = []
    exits = [step for step in pipeline.steps if step.settings.on_exit]
    findings += _exit_findings(pipeline, exits)
    parents = {step.name: set[StepName]() for step in pipeline.steps}
    for edge in pipeline.edges:
        parents[edge.target].add(edge.source)
    root = _Open(None, ())
    places: dict[StepName, tuple[_Open, ...]] = {}
    waits: dict[StepName, set[StepName]] = {}
    for step in pipeline.steps:
        if step in exits:
            continue
        when, found = _condition(pipeline, step)
        findings += found
        waits[step.name] = parents[step.name] | set(when.steps if when else ())
        place, found = _place(
            step, [places.get(name, (root,)) for name in sorted(waits[step.name])] or [(root,)]
        )
        findings += found
        if when is not None:
            place = _inside(place, when)
        place[-1].members.append(step.name)
        places[step.name] = place
    order = {step.name: step.order for step in pipeline.steps}
    return Arrangement(
        body=_ordered(root.members, waits, order),
        on_exit=exits[0].name if exits else None,
        metrics=_metrics(places.values()),
        findings=tuple(findings),
    )


def _exit_findings(pipeline: Pipeline, exits: list[Step]) -> list[Finding]:
    found = [
        finding(
            "JK514",
            f"steps {exits[0].name} and {step.name} both run on exit, and a pipeline has one such step",
            "join the two steps into one",
            step=step.name,
        )
        for step in exits[1:]
    ]
    names = {step.name for step in exits}
    for edge in pipeline.edges:
        if edge.target in names or edge.source in names:
            name = edge.target if edge.target in names else edge.source
            other = edge.source if edge.target in names else edge.target
            what = ", ".join(sorted({reason.subject for reason in edge.reasons}))
            found.append(
                finding(
                    "JK514",
                    f"step {name} runs on exit, when others may have failed, but is tied to step {other}"
                    + (f" by {what}" if what else ""),
                    f"let step {name} work from parameters only",
                    step=name,
                )
            )
    for step in exits:
        if step.settings.when is not None:
            found.append(
                finding(
                    "JK514",
                    f"step {step.name} runs on exit whatever happened, so its condition cannot count",
                    "remove `when` or `on_exit` from its settings",
                    step=step.name,
                )
            )
    return found


def _condition(pipeline: Pipeline, step: Step) -> tuple[When | None, list[Finding]]:
    """The step's condition, where it has one that the DSL can say."""
    try:
        when = step_condition(pipeline, step.name)
    except ConditionError as error:
        return None, [finding("JK511", f"step {step.name}: {error.message}", error.fix, step=step.name)]
    if when is None:
        return None, []
    comparisons = _conjunction(when.condition)
    if comparisons is None:
        return None, [
            finding(
                "JK512",
                f"step {step.name} runs when {when.text}, and Kubeflow's DSL has no `or`",
                "bind the whole condition to a metric, e.g. `deploy = int(a > 1 or b > 1)`, and use deploy == 1",
                step=step.name,
            )
        ]
    for comparison in comparisons:
        for side in (comparison.left, comparison.right):
            if isinstance(side, str) and (not side.isprintable() or set(side) & set("'\\{}")):
                return None, [
                    finding(
                        "JK512",
                        f"step {step.name} compares with {side!r}, which Kubeflow cannot write in a condition",
                        "compare with text without quotes, backslashes and braces",
                        step=step.name,
                    )
                ]
    return when, []


def _conjunction(condition: Condition) -> Group | None:
    if isinstance(condition, Comparison):
        return (condition,)
    if isinstance(condition, AllOf):
        parts = [_conjunction(part) for part in condition.parts]
        if all(part is not None for part in parts):
            return tuple(comparison for part in parts if part for comparison in part)
    return None


def _place(step: Step, places: list[tuple[_Open, ...]]) -> tuple[tuple[_Open, ...], list[Finding]]:
    """The innermost of the places, if the others all lie around it."""
    deepest = max(places, key=len)
    strangers = [place for place in places if place != deepest[: len(place)]]
    if not strangers:
        return deepest, []
    first, second = deepest[-1].when, strangers[0][-1].when
    return deepest[:1], [
        finding(
            "JK513",
            f"step {step.name} waits for steps that run under different conditions"
            f" ({first.text if first else ''}; {second.text if second else ''}), which Kubeflow cannot join",
            "give these steps the same `when`, or let one of them wait for the other",
            step=step.name,
        )
    ]


def _inside(place: tuple[_Open, ...], when: When) -> tuple[_Open, ...]:
    comparisons = _conjunction(when.condition) or ()
    for group in place:
        if group.when is not None and (group.comparisons, group.when.metrics) == (comparisons, when.metrics):
            return place
    for member in place[-1].members:
        if not isinstance(member, _Open) or member.when is None:
            continue
        if (member.comparisons, member.when.metrics) == (comparisons, when.metrics):
            return (*place, member)
    group = _Open(when, comparisons)
    place[-1].members.append(group)
    return (*place, group)


def _ordered(
    members: Iterable[StepName | _Open],
    waits: Mapping[StepName, set[StepName]],
    order: Mapping[StepName, int],
) -> tuple[StepName | Block, ...]:
    """The members in notebook order, as far as each may stand only after what it waits for."""
    nodes = list(members)
    contents = [set(_steps(node)) for node in nodes]
    holder = {name: index for index, names in enumerate(contents) for name in names}
    needs = [
        {holder[source] for name in names for source in waits[name] if source in holder} - {index}
        for index, names in enumerate(contents)
    ]
    users: list[list[int]] = [[] for _ in nodes]
    for index, sources in enumerate(needs):
        for source in sources:
            users[source].append(index)
    missing = [len(sources) for sources in needs]
    first = [min(order[name] for name in names) for names in contents]
    ready = [(first[index], index) for index, count in enumerate(missing) if not count]
    heapq.heapify(ready)
    body: list[StepName | Block] = []
    while ready:
        _, index = heapq.heappop(ready)
        node = nodes[index]
        if isinstance(node, _Open):
            body.append(Block(node.when, node.comparisons, _ordered(node.members, waits, order)))
        else:
            body.append(node)
        for user in users[index]:
            missing[user] -= 1
            if not missing[user]:
                heapq.heappush(ready, (first[user], user))
    return tuple(body)


def _steps(node: StepName | _Open) -> Iterable[StepName]:
    if isinstance(node, _Open):
        for member in node.members:
            yield from _steps(member)
    else:
        yield node


def _metrics(places: Iterable[tuple[_Open, ...]]) -> dict[StepName, tuple[Name, ...]]:
    used: dict[StepName, dict[Name, None]] = {}
    for place in places:
        for group in place:
            for metric, step in (group.when.metrics if group.when else {}).items():
                used.setdefault(step, {})[metric] = None
    return {step: tuple(metrics) for step, metrics in used.items()}
