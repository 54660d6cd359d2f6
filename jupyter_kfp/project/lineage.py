"""Who made what a step loads: worked out once for a whole pipeline.

In comes a Pipeline, out goes a `Lineage`; comments in step.ipynb and requirements.txt rest on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..notebook.cells import StepName
    from ..pipeline import Name, Pipeline, Step


@dataclass(frozen=True)
class Lineage:
    """For every step: the steps before it, and who made the names that it loads."""

    ancestors: Mapping[StepName, frozenset[StepName]]
    makers: Mapping[StepName, Mapping[Name, StepName]]  # step → name that it loads → the step that made it


def trace(pipeline: Pipeline) -> Lineage:
    """The lineage of all steps. Where several steps before one saved a name, the last in the notebook counts."""
    parents: dict[StepName, set[StepName]] = {step.name: set() for step in pipeline.steps}
    for edge in pipeline.edges:
        parents[edge.target].add(edge.source)
    ancestors: dict[StepName, frozenset[StepName]] = {}
    makers: dict[StepName, dict[Name, StepName]] = {}
    savers: dict[Name, list[Step]] = {}
    for step in pipeline.steps:
        above = frozenset(parents[step.name]).union(*(ancestors[parent] for parent in parents[step.name]))
        ancestors[step.name] = above
        made = {name: _last(savers.get(name, []), above) for name in step.loads}
        makers[step.name] = {name: maker for name, maker in made.items() if maker is not None}
        for name in step.saves:
            savers.setdefault(name, []).append(step)
    return Lineage(ancestors=ancestors, makers=makers)


def _last(savers: list[Step], above: frozenset[StepName]) -> StepName | None:
    return next((step.name for step in reversed(savers) if step.name in above), None)
