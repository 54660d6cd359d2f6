"""Functions and classes of the notebook, followed into their bodies wherever they are called.

Each call is followed with its own arguments, so what a function does to an argument it does to the caller's. Recursion
widens what the parameters may be until nothing is new. Calls too deep or too many for a cell are taken at their worst.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from . import calls
from . import evaluate as ev
from .effects import ANY_PATH
from .scopes import all_arguments, is_generator, scope_of
from .values import (
    ANYTHING,
    NOWHERE,
    SCALAR,
    Bound,
    Class,
    Frame,
    Function,
    Instance,
    Library,
    Made,
    Thing,
    Things,
    Value,
    callables,
    in_order,
    join,
)
from .world import DEEPEST, Called, World, free_globals

MOST_ROUNDS = 3
CALLS_TOLD_APART = 3
"""How many calls back two objects of one line are told apart by the way that led there."""


def apply(world: World, function: Function, arguments: calls.Arguments, node: ast.AST) -> Value:
    """Call a function of the notebook: its body is followed with these arguments."""
    if function.wrapped == "resume":
        return join(*ev.resume_generator(world, function, node))
    if not function.remembers:
        return _follow(world, function, arguments, node)
    own = frozenset({function.region})
    world.change(own)
    result = _follow(world, function, arguments, node)
    for value in (result, *arguments.all):
        world.heap.put(own, value, key=".remembered")
    return join(result, world.heap.get(own, ".remembered"))


def _follow(world: World, function: Function, arguments: calls.Arguments, node: ast.AST) -> Value:
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
    scope = scope_of(body)
    place = (id(body), (*world.path, id(node))[-CALLS_TOLD_APART:])
    frame = Frame(scope.local, scope.globals, function.frame, depth=world.weak, function=function)
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
            settled = id(body) not in world.recursed or (world.heap.version, world.version) == before
            if settled or world.budget <= 0:
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
        world.heap.put(regions, value, key=".frame", held=not ev.uses_up(value))
    resumed = world.functions.get(region)
    if resumed is None or resumed.frame is None:
        resumed = Function(function.node, function.name, frame, {}, region, wrapped="resume body")
        world.functions[region] = resumed
    elif resumed.frame is not frame:
        _widen(world, resumed.frame, frame.names)
    world.heap.put(regions, Value(NOWHERE, frozenset({resumed})), key=".code")
    return Value(regions, frozenset({Made("generator" if lazily else "coroutine")}))


def in_rounds(
    world: World, values: list[Value], step: Callable[[], list[Value]], cost: int = 1
) -> list[Value]:
    """Call backs, again until they have nothing new to say. Those inside of others are part of the round."""
    if world.budget <= 0:
        return [take_at_worst(world, values)]
    world.pay(cost)
    if world.round is not None:
        return step()
    found: list[Value] = []
    try:
        for _ in range(MOST_ROUNDS):
            before = (world.heap.version, world.version)
            world.round = {}
            found += step()
            if (world.heap.version, world.version) == before:
                break
    finally:
        world.round = None
    return found


def run_lazy(world: World, value: Value, node: ast.AST) -> None:
    """Code that waited in generators, coroutines and iterators over functions runs now."""
    if not value.regions or not world.heap.has_code(value.regions):
        return

    def step() -> list[Value]:
        assert world.round is not None
        for thing in in_order(world.heap.contents(value.regions)):
            if not isinstance(thing, Function) or id(thing.node) in world.running:
                continue
            called = world.round.get(id(thing))
            if called is None or not (thing.wrapped or called.times > MOST_ROUNDS):
                with world.maybe():
                    _run_waiting(world, thing, value, node)
        return []

    in_rounds(world, [value], step)


def _run_waiting(world: World, thing: Function, value: Value, node: ast.AST) -> None:
    assert world.round is not None
    if thing.wrapped in ("resume", "resume body"):
        if id(thing) not in world.round:
            world.round[id(thing)] = Called(set(), SCALAR)
            if thing.wrapped == "resume":
                for given in ev.resume_generator(world, thing, node):
                    world.heap.put(frozenset({thing.region}), given)
            else:
                assert thing.frame is not None
                _run_body(world, thing, thing.frame, node)
    else:
        things = world.heap.contents(value.regions) | ANYTHING
        apply_blind(world, thing, Value(world.heap.reach(value.regions), without_bound(things)), node)


def bind_parameters(world: World, function: Function, arguments: calls.Arguments, frame: Frame) -> None:
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


def _recurse(world: World, function: Function, running: Frame, arguments: calls.Arguments) -> Value:
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


def _at_its_worst(world: World, function: Function, arguments: calls.Arguments, node: ast.AST) -> Value:
    """A call too deep or too many to follow."""
    own = Value(frozenset({function.region}), frozenset({function}))
    return take_at_worst(world, [own, *function.defaults.values(), *arguments.all])


def give_up(world: World, frame: Frame) -> None:
    """The rest of a running function is not followed any more."""
    if frame.given_up == world.heap.version:
        return
    values = list(frame.names.values())
    if frame.function is not None:
        values.append(Value(frozenset({frame.function.region}), frozenset({frame.function})))
    everything = take_at_worst(world, values)
    frame.returns = everything if frame.returns is None else join(frame.returns, everything)
    if ".yields" in frame.names:
        frame.names[".yields"] = join(frame.names[".yields"], everything)
    scope = frame
    while scope.parent is not None:  # names of the functions around it, bound by `nonlocal`
        scope = scope.parent
        _widen(world, scope, dict.fromkeys(scope.names, everything))
    frame.given_up = world.heap.version


def take_at_worst(world: World, values: list[Value]) -> Value:
    """All that functions among the values can reach may be read, bound and changed, in whatever order."""
    regions = frozenset().union(*(v.regions for v in values))
    things = world.heap.contents(regions).union(*(v.things for v in values))
    key = ("worst", regions, things, world.heap.version, world.version)
    if (known := world.memo.get(key)) is not None:
        return known
    functions = world.functions_among(things)
    found = [world.read_global(name) for name in sorted({n for f in functions for n in free_globals(f)})]
    everything = world.heap.merge("worst", [*values, *found])
    for name in sorted({n for f in functions for n in scope_of(f.node).globals}):
        world.bind_global(name, everything, surely=False)
    world.change(everything.regions, deep=True)
    world.may_draw()
    world.file_read({ANY_PATH})
    world.file_write({ANY_PATH})
    world.memo["worst", regions, things, world.heap.version, world.version] = everything
    return everything


def apply_blind(
    world: World, function: Function, others: Value, node: ast.AST, receiver: Value | None = None
) -> Value:
    """Somebody calls the function, with whatever was at hand."""
    if function.wrapped in ("resume", "resume body") or isinstance(function.node, ast.GeneratorExp):
        return SCALAR
    given = others.regions | (receiver.regions if receiver is not None else NOWHERE)
    called = world.round.get(id(function)) if world.round is not None else None
    if called is not None:
        if given <= called.regions or called.times > MOST_ROUNDS:
            return called.result
        given = given | called.regions
    parameters = all_arguments(function.node.args)
    values = [replace(others, regions=given)] * max(1, len(parameters))
    if receiver is not None:
        values[0] = receiver
    times = called.times + 1 if called is not None else 1
    if world.round is not None:
        world.round[id(function)] = Called(set(given), called.result if called else SCALAR, times)
    outer, world.path = world.path, ()  # where it is called from is not told apart
    try:
        with world.maybe():
            if times > MOST_ROUNDS:
                result = _at_its_worst(world, function, calls.Arguments(values), node)
            else:
                result = apply(world, function, calls.Arguments(values, {}, [others]), function.node)
    finally:
        world.path = outer
    if world.round is not None:
        world.round[id(function)].result = result
    return result


def call_back(world: World, values: list[Value], node: ast.AST, *, objects: bool = False) -> list[Value]:
    """Functions among the arguments are called by what they are handed to. `objects`: their methods may be, too."""
    things = frozenset().union(*(v.things for v in values))
    regions = frozenset().union(*(v.regions for v in values))
    if regions and world.heap.has_code(regions):
        things = things | world.heap.contents(regions)
    found = in_order(callables(things))
    if not found:
        return []
    versions = (world.heap.version, world.version)
    key = ("called back", things, regions, objects, id(node), world.path, *versions)
    if (known := world.memo.get(key)) is not None:
        return [known]

    def step() -> list[Value]:
        plain = frozenset(t for t in without_bound(things) if not isinstance(t, Function))
        others = Value(world.heap.reach(regions), plain | ANYTHING)
        results: list[Value] = []
        for thing in found:
            with world.maybe():
                results += _call_back_one(world, thing, others, node, objects=objects)
        return results

    results = in_rounds(world, values, step, cost=_cost(found))
    if results and (world.heap.version, world.version) == versions:
        world.memo[key] = join(*results)
    return results


def _cost(found: list[Thing]) -> int:
    """What calling all of them back costs, in statements."""
    count = sum(len(t.of.functions()) if isinstance(t, Instance) else 1 for t in found)
    return 1 + count // 4


def without_bound(things: Things) -> Things:
    """The things without methods that were taken but not called: those are called through their owners."""
    return frozenset(t for t in things if not isinstance(t, Bound))


def _call_back_one(
    world: World, thing: object, others: Value, node: ast.AST, *, objects: bool
) -> list[Value]:
    if isinstance(thing, Function):
        return [apply_blind(world, thing, others, node)]
    if isinstance(thing, Class | Bound):
        return _once_in_a_round(world, thing, others, node)
    if isinstance(thing, Instance):
        receiver = Value(others.regions, frozenset({thing}))
        return [
            apply_blind(world, function, others, node, receiver)
            for function in thing.of.functions()
            if function.name not in ("__init__", "__new__") and (objects or function.name == "__call__")
        ]
    return []


def _once_in_a_round(world: World, thing: Class | Bound, others: Value, node: ast.AST) -> list[Value]:
    key = id(thing) if isinstance(thing, Class) else hash(thing)
    called = world.round.get(key) if world.round is not None else None
    if called is not None and (others.regions <= called.regions or called.times > MOST_ROUNDS):
        return [called.result]
    times = called.times + 1 if called is not None else 1
    if world.round is not None:
        world.round[key] = Called(set(others.regions), SCALAR, times)
    given = calls.Arguments(rest=[others])
    if isinstance(thing, Class):
        result = construct(world, thing, given, node)
    else:
        result = calls.method(world, Value(thing.regions, thing.things), thing.name, given, node, None)
    if world.round is not None:
        world.round[key].result = result
    return [result]


def construct(world: World, cls: Class, arguments: calls.Arguments, node: ast.AST) -> Value:
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
                    given = calls.replace_first(arguments, receiver)
                else:
                    given = (
                        calls.replace_first(arguments, made)
                        if name == "__init__"
                        else calls.Arguments([made])
                    )
                if name == "__post_init__":
                    store_all(world, made, arguments)
                apply(world, function, given, node)
    if plain or cls.library_bases:
        store_all(world, made, arguments)
    if cls.library_bases:
        for parent in cls.bases:
            for thing in parent.things:
                if isinstance(thing, Class) and thing.find("__call__") and is_metaclass(thing):
                    call_back(world, [parent], node, objects=True)
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


def store_all(world: World, made: Value, arguments: calls.Arguments) -> None:
    for value in arguments.all:
        world.heap.put(made.regions, value)
