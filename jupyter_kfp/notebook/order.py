"""Whether the `after:` tags make sense: they name steps that exist, and that stand above.

A step may wait only for steps above it: a pipeline that ran a lower step first would not be the notebook any more.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from ..findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .cells import Cell, StepName
    from .tags import AfterTag


@dataclass(frozen=True)
class Wait:
    """An `after:` tag: `step` waits for what the tag names."""

    step: StepName
    tag: AfterTag
    cell: Cell


def check_waits(
    steps: Sequence[StepName], waits: Sequence[Wait], *, empty: Collection[StepName] = ()
) -> tuple[dict[StepName, tuple[StepName, ...]], list[Finding]]:
    """For each step the steps above that it waits for, and a finding for each tag that cannot be followed.

    `steps` stand in notebook order; `empty` are names that are tagged but have no code.
    """
    places = {name: place for place, name in enumerate(steps)}
    cycle = _cycle(waits, places)
    after: dict[StepName, tuple[StepName, ...]] = {}
    findings: list[Finding] = []
    for wait in waits:
        if wait.step not in places:
            continue  # a step without code has its own finding
        problem = _problem(wait, places, cycle, empty)
        if problem is not None:
            findings.append(problem)
        elif wait.tag.name not in after.get(wait.step, ()):
            after[wait.step] = (*after.get(wait.step, ()), wait.tag.name)
    return after, findings


def _problem(
    wait: Wait, places: dict[StepName, int], cycle: list[StepName], empty: Collection[StepName]
) -> Finding | None:
    step, target = wait.step, wait.tag.name
    if target == step:
        return _finding(
            "JK104", wait, f"the step `{step}` waits for itself", "Name another step, or remove the tag."
        )
    if target not in places:
        message, fix = _unknown(wait, list(places), empty)
        return _finding("JK105", wait, message, fix)
    if places[target] < places[step]:
        return None
    if step in cycle and target in cycle:
        path = " → ".join(f"`{name}`" for name in cycle)
        return _finding(
            "JK106", wait, f"steps wait for each other: {path}", "Remove one of these `after:` tags."
        )
    return _finding(
        "JK107",
        wait,
        f"the step `{step}` waits for `{target}`, which stands below it: the notebook runs them the other way round",
        f"Move the cells of `{target}` above those of `{step}`, or remove the tag.",
    )


def _unknown(wait: Wait, steps: list[StepName], empty: Collection[StepName]) -> tuple[str, str]:
    target = wait.tag.name
    if target in empty:
        return (
            f"the step `{wait.step}` waits for `{target}`, which has no code",
            f"Write the code of `{target}`, or remove the tag.",
        )
    close = difflib.get_close_matches(target, [name for name in steps if name != wait.step], n=1)
    return (
        f"the step `{wait.step}` waits for `{wait.tag.spelling}`, but there is no such step",
        f"Did you mean `after:{close[0]}`?" if close else "Correct the name, or remove the tag.",
    )


def _finding(code: str, wait: Wait, message: str, fix: str) -> Finding:
    return finding(code, message, fix, cell=wait.cell, step=wait.step, name=wait.tag.name)


def _cycle(waits: Sequence[Wait], places: dict[StepName, int]) -> list[StepName]:
    """The names of one cycle, its first name again at the end; empty where there is none."""
    graph: dict[StepName, set[StepName]] = {}
    for wait in waits:
        if wait.tag.name != wait.step and {wait.step, wait.tag.name} <= places.keys():
            graph.setdefault(wait.step, set()).add(wait.tag.name)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib lists each name before those that wait for it
        return list(reversed(error.args[1]))
    return []
