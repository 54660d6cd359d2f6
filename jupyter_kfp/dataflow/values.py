"""Values as the analysis knows them: which objects a name may stand for, and what they may be.

An object that can be changed in place has a `Region`; names that share a region share the object. The `Heap` knows
which regions refer to which, so that a change made through one name is seen by all names that can reach it.
Nothing is ever forgotten here but by rebinding a name: what may be shared counts as shared.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

Region: TypeAlias = int
Regions: TypeAlias = frozenset[Region]
NOWHERE: Regions = frozenset()
MOST_TEXTS = 8


@dataclass(frozen=True, slots=True)
class Library:
    """A module, class or function of a library (or of Python itself), by its dotted path."""

    path: str

    @property
    def root(self) -> str:
        return self.path.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Made:
    """An object of a known type: `scalar`, `list`, `data` (NumPy, pandas), or the path of a library's class."""

    type: str


@dataclass(frozen=True, slots=True)
class Anything:
    """An object of which nothing is known. `wide`: it stands for many known things, too many to be told apart."""

    wide: bool = False


@dataclass(eq=False, slots=True)
class Frame:
    """Names of a running function, class body or comprehension."""

    local: frozenset[str]
    globals: frozenset[str]
    parent: Frame | None
    names: dict[str, Value] = field(default_factory=dict)
    is_class: bool = False
    returns: Value | None = None
    region: Region | None = None  # stands for its cells, once a closure has taken them
    depth: int = 0  # how many conditions stood around its start
    function: Function | None = None  # whose names they are
    given_up: int = -1  # the heap's version when it was last taken at its worst


@dataclass(eq=False, slots=True)
class Function:
    """A function of the notebook; its body is followed wherever it is called."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.GeneratorExp
    name: str
    frame: Frame | None  # the frame that it closes over
    defaults: dict[str, Value]
    region: Region
    owner: Class | None = None
    wrapped: str | None = None  # `property`, `classmethod`, `staticmethod`
    remembers: bool = False  # its results, in a way that can be told


@dataclass(eq=False, slots=True)
class Class:
    """A class of the notebook."""

    name: str
    region: Region
    bases: tuple[Value, ...]
    members: dict[str, Value]

    @property
    def library_bases(self) -> bool:
        """Whether some base is not known, so that methods may come from it."""
        for base in self.bases:
            for thing in base.things:
                if isinstance(thing, Class):
                    if thing.library_bases:
                        return True
                elif not (isinstance(thing, Library) and thing.path in PLAIN_BASES):
                    return True
        return False

    def find(self, name: str) -> Value | None:
        """The member of that name, here or in a base of the notebook."""
        if name in self.members:
            return self.members[name]
        for base in self.bases:
            for thing in base.things:
                if isinstance(thing, Class) and (found := thing.find(name)) is not None:
                    return found
        return None

    def functions(self) -> list[Function]:
        """All functions of the class and of its bases in the notebook."""
        found = [t for value in self.members.values() for t in value.things if isinstance(t, Function)]
        for base in self.bases:
            found += [f for t in base.things if isinstance(t, Class) for f in t.functions()]
        return found


PLAIN_BASES = {"builtins.object", "abc.ABC", "typing.Protocol", "typing.Generic"}


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the notebook."""

    of: Class


@dataclass(frozen=True, slots=True)
class Bound:
    """`object.name`, taken without being called."""

    regions: Regions
    things: frozenset[Thing]
    name: str

    @property
    def of_notebook(self) -> bool:
        """Whether calling it may run code of the notebook."""
        return any(isinstance(t, Instance | Class) for t in self.things)


Thing: TypeAlias = "Library | Made | Anything | Function | Class | Instance | Bound"
Things: TypeAlias = "frozenset[Thing]"


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression may be. `texts` are the strings it can be, with `*` for parts not known; None: no idea."""

    regions: Regions = NOWHERE
    things: Things = frozenset()
    parts: tuple[Value, ...] | None = None
    texts: frozenset[str] | None = None
    splits: bool = False  # a result of several independent objects, told apart when it is unpacked

    @property
    def fixed(self) -> bool:
        """Whether it can certainly not be changed in place."""
        return not self.regions

    @property
    def only(self) -> Thing | None:
        """The one thing it is, where that is known."""
        return next(iter(self.things)) if len(self.things) == 1 else None


SCALAR = Value(things=frozenset({Made("scalar")}))
ANYTHING: Things = frozenset({Anything()})
TOO_MANY: Things = frozenset({Anything(), Anything(wide=True)})
MOST_THINGS = 12


def text(content: str) -> Value:
    """A string whose text is known."""
    return Value(things=SCALAR.things, texts=frozenset({content}))


def library(path: str) -> Value:
    """An object of a library."""
    return Value(things=frozenset({Library(path)}))


def join(*values: Value) -> Value:
    """What may be any of these."""
    if not values:
        return SCALAR
    first = values[0]
    for other in values[1:]:
        if other == first:
            continue
        parts = None
        if first.parts and other.parts and len(first.parts) == len(other.parts):
            parts = tuple(join(a, b) for a, b in zip(first.parts, other.parts, strict=True))
        texts = None
        if first.texts is not None and other.texts is not None:
            texts = first.texts | other.texts
            texts = texts if len(texts) <= MOST_TEXTS else None
        first = Value(
            first.regions | other.regions,
            first.things if other.things <= first.things else widened(first.things | other.things),
            parts,
            texts,
            first.splits and other.splits,
        )
    return first


@dataclass(slots=True)
class Heap:
    """Which objects refer to which. Grows only, so what was reachable once stays so."""

    inside: dict[Region, set[Region]] = field(default_factory=dict)
    held: dict[Region, set[Region]] = field(
        default_factory=dict
    )  # referred to, but not changed by its methods
    owners: dict[Region, set[Region]] = field(default_factory=dict)  # the reverse of both
    slots: dict[Region, dict[str | None, Value]] = field(
        default_factory=dict
    )  # by attribute or key; None: any
    with_code: set[Region] = field(
        default_factory=set
    )  # objects with functions, classes or instances in them
    open: set[Region] = field(default_factory=set)  # code that is not known may have put anything inside
    version: int = 0
    work: int = 0  # slots and edges looked at so far: what following code really costs
    _reached: dict[tuple[Regions, bool], Regions] = field(default_factory=dict)  # as long as no edge is new
    _holders: dict[Regions, Regions] = field(default_factory=dict)
    _contained: dict[Regions, Things] = field(default_factory=dict)  # as long as nothing is new
    _hubs: dict[Region, Region] = field(default_factory=dict)
    _keys: dict[Hashable, Region] = field(default_factory=dict)
    _count: int = 0

    def region(self, key: Hashable) -> Region:
        """The region of the objects made at that place."""
        found = self._keys.get(key)
        if found is None:
            self._count += 1
            found = self._keys[key] = self._count
        return found

    def put(self, into: Regions, content: Value, *, key: str | None = None, held: bool = False) -> None:
        """`content` may now be reached from each of `into`, by that attribute or key."""
        edges = self.held if held else self.inside
        self.work += len(into)
        content = Value(content.regions, content.things, None, content.texts)
        if any(isinstance(t, Function | Class | Instance | Bound) for t in content.things):
            self.with_code |= into
        for region in into:
            slots = self.slots.setdefault(region, {})
            known = slots.get(key)
            if known is None:
                slots[key] = content
                self._changed()
            elif known != content:
                wider = join(known, content)
                if wider != known:
                    slots[key] = wider
                    self._changed()
            new = content.regions - edges.get(region, NOWHERE) - {region}
            if new:
                edges.setdefault(region, set()).update(new)
                for other in new:
                    self.owners.setdefault(other, set()).add(region)
                self._reached.clear()
                self._holders.clear()
                self._changed()

    def _changed(self) -> None:
        self.version += 1
        self._contained.clear()

    def get(self, regions: Regions, key: str | None = None) -> Value:
        """What may be found directly inside, by that attribute or key (None: by any)."""
        found: list[Value] = []
        self.work += len(regions)
        for region in regions:
            slots = self.slots.get(region)
            if not slots:
                continue
            if key is None:
                found.extend(slots.values())
            else:
                found.extend(v for k, v in slots.items() if k == key or k is None)
        if len(found) < 2:
            return found[0] if found else Value()
        texts = frozenset().union(*(v.texts for v in found if v.texts is not None))
        known = len(texts) <= MOST_TEXTS and all(v.texts is not None for v in found)
        return Value(
            frozenset().union(*(v.regions for v in found)),
            widened(frozenset().union(*(v.things for v in found))),
            None,
            texts if known else None,
        )

    def reach(self, regions: Regions, *, held: bool = True) -> Regions:
        """The objects and all that can be reached from them."""
        if not any(r in self.inside or (held and r in self.held) for r in regions):
            return regions
        known = self._reached.get((regions, held))
        if known is not None:
            return known
        graphs = (self.inside, self.held) if held else (self.inside,)
        seen = set(regions)
        waiting = list(regions)
        while waiting:
            region = waiting.pop()
            for edges in graphs:
                for other in edges.get(region, NOWHERE):
                    if other not in seen:
                        seen.add(other)
                        waiting.append(other)
        self.work += len(seen)
        found = self._reached[regions, held] = frozenset(seen)
        return found

    def holders(self, regions: Regions) -> Regions:
        """The objects, and all from which they can be reached."""
        if not any(r in self.owners for r in regions):
            return regions
        known = self._holders.get(regions)
        if known is not None:
            return known
        seen = set(regions)
        waiting = list(regions)
        while waiting:
            for other in self.owners.get(waiting.pop(), NOWHERE):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        self.work += len(seen)
        found = self._holders[regions] = frozenset(seen)
        return found

    def contents(self, regions: Regions) -> Things:
        """Whatever was put into the objects, at any depth."""
        known = self._contained.get(regions)
        if known is None:
            found: set[Thing] = set()
            for region in self.reach(regions):
                for value in self.slots.get(region, {}).values():
                    found |= value.things
            known = self._contained[regions] = widened(frozenset(found))
        return known

    def has_code(self, regions: Regions) -> bool:
        """Whether code of the notebook may be found inside, at any depth."""
        return bool(self.with_code) and not self.with_code.isdisjoint(self.reach(regions))

    def merge(self, key: Hashable, values: Iterable[Value]) -> Value:
        """Code that is not known had all of these: from now on each may refer to each.

        One object, the hub, refers to all of them, and each of them to the hub.
        """
        values = list(values)
        regions = self.reach(frozenset().union(*(v.regions for v in values)))
        things = self.contents(regions).union(ANYTHING, *(v.things for v in values))
        # methods that were taken but not called are still to be had from their owners
        things = widened(frozenset(t for t in things if not isinstance(t, Bound)))
        hubs = {self._hubs[r] for r in regions if r in self._hubs}
        hub = min(hubs) if hubs else self.region(key)
        hub_only = frozenset({hub})
        everything = Value(regions | hub_only, things)
        self.put(hub_only, everything)
        strangers = frozenset(r for r in regions if self._hubs.get(r) != hub) | hub_only
        if not strangers <= self.open:
            self.open |= strangers
            self._changed()
        self.put(strangers - hub_only, Value(hub_only, ANYTHING))
        self._hubs.update(dict.fromkeys(strangers, hub))
        return everything


def callables(things: Iterable[Thing]) -> list[Function | Class | Instance | Bound]:
    """Those that run code of the notebook when they are called or used."""
    return [t for t in things if isinstance(t, Function | Class | Instance | Bound)]


def in_order(things: Iterable[Thing]) -> list[Thing]:
    """The things in an order that is the same in every run."""
    return sorted(things, key=_place)


def _place(thing: Thing) -> tuple[str, str, int]:
    kind = type(thing).__name__
    if isinstance(thing, Function | Class):
        return kind, thing.name, thing.region
    if isinstance(thing, Instance):
        return kind, thing.of.name, thing.of.region
    if isinstance(thing, Library):
        return kind, thing.path, 0
    if isinstance(thing, Made):
        return kind, thing.type, 0
    if isinstance(thing, Bound):
        return kind, thing.name, min(thing.regions, default=0)
    return kind, "", int(thing.wide)


def widened(things: Things) -> Things:
    """The things, those of libraries told apart only while they are few. Adding things never takes any away again.

    Methods that were taken and not called are told apart while they are few, too; else there are their owners, and a
    mark that calling it is to call anything of theirs.
    """
    if len(things) <= MOST_THINGS:
        return things
    wide = things >= TOO_MANY
    taken = [t for t in things if isinstance(t, Bound) and t.of_notebook]
    if len(taken) > MOST_THINGS or (taken and wide):
        things = things.difference(taken).union(TOO_MANY, *(t.things for t in taken))
        wide = True
    loose = {
        t for t in things if isinstance(t, Made | Library) or (isinstance(t, Bound) and not t.of_notebook)
    }
    if len(loose) > MOST_THINGS or (loose and wide):
        return (things - loose) | TOO_MANY | SCALAR.things
    return things


def without_parts(value: Value) -> Value:
    """The value, no longer known piece by piece."""
    return replace(value, parts=None) if value.parts else value
