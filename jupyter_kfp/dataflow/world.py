"""The notebook's state while its cells are followed: names, heap, and what the present cell does.

A `World` goes through the cells in notebook order, once. It keeps what each name may stand for, and writes down the
effects of the cell at hand. What happens under a condition only adds to what was known before.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .effects import ANY_PATH, Caution, Effects, Note, Order, Piece, Place
from .libraries import RANDOM
from .transform import Code
from .values import (
    NOWHERE,
    SCALAR,
    Bound,
    Class,
    Frame,
    Function,
    Heap,
    Instance,
    Library,
    Made,
    Region,
    Regions,
    Thing,
    Value,
    join,
    library,
    text,
)

BUILTIN_NAMES = frozenset(dir(builtins)) | {"display", "get_ipython", "exit", "quit"}
BUDGET = (
    1_500  # statements and calls in functions that are followed in one cell; those beyond: at their worst
)
BUDGET_OF_ALL = 40_000  # the same for a notebook
WORK_FOR_ONE = 100  # slots and edges that cost as much as a statement
DEEPEST = 12
LONGEST = 60


@dataclass
class Recorder:
    """The effects of one cell, while they are gathered."""

    code: Code
    reads: dict[str, Place] = field(default_factory=dict)
    sure_reads: set[str] = field(default_factory=set)
    binds: dict[str, Place] = field(default_factory=dict)
    deletes: dict[str, Place] = field(default_factory=dict)
    changes: dict[str, Place] = field(default_factory=dict)
    order: dict[str, Order] = field(default_factory=dict)
    file_reads: dict[str, Place] = field(default_factory=dict)
    file_writes: dict[str, Place] = field(default_factory=dict)
    modules: dict[str, None] = field(default_factory=dict)
    installs: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    cautions: list[Caution] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    patches: dict[str, Place] = field(default_factory=dict)
    libraries: dict[str, Place] = field(default_factory=dict)
    last_write: dict[str, int] = field(default_factory=dict)
    history: Place | None = None
    seeds: bool = False
    folders: list[str] = field(default_factory=list)
    # of the top-level statement at hand
    touched: set[str] = field(default_factory=set)
    statement_binds: dict[str, None] = field(default_factory=dict)
    configures: bool = False
    seeds_only: bool = False
    sets_options: bool = False
    installed: bool = False
    unclean: bool = False  # it does something that must not be done twice


@dataclass
class Called:
    """A function that was called back in the present round, and with what."""

    regions: set[Region]
    result: Value
    times: int = 1


class World:
    """See the module."""

    def __init__(self, star_names: Callable[[str], frozenset[str] | None] | None = None) -> None:
        self.heap = Heap()
        self.globals: dict[str, Value] = {}
        self.star_names = star_names
        self.written: set[str] = set()  # names that were ever bound
        self.stars: list[str] = []
        self.names_of: dict[Region, set[str]] = {}
        self.definite: set[str] = set()
        self.weak = 0  # conditions around the code at hand
        self.version = 0  # of the globals
        self.frames: list[Frame] = []  # running functions
        self.functions: dict[Region, Function] = {}  # by the region that stands for them: one for each place
        self.classes: dict[Region, Class] = {}
        self.captured: dict[tuple[int, tuple[int, ...]], Frame] = {}  # frames that closures keep, by call
        self.running: dict[int, Frame] = {}  # by function node: to see recursion
        self.recursed: set[int] = set()
        self.calling: set[Bound] = set()  # methods that were taken before, and are being called now
        self.called: dict[
            tuple[Bound, int], object
        ] = {}  # those called since, by the arguments (kept: ids are reused)
        self.looked_up: set[tuple[Instance, int]] = set()  # objects being called, by how many functions run
        self.round: dict[int, Called] | None = (
            None  # what was called back already, in this round of call backs
        )
        self.path: tuple[
            int, ...
        ] = ()  # the calls that led here: tells objects of one line in two calls apart
        self.memo: dict[tuple[object, ...], Value] = {}
        self.budget = BUDGET
        self.budget_of_all = BUDGET_OF_ALL
        self._paid = 0  # work of the heap
        self.place = Place(1, "")
        self.line_shift: int | None = None
        self.future_annotations = False
        self.looks_into_caches = False  # some cell asks a function what it remembers
        self.trees: list[object] = []  # keeps the nodes alive that regions are named after
        self.now = Recorder(Code(ast.Module(body=[], type_ignores=[]), ()))

    # ── one cell ─────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, code: Code) -> None:
        """Start with a cell."""
        self.now = Recorder(code)
        self.trees.append(code.tree)
        self.definite = set()
        self.memo.clear()
        self.budget_of_all -= BUDGET - max(self.budget, 0)
        self.budget = min(BUDGET, max(self.budget_of_all, 0))
        self._paid = self.heap.work
        self.weak = 0
        self.frames.clear()
        self.running.clear()
        self.path = ()
        self.calling.clear()
        self.called.clear()
        self.looked_up.clear()
        self.round = None

    def pay(self, cost: int = 1) -> None:
        """Take what is followed off the budget: statements, and the work that they made."""
        work = (self.heap.work - self._paid) // WORK_FOR_ONE
        self._paid += work * WORK_FOR_ONE
        self.budget -= cost + work

    def finish(self, shows_value: bool | None) -> Effects:
        """The effects of the cell."""
        now = self.now
        sure = {name: place for name, place in now.binds.items() if name in self.definite}
        maybe = {name: place for name, place in now.binds.items() if name not in self.definite}
        unsure = frozenset(maybe.keys() - now.reads.keys())
        for name, place in maybe.items():  # not bound after all: then its earlier value stays
            now.reads.setdefault(name, place)
        needs = self.needs_of(set(now.reads) | set(now.changes) | set(maybe)) - self.definite
        immovable = {}
        for name in now.binds:
            value = self.globals.get(name)
            kind = self.immovable(value) if value else None
            if kind:
                immovable[name] = kind
        return Effects(
            reads=now.reads,
            sure_reads=frozenset(now.sure_reads),
            unsure_binds=unsure,
            binds=sure,
            maybe_binds=maybe,
            deletes=now.deletes,
            changes=now.changes,
            needs=frozenset(needs),
            order=now.order,
            file_reads=now.file_reads,
            file_writes=now.file_writes,
            modules=tuple(now.modules),
            installs=tuple(now.installs),
            pieces=tuple(now.pieces),
            cautions=tuple(now.cautions),
            notes=tuple(now.notes),
            immovable=immovable,
            patches=now.patches,
            calls_libraries=now.libraries,
            last_write=now.last_write,
            history=now.history,
            seeds=now.seeds,
            folders=tuple(now.folders),
            shows_value=shows_value,
        )

    # ── names ────────────────────────────────────────────────────────────────────────────────────────────────────

    def read_global(self, name: str) -> Value:
        """Look a global name up."""
        now = self.now
        now.touched.add(name)
        value = self.globals.get(name)
        if name not in self.definite:
            if value is None and name in BUILTIN_NAMES and name not in self.written and not self.stars:
                return library(f"builtins.{name}")
            now.reads.setdefault(name, self.place)
            if not self.weak and not self.frames and name not in now.binds:
                now.sure_reads.add(name)  # perhaps bound by a loop or branch above: then it is not sure
        if value is not None:
            return value
        if self.stars:
            return join(*(library(f"{star}.{name}") for star in self.stars))
        if name in BUILTIN_NAMES:
            return library(f"builtins.{name}")
        return self.unknown(("unbound", name))

    def bind_global(self, name: str, value: Value, *, surely: bool = True) -> None:
        """Bind a global name; under a condition, what it was before stays possible."""
        now = self.now
        self.written.add(name)
        now.binds[name] = self.place
        now.deletes.pop(name, None)
        now.statement_binds[name] = None
        surely = surely and not self.weak and not self.frames
        old = self.globals.get(name)
        if not surely:
            if old is None and name in BUILTIN_NAMES:
                old = library(f"builtins.{name}")
            if old is not None:
                value = join(old, value)
        if not self.frames:
            self.definite.add(name)
        if old != value:
            self.version += 1
            self._index(name, self.globals.get(name), value)
            self.globals[name] = value

    def delete_global(self, name: str) -> None:
        """`del name`."""
        now = self.now
        if name not in self.definite:
            now.reads.setdefault(name, self.place)
        now.binds[name] = self.place
        now.deletes[name] = self.place
        now.statement_binds[name] = None
        if not self.frames:
            self.definite.add(name)
        if not self.weak and not self.frames:
            self._index(name, self.globals.pop(name, None), SCALAR)
            self.version += 1

    def _index(self, name: str, old: Value | None, new: Value) -> None:
        if old is not None:
            for region in old.regions - new.regions:
                self.names_of[region].discard(name)
        for region in new.regions:
            self.names_of.setdefault(region, set()).add(name)

    def needs_of(self, names: Iterable[str]) -> set[str]:
        """Global names that functions among the names' values may read, at any depth."""
        things: set[Thing] = set()
        for value in map(self.globals.get, names):
            if value is not None:
                things |= value.things
                if value.regions and self.heap.has_code(value.regions):
                    things |= self.heap.contents(value.regions)
        found = {n for f in self.functions_among(things) for n in free_globals(f)}
        return {n for n in found if n in self.globals or n not in BUILTIN_NAMES}

    def functions_among(self, things: Iterable[Thing]) -> list[Function]:
        """The functions that the things are or may call, through global names, at any depth."""
        found: dict[int, Function] = {}
        names: set[str] = set()
        seen: set[Thing] = set()
        waiting = list(things)
        while waiting:
            thing = waiting.pop()
            if thing in seen or isinstance(thing, Library | Made):
                continue
            seen.add(thing)
            functions: list[Function] = []
            if isinstance(thing, Function):
                functions = [thing]
            elif isinstance(thing, Class | Instance):
                functions = (thing.of if isinstance(thing, Instance) else thing).functions()
            elif isinstance(thing, Bound):
                waiting.extend(thing.things)
            for function in functions:
                if id(function) in found:
                    continue
                found[id(function)] = function
                for name in free_globals(function) - names:
                    names.add(name)
                    value = self.globals.get(name)
                    if value is not None:
                        waiting.extend(value.things - seen)
                        if value.regions and self.heap.has_code(value.regions):
                            waiting.extend(self.heap.contents(value.regions) - seen)
        return list(found.values())

    # ── objects ──────────────────────────────────────────────────────────────────────────────────────────────────

    def new(self, node: object, kind: str = "") -> Region:
        """The region of what `node` makes, in this call of its function."""
        return self.heap.region((id(node), kind, self.path))

    def make(self, node: object, type_: str, kind: str = "") -> Value:
        """A new object of that type."""
        return Value(frozenset({self.new(node, kind)}), frozenset({Made(type_)}))

    def unknown(self, key: tuple[object, ...]) -> Value:
        """An object of which nothing is known but that it is none of ours."""
        from .values import ANYTHING

        return Value(frozenset({self.heap.region(key)}), ANYTHING)

    def change(self, regions: Regions, *, deep: bool = False) -> None:
        """The objects may be changed in place: a change for every name that can reach them."""
        if not regions:
            return
        if deep:
            regions = self.heap.reach(regions, held=False)
        names: set[str] = set()
        for region in self.heap.holders(regions):
            names |= self.names_of.get(region, set())
        for name in names:
            self.now.changes.setdefault(name, self.place)
            if name not in self.definite:
                self.now.reads.setdefault(name, self.place)
        self.now.unclean = True

    def immovable(self, value: Value) -> str | None:
        """What the value is, if it certainly cannot be pickled."""
        from .libraries import IMMOVABLE

        kinds = set()
        for thing in value.things:
            if not isinstance(thing, Made):
                return None
            if thing.type == "generator":
                kinds.add("a generator")
            elif thing.type in IMMOVABLE:
                kinds.add(IMMOVABLE[thing.type])
            elif thing.type == "builtins.open":
                kinds.add("an open file")
            else:
                return None
        return min(kinds) if kinds else None

    # ── the world outside ────────────────────────────────────────────────────────────────────────────────────────

    def order(self, domain: str, *, sets: bool = True, again: bool = False) -> None:
        """An effect whose order counts. `again`: doing it twice does no harm."""
        known = self.now.order.get(domain)
        if known is None or (sets and not known.sets):
            self.now.order[domain] = Order(self.place, sets)
        if domain != "options" and not again:
            self.now.unclean = True

    def may_draw(self) -> None:
        """Code that is not known may draw random numbers."""
        for domain in RANDOM:
            self.order(domain)

    def file_read(self, paths: Iterable[str]) -> None:
        """Files are read."""
        for path in paths:
            self.now.file_reads.setdefault(path, self.place)

    def file_write(self, paths: Iterable[str]) -> None:
        """Files are written, moved or deleted."""
        for path in paths:
            self.now.file_writes.setdefault(path, self.place)
            self.now.unclean = True

    def caution(self, construct: str, fix: str, *, binds: bool = True) -> None:
        """From here on nothing is known."""
        self.now.cautions.append(Caution(construct, self.place, fix, binds))
        self.now.unclean = True
        self.now.seeds = True
        self.may_draw()

    def note(self, code: str, message: str, fix: str, name: str | None = None) -> None:
        """A finding about this place."""
        entry = Note(code, message, fix, self.place.line, name)
        if entry not in self.now.notes:
            self.now.notes.append(entry)

    # ── conditions ───────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def maybe(self) -> Iterator[None]:
        """Code that may run or not: it binds nothing for certain."""
        before = set(self.definite)
        self.weak += 1
        try:
            yield
        finally:
            self.weak -= 1
            self.definite = before

    @contextmanager
    def branch(self) -> Iterator[set[str]]:
        """One of several ways; gives the set that will hold what is bound at its end."""
        before = set(self.definite)
        after: set[str] = set()
        self.weak += 1
        try:
            yield after
        finally:
            self.weak -= 1
            after |= self.definite
            self.definite = before


def free_globals(function: Function) -> frozenset[str]:
    """Global names that the function's code may look up."""
    from .scopes import scope_of

    free = set(scope_of(function.node).free)
    frame = function.frame
    while frame is not None:
        if not frame.is_class:
            free -= frame.local
        frame = frame.parent
    return frozenset(free)


def paths_of(value: Value) -> frozenset[str]:
    """The paths that the value may be, as text; `**` where it may be any."""
    from .values import Anything

    if value.texts:
        return value.texts
    if any(
        isinstance(t, Anything) or (isinstance(t, Made) and t.type in ("scalar", "path"))
        for t in value.things
    ):
        return frozenset({ANY_PATH})
    return frozenset()


def short(source: str) -> str:
    """Code in a line, for messages."""
    line = " ".join(source.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def path_value(texts: frozenset[str] | None) -> Value:
    """A `pathlib.Path`."""
    return Value(NOWHERE, frozenset({Made("path")}), texts=texts)


__all__ = ["World", "free_globals", "path_value", "paths_of", "short", "text"]
