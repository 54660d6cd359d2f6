"""What calls do: to names, to what they are given, and to the world.

Functions and classes of the notebook are followed into their bodies (`functions`), with the values of this very call.
Libraries are looked up in tables (`library_calls`). A function that is handed over counts as called. What is
not known is taken at its worst.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace

from . import builtin_calls, functions, library_calls, magics
from . import evaluate as ev
from .libraries import (
    CONTAINER_METHODS,
    ESTIMATOR_ROOTS,
    FILE_WRITE_METHODS,
    PURE_METHODS,
    QUIET_ESTIMATORS,
    QUIET_MODULES,
    READ_METHODS,
    Does,
    Gives,
    method_does,
)
from .values import (
    ANYTHING,
    SCALAR,
    Anything,
    Bound,
    Class,
    Frame,
    Function,
    Instance,
    Library,
    Made,
    Thing,
    Value,
    in_order,
    join,
)
from .world import World, paths_of

MOST_TOLD_APART = 24
"""A callee that may be more things than these is called as a whole: any of them, or anything else."""
THINGS_FOR_ONE = 8  # that many are as dear as a statement
SEEDING = re.compile(r"seed|random_state|set_rng|deterministic", re.IGNORECASE)
FRAME_METHODS = frozenset(
    [
        "groupby",
        "agg",
        "aggregate",
        "dropna",
        "fillna",
        "drop_duplicates",
        "merge",
        "pivot",
        "pivot_table",
        "melt",
        "sort_values",
        "sort_index",
        "reset_index",
        "set_index",
        "astype",
        "rename",
        "drop",
        "select_dtypes",
        "value_counts",
        "describe",
        "to_frame",
        "to_numpy",
        "assign",
        "memory_usage",
        "duplicated",
        "nsmallest",
        "ffill",
        "bfill",
        "interpolate",
        "to_datetime",
    ]
)
"""Methods that only frames have: an object of which nothing else is known is taken for one."""


@dataclass
class Arguments:
    """The arguments of one call."""

    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    rest: list[Value] = field(default_factory=list)  # from `*args`, `**kwargs`: who gets them is not known
    nodes: dict[str, ast.expr] = field(default_factory=dict)  # keyword → its expression

    @property
    def all(self) -> list[Value]:
        return [*self.positional, *self.keywords.values(), *self.rest]

    def get(self, key: int | str) -> Value | None:
        if isinstance(key, int):
            return self.positional[key] if key < len(self.positional) else None
        return self.keywords.get(key)

    def literal(self, key: str) -> object:
        """The literal given for a keyword; None also where there is none."""
        node = self.nodes.get(key)
        return node.value if isinstance(node, ast.Constant) else None


BY_HAND = frozenset(["__enter__", "__exit__", "__aenter__", "__aexit__"])
"""Methods that `with` calls; who calls one by hand keeps what it sets up, such as an option."""


def call(world: World, node: ast.Call, frame: Frame | None) -> Value:
    """A call expression."""
    if world.frames:
        world.budget -= 1
    if magics.is_magic(node):
        return magics.run(world, node, frame)
    if isinstance(node.func, ast.Attribute):
        receiver = ev.evaluate(world, node.func.value, frame)
        arguments = _arguments(world, node, frame)
        return method(world, receiver, node.func.attr, arguments, node, frame)
    callee = ev.evaluate(world, node.func, frame)
    arguments = _arguments(world, node, frame)
    return invoke(world, callee, arguments, node, frame)


def _arguments(world: World, node: ast.Call, frame: Frame | None) -> Arguments:
    found = Arguments()
    for item in node.args:
        if isinstance(item, ast.Starred):
            value = ev.evaluate(world, item.value, frame)
            if value.parts is not None and not found.rest:
                found.positional.extend(value.parts)
            else:
                found.rest.append(ev.iterate(world, value, node))
        elif found.rest:
            found.rest.append(ev.evaluate(world, item, frame))
        else:
            found.positional.append(ev.evaluate(world, item, frame))
    for keyword in node.keywords:
        value = ev.evaluate(world, keyword.value, frame)
        if keyword.arg is None:
            found.rest.append(ev.element(world, value))
        else:
            found.keywords[keyword.arg] = value
            found.nodes[keyword.arg] = keyword.value
    return found


def invoke(world: World, callee: Value, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    """Call a value: each thing that it may be."""
    things = in_order(callee.things)
    if len(things) == 1:
        return _invoke_thing(world, callee, things[0], arguments, node, frame)
    if Anything(wide=True) in callee.things or _too_many(world, things):
        return library_calls.unknown_call(world, callee, arguments, node)
    results = []
    for thing in things:
        with world.maybe():
            results.append(_invoke_thing(world, callee, thing, arguments, node, frame))
    return join(*results) if results else Value()


def _too_many(world: World, things: list[Thing]) -> bool:
    """Whether a callee is called as a whole, and not as each thing that it may be."""
    if len(things) > MOST_TOLD_APART:
        return True
    world.budget -= len(things) // THINGS_FOR_ONE
    return bool(things) and world.budget <= 0


def _invoke_thing(
    world: World, callee: Value, thing: object, arguments: Arguments, node: ast.AST, frame: Frame | None
) -> Value:
    if isinstance(thing, Function):
        return functions.apply(world, thing, arguments, node)
    if isinstance(thing, Class):
        return functions.construct(world, thing, arguments, node)
    if isinstance(thing, Library):
        return library_calls.library_call(world, thing.path, arguments, node, frame)
    if isinstance(thing, Bound):
        return _invoke_bound(world, thing, arguments, node, frame)
    if isinstance(thing, Instance):
        return _invoke_instance(
            world, Value(callee.regions, frozenset({thing})), thing, arguments, node, frame
        )
    if isinstance(thing, Made) and thing.type in ("scalar", "path"):
        return SCALAR
    if isinstance(thing, Made) and thing.type == "poly":
        return world.make(node, "data")
    return library_calls.unknown_call(
        world,
        Value(callee.regions, frozenset({thing}) if isinstance(thing, Made) else ANYTHING),
        arguments,
        node,
    )


def _invoke_instance(
    world: World, receiver: Value, thing: Instance, arguments: Arguments, node: ast.AST, frame: Frame | None
) -> Value:
    """An object whose class may define `__call__`, or have it from a library."""
    member = thing.of.find("__call__")
    key = (thing, len(world.frames))
    if key in world.looked_up:  # its `__call__` is perhaps itself such an object: nothing new on this way
        return Value()
    results = []
    if member is not None:
        world.looked_up.add(key)
        try:
            results.append(invoke(world, member, replace_first(arguments, receiver), node, frame))
        finally:
            world.looked_up.discard(key)
    if member is None or thing.of.library_bases:
        results.append(library_calls.unknown_call(world, receiver, arguments, node))
    return join(*results)


def _invoke_bound(
    world: World, bound: Bound, arguments: Arguments, node: ast.AST, frame: Frame | None
) -> Value:
    """A method that was taken before, perhaps kept under its own name.

    Where many are kept among objects that are not told apart, each leads to all others: with the same arguments,
    each is called once only, or the ways through them would be without number.
    """
    if bound in world.calling or (bound, id(arguments)) in world.called:
        return Value()
    if world.calling:  # one leads to the other: that is paid for
        world.budget -= 1
    if world.budget <= 0:
        return library_calls.unknown_call(world, Value(bound.regions, bound.things), arguments, node)
    world.calling.add(bound)
    world.called[bound, id(arguments)] = arguments
    try:
        return method(world, Value(bound.regions, bound.things), bound.name, arguments, node, frame)
    finally:
        world.calling.discard(bound)
        if not world.calling:
            world.called.clear()


def replace_first(arguments: Arguments, receiver: Value) -> Arguments:
    """The arguments with the receiver in front."""
    return replace(arguments, positional=[receiver, *arguments.positional])


def method(
    world: World, receiver: Value, name: str, arguments: Arguments, node: ast.AST, frame: Frame | None
) -> Value:
    """`receiver.name(…)`, for each thing that the receiver may be."""
    if name in BY_HAND and isinstance(node, ast.Call):
        world.now.sets_options = True  # what `with` would undo at its end stays
        world.order("options", again=True)
    things = in_order(receiver.things)
    if len(things) == 1:
        return _method_of(world, receiver, things[0], name, arguments, node, frame)
    if _too_many(world, things):
        _file_method(world, name, arguments, None)
        return library_calls.unknown_call(world, receiver, arguments, node)
    results = []
    for thing in things:
        with world.maybe():
            results.append(_method_of(world, receiver, thing, name, arguments, node, frame))
    return join(*results) if results else SCALAR


def _method_of(
    world: World,
    receiver: Value,
    thing: object,
    name: str,
    arguments: Arguments,
    node: ast.AST,
    frame: Frame | None,
) -> Value:
    if isinstance(thing, Library):
        return library_calls.library_call(world, f"{thing.path}.{name}", arguments, node, frame)
    if isinstance(thing, Instance | Class):
        return _method_of_ours(world, receiver, thing, name, arguments, node, frame)
    if isinstance(thing, Function):
        if name in ("cache_info", "cache_clear", "cache_parameters"):
            world.change(frozenset({thing.region}))
            return SCALAR
        inner = world.heap.get(frozenset({thing.region}), name)
        if inner.things:
            return invoke(world, inner, arguments, node, frame)
        return library_calls.unknown_call(world, Value(receiver.regions, frozenset({thing})), arguments, node)
    if isinstance(thing, Bound):
        return library_calls.unknown_call(world, Value(thing.regions, thing.things), arguments, node)
    if isinstance(thing, Made):
        return _method_of_made(
            world, replace(receiver, things=frozenset({thing})), thing, name, arguments, node
        )
    return _method_of_anything(world, replace(receiver, things=frozenset({thing})), name, arguments, node)  # type: ignore[arg-type]


def _method_of_ours(
    world: World,
    receiver: Value,
    thing: Instance | Class,
    name: str,
    arguments: Arguments,
    node: ast.AST,
    frame: Frame | None,
) -> Value:
    cls = thing.of if isinstance(thing, Instance) else thing
    own = Value(receiver.regions, frozenset({thing}))
    results: list[Value] = []
    member = cls.find(name)
    others: set[Thing] = set()
    for inner in member.things if member else ():
        if isinstance(inner, Function):
            if inner.wrapped == "staticmethod":
                given = arguments
            elif inner.wrapped == "classmethod":
                given = replace_first(arguments, Value(frozenset({cls.region}), frozenset({cls})))
            elif isinstance(thing, Instance):
                given = replace_first(arguments, own)
            else:
                given = arguments
            results.append(functions.apply(world, inner, given, node))
        else:
            others.add(inner)
    if member is not None and others:
        results.append(invoke(world, Value(member.regions, frozenset(others)), arguments, node, frame))
    stored = world.heap.get(receiver.regions, name)
    if stored.things:
        with world.maybe():
            results.append(invoke(world, stored, arguments, node, frame))
    if member is None and not stored.things:
        if name.startswith("__") and name.endswith("__"):
            world.change(receiver.regions)
            functions.store_all(world, own, arguments)
        else:
            results.append(library_calls.unknown_call(world, own, arguments, node))
    return join(*results) if results else SCALAR


def _method_of_made(
    world: World, receiver: Value, thing: Made, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    if thing.type == "path":
        return builtin_calls.path_method(world, receiver, name, arguments, node)
    if thing.type == "scalar":
        functions.call_back(world, arguments.all, node)
        for value in arguments.all:
            ev.touch(world, value, node)
            if ev.uses_up(value):
                ev.iterate(world, value, node)
        return builtin_calls.string_method(world, receiver, name, arguments, node)
    if thing.type == "builtins.open":
        return builtin_calls.file_method(world, receiver, name, arguments, node)
    if thing.type in ("generator", "iterator", "zip", "coroutine") and name not in CONTAINER_METHODS:
        world.change(receiver.regions, deep=True)
        functions.run_lazy(world, receiver, node)
        return ev.element(world, receiver)
    does = method_does(thing.type, name)
    root = thing.type.partition(".")[0]
    _file_method(world, name, arguments, does)
    if does is None:
        return library_calls.unknown_call(world, receiver, arguments, node, draws=may_draw(thing))
    if root in ESTIMATOR_ROOTS and does.effects and not _draws(thing, world, receiver):
        does = replace(does, effects=())
    return library_calls.do(world, does, receiver, arguments, node)


def _draws(thing: Made, world: World, receiver: Value) -> bool:
    if may_draw(thing):
        return True
    return any(
        isinstance(t, Made) and may_draw(t)
        for t in world.heap.contents(receiver.regions)
        if isinstance(t, Made)
    )


def may_draw(thing: Made) -> bool:
    """Whether using such an object may draw from the global generators."""
    if thing.type.endswith("!"):  # made with a `random_state` of its own
        return False
    root = thing.type.partition(".")[0]
    if root == "sklearn":
        return thing.type.rpartition(".")[2] not in QUIET_ESTIMATORS
    if root in ("statsmodels",):
        return False
    return "." in thing.type and root not in QUIET_MODULES and root not in ("builtins", "collections")


def _method_of_anything(
    world: World, receiver: Value, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    _file_method(world, name, arguments, None)
    _methods_inside(world, receiver, name, arguments, node)
    if SEEDING.search(name):
        world.now.seeds = True
    if name in READ_METHODS:
        world.change(receiver.regions)
        return world.make(node, "data")
    if name in FRAME_METHODS:
        return library_calls.do(world, method_does("data", name) or Does(), receiver, arguments, node)
    if name in ("query", "eval"):
        library_calls.names_in_text(world, arguments.all)
    does = method_does("?", name)
    if does is None:
        does = CONTAINER_METHODS.get(name)
        if does is not None and name not in PURE_METHODS:
            world.change(receiver.regions, deep=True)
            result = library_calls.do(world, does, receiver, arguments, node)
            return join(result, Value(world.heap.reach(receiver.regions), ANYTHING))
    if does is None:
        return library_calls.unknown_call(world, receiver, arguments, node)
    result = library_calls.do(world, does, receiver, arguments, node)
    if does.gives is Gives.SCALAR:
        return result
    return join(
        result, Value(world.heap.reach(receiver.regions), world.heap.contents(receiver.regions) | ANYTHING)
    )


def _methods_inside(world: World, receiver: Value, name: str, arguments: Arguments, node: ast.AST) -> None:
    """The unknown object may be one of the notebook's own that is kept somewhere inside."""
    if not world.heap.has_code(receiver.regions):
        return
    for thing in world.heap.contents(receiver.regions):
        if isinstance(thing, Instance) and (member := thing.of.find(name)) is not None:
            own = Value(world.heap.reach(receiver.regions), frozenset({thing}))
            for function in member.things:
                if isinstance(function, Function):
                    others = Value(
                        own.regions.union(*(v.regions for v in arguments.all)),
                        ANYTHING.union(*(v.things for v in arguments.all)),
                    )
                    functions.apply_blind(world, function, others, node, receiver=own)


def _file_method(world: World, name: str, arguments: Arguments, does: Does | None) -> None:
    if name in FILE_WRITE_METHODS:
        targets = arguments.positional[:1] or [
            v for k, v in arguments.keywords.items() if "path" in k or "name" in k
        ]
        if not targets and not arguments.all and name.startswith("to_"):
            return
        world.file_write(frozenset().union(*(paths_of(t) for t in targets)))
    elif name in ("load_weights", "load_model", "load", "read_file", "from_pretrained", "load_state"):
        for value in arguments.positional[:1]:
            world.file_read(paths_of(value))
