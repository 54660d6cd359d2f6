"""Which cells run where: in a step, at the start of every later step, or as parameters.

In: the notebook and the effects of its cells. Out: the `Layout`, on which needs and edges are worked out. The preamble
(untagged code above the first step) sets up where it does nothing else, and is a step of its own otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..notebook.cells import Cell, CellId, Group, Notebook, Role, StepName
from .effects import Effects, PieceKind

START = StepName("start")
SETTING_UP = frozenset(
    {
        PieceKind.IMPORT,
        PieceKind.DEFINITION,
        PieceKind.OPTION,
        PieceKind.CONFIGURATION,
        PieceKind.CONSTANT,
        PieceKind.INSTALL,
        PieceKind.NOTHING,
    }
)
SETUP = -1
PARAMETERS = -2


@dataclass(frozen=True)
class Placed:
    """A cell, what it does, and its home: a step's order, `SETUP` or `PARAMETERS`."""

    cell: Cell
    effects: Effects
    home: int


@dataclass(frozen=True)
class PlannedStep:
    """A step before it is known what it needs."""

    name: StepName
    title: str
    after: tuple[StepName, ...]
    cells: tuple[int, ...]  # places in `Layout.cells`


@dataclass(frozen=True)
class Layout:
    """All cells of the pipeline in notebook order, and the steps in the order of their first cells."""

    cells: tuple[Placed, ...]
    steps: tuple[PlannedStep, ...]


def lay_out(notebook: Notebook, cells: Sequence[Cell], effects: Sequence[Effects]) -> Layout:
    """Place the cells that are part of the pipeline."""
    groups = _groups(notebook, cells, effects)
    home_of = {cell.id: order for order, group in enumerate(groups) for cell in group.cells}
    homes = [_home(cell, home_of) for cell in cells]
    _adopt_inner_setup(cells, homes)
    placed = tuple(Placed(c, e, h) for c, e, h in zip(cells, effects, homes, strict=True))
    steps = tuple(
        PlannedStep(
            group.name,
            group.title,
            group.after,
            tuple(i for i, p in enumerate(placed) if p.home == order),
        )
        for order, group in enumerate(groups)
    )
    return Layout(placed, steps)


def _home(cell: Cell, home_of: dict[CellId, int]) -> int:
    if cell.id in home_of:
        return home_of[cell.id]
    return PARAMETERS if cell.role is Role.PARAMETERS else SETUP


def _groups(notebook: Notebook, cells: Sequence[Cell], effects: Sequence[Effects]) -> list[Group]:
    kept = {cell.id for cell in cells}
    groups = [
        Group(g.name, g.title, tuple(c for c in g.cells if c.id in kept and c.role is Role.STEP), g.after)
        for g in notebook.groups
    ]
    groups = [g for g in groups if g.cells]
    preamble = [(c, e) for c, e in zip(cells, effects, strict=True) if c.role is Role.PREAMBLE]
    above = [e for _, e in preamble]
    if preamble and not (groups and all(sets_up(e) for e in above) and not _is_changed_later(above, effects)):
        taken = {g.name for g in groups}
        name = START
        while name in taken:
            name = StepName(f"{name}-0")
        groups.insert(0, Group(name, str(name), tuple(c for c, _ in preamble)))
    if not groups and cells:
        rest = tuple(c for c in cells if c.role is not Role.PARAMETERS)
        if rest:
            groups = [Group(START, str(START), rest)]
    return sorted(groups, key=lambda g: g.cells[0].number)


def sets_up(effects: Effects) -> bool:
    """Whether a cell of the preamble only imports, defines and configures."""
    if any(not c.construct.startswith("from ") for c in effects.cautions):
        return False
    if effects.patches or effects.file_writes or any(n.code in ("JK201", "JK202") for n in effects.notes):
        return False
    return all(p.kind in SETTING_UP and (p.simple or p.kind is PieceKind.IMPORT) for p in effects.pieces)


def _is_changed_later(preamble: Sequence[Effects], effects: Sequence[Effects]) -> bool:
    """Whether a value made above the steps is changed in place: made anew in each step, it would be as many values."""
    made = {
        name
        for each in preamble
        for piece in each.pieces
        if piece.kind in (PieceKind.CONSTANT, PieceKind.DEFINITION)
        for name in piece.binds
    }
    return any(not made.isdisjoint(each.changes) for each in effects)


def _adopt_inner_setup(cells: Sequence[Cell], homes: list[int]) -> None:
    """A `setup` cell in the midst of a step runs there, in its place, and again in every later step."""
    steps = [i for i, home in enumerate(homes) if home >= 0]
    for index, cell in enumerate(cells):
        if homes[index] != SETUP or cell.role is not Role.SETUP:
            continue
        before = [i for i in steps if i < index]
        behind = [i for i in steps if i > index]
        if before and behind and homes[before[-1]] == homes[behind[0]]:
            homes[index] = homes[before[-1]]
