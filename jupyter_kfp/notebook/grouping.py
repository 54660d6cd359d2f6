"""From tagged cells to steps: which cell belongs to which step, and what the others are.

Untagged code below a step belongs to it, across markdown; untagged code above the first step is the preamble. An
empty cell is no part of anything, but its tags count: people put a step's tag on a cell before they write it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..findings import Finding, finding
from .cell_tags import CellTags, read_cell_tags
from .cells import Cell, Group, Heading, Role, StepName
from .order import Wait, check_waits
from .tags import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE_NOTEBOOK = StepName("notebook")
"""The one step of a notebook without step tags."""

START = StepName("start")
"""The step that the preamble becomes where it does more than set up; `dataflow` decides."""

_ROLES = {Word.SKIP: Role.SKIP, Word.PARAMETERS: Role.PARAMETERS, Word.SETUP: Role.SETUP}


@dataclass(frozen=True)
class Grouping:
    """Cells with their roles, the steps they make, and what tags said about settings."""

    cells: tuple[Cell, ...]  # without empty ones
    groups: tuple[Group, ...]
    tag_settings: dict[StepName, dict[str, Any]]  # from Kale's setting tags
    findings: tuple[Finding, ...]


@dataclass
class _Walk:
    """What is known while going down the notebook."""

    step: StepName | None = None
    takes_along: str | None = None
    parameters: Cell | None = None
    spellings: dict[StepName, str] = field(default_factory=dict)
    first_tags: dict[StepName, Cell] = field(default_factory=dict)
    members: dict[StepName, list[Cell]] = field(default_factory=dict)
    waits: list[Wait] = field(default_factory=list)
    settings: dict[StepName, dict[str, Any]] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def group_cells(cells: Sequence[Cell], headings: Sequence[Heading], *, kale_notebook: bool) -> Grouping:
    """Roles, steps and findings of all code cells, empty ones included, in notebook order."""
    walk = _Walk()
    for cell in cells:
        tags = read_cell_tags(cell, kale_notebook=kale_notebook)
        walk.findings += tags.findings
        _enter_step(walk, cell, tags)
        role = _role(walk, cell, tags)
        metrics = tags.metrics or (walk.takes_along == "metrics" and role in (Role.STEP, Role.PREAMBLE))
        _note_waits_and_settings(walk, cell, tags, role, kale_notebook=kale_notebook)
        if cell.source.strip():
            placed = replace(cell, role=role, metrics=metrics)
            walk.cells.append(placed)
            if role is Role.STEP and walk.step is not None:
                walk.members.setdefault(walk.step, []).append(placed)
    return _finish(walk, headings)


def _enter_step(walk: _Walk, cell: Cell, tags: CellTags) -> None:
    if tags.step is None:
        return
    name, spelling = tags.step.name, tags.step.spelling
    walk.step = name
    walk.first_tags.setdefault(name, cell)
    first = walk.spellings.setdefault(name, spelling)
    if first != spelling:
        walk.findings.append(
            finding(
                "JK103",
                f"the step names `{first}` and `{spelling}` both become `{name}`, so their cells are one step",
                "Spell the name in one way, or give the two steps different names.",
                cell=cell,
                step=name,
            )
        )


def _role(walk: _Walk, cell: Cell, tags: CellTags) -> Role:
    ordinary = Role.STEP if walk.step is not None else Role.PREAMBLE
    if tags.kind is not None or tags.step is not None or tags.metrics:
        if tags.kind is not Word.SKIP:
            walk.takes_along = tags.takes_along
        role = _ROLES[tags.kind] if tags.kind is not None else ordinary
    elif walk.takes_along == "setup" and walk.step is not None:
        # above the first step it stays preamble: the analysis then tells set-up from work
        role = Role.SETUP
    else:
        role = ordinary
    if role is Role.PARAMETERS and cell.source.strip():
        if walk.parameters is None:
            walk.parameters = cell
        else:
            walk.findings.append(
                finding(
                    "JK110",
                    f"cell {cell.number} is tagged `parameters`, and so is cell {walk.parameters.number}",
                    "Move all parameters into one cell.",
                    cell=cell,
                )
            )
            role = ordinary
    return role


def _note_waits_and_settings(
    walk: _Walk, cell: Cell, tags: CellTags, role: Role, *, kale_notebook: bool
) -> None:
    owner = walk.step if role is Role.STEP or tags.step is not None else None
    for tag in tags.after:
        if owner is not None:
            walk.waits.append(Wait(owner, tag, cell))
        else:
            walk.findings.append(_without_effect(cell, f"after:{tag.spelling}"))
    # without a step's tag beside them, and outside of a Kale notebook, they are somebody else's tags
    if tags.settings and (tags.step is not None or kale_notebook):
        if owner is not None:
            walk.settings[owner] = tags.settings | walk.settings.get(owner, {})
        else:
            walk.findings.append(_without_effect(cell, ", ".join(tags.settings)))


def _without_effect(cell: Cell, subject: str) -> Finding:
    return finding(
        "JK116",
        f"`{subject}` has no effect here: the cell belongs to no step",
        "Put the tag on a cell of the step that it is for.",
        cell=cell,
        name=subject,
    )


def _finish(walk: _Walk, headings: Sequence[Heading]) -> Grouping:
    for name, cell in walk.first_tags.items():
        if name not in walk.members:
            walk.findings.append(
                finding(
                    "JK111",
                    f"the step `{name}` has no code, so it is left out",
                    "Write its code, or remove the tag.",
                    cell=cell,
                    step=name,
                )
            )
    if not walk.members:
        _take_whole_notebook(walk)
    names = sorted(walk.members, key=lambda name: walk.members[name][0].number)
    has_preamble = any(cell.role is Role.PREAMBLE for cell in walk.cells)
    known = [START, *names] if has_preamble and START not in names else names
    after, findings = check_waits(known, walk.waits, empty=walk.first_tags.keys() - walk.members.keys())
    walk.findings += findings
    titles = _titles(walk.cells, headings)
    groups = tuple(
        Group(
            name=name,
            title=titles.get(walk.members[name][0].number, walk.spellings.get(name, name)),
            cells=tuple(walk.members[name]),
            after=after.get(name, ()),
        )
        for name in names
    )
    return Grouping(tuple(walk.cells), groups, walk.settings, tuple(walk.findings))


def _take_whole_notebook(walk: _Walk) -> None:
    """Without steps, the untagged code is one step."""
    if not any(cell.role is Role.PREAMBLE for cell in walk.cells):
        walk.findings.append(
            finding(
                "JK122",
                "the notebook has no step: its code is all skipped, set-up or parameters",
                "Tag the cells that do the work with `step:NAME`.",
            )
        )
        return
    walk.cells = [
        replace(cell, role=Role.STEP) if cell.role is Role.PREAMBLE else cell for cell in walk.cells
    ]
    walk.members[WHOLE_NOTEBOOK] = [cell for cell in walk.cells if cell.role is Role.STEP]
    meant_one = any(found.code in ("JK101", "JK102") for found in walk.findings)
    if not walk.first_tags and not meant_one:
        walk.findings.append(
            finding(
                "JK108",
                "no cell has a step tag, so the whole notebook runs as one step",
                "Tag the first cell of each step with `step:NAME`; `jupyter kfp suggest` proposes where.",
            )
        )


def _titles(cells: Sequence[Cell], headings: Sequence[Heading]) -> dict[int, str]:
    """By cell number: the nearest heading above the cell and below the code before it.

    A heading of level 1 at the top that is the only one of its level names the notebook, not a step.
    """
    titles: dict[int, str] = {}
    above: str | None = None
    tops = [heading for heading in headings if heading.level == 1]
    waiting = iter(headings[1:] if len(tops) == 1 and headings[0].level == 1 else headings)
    heading = next(waiting, None)
    for cell in cells:
        while heading is not None and heading.before <= cell.number:
            above = heading.text
            heading = next(waiting, None)
        if cell.role in (Role.STEP, Role.PREAMBLE):
            if above is not None:
                titles[cell.number] = above
            above = None
    return titles
