"""Steps whose cells stand apart: does the data flow allow to run them as a unit?

Where cells of one step lie between those of another, running each step in one go changes the notebook's order. That is
right only if nothing in between depends on it.
"""

from __future__ import annotations

from ..findings import Finding, finding
from .files import overlap
from .layout import Layout
from .needs import StepNeeds


def check_apart(layout: Layout, needs: list[StepNeeds]) -> list[Finding]:
    """An error for each pair of steps that cannot be told apart in time."""
    found: list[Finding] = []
    for early, need in enumerate(needs):
        for name, (source, cell) in sorted(need.late.items()):
            found.append(_needs_later(layout, early, source.order, name, cell, source.cell))
    for early in range(len(layout.steps)):
        for late in range(early + 1, len(layout.steps)):
            first = layout.steps[late].cells[0]
            behind = [i for i in layout.steps[early].cells if i > first]
            if behind and not any(f.step == layout.steps[early].name for f in found):
                found.extend(_clash(layout, early, late, behind))
    return found


def _needs_later(layout: Layout, early: int, late: int, name: str, cell: int, source: int) -> Finding:
    reader, writer = layout.cells[cell].cell, layout.cells[source].cell
    return finding(
        "JK209",
        f"step `{layout.steps[early].name}` goes on in cell {reader.number} with `{name}` from cell {writer.number}"
        f" of step `{layout.steps[late].name}`, which begins after it",
        f"Give cell {reader.number} a step of its own.",
        cell=reader,
        step=layout.steps[early].name,
        name=name,
    )


def _clash(layout: Layout, early: int, late: int, behind: list[int]) -> list[Finding]:
    for index in behind:
        moved = layout.cells[index]
        for other in layout.steps[late].cells:
            if other > index:
                break
            between = layout.cells[other]
            mine, theirs = moved.effects, between.effects
            reads = set(theirs.reads) | set(theirs.needs)
            names = sorted((mine.writes & reads) | (mine.writes & theirs.writes))
            subject = names[0] if names else _shared_effect(layout, index, other)
            if subject:
                return [
                    finding(
                        "JK209",
                        f"cell {moved.cell.number} of step `{layout.steps[early].name}` would run before cell"
                        f" {between.cell.number} of step `{layout.steps[late].name}`, and both work on `{subject}`",
                        f"Give cell {moved.cell.number} a step of its own.",
                        cell=moved.cell,
                        step=layout.steps[early].name,
                        name=subject,
                    )
                ]
    return []


def _shared_effect(layout: Layout, index: int, other: int) -> str | None:
    mine, theirs = layout.cells[index].effects, layout.cells[other].effects
    for domain, order in mine.order.items():
        if (
            domain in theirs.order
            and (order.sets or theirs.order[domain].sets)
            and not domain.startswith("random")
        ):
            return domain
        seeds = any(p.effects.seeds for p in layout.cells)
        if domain in theirs.order and domain.startswith("random") and seeds:
            return domain
        if domain in ("options", "cwd", "environment") and order.sets:
            return domain
    for domain in ("options", "cwd", "environment"):
        if domain in theirs.order and theirs.order[domain].sets:
            return domain
    for path in mine.file_writes:
        for used in (*theirs.file_reads, *theirs.file_writes):
            if overlap(path, used):
                return path
    for path in theirs.file_writes:
        for used in mine.file_reads:
            if overlap(path, used):
                return path
    if any(c.binds for c in (*mine.cautions, *theirs.cautions)):
        return (mine.cautions or theirs.cautions)[0].construct
    return None
