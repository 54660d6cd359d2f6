"""The effects of a cell: the one value that everything after works from.

Names are the notebook's global ones. `reads` are those whose value from before the cell may count; a name that the
cell surely binds first is not among them. Each entry knows the line and the code that did it, for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

ANY_PATH = "**"
"""A file whose path is not known."""


@dataclass(frozen=True)
class Place:
    """Where in its cell something happens."""

    line: int
    text: str  # the code, shortened


class PieceKind(Enum):
    """What a top-level statement is good for, apart from running in its own step."""

    IMPORT = "import"
    DEFINITION = "definition"
    OPTION = "option"  # sets surroundings that travel with the state
    CONFIGURATION = "configuration"  # sets up a library or the kernel; is made again in later steps
    CONSTANT = "constant"  # binds values that cannot be changed in place
    INSTALL = "install"
    NOTHING = "nothing"  # docstrings, `pass`
    OTHER = "other"


@dataclass(frozen=True)
class Piece:
    """One top-level statement of a cell."""

    kind: PieceKind
    source: str
    line: int
    binds: tuple[str, ...]
    reads: frozenset[str]  # global names that it looks up while it runs
    modules: tuple[str, ...] = ()  # dotted modules that it imports
    star: str | None = None  # the module of an unresolved `from … import *`
    simple: bool = True  # can be run again by its source alone
    seeds: bool = False  # it only seeds a global random generator


@dataclass(frozen=True)
class Order:
    """An effect whose order counts, in one domain (`random:numpy`, `options`, `cwd`, …)."""

    place: Place
    sets: bool  # later cells may see it


@dataclass(frozen=True)
class Caution:
    """What the analysis cannot see through."""

    construct: str
    place: Place
    fix: str
    binds: bool = True  # it may also bind or change names, not only read them


@dataclass(frozen=True)
class Note:
    """A finding about the cell, before it is known which step it is in."""

    code: str
    message: str
    fix: str
    line: int
    name: str | None = None


@dataclass(frozen=True)
class Effects:
    """What running a cell does to the notebook's names and to the world."""

    reads: Mapping[str, Place] = field(default_factory=dict)
    sure_reads: frozenset[str] = frozenset()  # those that certainly happen, at the top level
    unsure_binds: frozenset[str] = frozenset()  # in `reads` only because they may not be bound here after all
    binds: Mapping[str, Place] = field(
        default_factory=dict
    )  # surely bound (or deleted) when the cell is done
    maybe_binds: Mapping[str, Place] = field(default_factory=dict)
    deletes: Mapping[str, Place] = field(default_factory=dict)  # among those that are bound
    changes: Mapping[str, Place] = field(default_factory=dict)  # their object may be changed in place
    needs: frozenset[str] = frozenset()  # read by functions that what is read may call
    order: Mapping[str, Order] = field(default_factory=dict)
    file_reads: Mapping[str, Place] = field(default_factory=dict)
    file_writes: Mapping[str, Place] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    installs: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()
    cautions: tuple[Caution, ...] = ()
    notes: tuple[Note, ...] = ()
    immovable: Mapping[str, str] = field(default_factory=dict)  # names bound here to what cannot travel
    patches: Mapping[str, Place] = field(default_factory=dict)  # library roots whose objects it changes
    calls_libraries: Mapping[str, Place] = field(
        default_factory=dict
    )  # roots of libraries that it calls into
    last_write: Mapping[str, int] = field(default_factory=dict)  # name → piece that bound it last
    history: Place | None = None  # where it reads `_`, before binding it
    seeds: bool = False  # it may seed a global random generator
    folders: tuple[str, ...] = ()  # put on the module search path
    shows_value: bool | None = None  # whether its last expression is displayed; None: perhaps

    @property
    def writes(self) -> frozenset[str]:
        """Names that are not as they were."""
        return frozenset(self.binds) | frozenset(self.maybe_binds) | frozenset(self.changes)
