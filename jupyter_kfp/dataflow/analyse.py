"""From `Notebook` to `Pipeline`: follows the cells, works out what each step needs, and writes the model down.

This file only puts the others together: effects (`cells`), `layout`, `needs`, `files`, `edges`, `notes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from ..findings import Finding, Level
from ..notebook.cells import Notebook, Role
from ..pipeline import Definition, Name, Parameter, Pipeline, Replay, ReplayKind, Step
from . import edges as edges_room
from . import notes
from .apart import check_apart
from .cells import follow
from .edges import Edges, draws, seeded
from .effects import PieceKind
from .files import DataFiles, file_edges, find_data_files, literal, module_edges
from .layout import SETUP, Layout, Placed, lay_out
from .modules import Local, find_local_modules
from .needs import PieceAt, StepNeeds, Timeline, definition_needs, needs_of_step
from .parameters import read_parameters

StarNames = Callable[[str], "frozenset[str] | None"]
"""Tells the names that `from module import *` binds; None where it cannot tell."""

REPLAY_KINDS = {PieceKind.IMPORT: ReplayKind.IMPORT, PieceKind.DEFINITION: ReplayKind.DEFINITION}


@dataclass(frozen=True)
class Understanding:
    """All that is known of a notebook's data flow; `analyse`, `explain` and `suggest` read it."""

    notebook: Notebook
    timeline: Timeline
    needs: list[StepNeeds]
    edges: Edges
    data: DataFiles
    findings: tuple[Finding, ...]
    parameters: tuple[Parameter, ...]
    folders: tuple[str, ...] = ()  # on the module search path, by the cells

    @property
    def layout(self) -> Layout:
        return self.timeline.layout

    @cached_property
    def saves(self) -> list[set[str]]:
        """For each step the names that it wrote and a later one takes from it; all where a later one may take any."""
        cells, steps = self.layout.cells, self.layout.steps
        found: list[set[str]] = [set() for _ in steps]
        for order, needs in enumerate(self.needs):
            for name, (source, _) in needs.loads.items():
                if source.order < order:
                    found[source.order].add(name)
        takes_any = [n for n, step in enumerate(steps) if any(cells[i].effects.cautions for i in step.cells)]
        for step, saved in zip(steps[: max(takes_any, default=0)], found, strict=False):
            saved.update(name for i in step.cells for name in cells[i].effects.writes)
        return found


def analyse(notebook: Notebook, star_names: StarNames | None = None) -> Pipeline:
    """The notebook as a pipeline. What is wrong with it stands in the findings; nothing is raised.

    `star_names` is asked which names a module's star import binds; without it such an import is a caution.
    """
    return write_down(understand(notebook, star_names))


def understand(notebook: Notebook, star_names: StarNames | None = None) -> Understanding:
    """Work everything out."""
    cells = [c for c in notebook.cells if c.role is not Role.SKIP]
    layout = lay_out(notebook, cells, follow(cells, star_names))
    timeline = Timeline(layout)
    needs = [needs_of_step(timeline, order) for order in range(len(layout.steps))]
    _take_over_all(timeline, needs)
    imports = [(n, step.cells[0], _modules(timeline, needs[n], n)) for n, step in enumerate(layout.steps)]
    files = [*file_edges(layout), *module_edges(layout, imports)]
    edges = edges_room.gather(timeline, needs, files)
    data = find_data_files(layout, notebook.path.parent)
    parameters: tuple[Parameter, ...] = ()
    findings: list[Finding] = list(notebook.findings)
    for cell in notebook.with_role(Role.PARAMETERS)[:1]:
        parameters, wrong = read_parameters(cell)
        findings += wrong
    findings += notes.gather(notebook, timeline, needs, data)
    findings += check_apart(layout, needs)
    folders = tuple(f for p in layout.cells for f in p.effects.folders)
    return Understanding(notebook, timeline, needs, edges, data, _sorted(findings), parameters, folders)


def _take_over_all(timeline: Timeline, needs: list[StepNeeds]) -> None:
    """What a step needs that takes all state is not known: parameters and pieces above it come along."""
    layout = timeline.layout
    for order, step in enumerate(layout.steps):
        if not any(layout.cells[i].effects.cautions for i in step.cells):
            continue
        first = step.cells[0]
        for index, placed in enumerate(layout.cells[:first]):
            if placed.cell.role is Role.PARAMETERS:
                needs[order].parameters |= set(placed.effects.binds)
            for number, piece in enumerate(placed.effects.pieces):
                again = piece.kind in (PieceKind.IMPORT, PieceKind.DEFINITION) or (
                    placed.home == SETUP
                    and piece.kind is PieceKind.CONSTANT
                    and placed.cell.role is Role.PREAMBLE
                )
                # What stands above all steps is nobody's state: it is made again, and bound anew by what is loaded.
                plain = (
                    piece.kind is not PieceKind.DEFINITION
                    or placed.home == SETUP
                    or all(timeline.replayable(n, index) == PieceAt(index, number) for n in piece.binds)
                )
                if again and plain and piece.simple and placed.home != order:
                    needs[order].pieces.setdefault(PieceAt(index, number))


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    ranks = {Level.ERROR: 0, Level.WARNING: 1, Level.HINT: 2}
    unique = list(dict.fromkeys(findings))
    return tuple(sorted(unique, key=lambda f: (f.cell_number or 0, f.line or 0, ranks[f.level], f.code)))


def write_down(known: Understanding) -> Pipeline:
    """The model of what is known."""
    notebook, layout = known.notebook, known.layout
    steps = tuple(_step(known, order) for order in range(len(layout.steps)))
    return Pipeline(
        name=notebook.settings.name or notebook.path.stem,
        notebook=notebook.path,
        parameters_cell=next(iter(notebook.with_role(Role.PARAMETERS)), None),
        parameters=known.parameters,
        steps=steps,
        edges=known.edges.done(),
        findings=(*known.findings, *notes.module_state(notebook, steps)),
        settings=notebook.settings,
        kernel=notebook.kernel,
        data_files=known.data.files,
        folder_depth=known.data.depth,
    )


def _step(known: Understanding, order: int) -> Step:
    layout, needs = known.layout, known.needs[order]
    planned = layout.steps[order]
    placed = [layout.cells[i] for i in planned.cells]
    replays = _replays(known, order)
    local = _local(known, order)
    declared = {p.name for p in known.parameters}
    cautious = [c for p in placed for c in p.effects.cautions]
    reads = {path: place for p in placed for path, place in p.effects.file_reads.items()}
    writes = {path: place for p in placed for path, place in p.effects.file_writes.items()}
    return Step(
        name=planned.name,
        order=order,
        title=planned.title,
        cells=tuple(p.cell for p in placed),
        replays=replays,
        parameters=tuple(p.name for p in known.parameters if p.name in needs.parameters & declared),
        loads=_names(needs.loads),
        loads_all=bool(cautious),
        saves=_names(known.saves[order]),
        saves_all=any(c.binds for c in cautious),
        keeps_random_state=seeded(layout) and draws(layout, order),
        metrics=_names({n for p in placed if p.cell.metrics for n in p.effects.binds}),
        definitions=_definitions(known, order),
        imports=_imports(known, order, local),
        local_modules=local.files,
        reads_files=literal(reads),
        writes_files=literal(writes),
        installs=tuple(dict.fromkeys(i for p in _installing(known, order) for i in p.effects.installs)),
        settings=known.notebook.settings.for_step(planned.name),
    )


def _names(names: object) -> tuple[Name, ...]:
    return tuple(Name(n) for n in sorted(names))  # type: ignore[call-overload]


def _setup_cells(timeline: Timeline, order: int) -> list[int]:
    """The tagged `setup` cells that the step runs at its start."""
    layout = timeline.layout
    last = layout.steps[order].cells[-1]
    return [i for i in timeline.setup_cells if i < last and layout.cells[i].home != order]


def _replays(known: Understanding, order: int) -> tuple[Replay, ...]:
    layout = known.layout
    whole = _setup_cells(known.timeline, order)
    found: list[tuple[tuple[int, int], Replay]] = []
    for index in whole:
        cell, effects = layout.cells[index].cell, layout.cells[index].effects
        found.append(
            (
                (index, 0),
                Replay(
                    ReplayKind.SETUP,
                    cell.source,
                    cell.id,
                    1,
                    _names(set(effects.binds) | set(effects.maybe_binds)),
                ),
            )
        )
    for at in known.needs[order].pieces:
        if at.cell in whole:
            continue
        piece = known.timeline.piece(at)
        kind = REPLAY_KINDS.get(piece.kind, ReplayKind.SETUP)
        replay = Replay(
            kind, piece.source, layout.cells[at.cell].cell.id, piece.line, tuple(Name(n) for n in piece.binds)
        )
        found.append(((at.cell, at.piece), replay))
    return tuple(r for _, r in sorted(found, key=lambda entry: entry[0]))


def _running(timeline: Timeline, order: int) -> list[Placed]:
    layout = timeline.layout
    indexes = {*layout.steps[order].cells, *_setup_cells(timeline, order)}
    return [layout.cells[i] for i in sorted(indexes)]


def _installing(known: Understanding, order: int) -> list[Placed]:
    """The step's own cells, and all that sets up before them."""
    layout = known.layout
    last = layout.steps[order].cells[-1]
    return [p for p in layout.cells[: last + 1] if p.home in (order, SETUP)]


def _definitions(known: Understanding, order: int) -> tuple[Definition, ...]:
    layout, timeline = known.layout, known.timeline
    places = [
        PieceAt(i, n)
        for i in (*layout.steps[order].cells, *_setup_cells(known.timeline, order))
        for n, piece in enumerate(layout.cells[i].effects.pieces)
        if piece.kind is PieceKind.DEFINITION
    ]
    places += known.needs[order].pieces
    found: dict[tuple[int, int], Definition] = {}
    for at in places:
        piece = timeline.piece(at)
        if piece.kind is not PieceKind.DEFINITION or len(piece.binds) != 1:
            continue
        if not piece.source.lstrip().startswith(("def ", "class ", "async ", "@")):
            continue
        name = piece.binds[0]
        if not timeline.is_plain_definition(name, piece, at.cell):
            continue
        found[at.cell, at.piece] = Definition(
            Name(name),
            piece.source,
            layout.cells[at.cell].cell.id,
            piece.line,
            tuple(Name(n) for n in definition_needs(piece.source)),
        )
    return tuple(d for _, d in sorted(found.items()))


def _imports(known: Understanding, order: int, local: Local) -> tuple[str, ...]:
    modules = dict.fromkeys((*_modules(known.timeline, known.needs[order], order), *local.imports))
    return tuple(sorted(m for m in modules if m and not m.startswith(".")))


def _modules(timeline: Timeline, needs: StepNeeds, order: int) -> tuple[str, ...]:
    """The modules that the step's cells and replays import."""
    modules: dict[str, None] = {}
    for placed in _running(timeline, order):
        modules.update(dict.fromkeys(placed.effects.modules))
    for at in needs.pieces:
        modules.update(dict.fromkeys(timeline.piece(at).modules))
        if timeline.piece(at).kind is PieceKind.DEFINITION:
            modules.update(dict.fromkeys(_modules_in(timeline.piece(at).source)))
    return tuple(modules)


@lru_cache(maxsize=4096)
def _modules_in(source: str) -> tuple[str, ...]:
    import ast

    from .definitions import modules_of

    try:
        return modules_of(ast.parse(source))
    except SyntaxError:
        return ()


def _local(known: Understanding, order: int) -> Local:
    wanted = _imports(known, order, Local((), ()))
    return find_local_modules(Path(known.notebook.path).parent, wanted, known.folders)
