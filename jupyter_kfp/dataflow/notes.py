"""Findings: what the analysis has to say, with the fix.

In: layout, needs, files. Out: findings of codes JK2xx (names and flow), JK3xx (values that cannot travel) and JK4xx
(files, modules, network).
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence

from ..findings import Finding, finding
from ..notebook.cells import Cell, Notebook, Role
from ..pipeline import Step
from .effects import Effects, PieceKind
from .files import DataFiles
from .layout import SETUP, Layout
from .modules import keeps_state
from .needs import FromState, StepNeeds, Timeline
from .scopes import scope_of
from .transform import parse

HISTORY = re.compile(r"^(Out|In|_{1,3}|_i{1,3}|_i?\d+|_[iod]h|_oh)$")


def gather(notebook: Notebook, timeline: Timeline, needs: list[StepNeeds], data: DataFiles) -> list[Finding]:
    """All findings that stand on cells."""
    layout = timeline.layout
    found: list[Finding] = []
    for placed in layout.cells:
        found += _of_cell(layout, placed.cell, placed.effects, placed.home)
    found += _unbound(notebook, timeline, needs)
    found += _history(timeline)
    found += _immovable(timeline, needs)
    found += _patches(layout)
    found += _setup(timeline)
    found += _parameters(timeline)
    found += _files(layout, data)
    return found


def module_state(notebook: Notebook, steps: Sequence[Step]) -> list[Finding]:
    """Local modules with state of their own that more than one step uses."""
    found: list[Finding] = []
    users: dict[str, list[Step]] = {}
    for step in steps:
        for file in step.local_modules:
            users.setdefault(file, []).append(step)
    for file, using in sorted(users.items()):
        name = keeps_state(notebook.path.parent / file) if len(using) > 1 and file.endswith(".py") else None
        if name is not None:
            found.append(
                finding(
                    "JK403",
                    f"functions of `{file}` change its own `{name}`, and the steps"
                    f" {', '.join(f'`{s.name}`' for s in using)} each import it afresh",
                    "Keep the state in a value that the functions take and give back, or use the module in one step.",
                    step=using[1].name,
                    name=file,
                )
            )
    return found


def _step_name(layout: Layout, home: int) -> str | None:
    return layout.steps[home].name if home >= 0 else None


def _of_cell(layout: Layout, cell: Cell, effects: Effects, home: int) -> list[Finding]:
    step = _step_name(layout, home)
    found = [
        finding(n.code, n.message, n.fix, cell=cell, line=n.line, step=step, name=n.name)
        for n in effects.notes
    ]
    for caution in effects.cautions:
        star = caution.construct.startswith("from ")
        code = "JK208" if star else "JK203"
        what = "which names it binds" if star else "what it does to names"
        result = (
            "so the step takes and hands on all state, in notebook order"
            if home >= 0
            else "so it is run again at the start of every step"
        )
        found.append(
            finding(
                code,
                f"`{caution.construct}`: {what} cannot be told, {result}",
                caution.fix,
                cell=cell,
                line=caution.place.line,
                step=step,
                name=caution.construct,
            )
        )
    return found


def _unbound(notebook: Notebook, timeline: Timeline, needs: list[StepNeeds]) -> list[Finding]:
    skipped: dict[str, Cell] = {}
    for cell in notebook.with_role(Role.SKIP):
        for name in scope_of(parse(cell.source).tree).local:
            skipped.setdefault(name, cell)
    found: list[Finding] = []
    for order, need in enumerate(needs):
        for name, index in sorted(need.unbound.items()):
            if HISTORY.match(name) or hasattr(builtins, name):
                continue
            cell = timeline.layout.cells[index].cell
            place = timeline.layout.cells[index].effects.reads.get(name)
            line = place.line if place else None
            step = timeline.layout.steps[order].name
            if name in skipped and skipped[name].number < cell.number:
                found.append(
                    finding(
                        "JK205",
                        f"`{name}` is bound only in cell {skipped[name].number}, which is tagged `skip`",
                        f"Take the tag `skip` off cell {skipped[name].number}, or bind `{name}` elsewhere.",
                        cell=cell,
                        line=line,
                        step=step,
                        name=name,
                    )
                )
                continue
            later = next((p.cell for p in timeline.layout.cells if name in p.effects.writes), None)
            behind = f"; cell {later.number} binds it only later" if later else ""
            found.append(
                finding(
                    "JK204",
                    f"`{name}` is not bound by any cell above{behind}",
                    f"Bind `{name}` in a cell above, or correct its name.",
                    cell=cell,
                    line=line,
                    step=step,
                    name=name,
                )
            )
    return found


def _history(timeline: Timeline) -> list[Finding]:
    layout = timeline.layout
    found: list[Finding] = []
    for index, placed in enumerate(layout.cells):
        for name, place in placed.effects.reads.items():
            if not HISTORY.match(name) or timeline.last_writer(name, index) is not None:
                continue
            if name == "_" and _shown_before(layout, index):
                continue
            if name not in placed.effects.sure_reads and name == "_" and placed.effects.history is None:
                continue
            if name in placed.effects.unsure_binds:
                continue
            found.append(
                finding(
                    "JK206",
                    f"`{name}` is the history of one session of the notebook, which steps do not share",
                    "Give the value a name where it is made, and use that name.",
                    cell=placed.cell,
                    line=place.line,
                    step=_step_name(layout, placed.home),
                    name=name,
                )
            )
    return found


def _shown_before(layout: Layout, index: int) -> bool:
    """Whether the last displayed value before the cell surely comes from a cell of the same step."""
    home = layout.cells[index].home
    for before in range(index - 1, -1, -1):
        placed = layout.cells[before]
        if placed.home != home:
            return False
        if placed.effects.shows_value is True:
            return True
    return False


def _immovable(timeline: Timeline, needs: list[StepNeeds]) -> list[Finding]:
    layout = timeline.layout
    found: list[Finding] = []
    for order, need in enumerate(needs):
        for name, (source, reader) in sorted(need.loads.items()):
            kind = _immovable_kind(timeline, name, source)
            if kind is None:
                continue
            binder, reading = layout.cells[source.cell], layout.cells[reader]
            certain = name in reading.effects.sure_reads
            found.append(
                finding(
                    "JK301" if certain else "JK302",
                    f"`{name}` is {kind[0]}, which cannot travel from step `{layout.steps[source.order].name}`"
                    f" (cell {kind[1].number}) to step `{layout.steps[order].name}` (cell {reading.cell.number})",
                    f"Create `{name}` in the step that uses it, or tag its cell `setup`, or join the two steps.",
                    cell=binder.cell if binder.effects.immovable.get(name) else kind[1],
                    step=layout.steps[order].name,
                    name=name,
                )
            )
    return found


def _immovable_kind(timeline: Timeline, name: str, source: FromState) -> tuple[str, Cell] | None:
    """What the value is that cannot travel, and the cell that made it; changes do not make it another one."""
    index: int | None = source.cell
    while index is not None:
        placed = timeline.layout.cells[index]
        if name in placed.effects.immovable:
            return placed.effects.immovable[name], placed.cell
        if name in placed.effects.binds or name in placed.effects.maybe_binds:
            return None
        index = timeline.last_writer(name, index)
    return None


def _patches(layout: Layout) -> list[Finding]:
    found: list[Finding] = []
    for index, placed in enumerate(layout.cells):
        if placed.home < 0:
            continue
        for root, place in sorted(placed.effects.patches.items()):
            users = [
                other for other in layout.cells[index + 1 :] if other.home != placed.home and other.home >= 0
            ]
            if users:
                found.append(
                    finding(
                        "JK212",
                        f"`{place.text}` changes the library `{root}` itself, which later steps would not see",
                        "Put it into a cell of its own and tag that `setup`.",
                        cell=placed.cell,
                        line=place.line,
                        step=_step_name(layout, placed.home),
                        name=root,
                    )
                )
    return found


def _setup(timeline: Timeline) -> list[Finding]:
    layout = timeline.layout
    found: list[Finding] = []
    for index, placed in enumerate(layout.cells):
        if placed.home != SETUP or placed.cell.role is not Role.SETUP:
            continue
        for name in sorted({*placed.effects.reads, *placed.effects.needs}):
            writer = timeline.last_writer(name, index)
            if writer is None or layout.cells[writer].home < 0:
                continue
            if timeline.replayable(name, writer) is not None:
                continue
            found.append(
                finding(
                    "JK211",
                    f"the `setup` cell {placed.cell.number} reads `{name}`, which step"
                    f" `{_step_name(layout, layout.cells[writer].home)}` binds in cell"
                    f" {layout.cells[writer].cell.number}",
                    f"Bind `{name}` in a `setup` cell or as a parameter, or make cell {placed.cell.number} part"
                    " of a step.",
                    cell=placed.cell,
                    name=name,
                )
            )
        reason = _not_repeatable(placed.effects)
        if reason:
            found.append(
                finding(
                    "JK214",
                    f"the `setup` cell {placed.cell.number} runs in every step, and it {reason}",
                    "Keep to imports, definitions and settings, or make the cell part of a step.",
                    cell=placed.cell,
                )
            )
    return found


def _not_repeatable(effects: Effects) -> str | None:
    if effects.file_writes:
        return f"writes files (`{next(iter(effects.file_writes))}`)"
    drawing = [d for d in effects.order if d.startswith("random:")]
    if drawing and any(p.kind is PieceKind.OTHER for p in effects.pieces) and not effects.seeds:
        return "may draw random numbers"
    if effects.changes and set(effects.changes) - set(effects.binds):
        return f"changes `{sorted(set(effects.changes) - set(effects.binds))[0]}` in place"
    return None


def _parameters(timeline: Timeline) -> list[Finding]:
    layout = timeline.layout
    found: list[Finding] = []
    for placed in layout.cells:
        if placed.cell.role is not Role.PARAMETERS:
            continue
        for name in sorted(placed.effects.binds):
            for other in layout.cells:
                if other.home >= 0 and name in other.effects.writes:
                    found.append(
                        finding(
                            "JK215",
                            f"cell {other.cell.number} binds or changes the parameter `{name}`; later steps get"
                            " that value",
                            f"Give the new value a name of its own, if `{name}` should stay what was given.",
                            cell=other.cell,
                            step=_step_name(layout, other.home),
                            name=name,
                        )
                    )
                    break
    return found


def _files(layout: Layout, data: DataFiles) -> list[Finding]:
    found: list[Finding] = []
    for index, path, place in data.absolute:
        placed = layout.cells[index]
        found.append(
            finding(
                "JK401",
                f"`{path}` is an absolute path: in a container there is another file system, and the file is not there",
                "Put the file beside the notebook and name it by a relative path, or read it from a bucket.",
                cell=placed.cell,
                line=place.line,
                step=_step_name(layout, placed.home),
                name=path,
            )
        )
    for index, path, place in data.missing:
        placed = layout.cells[index]
        found.append(
            finding(
                "JK402",
                f"`{path}` is not beside the notebook, and no cell above is seen to write it",
                "Put the file there, or correct its path.",
                cell=placed.cell,
                line=place.line,
                step=_step_name(layout, placed.home),
                name=path,
            )
        )
    return found
