"""What a step needs from before it: pieces to run again, parameters, and state of earlier steps.

For a name that a cell reads, look back through the notebook, in its order, to the last cell that bound or may have
changed it. Was it an import, it is imported again; a simple definition is defined again, with what it needs in turn;
anything else is state of that cell's step.
"""

from __future__ import annotations

import ast
import bisect
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from ..notebook.cells import Role
from .definitions import NAMESPACES
from .effects import Effects, Piece, PieceKind, Place
from .layout import PARAMETERS, SETUP, Layout
from .libraries import DATA_ROOTS, ESTIMATOR_ROOTS, PLOT_ROOTS, RANDOM
from .scopes import outside_of, scope_of
from .world import BUILTIN_NAMES

SIDE_EFFECT_ROOTS = frozenset(
    [
        "mpl_toolkits",
        "hvplot",
        "swifter",
        "cufflinks",
        "janitor",
        "scienceplots",
        "pint_pandas",
        "rioxarray",
        "pandas_profiling",
        "ydata_profiling",
        "dotenv",
        "nest_asyncio",
        "modin",
        "pandarallel",
        "seaborn_image",
        "datashader",
        "colorcet",
        "cmocean",
        "proplot",
    ]
)


AGAIN = frozenset({PieceKind.CONFIGURATION, PieceKind.OPTION, PieceKind.IMPORT})


@dataclass(frozen=True)
class PieceAt:
    """A statement, by its cell's place and its own number in the cell."""

    cell: int
    piece: int


@dataclass(frozen=True)
class FromState:
    """The name is state of that step."""

    order: int
    cell: int


@dataclass(frozen=True)
class FromPiece:
    """The statement is run again."""

    at: PieceAt


@dataclass(frozen=True)
class FromParameter:
    """The name is a parameter."""


@dataclass(frozen=True)
class FromSetup:
    """A `setup` cell binds it at the start of every step."""

    cell: int


Source = FromState | FromPiece | FromParameter | FromSetup


@dataclass
class StepNeeds:
    """What one step needs. `loads` is name → the step and cell it comes from, and the cell that reads it."""

    loads: dict[str, tuple[FromState, int]] = field(default_factory=dict)
    pieces: dict[PieceAt, None] = field(default_factory=dict)
    parameters: set[str] = field(default_factory=set)
    unbound: dict[str, int] = field(default_factory=dict)
    late: dict[str, tuple[FromState, int]] = field(default_factory=dict)  # from a step that starts later


class Timeline:
    """Who wrote which name when."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.writers: dict[str, list[int]] = {}
        self.wild: list[int] = []  # cells of steps after which nothing is known of any name
        for index, placed in enumerate(layout.cells):
            for name in placed.effects.writes:
                self.writers.setdefault(name, []).append(index)
            if placed.home >= 0 and any(c.binds for c in placed.effects.cautions):
                self.wild.append(index)

    @cached_property
    def changed(self) -> frozenset[str]:
        """Names whose object some cell may change in place."""
        return frozenset(n for p in self.layout.cells for n in p.effects.changes)

    @cached_property
    def binders(self) -> dict[str, int]:
        """How many cells bind each name."""
        found: dict[str, int] = {}
        for placed in self.layout.cells:
            for name in (*placed.effects.binds, *placed.effects.maybe_binds):
                found[name] = found.get(name, 0) + 1
        return found

    @cached_property
    def first_star(self) -> int | None:
        """The first cell with a star import that nobody could resolve."""
        return next(
            (i for i, p in enumerate(self.layout.cells) if any(piece.star for piece in p.effects.pieces)),
            None,
        )

    @cached_property
    def setup_cells(self) -> tuple[int, ...]:
        """The cells that are tagged `setup`."""
        return tuple(i for i, p in enumerate(self.layout.cells) if p.cell.role is Role.SETUP)

    @cached_property
    def always(self) -> tuple[PieceAt, ...]:
        """Statements that every later step runs again, whatever it reads."""
        return tuple(
            PieceAt(index, number)
            for index, placed in enumerate(self.layout.cells)
            for number, piece in enumerate(placed.effects.pieces)
            if piece.kind in AGAIN and _always_again(self, piece, placed.home)
        )

    @cached_property
    def imports_of(self) -> dict[str, list[PieceAt]]:
        """Plain imports of submodules, by the root that they bind."""
        found: dict[str, list[PieceAt]] = {}
        for index, placed in enumerate(self.layout.cells):
            for number, piece in enumerate(placed.effects.pieces):
                if piece.kind is PieceKind.IMPORT and piece.simple and piece.star is None:
                    for root in {m.partition(".")[0] for m in piece.modules if "." in m} & set(piece.binds):
                        found.setdefault(root, []).append(PieceAt(index, number))
        return found

    @cached_property
    def read_anywhere(self) -> frozenset[str]:
        """Names that some statement reads."""
        return frozenset(read_names(self.layout))

    def last_writer(self, name: str, before: int) -> int | None:
        """The last cell before that one which may have written the name."""
        found = self.writers.get(name)
        if not found:
            return None
        place = bisect.bisect_left(found, before)
        return found[place - 1] if place else None

    def last_wild(self, before: int) -> int | None:
        """The last cell before that one which may have written any name."""
        place = bisect.bisect_left(self.wild, before)
        return self.wild[place - 1] if place else None

    def carrier(self, cell: int) -> int | None:
        """The first step with cells behind a `setup` cell: it hands on what must not be made anew."""
        for step in self.layout.steps:
            if step.cells[-1] > cell:
                return step.cells[0] if step.cells[0] > cell else None
        return None

    def source(self, name: str, order: int, cell: int) -> list[Source]:
        """Where a step's cell gets a name from; nothing where the step itself bound it, or nobody did."""
        writer = self._remade(name, self.last_writer(name, cell))
        wild = self.last_wild(cell)
        found: list[Source] = []
        if writer is not None and (wild is None or writer >= wild):
            return self._from(name, writer, order, cell)
        if wild is not None:
            if writer is not None:
                found = [s for s in self._from(name, writer, order, cell) if not isinstance(s, FromState)]
            home = self.layout.cells[wild].home
            if home != order and (writer is not None or name not in BUILTIN_NAMES):
                found.append(FromState(home, wild))
        return found

    def _remade(self, name: str, writer: int | None) -> int | None:
        """What cannot travel and comes from a `setup` cell is made in every step, whatever steps do with it."""
        for index in reversed(self.writers.get(name, ())):
            effects = self.layout.cells[index].effects
            if writer is not None and index <= writer and name in (*effects.binds, *effects.maybe_binds):
                made_again = self.layout.cells[index].home == SETUP and name in effects.immovable
                return index if made_again else writer
        return writer

    def _from(self, name: str, writer: int, order: int, cell: int) -> list[Source]:
        placed = self.layout.cells[writer]
        if placed.home == order:
            return []
        piece = self.replayable(name, writer)
        if piece is not None:
            return [FromPiece(piece)]
        if placed.home == PARAMETERS:
            return [FromParameter()]
        if placed.home == SETUP:
            return self._from_setup(name, writer, order)
        return [FromState(placed.home, writer)]

    def _from_setup(self, name: str, writer: int, order: int) -> list[Source]:
        effects = self.layout.cells[writer].effects
        index = effects.last_write.get(name)
        found: list[Source] = []
        if self.layout.cells[writer].cell.role is Role.SETUP:
            found.append(FromSetup(writer))
        elif index is not None:
            found.append(FromPiece(PieceAt(writer, index)))
        if name in self.changed and name not in effects.immovable:
            carrier = self.carrier(writer)
            if carrier is not None and self.layout.cells[carrier].home != order:
                found.append(FromState(self.layout.cells[carrier].home, carrier))
        return found

    def replayable(self, name: str, writer: int) -> PieceAt | None:
        """The statement of that cell that binds the name, if running it again gives the name again."""
        effects = self.layout.cells[writer].effects
        if name not in effects.binds or name in effects.deletes:
            return None
        index = effects.last_write.get(name)
        if index is None:
            return None
        piece = effects.pieces[index]
        if piece.kind is PieceKind.IMPORT and piece.simple and piece.star is None:
            return PieceAt(writer, index)
        if piece.kind is PieceKind.DEFINITION and self.is_plain_definition(name, piece, writer):
            return PieceAt(writer, index)
        return None

    def is_plain_definition(self, name: str, piece: Piece, writer: int) -> bool:
        """Whether a definition stays what its source says: bound once, never changed, all it reads can be run again."""
        if not piece.simple or name in self.changed or self.binders.get(name, 0) != 1:
            return False
        for needed in piece.reads:
            other = self.last_writer(needed, writer)
            if needed in self.layout.cells[writer].effects.last_write:
                index = self.layout.cells[writer].effects.last_write[needed]
                earlier = self.layout.cells[writer].effects.pieces[index]
                if needed == name:
                    continue
                if earlier.kind not in (PieceKind.IMPORT, PieceKind.DEFINITION) or not earlier.simple:
                    if self.layout.cells[writer].home == SETUP and earlier.kind is PieceKind.CONSTANT:
                        continue
                    return False
                if earlier.kind is PieceKind.DEFINITION and not self.is_plain_definition(
                    needed, earlier, writer
                ):
                    return False
                continue
            if other is None:
                continue
            if self.last_wild(writer) is not None and (self.last_wild(writer) or 0) > other:
                return False
            home = self.layout.cells[other].home
            if (
                home in (PARAMETERS, SETUP)
                and needed not in self.changed
                and self.binders.get(needed, 0) == 1
            ):
                continue
            if self.replayable(needed, other) is None:
                return False
        return True

    def piece(self, at: PieceAt) -> Piece:
        """The statement."""
        return self.layout.cells[at.cell].effects.pieces[at.piece]


@lru_cache(maxsize=4096)
def definition_needs(source: str) -> tuple[str, ...]:
    """Global names that the definition reads, without those of Python itself."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ()
    scope = scope_of(tree)
    collector = scope.free
    names: set[str] = set(collector)
    for node in tree.body:
        names |= scope_of(node).free
        for child in outside_of(node):
            names |= {n.id for n in ast.walk(child) if isinstance(n, ast.Name)}
    return tuple(sorted(n for n in names if n not in BUILTIN_NAMES))


def needs_of_step(timeline: Timeline, order: int) -> StepNeeds:
    """Everything that the step needs, its replays' own needs included."""
    layout = timeline.layout
    step = layout.steps[order]
    found = StepNeeds()
    done: set[tuple[str, int]] = set()
    first = step.cells[0]
    draws = any(d in layout.cells[i].effects.order for i in step.cells for d in RANDOM)
    for index in step.cells:
        effects = layout.cells[index].effects
        for name in sorted({*effects.reads, *effects.needs}):
            _resolve(timeline, found, done, name, order, index, sure=name in effects.sure_reads)
    for index in timeline.setup_cells:
        if index < first and layout.cells[index].home == SETUP:
            effects = layout.cells[index].effects
            for name in sorted({*effects.reads, *effects.needs}):
                _resolve(timeline, found, done, name, order, index, sure=False)
    for at in timeline.always:
        if at.cell >= first:
            break
        if timeline.piece(at).seeds and not draws:
            continue
        if layout.cells[at.cell].home != order:
            _add_piece(timeline, found, done, at, order, first)
    _siblings(timeline, found, order, first)
    return found


def _always_again(timeline: Timeline, piece: Piece, home: int) -> bool:
    """Statements that every later step runs again, whatever it reads."""
    if piece.kind is PieceKind.CONFIGURATION and piece.simple:
        return True
    if home == SETUP and piece.kind is PieceKind.OPTION:
        return True
    if piece.kind is not PieceKind.IMPORT:
        return False
    if piece.star is not None:
        return True
    roots = {m.partition(".")[0] for m in piece.modules}
    if roots & SIDE_EFFECT_ROOTS or any(m.startswith("sklearn.experimental") for m in piece.modules):
        return True
    unread = not any(n in timeline.read_anywhere for n in piece.binds)
    known = sys.stdlib_module_names | DATA_ROOTS | PLOT_ROOTS | ESTIMATOR_ROOTS | NAMESPACES
    return unread and not roots <= known


def _resolve(
    timeline: Timeline,
    found: StepNeeds,
    done: set[tuple[str, int]],
    name: str,
    order: int,
    cell: int,
    *,
    sure: bool,
) -> None:
    if (name, cell) in done:
        return
    done.add((name, cell))
    sources = timeline.source(name, order, cell)
    if not sources:
        writer = timeline.last_writer(name, cell)
        starred = timeline.first_star is not None and timeline.first_star <= cell
        if writer is None and name not in BUILTIN_NAMES and sure and not starred:
            found.unbound.setdefault(name, cell)
        return
    for source in sources:
        if isinstance(source, FromState):
            known = found.loads.get(name)
            if source.order > order:
                found.late.setdefault(name, (source, cell))
            elif known is None or known[0].cell < source.cell:
                found.loads[name] = (source, cell)
        elif isinstance(source, FromPiece):
            _add_piece(timeline, found, done, source.at, order, cell)
        elif isinstance(source, FromParameter):
            found.parameters.add(name)


def _add_piece(
    timeline: Timeline, found: StepNeeds, done: set[tuple[str, int]], at: PieceAt, order: int, cell: int
) -> None:
    if at in found.pieces:
        return
    piece = timeline.piece(at)
    found.pieces[at] = None
    for name in sorted(piece.reads - set(piece.binds)):
        if name in timeline.layout.cells[at.cell].effects.last_write:
            inner = PieceAt(at.cell, timeline.layout.cells[at.cell].effects.last_write[name])
            again = timeline.replayable(name, at.cell) or timeline.layout.cells[at.cell].home == SETUP
            if inner.piece < at.piece and again:
                _add_piece(timeline, found, done, inner, order, cell)
                continue
        _resolve(timeline, found, done, name, order, at.cell, sure=False)
    if piece.kind is PieceKind.DEFINITION:
        for name in definition_needs(piece.source):
            if name not in piece.reads:
                _resolve(timeline, found, done, name, order, cell, sure=False)


def _siblings(timeline: Timeline, found: StepNeeds, order: int, first: int) -> None:
    """`import a.b` makes `a.b` reachable for everybody who has `a`: all earlier imports of the package come along."""
    roots = {
        root
        for at in found.pieces
        for root in timeline.piece(at).binds
        if timeline.piece(at).kind is PieceKind.IMPORT
        and root in {m.partition(".")[0] for m in timeline.piece(at).modules}
    }
    for root in roots:
        for at in timeline.imports_of.get(root, ()):
            if at.cell < first and timeline.layout.cells[at.cell].home != order:
                found.pieces.setdefault(at)


def read_names(layout: Layout) -> Iterable[str]:
    """Names that any statement reads."""
    for placed in layout.cells:
        yield from placed.effects.reads
        yield from placed.effects.needs
        for piece in placed.effects.pieces:
            yield from piece.reads


def place_of_write(effects: Effects, name: str) -> tuple[str, Place] | None:
    """How a cell wrote the name: `bound`, `changed` …, and where."""
    for word, places in (
        ("deleted", effects.deletes),
        ("bound", effects.binds),
        ("perhaps bound", effects.maybe_binds),
        ("changed in place", effects.changes),
    ):
        if name in places:
            return word, places[name]
    return None
