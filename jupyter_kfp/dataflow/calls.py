"""What calls do: to names, to what they are given, and to the world.

Functions and classes of the notebook are followed into their bodies, with the values of this very call. Libraries are
looked up in `libraries`. A function that is handed over counts as called. What is not known is taken at its worst.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace

from . import builtin_calls, magics
from . import evaluate as ev
from .effects import ANY_PATH
from .libraries import (
    CONTAINER_METHODS,
    DATABASES,
    DOWNLOADS,
    ESTIMATOR_ROOTS,
    FILE_WRITE_METHODS,
    MOVERS,
    OPENS,
    PURE_METHODS,
    QUIET_ESTIMATORS,
    QUIET_MODULES,
    RANDOM,
    READ_METHODS,
    SHELLS,
    Does,
    Gives,
    function_does,
    is_configuration,
    method_does,
)
from .scopes import all_arguments, is_generator, scope_of
from .values import (
    ANYTHING,
    NOWHERE,
    SCALAR,
    Anything,
    Bound,
    Class,
    Frame,
    Function,
    Instance,
    Library,
    Made,
    Value,
    callables,
    join,
)
from .world import DEEPEST, World, free_globals, paths_of

CALLS_TOLD_APART = 3
"""How many calls back two objects of one line are told apart by the way that led there."""

IDENTIFIER = re.compile(r"[^\W\d]\w*")
SEEDING = re.compile(r"seed|random_state|set_rng|deterministic", re.IGNORECASE)
CONFIGURING = re.compile(
    r"^(set_|init_|enable|disable|use_|register|activate|configure|setup|extension$|option)"
)
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


def call(world: World, node: ast.Call, frame: Frame | None) -> Value:
    """A call expression."""
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
    things = sorted(callee.things, key=lambda t: type(t).__name__)
    if len(things) == 1:
        return _invoke_thing(world, callee, things[0], arguments, node, frame)
    results = []
    for thing in things:
        with world.maybe():
            results.append(_invoke_thing(world, callee, thing, arguments, node, frame))
    return join(*results) if results else Value()


def _invoke_thing(
    world: World, callee: Value, thing: object, arguments: Arguments, node: ast.AST, frame: Frame | None
) -> Value:
    if isinstance(thing, Function):
        return apply(world, thing, arguments, node)
    if isinstance(thing, Class):
        return construct(world, thing, arguments, node)
    if isinstance(thing, Library):
        return library_call(world, thing.path, arguments, node, frame)
    if isinstance(thing, Bound):
        return method(world, Value(thing.regions, thing.things), thing.name, arguments, node, frame)
    if isinstance(thing, Instance):
        member = thing.of.find("__call__")
        receiver = Value(callee.regions, frozenset({thing}))
        results = []
        if member is not None:
            results.append(invoke(world, member, replace_first(arguments, receiver), node, frame))
        if member is None or thing.of.library_bases:
            results.append(unknown_call(world, receiver, arguments, node))
        return join(*results)
    if isinstance(thing, Made) and thing.type in ("scalar", "path"):
        return SCALAR
    if isinstance(thing, Made) and thing.type == "poly":
        return world.make(node, "data")
    return unknown_call(
        world,
        Value(callee.regions, frozenset({thing}) if isinstance(thing, Made) else ANYTHING),
        arguments,
        node,
    )


def replace_first(arguments: Arguments, receiver: Value) -> Arguments:
    """The arguments with the receiver in front."""
    return replace(arguments, positional=[receiver, *arguments.positional])


# ── functions and classes of the notebook ────────────────────────────────────────────────────────────────────────────


def apply(world: World, function: Function, arguments: Arguments, node: ast.AST) -> Value:
    """Call a function of the notebook: its body is followed with these arguments."""
    if function.wrapped == "resume":
        return join(*ev.resume_generator(world, function, node))
    body = function.node
    key = (
        id(function),
        tuple(arguments.positional),
        tuple(sorted(arguments.keywords.items()))
        if len(arguments.keywords) < 2
        else tuple(arguments.keywords.items()),
        tuple(arguments.rest),
        world.heap.version,
        world.version,
        world.path,
        id(node),
    )
    if (known := world.memo.get(key)) is not None:
        return known
    running = world.running.get(id(body))
    if running is not None:
        return _recurse(world, function, running, arguments)
    if len(world.frames) >= DEEPEST or world.budget <= 0:
        result = world.memo[key] = _at_its_worst(world, function, arguments, node)
        return result
    assert not isinstance(body, ast.GeneratorExp)
    world.budget -= 1
    scope = scope_of(body)
    place = (id(body), (*world.path, id(node))[-CALLS_TOLD_APART:])
    frame = Frame(scope.local, scope.globals, function.frame, depth=world.weak)
    bind_parameters(world, function, arguments, frame)
    kept = world.captured.get(place)
    if kept is not None and kept.parent is function.frame:
        _widen(world, kept, frame.names)
        frame = kept
        frame.depth = -1  # stands for several calls: nothing in it is ever forgotten
    lazily = is_generator(body)
    if lazily:
        frame.names[".yields"] = Value()
    _run_body(world, function, frame, node)
    if frame.region is not None:
        world.captured[place] = frame
    result = frame.returns or SCALAR
    if lazily or isinstance(body, ast.AsyncFunctionDef):
        result = _lazy_result(world, function, frame, result, node, lazily=lazily)
    if (world.heap.version, world.version) == (key[4], key[5]):
        world.memo[key] = result
    return result


def _run_body(world: World, function: Function, frame: Frame, node: ast.AST) -> None:
    from .statements import run_block

    body = function.node
    outer_path, outer_place = world.path, world.place
    world.path = (*world.path, id(node))[-CALLS_TOLD_APART:]
    world.running[id(body)] = frame
    world.frames.append(frame)
    try:
        for _ in range(4):
            before = (world.heap.version, world.version)
            world.recursed.discard(id(body))
            if isinstance(body, ast.Lambda):
                frame.returns = ev.evaluate(world, body.body, frame)
            else:
                assert not isinstance(body, ast.GeneratorExp)
                run_block(world, body.body, frame)
            if id(body) not in world.recursed or (world.heap.version, world.version) == before:
                break
    finally:
        world.frames.pop()
        del world.running[id(body)]
        world.path, world.place = outer_path, outer_place


def _lazy_result(
    world: World, function: Function, frame: Frame, result: Value, node: ast.AST, *, lazily: bool
) -> Value:
    region = world.new(node, "lazy")
    regions = frozenset({region})
    world.heap.put(regions, frame.names.get(".yields", Value()) if lazily else result)
    for value in list(frame.names.values()):
        world.heap.put(regions, value, key=".frame", held=not ev._uses_up(value))
    resumed = world.functions.get(region)
    if resumed is None or resumed.frame is None:
        resumed = Function(function.node, function.name, frame, {}, region, wrapped="resume body")
        world.functions[region] = resumed
    elif resumed.frame is not frame:
        _widen(world, resumed.frame, frame.names)
    world.heap.put(regions, Value(NOWHERE, frozenset({resumed})), key=".code")
    return Value(regions, frozenset({Made("generator" if lazily else "coroutine")}))


def run_lazy(world: World, value: Value, node: ast.AST) -> None:
    """Code that waited in generators, coroutines and iterators over functions runs now."""
    if not value.regions or not world.heap.has_code(value.regions):
        return
    for _ in range(3):
        before = (world.heap.version, world.version)
        waiting = {
            id(thing): (thing, region)
            for region in world.heap.reach(value.regions)
            for content in world.heap.slots.get(region, {}).values()
            for thing in content.things
            if isinstance(thing, Function)
        }
        for thing, region in waiting.values():
            if id(thing.node) not in world.running and id(thing) not in world.awake:
                world.awake.add(id(thing))
                with world.maybe():
                    _run_waiting(world, thing, region, value, node)
                world.awake.discard(id(thing))
        if (world.heap.version, world.version) == before:
            break


def _run_waiting(world: World, thing: Function, region: int, value: Value, node: ast.AST) -> None:
    if thing.wrapped == "resume":
        for given in ev.resume_generator(world, thing, node):
            world.heap.put(frozenset({region}), given)
    elif thing.wrapped == "resume body":
        assert thing.frame is not None
        _run_body(world, thing, thing.frame, node)
    else:
        things = world.heap.contents(value.regions) | ANYTHING
        apply_blind(world, thing, Value(world.heap.reach(value.regions), things), node)


def bind_parameters(world: World, function: Function, arguments: Arguments, frame: Frame) -> None:
    """Give each parameter what it gets in this call."""
    assert not isinstance(function.node, ast.GeneratorExp)
    signature = function.node.args
    names = [a.arg for a in (*signature.posonlyargs, *signature.args)]
    others = [a.arg for a in signature.kwonlyargs]
    loose = join(*arguments.rest) if arguments.rest else None
    for index, name in enumerate(names):
        if index < len(arguments.positional):
            value = arguments.positional[index]
        elif name in arguments.keywords:
            value = arguments.keywords[name]
        else:
            value = function.defaults.get(name, Value())
            if loose is not None:
                value = join(value, loose)
        frame.names[name] = value
    for name in others:
        value = arguments.keywords.get(name, function.defaults.get(name, Value()))
        if name not in arguments.keywords and loose is not None:
            value = join(value, loose)
        frame.names[name] = value
    left = arguments.positional[len(names) :] + arguments.rest
    named = [v for k, v in arguments.keywords.items() if k not in names and k not in others]
    if signature.vararg:
        parts = tuple(left) if not arguments.rest else None
        frame.names[signature.vararg.arg] = _collected(world, signature.vararg, "tuple", left, parts)
    if signature.kwarg:
        frame.names[signature.kwarg.arg] = _collected(
            world, signature.kwarg, "dict", named + arguments.rest, None
        )


def _collected(
    world: World, node: ast.arg, kind: str, values: list[Value], parts: tuple[Value, ...] | None
) -> Value:
    made = world.make(node, kind)
    for value in values:
        world.heap.put(made.regions, value)
    return replace(made, parts=parts) if parts else made


def _recurse(world: World, function: Function, running: Frame, arguments: Arguments) -> Value:
    """A function that is running calls itself: its parameters widen, and its body is followed once more."""
    inner = Frame(running.local, running.globals, running.parent)
    bind_parameters(world, function, arguments, inner)
    _widen(world, running, inner.names)
    world.recursed.add(id(function.node))
    return join(running.returns, Value()) if running.returns else Value()


def _widen(world: World, frame: Frame, names: dict[str, Value]) -> None:
    for name, value in names.items():
        old = frame.names.get(name)
        wider = value if old is None else join(old, value)
        if wider != old:
            frame.names[name] = wider
            world.version += 1
        if frame.region is not None:
            world.heap.put(frozenset({frame.region}), value)


def _at_its_worst(world: World, function: Function, arguments: Arguments, node: ast.AST) -> Value:
    """Calls too deep or too many to follow: all that the function can reach may be read, bound and changed."""
    values = [
        *arguments.all,
        *function.defaults.values(),
        Value(frozenset({function.region}), frozenset({function})),
    ]
    regions = frozenset().union(*(v.regions for v in values))
    things = world.heap.contents(regions).union(*(v.things for v in values))
    functions = world.functions_among(things)
    found = [world.read_global(name) for name in sorted({n for f in functions for n in free_globals(f)})]
    everything = world.heap.merge(("worst", id(function.node)), [*values, *found])
    for name in sorted({n for f in functions for n in scope_of(f.node).globals}):
        world.bind_global(name, everything, surely=False)
    world.change(everything.regions, deep=True)
    world.may_draw()
    world.file_read({ANY_PATH})
    world.file_write({ANY_PATH})
    return everything


def apply_blind(
    world: World, function: Function, others: Value, node: ast.AST, receiver: Value | None = None
) -> Value:
    """Somebody calls the function, with whatever was at hand."""
    if function.wrapped in ("resume", "resume body"):
        return SCALAR
    if isinstance(function.node, ast.GeneratorExp):
        return SCALAR
    parameters = all_arguments(function.node.args)
    values = [others] * max(1, len(parameters))
    if receiver is not None:
        values[0] = receiver
    outer, world.path = world.path, ()  # where it is called from is not told apart
    try:
        with world.maybe():
            return apply(world, function, Arguments(values, {}, [others]), function.node)
    finally:
        world.path = outer


def call_back(world: World, values: list[Value], node: ast.AST, *, objects: bool = False) -> list[Value]:
    """Functions among the arguments are called by what they are handed to. `objects`: their methods may be, too."""
    things = frozenset().union(*(v.things for v in values))
    regions = frozenset().union(*(v.regions for v in values))
    if regions and world.heap.has_code(regions):
        things = things | world.heap.contents(regions)
    found = callables(things)
    if not found:
        return []
    results: list[Value] = []
    for _ in range(3):
        before = (world.heap.version, world.version)
        others = Value(
            world.heap.reach(regions), frozenset(t for t in things if not isinstance(t, Function)) | ANYTHING
        )
        for thing in sorted(found, key=lambda t: type(t).__name__):
            results += _call_back_one(world, thing, others, node, objects=objects)
        if (world.heap.version, world.version) == before:
            break
    return results


def _call_back_one(
    world: World, thing: object, others: Value, node: ast.AST, *, objects: bool
) -> list[Value]:
    with world.maybe():
        if isinstance(thing, Function):
            return [apply_blind(world, thing, others, node)]
        if isinstance(thing, Class):
            return [construct(world, thing, Arguments([], {}, [others]), node)]
        if isinstance(thing, Bound):
            owners = [t for t in thing.things if isinstance(t, Instance | Class)]
            results = []
            for owner in owners:
                member = (owner.of if isinstance(owner, Instance) else owner).find(thing.name)
                for function in member.things if member else ():
                    if isinstance(function, Function):
                        receiver = Value(thing.regions, frozenset({owner}))
                        results.append(apply_blind(world, function, others, node, receiver))
            if not owners and any(thing.name in m for m in (CONTAINER_METHODS,)):
                results.append(
                    method(
                        world, Value(thing.regions, thing.things), thing.name, Arguments([others]), node, None
                    )
                )
            elif not owners and not all(
                isinstance(t, Made) and t.type in ("scalar", "path") for t in thing.things
            ):
                world.change(thing.regions, deep=True)
            return results
        if isinstance(thing, Instance):
            names = ("__call__",) if not objects else None
            results = []
            for function in thing.of.functions():
                if function.name in ("__init__", "__new__"):
                    continue
                if names is None or function.name in names:
                    receiver = Value(others.regions, frozenset({thing}))
                    results.append(apply_blind(world, function, others, node, receiver))
            return results
    return []


def construct(world: World, cls: Class, arguments: Arguments, node: ast.AST) -> Value:
    """Make an object of a class of the notebook."""
    made = Value(frozenset({world.new(node, "instance")}), frozenset({Instance(cls)}))
    for base in _class_members(cls):
        for value in base.values():
            if value.regions and not any(isinstance(t, Function | Class) for t in value.things):
                world.heap.put(made.regions, value, held=True)
    plain = True
    for name in ("__new__", "__init__", "__post_init__"):
        member = cls.find(name)
        for function in member.things if member else ():
            if isinstance(function, Function):
                plain = plain and name == "__post_init__"
                if name == "__new__":
                    receiver = Value(frozenset({cls.region}), frozenset({cls}))
                    given = replace_first(arguments, receiver)
                else:
                    given = replace_first(arguments, made) if name == "__init__" else Arguments([made])
                if name == "__post_init__":
                    _store_all(world, made, arguments)
                apply(world, function, given, node)
    if plain or cls.library_bases:
        _store_all(world, made, arguments)
    if cls.library_bases:
        for base in cls.bases:
            for thing in base.things:
                if isinstance(thing, Class) and thing.find("__call__") and is_metaclass(thing):
                    call_back(world, [base], node, objects=True)
    return made


def is_metaclass(cls: Class) -> bool:
    return any(Library("builtins.type") in base.things for base in cls.bases)


def _class_members(cls: Class) -> list[dict[str, Value]]:
    found = [cls.members]
    for base in cls.bases:
        for thing in base.things:
            if isinstance(thing, Class):
                found += _class_members(thing)
    return found


def _store_all(world: World, made: Value, arguments: Arguments) -> None:
    for value in arguments.all:
        world.heap.put(made.regions, value)


# ── methods ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def method(
    world: World, receiver: Value, name: str, arguments: Arguments, node: ast.AST, frame: Frame | None
) -> Value:
    """`receiver.name(…)`, for each thing that the receiver may be."""
    things = sorted(receiver.things, key=lambda t: type(t).__name__)
    if len(things) == 1:
        return _method_of(world, receiver, things[0], name, arguments, node, frame)
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
        return library_call(world, f"{thing.path}.{name}", arguments, node, frame)
    if isinstance(thing, Instance | Class):
        return _method_of_ours(world, receiver, thing, name, arguments, node, frame)
    if isinstance(thing, Function):
        if name in ("cache_info", "cache_clear", "cache_parameters"):
            world.change(frozenset({thing.region}))
            return SCALAR
        inner = world.heap.get(frozenset({thing.region}), name)
        if inner.things:
            return invoke(world, inner, arguments, node, frame)
        return unknown_call(world, Value(receiver.regions, frozenset({thing})), arguments, node)
    if isinstance(thing, Bound):
        return unknown_call(world, Value(thing.regions, thing.things), arguments, node)
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
            results.append(apply(world, inner, given, node))
        else:
            results.append(
                invoke(
                    world,
                    Value(member.regions if member else NOWHERE, frozenset({inner})),
                    arguments,
                    node,
                    frame,
                )
            )
    stored = world.heap.get(receiver.regions, name)
    if stored.things:
        with world.maybe():
            results.append(invoke(world, stored, arguments, node, frame))
    if member is None and not stored.things:
        if name.startswith("__") and name.endswith("__"):
            world.change(receiver.regions)
            _store_all(world, own, arguments)
        else:
            results.append(unknown_call(world, own, arguments, node))
    return join(*results) if results else SCALAR


def _method_of_made(
    world: World, receiver: Value, thing: Made, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    if thing.type == "path":
        return builtin_calls.path_method(world, receiver, name, arguments, node)
    if thing.type == "scalar":
        call_back(world, arguments.all, node)
        for value in arguments.all:
            ev.touch(world, value, node)
            if ev._uses_up(value):
                ev.iterate(world, value, node)
        return builtin_calls.string_method(world, receiver, name, arguments, node)
    if thing.type == "builtins.open":
        return builtin_calls.file_method(world, receiver, name, arguments, node)
    if thing.type in ("generator", "iterator", "zip", "coroutine") and name not in CONTAINER_METHODS:
        world.change(receiver.regions, deep=True)
        run_lazy(world, receiver, node)
        return ev.element(world, receiver)
    does = method_does(thing.type, name)
    root = thing.type.partition(".")[0]
    _file_method(world, name, arguments, does)
    if does is None:
        return unknown_call(world, receiver, arguments, node, draws=may_draw(thing))
    if root in ESTIMATOR_ROOTS and does.effects and not _draws(thing, world, receiver):
        does = replace(does, effects=())
    return do(world, does, receiver, arguments, node)


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
    if SEEDING.search(name):
        world.now.seeds = True
    if name in READ_METHODS:
        world.change(receiver.regions)
        return world.make(node, "data")
    if name in FRAME_METHODS:
        return do(world, method_does("data", name) or Does(), receiver, arguments, node)
    if name in ("query", "eval"):
        _names_in_text(world, arguments.all)
    does = method_does("?", name)
    if does is None:
        does = CONTAINER_METHODS.get(name)
        if does is not None and name not in PURE_METHODS:
            world.change(receiver.regions, deep=True)
            result = do(world, does, receiver, arguments, node)
            return join(result, Value(world.heap.reach(receiver.regions), ANYTHING))
    if does is None:
        return unknown_call(world, receiver, arguments, node)
    result = do(world, does, receiver, arguments, node)
    if does.gives is Gives.SCALAR:
        return result
    return join(
        result, Value(world.heap.reach(receiver.regions), world.heap.contents(receiver.regions) | ANYTHING)
    )


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


# ── libraries ────────────────────────────────────────────────────────────────────────────────────────────────────────


def library_call(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    """Call a function or class of a library by its path."""
    special = builtin_calls.SPECIAL.get(path)
    if special is not None:
        return special(world, path, arguments, node, frame)
    root = path.partition(".")[0]
    if root != "builtins":
        world.now.libraries.setdefault(root, world.place)
    if root == "builtins" and "." in path[9:]:
        base, _, name = path[9:].partition(".")
        return _builtin_type_method(world, base, name, arguments, node, frame)
    if path in SHELLS:
        builtin_calls.shell(world, arguments, path)
        return join(
            *arguments.all, world.make(node, "subprocess.Popen" if path.endswith("Popen") else "anything")
        )
    if path in DOWNLOADS:
        world.order("network", sets=False)
        world.note(
            "JK405",
            f"`{path}` needs the network",
            "Let the step's container reach it, or put the data beside the notebook.",
        )
    if path in MOVERS:
        for value in arguments.positional[:1]:
            world.file_read(paths_of(value))
        for value in arguments.positional[:2]:
            world.file_write(paths_of(value))
    if path in OPENS:
        return builtin_calls.open_file(world, path, arguments, node, frame)
    if path in DATABASES:
        builtin_calls.open_database(world, path, arguments)
    configures = is_configuration(path)
    if configures:
        world.now.configures = True
    does = function_does(path)
    if configures and does is None:
        does = Does(Gives.SCALAR)
    if does is None and SEEDING.search(path.rpartition(".")[2]):
        world.now.seeds = True
        for domain in RANDOM:
            world.order(domain, again=True)
        world.now.configures = True
        if all(v.fixed for v in arguments.all):
            return SCALAR
        return unknown_call(world, Value(), arguments, node)
    if does is None:
        last = path.rpartition(".")[2]
        if CONFIGURING.match(last) and all(v.fixed for v in arguments.all):
            world.now.configures = True
            return SCALAR
        return _unknown_library_call(world, path, arguments, node)
    return do(world, does, None, arguments, node, path=path)


def _builtin_type_method(
    world: World, base: str, name: str, arguments: Arguments, node: ast.AST, frame: Frame | None
) -> Value:
    """`str.upper(x)`, `dict.fromkeys(…)`, `list.append(x, 1)`, `object.__setattr__(…)`."""
    if name == "fromkeys":
        return do(world, CONTAINER_METHODS[name], None, arguments, node)
    if base in ("str", "int", "float", "bytes", "bool", "complex"):
        return world.make(node, "list") if name in ("split", "rsplit", "splitlines") else SCALAR
    if arguments.positional:
        first, rest = arguments.positional[0], replace(arguments, positional=arguments.positional[1:])
        if name.startswith("__"):
            world.change(first.regions)
            _store_all(world, first, rest)
            return join(first, *rest.all)
        return method(world, first, name, rest, node, frame)
    return SCALAR


def _unknown_library_call(world: World, path: str, arguments: Arguments, node: ast.AST) -> Value:
    root = path.partition(".")[0]
    last = path.rpartition(".")[2]
    draws = root not in QUIET_MODULES
    if all(v.fixed for v in arguments.all):
        call_back(world, arguments.all, node)
        if draws:
            world.may_draw()
        _paths_in(world, arguments.all)
        fresh = world.new(node)
        kind = path if last[:1].isupper() else "anything"
        things = frozenset({Made(kind)}) if kind != "anything" else ANYTHING
        return Value(frozenset({fresh}), things)
    result = unknown_call(world, Value(), arguments, node, draws=draws)
    if last[:1].isupper():
        return replace(result, things=result.things - ANYTHING | {Made(path)})
    return result


def unknown_call(
    world: World,
    receiver: Value,
    arguments: Arguments,
    node: ast.AST,
    *,
    draws: bool = True,
    follow: bool = True,
) -> Value:
    """A call of which nothing is known: it may change all that it is given, keep it, and hand it out again."""
    values = [receiver, *arguments.all]
    for value in values:
        if ev._uses_up(value):
            run_lazy(world, value, node)
    call_back(world, values, node, objects=True)
    if draws:
        world.may_draw()
    _names_in_text(world, arguments.all)
    _paths_in(world, arguments.all)
    if not any(v.regions for v in values):
        return Value(frozenset({world.new(node)}), frozenset().union(ANYTHING, *(v.things for v in values)))
    everything = world.heap.merge((id(node), "hub", world.path), values)
    world.change(everything.regions, deep=True)
    return everything


def _names_in_text(world: World, values: list[Value]) -> None:
    """Libraries that look names up in their caller's frame (queries, formulas) name them in strings."""
    for value in values:
        for content in value.texts or ():
            for name in IDENTIFIER.findall(content):
                if name in world.globals:
                    found = world.read_global(name)
                    call_back(world, [found], world.now.code.tree)


def _paths_in(world: World, values: list[Value]) -> None:
    """What is not known may read or write any file that it is told the name of."""
    for value in values:
        for content in value.texts or ():
            if looks_like_path(content):
                world.file_read({content})
                world.file_write({content})


def looks_like_path(content: str) -> bool:
    """Whether a string may name a file: it has a suffix or a folder, and no spaces."""
    if len(content) > 200 or any(c.isspace() for c in content) or "://" in content:
        return False
    return bool(re.search(r"[\w*]\.[A-Za-z]\w{0,7}$|[\w*.]/[\w*]", content))


def do(
    world: World,
    does: Does,
    receiver: Value | None,
    arguments: Arguments,
    node: ast.AST,
    path: str | None = None,
) -> Value:
    """Carry out what a table says of a call, and give its result."""
    given = [*([receiver] if receiver is not None else []), *arguments.all]
    elements = [ev.element(world, receiver)] if receiver is not None and receiver.regions else []
    returned = (
        call_back(world, given if does.deep else arguments.all + elements, node)
        if _has_code(world, given)
        else []
    )
    for value in given:
        ev.touch(world, value, node)
        if Made("rng") in value.things and value is not receiver:
            world.change(value.regions)
        if (
            value is not receiver
            and (does.gives in (Gives.COPY, Gives.SCALAR, Gives.ELEMENTS, Gives.ELEMENT))
            and ev._uses_up(value)
        ):
            if not (does.type == "iterator"):
                ev.iterate(world, value, node)
    _effects(world, does, arguments, given)
    if does.names_in_text:
        _names_in_text(world, arguments.all)
    for key, write in ((does.reads, False), (does.writes, True)):
        if key is not None and (value := _file_argument(arguments, key)) is not None:
            (world.file_write if write else world.file_read)(paths_of(value))
    changed = _changed(does, receiver, arguments)
    for value in changed:
        world.change(value.regions, deep=does.deep)
        if does.stores or does.holds:
            for other in given:
                if other is not value:
                    world.heap.put(
                        value.regions,
                        other if not does.type == "extend" else ev.element(world, other),
                        held=does.holds,
                    )
                    if does.stores:
                        world.heap.put(value.regions, ev.element(world, other))
    return _result(world, does, receiver, arguments, given, returned, node, path)


def _has_code(world: World, values: list[Value]) -> bool:
    return any(
        v.regions or any(isinstance(t, Bound | Function | Class | Instance) for t in v.things) for v in values
    )


def _file_argument(arguments: Arguments, key: int | str) -> Value | None:
    found = arguments.get(key)
    if found is None and isinstance(key, int):
        for name in (
            "filepath_or_buffer",
            "path",
            "io",
            "file",
            "fname",
            "filename",
            "path_or_buf",
            "name",
            "f",
            "filepath",
            "fp",
            "pathname",
        ):
            if name in arguments.keywords:
                return arguments.keywords[name]
    return found


def _effects(world: World, does: Does, arguments: Arguments, given: list[Value]) -> None:
    if not does.effects:
        return
    if does.seedable and any(
        key in arguments.nodes and not _is_none(arguments.nodes[key])
        for key in ("random_state", "seed", "rng")
    ):
        return
    for effect in does.effects:
        setting = effect == "options" or effect.startswith("seed:")
        if setting:
            world.now.sets_options = True
            world.now.seeds = world.now.seeds or effect.startswith("seed:")
        world.order(effect.removeprefix("seed:"), sets=effect != "network", again=setting)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _changed(does: Does, receiver: Value | None, arguments: Arguments) -> list[Value]:
    changed: list[Value] = []
    for key in does.changes:
        value = receiver if key == "self" else arguments.get(key)
        if value is not None:
            changed.append(value)
    if receiver is not None and "inplace" in arguments.nodes and arguments.literal("inplace") is not False:
        changed.append(receiver)
    if (out := arguments.keywords.get("out")) is not None:
        changed.append(out)
    return changed


def _result(
    world: World,
    does: Does,
    receiver: Value | None,
    arguments: Arguments,
    given: list[Value],
    returned: list[Value],
    node: ast.AST,
    path: str | None,
) -> Value:
    type_ = does.type
    if type_ == "same":
        things = frozenset().union(*(v.things for v in given[:1])) or ANYTHING
    elif type_ == "anything":
        things = ANYTHING
    else:
        if (
            path is not None
            and type_ == path
            and any(
                k in arguments.nodes and not _is_none(arguments.nodes[k]) for k in ("random_state", "seed")
            )
        ):
            type_ += "!"
        things = frozenset({Made(type_)})
    match does.gives:
        case Gives.SCALAR:
            return SCALAR
        case Gives.SELF:
            return receiver or SCALAR
        case Gives.ELEMENT:
            sources = [receiver] if receiver is not None else given
            found = [ev.element(world, v) for v in sources if v is not None]
            extra = given if does.changes or len(given) > 1 else []
            return join(*found, *extra, *returned)
        case Gives.FRESH:
            return Value(frozenset({world.new(node)}), things)
        case Gives.SPLIT:
            return Value(frozenset({world.new(node)}), things, None, None, splits=True)
    region = frozenset({world.new(node)})
    if does.gives is Gives.COPY:
        for value in given:
            world.heap.put(region, world.heap.get(value.regions))
            if any(isinstance(t, Anything) for t in value.things):
                world.heap.put(region, ev.element(world, value))
        for value in returned:
            world.heap.put(region, value)
        return Value(region, things)
    if does.gives is Gives.ELEMENTS:
        for value in given:
            inner = ev.element(world, value)
            world.heap.put(region, inner)
            if type_ == "dict":
                world.heap.put(region, ev.element(world, inner))
            if type_ == "iterator":
                held = not ev._uses_up(value)
                world.heap.put(region, Value(value.regions, callables_only(value)), key=".source", held=held)
        for value in returned:
            world.heap.put(region, value)
        return Value(region, things)
    if does.gives is Gives.PAIRS:
        return _pairs(world, does, receiver, arguments, node, region)
    if does.gives is Gives.HOLDS:
        for value in given:
            world.heap.put(region, value, held=does.holds)
        for value in returned:
            world.heap.put(region, value)
        things = things | frozenset(t for v in given for t in v.things if isinstance(t, Function | Class))
        return Value(region, things)
    regions = region.union(*(v.regions for v in given), *(v.regions for v in returned))
    inner = world.heap.reach(regions)
    if does.type == "same" and receiver is not None:
        return receiver
    if does.type == "data":
        return Value(inner, things)
    if does.type == "plot":
        return Value(receiver.regions if receiver is not None else regions, things)
    found_things = frozenset().union(things, *(v.things for v in given), *(v.things for v in returned))
    return Value(inner, found_things | world.heap.contents(regions))


def callables_only(value: Value) -> frozenset[object]:
    """The functions among what a value may be."""
    return frozenset(t for t in value.things if isinstance(t, Function | Bound | Class))


def _pairs(
    world: World,
    does: Does,
    receiver: Value | None,
    arguments: Arguments,
    node: ast.AST,
    region: frozenset[int],
) -> Value:
    if receiver is not None:  # dict.items()
        inner = ev.element(world, receiver)
        pair = Value(frozenset({world.new(node, "pair")}), frozenset({Made("tuple")}))
        world.heap.put(pair.regions, inner)
        world.heap.put(region, pair)
        return Value(region, frozenset({Made("zip")}), (SCALAR if _plain_keys(inner) else inner, inner))
    parts = [ev.element(world, v) for v in arguments.positional]
    for value in arguments.positional:
        if ev._uses_up(value):
            parts = [join(*parts, ev.iterate(world, value, node))] * len(parts)
            world.heap.put(region, value, key=".source")
    pair = Value(frozenset({world.new(node, "pair")}), frozenset({Made("tuple")}))
    for part in parts:
        world.heap.put(pair.regions, part)
    world.heap.put(region, pair)
    is_enumerate = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "enumerate"
    if is_enumerate:
        parts = [SCALAR, *parts[:1]]
    if arguments.rest:
        for value in arguments.rest:
            world.heap.put(pair.regions, ev.element(world, value))
        return Value(region, frozenset({Made("zip")}))
    return Value(region, frozenset({Made("zip")}), tuple(parts))


def _plain_keys(inner: Value) -> bool:
    return not any(isinstance(t, Anything | Instance | Class | Function) for t in inner.things)
