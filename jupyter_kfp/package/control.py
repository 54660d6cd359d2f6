"""Where each step stands in the DSL: inside which conditions, in which order, and which one runs on exit.

Kubeflow keeps what runs under a condition in a group of its own, and lets nothing outside of the group use what
is made inside. So a step stands in the group of its own condition, or in the innermost group of any step that
it waits for: where that one is skipped, it is skipped as well. A loop is a group too; a step outside of it may use
what all its items made, as a list. A condition that is more than comparisons which all hold (`or`, text with quotes,
what a loop sets) is decided by a small task of its own.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ..conditions import AllOf, Comparison, Condition, ConditionError, Reference, When, step_condition
from ..errors import JupyterKfpError
from ..findings import Finding, finding
from ..loops import loop_items, same_loop
from ..notebook.cells import StepName
from ..pipeline import Name, Pipeline, Step

Group: TypeAlias = "tuple[Comparison, ...]"
"""Comparisons that all have to hold for what stands in the group."""


@dataclass(frozen=True)
class Block:
    """Steps and blocks, in an order in which each stands after what it needs; run if `when` holds.

    `comparisons` all have to hold. Where the DSL cannot say `when` so, there are none, and a task of its own
    decides: that of `decided_for`, the first step with this condition.
    """

    when: When | None
    comparisons: Group
    body: tuple[Member, ...]
    decided_for: StepName | None = None


@dataclass(frozen=True)
class Loop:
    """Steps and blocks that run once for each item; `first` is a step that has this `foreach`."""

    first: StepName
    body: tuple[Member, ...]


Member: TypeAlias = "StepName | Block | Loop"


@dataclass(frozen=True)
class Arrangement:
    """How the steps stand in the pipeline's function. `metrics`: those that conditions read, by step."""

    body: tuple[Member, ...]
    on_exit: StepName | None
    metrics: Mapping[StepName, tuple[Name, ...]]
    findings: tuple[Finding, ...]


@dataclass
class _Open:
    """A group while it is filled. `loop`: the first step of a loop; `decided_for` as in Block."""

    when: When | None = None
    comparisons: Group = ()
    decided_for: StepName | None = None
    loop: Step | None = None
    members: list[StepName | _Open] = field(default_factory=list)


_Place: TypeAlias = "tuple[_Open, ...]"


def arrange(pipeline: Pipeline) -> Arrangement:
    """Place every step. What Kubeflow cannot express becomes a finding, and the step stands at the top."""
    findings: list[Finding] = []
    exits = [step for step in pipeline.steps if step.settings.on_exit]
    findings += _exit_findings(pipeline, exits)
    parents = {step.name: set[StepName]() for step in pipeline.steps}
    for edge in pipeline.edges:
        parents[edge.target].add(edge.source)
    root = _Open()
    places: dict[StepName, _Place] = {}
    waits: dict[StepName, set[StepName]] = {}
    for step in pipeline.steps:
        found = _loop_findings(step)
        findings += found
        if step in exits:
            continue
        when, more = _condition(pipeline, step)
        findings += more
        waits[step.name] = parents[step.name] | set(when.steps if when else ())
        before = []
        for name in sorted(waits[step.name]):
            place, more = _seen_from(step, pipeline.step(name), places.get(name, (root,)))
            findings += more
            before.append(place)
        place, more = _place(step, before or [(root,)])
        findings += more
        inside = when is not None and _belongs_to_loop(pipeline, step, when)
        if when is not None and not inside:
            place = _inside(place, step, when)
        if step.settings.foreach and not found:
            place = _inside_loop(place, step, pipeline, waits)
        if when is not None and inside:
            place = _inside(place, step, when)
        place[-1].members.append(step.name)
        places[step.name] = place
    order = {step.name: step.order for step in pipeline.steps}
    body = _ordered(root.members, waits, order)
    findings += _left_out(pipeline, places, body)
    return Arrangement(
        body=body,
        on_exit=exits[0].name if exits else None,
        metrics=_metrics(places.values()),
        findings=tuple(findings),
    )


def _loop_findings(step: Step) -> list[Finding]:
    try:
        loop_items(step)
    except JupyterKfpError as error:
        return [finding("JK515", f"step {step.name}: {error.message}", error.fix, step=step.name)]
    return []


def _seen_from(step: Step, giver: Step, place: _Place) -> tuple[_Place, list[Finding]]:
    """Where `giver` stands as `step` sees it: from outside of a loop, the loop is one thing."""
    for depth, group in enumerate(place):
        if group.loop is None or same_loop(group.loop, step):
            continue
        outside = place[:depth]
        if any(inner.when for inner in place[depth:]):
            return outside, [
                finding(
                    "JK515",
                    f"step {step.name} gathers the items of step {giver.name}, of which a condition may skip some,"
                    " and Kubeflow has no list with gaps",
                    f"give step {step.name} the same foreach, or leave the condition of step {giver.name} out",
                    step=step.name,
                )
            ]
        return outside, []
    return place, []


def _belongs_to_loop(pipeline: Pipeline, step: Step, when: When) -> bool:
    """Whether the condition is another for each item: it reads what the loop sets, or a metric from inside."""
    return any(name in step.settings.foreach for name in when.parameters) or any(
        same_loop(pipeline.step(giver), step) for giver in when.steps
    )


def _inside_loop(
    place: _Place, step: Step, pipeline: Pipeline, waits: Mapping[StepName, set[StepName]]
) -> _Place:
    """The step's loop: the one that it is in, one that stands at its place, or a new one."""
    if any(group.loop is not None and same_loop(group.loop, step) for group in place):
        return place
    before = _ancestors(step.name, waits)
    for member in place[-1].members:
        if isinstance(member, _Open) and member.loop is not None and same_loop(member.loop, step):
            inside = set(_steps(member))
            # What comes after the loop cannot be before it too.
            if not any(inside & _ancestors(name, waits) for name in before - inside):
                return (*place, member)
    group = _Open(loop=step)
    place[-1].members.append(group)
    return (*place, group)


def _ancestors(name: StepName, waits: Mapping[StepName, set[StepName]]) -> set[StepName]:
    found: set[StepName] = set()
    ahead = [name]
    while ahead:
        new = waits.get(ahead.pop(), set()) - found
        found |= new
        ahead += new
    return found


def _left_out(pipeline: Pipeline, places: Mapping[StepName, _Place], body: Iterable[Member]) -> list[Finding]:
    """Steps that found no place, since a loop would have to be before and after one of them."""
    placed = {name for member in body for name in _steps(member)}
    return [
        finding(
            "JK515",
            f"step {step.name} makes a loop that another step would have to follow and to precede",
            "give the steps between the same foreach, or another one",
            step=step.name,
        )
        for step in pipeline.steps
        if step.name in places and step.name not in placed
    ]


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
    hidden = "{{"
    if hidden in when.text:
        return None, [
            finding(
                "JK512",
                f"step {step.name} compares with text that holds {hidden}, which Kubeflow replaces",
                "compare with text without braces",
                step=step.name,
            )
        ]
    return when, []


def _plain_comparisons(step: Step, when: When) -> Group | None:
    """The comparisons that the DSL can make itself, where they say it all."""
    comparisons = _conjunction(when.condition)
    for side in (side for each in comparisons or () for side in (each.left, each.right)):
        if isinstance(side, Reference) and side.name in step.settings.foreach:
            return None
        if isinstance(side, str) and (not side.isprintable() or set(side) & set("'\\{}")):
            return None
    return comparisons


def _conjunction(condition: Condition) -> Group | None:
    if isinstance(condition, Comparison):
        return (condition,)
    if isinstance(condition, AllOf):
        parts = [_conjunction(part) for part in condition.parts]
        if all(part is not None for part in parts):
            return tuple(comparison for part in parts if part for comparison in part)
    return None


def _place(step: Step, places: list[_Place]) -> tuple[_Place, list[Finding]]:
    """The innermost of the places, if the others all lie around it."""
    deepest = max(places, key=len)
    strangers = [place for place in places if place != deepest[: len(place)]]
    if not strangers:
        return deepest, []
    return deepest[:1], [
        finding(
            "JK513",
            f"step {step.name} waits for steps that run under different conditions or in different loops"
            f" ({_shown(deepest[-1])}; {_shown(strangers[0][-1])}), which Kubeflow cannot join",
            "give these steps the same `when`, or let one of them wait for the other",
            step=step.name,
        )
    ]


def _shown(group: _Open) -> str:
    if group.loop is not None:
        return f"for each {', '.join(group.loop.settings.foreach)}"
    return group.when.text if group.when else ""


def _inside(place: _Place, step: Step, when: When) -> _Place:
    """The group of the condition: the one that the place is in, one that stands there, or a new one."""

    def is_it(group: _Open) -> bool:
        known = group.when
        return known is not None and (known.condition, known.metrics) == (when.condition, when.metrics)

    if any(is_it(group) for group in place):
        return place
    for member in place[-1].members:
        if isinstance(member, _Open) and is_it(member):
            return (*place, member)
    comparisons = _plain_comparisons(step, when)
    group = _Open(when, comparisons or (), decided_for=step.name if comparisons is None else None)
    place[-1].members.append(group)
    return (*place, group)


def _ordered(
    members: Iterable[StepName | _Open],
    waits: Mapping[StepName, set[StepName]],
    order: Mapping[StepName, int],
) -> tuple[Member, ...]:
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
    body: list[Member] = []
    while ready:
        _, index = heapq.heappop(ready)
        node = nodes[index]
        if isinstance(node, _Open):
            inner = _ordered(node.members, waits, order)
            if node.loop is not None:
                body.append(Loop(node.loop.name, inner))
            else:
                body.append(Block(node.when, node.comparisons, inner, node.decided_for))
        else:
            body.append(node)
        for user in users[index]:
            missing[user] -= 1
            if not missing[user]:
                heapq.heappush(ready, (first[user], user))
    return tuple(body)


def _steps(node: Member | _Open) -> Iterable[StepName]:
    if isinstance(node, (_Open, Block, Loop)):
        for member in node.members if isinstance(node, _Open) else node.body:
            yield from _steps(member)
    else:
        yield node


def _metrics(places: Iterable[_Place]) -> dict[StepName, tuple[Name, ...]]:
    used: dict[StepName, dict[Name, None]] = {}
    for place in places:
        for group in place:
            for metric, step in (group.when.metrics if group.when else {}).items():
                used.setdefault(step, {})[metric] = None
    return {step: tuple(metrics) for step, metrics in used.items()}
