"""Why one step waits for another.

In: the layout and what each step needs. Out: edges with their reasons, each a sentence for people. Edges point forward.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..pipeline import Edge, Reason, ReasonKind
from .effects import Effects
from .files import FileEdge
from .layout import Layout
from .libraries import RANDOM
from .needs import StepNeeds, Timeline, place_of_write

DOMAINS = {
    "random:python": "the random numbers of Python",
    "random:numpy": "the random numbers of NumPy",
    "random:torch": "the random numbers of PyTorch",
    "options": "display options, styles or warning filters",
    "environment": "environment variables",
    "cwd": "the working directory",
    "pyplot": "figures that stay open",
    "links": "links between files",
    "logging": "how logging is set up",
}
SEEN_BY_ALL = ("options", "environment", "cwd", "pyplot")


@dataclass
class Edges:
    """Edges while they are gathered."""

    layout: Layout
    reasons: dict[tuple[int, int], dict[tuple[ReasonKind, str], Reason]] = field(default_factory=dict)

    def add(self, source: int, target: int, kind: ReasonKind, subject: str, detail: str) -> None:
        """One reason more."""
        if source < target:
            self.reasons.setdefault((source, target), {}).setdefault(
                (kind, subject), Reason(kind, subject, detail)
            )

    def done(self) -> tuple[Edge, ...]:
        """The edges in the order of their targets."""
        steps = self.layout.steps
        return tuple(
            Edge(steps[source].name, steps[target].name, tuple(reasons.values()))
            for (source, target), reasons in sorted(self.reasons.items(), key=lambda e: (e[0][1], e[0][0]))
        )


def gather(timeline: Timeline, needs: list[StepNeeds], files: list[FileEdge]) -> Edges:
    """All edges."""
    edges = Edges(timeline.layout)
    _state(edges, timeline, needs)
    _after(edges)
    for edge in files:
        edges.add(edge.source, edge.target, ReasonKind.FILE, edge.path, _file_detail(timeline.layout, edge))
    _ordered(edges, seeded(timeline.layout))
    _caution(edges)
    return edges


def seeded(layout: Layout) -> bool:
    """Whether some cell may seed a global random generator, so that the order of draws counts."""
    return any(p.effects.seeds for p in layout.cells)


def describe_write(timeline: Timeline, name: str, cell: int, reader: int) -> str:
    """Where a name that a cell reads was written, as a sentence."""
    layout = timeline.layout
    placed = layout.cells[cell]
    parts: list[str] = []
    for index in reversed([i for i in timeline.writers.get(name, ()) if i <= cell]):
        other = layout.cells[index]
        if other.home != placed.home:
            continue
        found = place_of_write(other.effects, name)
        if found is None:
            continue
        word, place = found
        by = f" by `{place.text}`" if place.text and word.endswith("changed in place") else ""
        parts.insert(0, f"{word} in cell {other.cell.number}{by}")
        if word in ("bound", "deleted"):
            break
    if not parts:
        construct = next((c.construct for c in placed.effects.cautions), "")
        parts = [
            f"perhaps changed in cell {placed.cell.number} by `{construct}`"
            if construct
            else f"handed on since cell {placed.cell.number}"
        ]
    used = layout.cells[reader].cell.number
    return f"`{name}` is {', '.join(parts)}; cell {used} reads it"


def _state(edges: Edges, timeline: Timeline, needs: list[StepNeeds]) -> None:
    for target, need in enumerate(needs):
        for name, (source, reader) in sorted(need.loads.items()):
            edges.add(
                source.order,
                target,
                ReasonKind.STATE,
                name,
                describe_write(timeline, name, source.cell, reader),
            )


def _after(edges: Edges) -> None:
    order = {step.name: i for i, step in enumerate(edges.layout.steps)}
    for target, step in enumerate(edges.layout.steps):
        for name in step.after:
            if name in order:
                edges.add(order[name], target, ReasonKind.AFTER, name, f"the tag `after:{name}` says so")


def _file_detail(layout: Layout, edge: FileEdge) -> str:
    writer, reader = layout.cells[edge.writer_cell].cell.number, layout.cells[edge.reader_cell].cell.number
    return f"cell {writer} may write `{edge.path}`, cell {reader} uses it"


def step_effects(layout: Layout, order: int) -> list[tuple[int, Effects]]:
    """The effects of a step's cells."""
    return [(i, layout.cells[i].effects) for i in layout.steps[order].cells]


def draws(layout: Layout, order: int) -> bool:
    """Whether the step may touch a global random generator."""
    return any(d in e.order for _, e in step_effects(layout, order) for d in RANDOM)


def _ordered(edges: Edges, is_seeded: bool) -> None:
    layout = edges.layout
    last: dict[str, tuple[int, int]] = {}
    for target in range(len(layout.steps)):
        touched: dict[str, tuple[int, bool]] = {}
        for index, effects in step_effects(layout, target):
            for domain, order in effects.order.items():
                known = touched.get(domain)
                touched[domain] = (index, order.sets or bool(known and known[1]))
        for domain, (source, cell) in sorted(last.items()):
            if domain in RANDOM and (domain not in touched or not is_seeded):
                continue
            if domain not in touched and domain not in SEEN_BY_ALL:
                continue
            subject = DOMAINS.get(domain, domain)
            number = layout.cells[cell].cell.number
            edges.add(
                source,
                target,
                ReasonKind.ORDER,
                domain,
                f"cell {number} may change {subject}, which this step sees",
            )
        for domain, (index, sets) in touched.items():
            if sets:
                last[domain] = (target, index)


def _caution(edges: Edges) -> None:
    layout = edges.layout
    for order in range(len(layout.steps)):
        for index, effects in step_effects(layout, order):
            for caution in effects.cautions:
                number = layout.cells[index].cell.number
                detail = f"cell {number} uses `{caution.construct}`, and what that does cannot be told"
                for other in range(len(layout.steps)):
                    if other < order:
                        edges.add(other, order, ReasonKind.CAUTION, caution.construct, detail)
                    elif other > order and caution.binds:
                        edges.add(order, other, ReasonKind.CAUTION, caution.construct, detail)
