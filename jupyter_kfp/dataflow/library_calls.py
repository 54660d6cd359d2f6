"""Calls into libraries: carries out what the tables in `libraries` say of them.

What no table knows is taken at its worst: it may change all that it is given, keep it, and hand it out again.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from . import builtin_calls, calls, functions
from . import evaluate as ev
from .libraries import (
    CONTAINER_METHODS,
    DATABASES,
    DOWNLOADS,
    MOVERS,
    OPENS,
    QUIET_MODULES,
    RANDOM,
    SHELLS,
    TAKES_FUNCTION,
    Does,
    Gives,
    function_does,
    is_configuration,
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
    Made,
    Things,
    Value,
    callables,
    join,
)
from .world import World, paths_of

PATH_KEYWORDS = (
    "filepath_or_buffer",
    "path",
    "io",
    "file",
    "fname",
    "filename",
    "path_or_buf",
    "name",
    "f",
    "fp",
)
OBJECTS_FOR_ONE = 20  # an unknown call on so many objects costs as much as a statement
COLUMN = 2  # a frame of a dict of lists keeps the objects in the lists, not dict and lists themselves
ITERATING = frozenset(
    ["sum", "any", "all", "list", "tuple", "set", "frozenset", "dict", "sorted", "max", "min"]
)
IDENTIFIER = re.compile(r"[^\W\d]\w*")
CONFIGURING = re.compile(
    r"^(set_|init_|enable|disable|use_|register|activate|configure|setup|extension$|option)"
)
PATCHING = re.compile(r"^_?(monkey_?)?patch(_|$)")


REGISTERS = re.compile(
    r"^(register(_|$)(?!keras_serializable|model|dataset|version|artifact|feature)"
    r"|unregister|for_type|set_custom_exc|add_type$|dispatch_for_)"
)
"""Functions that tell a library of something: of a class that it then treats in another way, of a function to call.

Not those that tell a server of a model or of data.
"""


UNPICKLES = frozenset(
    [
        "pickle.load",
        "pickle.loads",
        "dill.load",
        "cloudpickle.load",
        "joblib.load",
        "pandas.read_pickle",
        "torch.load",
        "shelve.open",
    ]
)


def _definitions_in_file(world: World) -> None:
    """What is unpickled may name any class or function of the notebook."""
    for name, value in list(world.globals.items()):
        if any(isinstance(thing, Class | Function) for thing in value.things):
            world.read_global(name)


def registers(world: World, path: str) -> None:
    """A library is told of an object, and keeps it: a later step's library would not know."""
    root = path.partition(".")[0]
    if root not in ("builtins", "atexit"):
        world.now.patches.setdefault(root, world.place)
        world.now.unclean = True


def library_call(
    world: World, path: str, arguments: calls.Arguments, node: ast.AST, frame: Frame | None
) -> Value:
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
    if root == "logging":
        world.order("logging", again=True)
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
    if path in ("os.link", "os.symlink"):
        world.order("links", again=True)
    if path in MOVERS:
        for value in arguments.positional[:1]:
            world.file_read(paths_of(value))
        for value in arguments.positional[:2]:
            world.file_write(paths_of(value))
    if path in OPENS:
        return builtin_calls.open_file(world, path, arguments, node, frame)
    if path in DATABASES:
        builtin_calls.open_database(world, path, arguments)
    if REGISTERS.match(path.rpartition(".")[2]) and any(
        v.regions or callables(v.things) for v in arguments.all
    ):
        registers(world, path)
    if path in UNPICKLES:
        _definitions_in_file(world)
    patching = PATCHING.match(path.rpartition(".")[2]) is not None
    configures = is_configuration(path) or (patching and all(v.fixed for v in arguments.all))
    if configures:
        world.now.configures = True
    does = function_does(path)
    if configures and (does is None or patching):
        does = Does(Gives.SCALAR)
    if does is None and calls.SEEDING.search(path.rpartition(".")[2]):
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
    world: World, base: str, name: str, arguments: calls.Arguments, node: ast.AST, frame: Frame | None
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
            functions.store_all(world, first, rest)
            return join(first, *rest.all)
        return calls.method(world, first, name, rest, node, frame)
    return SCALAR


def _unknown_library_call(world: World, path: str, arguments: calls.Arguments, node: ast.AST) -> Value:
    root = path.partition(".")[0]
    last = path.rpartition(".")[2]
    draws = root not in QUIET_MODULES
    if all(v.fixed for v in arguments.all):
        functions.call_back(world, arguments.all, node)
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
    arguments: calls.Arguments,
    node: ast.AST,
    *,
    draws: bool = True,
    follow: bool = True,
) -> Value:
    """A call of which nothing is known: it may change all that it is given, keep it, and hand it out again."""
    values = [receiver, *arguments.all]
    for value in values:
        if ev.uses_up(value):
            functions.run_lazy(world, value, node)
    functions.call_back(world, values, node, objects=True)
    if draws:
        world.may_draw()
    names_in_text(world, arguments.all)
    _paths_in(world, arguments.all)
    if not any(v.regions for v in values):
        return Value(frozenset({world.new(node)}), frozenset().union(ANYTHING, *(v.things for v in values)))
    everything = world.heap.merge((id(node), "hub", world.path), values)
    if world.frames or world.round is not None:
        world.budget -= len(everything.regions) // OBJECTS_FOR_ONE
    world.change(everything.regions, deep=True)
    return everything


def names_in_text(world: World, values: list[Value]) -> None:
    """Libraries that look names up in their caller's frame (queries, formulas) name them in strings."""
    for value in values:
        for content in value.texts or ():
            for name in IDENTIFIER.findall(content):
                if name in world.globals:
                    found = world.read_global(name)
                    functions.call_back(world, [found], world.now.code.tree)


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
    arguments: calls.Arguments,
    node: ast.AST,
    path: str | None = None,
) -> Value:
    """Carry out what a table says of a call, and give its result."""
    given = [*([receiver] if receiver is not None else []), *arguments.all]
    elements = [ev.element(world, receiver)] if receiver is not None and receiver.regions else []
    unknown = [
        v
        for v in _callbacks(does, receiver, arguments, path, node)
        if any(isinstance(t, Anything) for t in v.things)
    ]
    returned = []
    if _has_code(world, given):
        handed = given if does.deep else arguments.all + elements
        returned = functions.call_back(world, handed, node, objects=bool(unknown))
    for value in given:
        ev.touch(world, value, node)
        if Made("rng") in value.things and value is not receiver:
            world.change(value.regions)
        if value is not receiver and does.type != "iterator" and _iterates(does, path, value):
            ev.iterate(world, value, node)
    for value in unknown:  # perhaps a function, of which nothing is known
        world.change(value.regions, deep=True)
    _effects(world, does, arguments, given)
    if does.names_in_text:
        names_in_text(world, arguments.all)
    for key, write in ((does.reads, False), (does.writes, True)):
        if key is not None and (named := _file_argument(arguments, key)) is not None:
            (world.file_write if write else world.file_read)(paths_of(named))
    changed = _changed(does, receiver, arguments)
    for target in changed:
        world.change(target.regions, deep=does.deep)
        if does.stores or does.holds:
            for other in given:
                if other is target:
                    continue
                world.heap.put(target.regions, other, held=does.holds)
                if does.stores:
                    world.heap.put(target.regions, ev.element(world, other))
    return _result(world, does, receiver, arguments, given, returned, node, path)


def _iterates(does: Does, path: str | None, value: Value) -> bool:
    """Whether the call uses the value up, if that is an iterator."""
    if does.gives not in (Gives.COPY, Gives.SCALAR, Gives.ELEMENTS, Gives.ELEMENT) or not ev.uses_up(value):
        return False
    sure = any(isinstance(t, Made) for t in value.things)  # an iterator or open file, known to be one
    return sure or path is None or path.partition(".")[2] in ITERATING


def _callbacks(
    does: Does, receiver: Value | None, arguments: calls.Arguments, path: str | None, node: ast.AST
) -> list[Value]:
    """The arguments that the call takes as functions."""
    called = path or str(getattr(getattr(node, "func", None), "attr", ""))
    name = called.rpartition(".")[2]
    found = [v for k, v in arguments.keywords.items() if k in ("key", "func", "function", "default_factory")]
    if name in TAKES_FUNCTION:
        found += arguments.positional[:1]
    return found


def _has_code(world: World, values: list[Value]) -> bool:
    return any(
        v.regions or any(isinstance(t, Bound | Function | Class | Instance) for t in v.things) for v in values
    )


def _file_argument(arguments: calls.Arguments, key: int | str) -> Value | None:
    found = arguments.get(key)
    if found is None and isinstance(key, int):
        for name in PATH_KEYWORDS:
            if name in arguments.keywords:
                return arguments.keywords[name]
    return found


def _effects(world: World, does: Does, arguments: calls.Arguments, given: list[Value]) -> None:
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
            world.now.seeds_only = effect.startswith("seed:")
        world.order(effect.removeprefix("seed:"), sets=effect != "network", again=setting)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _changed(does: Does, receiver: Value | None, arguments: calls.Arguments) -> list[Value]:
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
    arguments: calls.Arguments,
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
                held = not ev.uses_up(value)
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
        things |= frozenset(t for v in given for t in v.things if isinstance(t, Function | Class))
        return Value(region, things)
    if does.type == "data" and receiver is None:
        return _frame(world, given, returned, region, things)
    shared = region.union(*(v.regions for v in given), *(v.regions for v in returned))
    inside = world.heap.reach(shared)
    if does.type == "same" and receiver is not None:
        return receiver
    if does.type == "data":
        return Value(inside, things)
    if does.type == "plot":
        return Value(receiver.regions if receiver is not None else shared, things)
    found_things = frozenset().union(things, *(v.things for v in given), *(v.things for v in returned))
    return Value(inside, found_things | world.heap.contents(shared))


def _frame(
    world: World, given: list[Value], returned: list[Value], region: frozenset[int], things: Things
) -> Value:
    """A frame or array over what it is made from: memory of arrays is shared, lists and dicts are copied from."""
    shared = set(region)
    waiting = [(value, 0) for value in (*given, *returned)]
    while waiting:
        value, depth = waiting.pop()
        containers = {t for t in value.things if isinstance(t, Made) and t.type in ev.CONTAINERS}
        if value.things - containers - SCALAR.things:
            shared |= world.heap.reach(value.regions)
        elif containers and depth < COLUMN:
            waiting.append((ev.element(world, value), depth + 1))
        else:
            world.heap.put(region, value)
    return Value(frozenset(shared), things)


def callables_only(value: Value) -> Things:
    """The functions among what a value may be."""
    return frozenset(t for t in value.things if isinstance(t, Function | Bound | Class))


def _pairs(
    world: World,
    does: Does,
    receiver: Value | None,
    arguments: calls.Arguments,
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
        if ev.uses_up(value):
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
