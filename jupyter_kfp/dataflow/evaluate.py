"""What an expression may stand for, and what evaluating it does.

`evaluate` follows Python's own order of evaluation. What is read, changed or called on the way is written down in the
`World`. Calls are in `calls`, statements in `statements`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import calls, functions
from .libraries import DATA_SCALARS, DATA_VIEWS
from .scopes import scope_of
from .values import (
    ANYTHING,
    MOST_TEXTS,
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
    Regions,
    Value,
    in_order,
    join,
    text,
    without_parts,
)
from .world import World

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "matmul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
}
CONTAINERS = frozenset({"list", "dict", "set", "tuple", "zip", "pairs"})
LAZY = frozenset({"iterator", "generator", "zip", "builtins.open"})
SCALAR_THING = Made("scalar")


def evaluate(world: World, node: ast.expr | None, frame: Frame | None) -> Value:
    """The value of an expression."""
    if node is None:
        return SCALAR
    handler = _HANDLERS.get(type(node))
    if handler is None:
        return _any_expression(world, node, frame)
    return handler(world, node, frame)


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_name(world: World, name: str, frame: Frame | None) -> Value:
    """Look a name up, as Python does."""
    scope = frame
    while scope is not None:
        if scope.is_class:
            if scope is frame and name in scope.names:
                return scope.names[name]
            if scope is frame and name in scope.globals:
                break
        elif name in scope.globals:
            break
        elif name in scope.local:
            return scope.names.get(name, Value())
        scope = scope.parent
    if (
        name == "_"
        and "_" not in world.globals
        and world.now.history is None
        and not world.now.binds.get("_")
    ):
        world.now.history = world.place
    return world.read_global(name)


def bind_name(world: World, name: str, value: Value, frame: Frame | None) -> None:
    """Bind a name in the scope that Python binds it in."""
    if frame is None or name in frame.globals:
        world.bind_global(name, value)
        return
    if frame.is_class or name in frame.local:
        _bind_local(world, frame, name, value, own=True)
        return
    scope = frame.parent
    while scope is not None:
        if not scope.is_class and name in scope.local:
            _bind_local(world, scope, name, value, own=False)
            return
        if name in scope.globals:
            break
        scope = scope.parent
    world.bind_global(name, value)


def _bind_local(world: World, frame: Frame, name: str, value: Value, *, own: bool) -> None:
    old = frame.names.get(name)
    if old is not None and (not own or world.weak > frame.depth):
        value = join(old, value)
    if old != value:
        frame.names[name] = value
        world.version += 1
    if frame.region is not None:
        cells = frozenset({frame.region})
        world.heap.put(cells, value)
        if not own:
            world.change(cells)


def capture(world: World, node: ast.AST, frame: Frame | None) -> Regions:
    """The regions of the frames that a closure made here keeps alive."""
    found = set()
    while frame is not None:
        if not frame.is_class:
            if frame.region is None:
                frame.region = world.heap.region((id(frame), "frame"))
                world.trees.append(frame)
                for value in frame.names.values():
                    world.heap.put(frozenset({frame.region}), value)
            found.add(frame.region)
        frame = frame.parent
    return frozenset(found)


# ── getting things out of other things ───────────────────────────────────────────────────────────────────────────────


def element(world: World, value: Value, key: str | None = None) -> Value:
    """What `value[…]` or iterating it may give."""
    if value.parts is not None and Made("zip") not in value.things:
        return join(*value.parts) if value.parts else Value()
    found: list[Value] = []
    unknown: set[object] = set()
    for thing in value.things:
        if isinstance(thing, Made) and thing.type in ("scalar", "path"):
            found.append(SCALAR)
        elif isinstance(thing, Made) and (thing.type in CONTAINERS or thing.type in LAZY):
            if value.regions & world.heap.open:
                unknown.add(thing)
            else:
                found.append(world.heap.get(value.regions, key))
        elif isinstance(thing, Made) and thing.type == "data":
            reach = world.heap.reach(value.regions)
            inner = world.heap.contents(value.regions) if reach != value.regions else frozenset()
            found.append(Value(reach, frozenset({thing, SCALAR_THING}) | inner))
        elif isinstance(thing, Library):
            found.append(Value(value.regions, frozenset({thing})))
        elif isinstance(thing, Instance):
            member = thing.of.find("__getitem__")
            if member is None or thing.of.library_bases:
                unknown.add(thing)
        else:
            unknown.add(thing)
    if unknown:
        plot = Made("plot")
        found.append(_inside(world, value, plot if plot in unknown else None))
    return join(*found) if found else Value()


def _inside(world: World, value: Value, thing: object) -> Value:
    things = world.heap.contents(value.regions) | ANYTHING
    if isinstance(thing, Made) and thing.type == "plot":
        things = things | {thing}
    return Value(world.heap.reach(value.regions), things)


def attribute(world: World, value: Value, name: str, node: ast.AST) -> Value:
    """What `value.name` may be."""
    found: list[Value] = []
    for thing in value.things:
        if isinstance(thing, Library):
            found.append(_library_attribute(world, thing, name))
        elif isinstance(thing, Made) and thing.type in ("scalar", "path"):
            texts = value.texts if thing.type == "path" and name in ("resolve", "absolute") else None
            found.append(
                Value(NOWHERE, frozenset({thing, Bound(NOWHERE, frozenset({thing}), name)}), None, texts)
            )
        elif isinstance(thing, Instance | Class):
            found.append(_member(world, value, thing, name, node))
        elif isinstance(thing, Made) and thing.type == "data":
            if name in DATA_SCALARS:
                found.append(SCALAR)
            else:
                reached = NOWHERE if name in DATA_VIEWS else world.heap.reach(value.regions)
                bound = Bound(value.regions, frozenset({thing}), name)
                found.append(Value(value.regions | reached, frozenset({thing, bound})))
        else:
            inside = _inside(world, value, thing)
            own = world.heap.get(value.regions, name)
            if isinstance(thing, Anything | Bound):
                found.append(join(inside, own))  # to call it is to call anything
            else:
                bound = Bound(value.regions, frozenset({thing}), name)
                found.append(join(inside, own, Value(value.regions, frozenset({bound}))))
    return join(*found) if found else Value()


def _library_attribute(world: World, thing: Library, name: str) -> Value:
    path = f"{thing.path}.{name}"
    if path == "os.environ":
        world.order("environment", sets=False)
    if path in ("IPython.shell.user_ns", "IPython.shell.user_global_ns", "IPython.shell.user_module"):
        world.caution(f"get_ipython().{name}", "Use the names themselves, or a dictionary of your own.")
    return Value(NOWHERE, frozenset({Library(path)}))


def _member(world: World, value: Value, thing: Instance | Class, name: str, node: ast.AST) -> Value:
    of = thing.of if isinstance(thing, Instance) else thing
    found: list[Value] = []
    stored = world.heap.get(value.regions, name)
    if stored.things:
        found.append(stored)
    member = of.find(name)
    if name in ("__class__", "__dict__"):
        regions = frozenset({of.region}) if name == "__class__" else value.regions
        return Value(regions, frozenset({of}) if name == "__class__" else ANYTHING)
    if member is not None:
        for inner in member.things:
            if isinstance(inner, Function) and inner.wrapped == "property" and isinstance(thing, Instance):
                found.append(functions.apply(world, inner, calls.Arguments([value]), node))
            elif isinstance(inner, Function):
                found.append(
                    Value(
                        value.regions | {inner.region},
                        frozenset({Bound(value.regions, frozenset({thing}), name)}),
                    )
                )
            else:
                found.append(Value(member.regions, frozenset({inner}), None, member.texts))
    getter = of.find("__getattr__") or of.find("__getattribute__")
    if getter is not None and isinstance(thing, Instance):
        found.extend(
            functions.apply(world, f, calls.Arguments([value, SCALAR]), node)
            for f in getter.things
            if isinstance(f, Function)
        )
    unknown = of.library_bases or (value.regions & world.heap.open)
    if unknown or (not found and not stored.things):
        found.append(_inside(world, value, thing))
        found.append(Value(value.regions, frozenset({Bound(value.regions, frozenset({thing}), name)})))
    return join(*found)


def touch(world: World, value: Value, node: ast.AST) -> None:
    """The value is used by Python itself (printed, compared, added …): its special methods may run."""
    things = value.things
    if value.regions and world.heap.has_code(value.regions):
        things = things | world.heap.contents(value.regions)
    for thing in in_order(t for t in things if isinstance(t, Instance)):
        if isinstance(thing, Instance):
            special = [
                f
                for f in thing.of.functions()
                if f.name.startswith("__")
                and f.name not in ("__init__", "__new__", "__post_init__", "__init_subclass__")
            ]
            if special:
                owners = Value(value.regions, frozenset({thing}))
                if thing not in value.things:
                    owners = Value(world.heap.reach(value.regions), frozenset({thing}))
                _use_specials(world, special, owners, value, node)


def _use_specials(world: World, special: list[Function], owners: Value, value: Value, node: ast.AST) -> None:
    others = Value(world.heap.reach(value.regions), functions.without_bound(value.things) | ANYTHING)

    def step() -> list[Value]:
        return [functions.apply_blind(world, f, others, node, receiver=owners) for f in special]

    functions.in_rounds(world, [value, owners], step)


def iterate(world: World, value: Value, node: ast.AST) -> Value:
    """What iterating the value gives. Iterators are used up by it, and lazy ones run their code now."""
    found: list[Value] = []
    for thing in value.things:
        if isinstance(thing, Instance):
            touch(world, value, node)
            for name in ("__iter__", "__next__", "__getitem__"):
                member = thing.of.find(name)
                if member is not None:
                    found.extend(
                        functions.apply(world, f, calls.Arguments([value, SCALAR]), node)
                        for f in member.things
                        if isinstance(f, Function)
                    )
        if isinstance(thing, Anything) or (isinstance(thing, Made) and thing.type in LAZY):
            world.change(value.regions, deep=True)
            functions.run_lazy(world, value, node)
        elif isinstance(thing, Made) and thing.type == "rng":
            world.change(value.regions)
        elif isinstance(thing, Made) and "." in thing.type:
            world.change(value.regions)  # a library's iterator moves on
            if calls.may_draw(thing):
                world.may_draw()
    if value.only == Made("zip") and value.parts is not None:
        return Value(value.regions, frozenset({Made("tuple")}), value.parts)
    found.append(element(world, value))
    return join(*found)


# ── expressions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _constant(world: World, node: ast.Constant, frame: Frame | None) -> Value:
    return text(node.value) if isinstance(node.value, str) else SCALAR


def _name(world: World, node: ast.Name, frame: Frame | None) -> Value:
    return read_name(world, node.id, frame)


def _named(world: World, node: ast.NamedExpr, frame: Frame | None) -> Value:
    value = evaluate(world, node.value, frame)
    bind_name(world, node.target.id, value, frame)
    return value


def _joined(world: World, node: ast.JoinedStr, frame: Frame | None) -> Value:
    texts = {""}
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces = {str(part.value)}
        else:
            assert isinstance(part, ast.FormattedValue)
            value = evaluate(world, part.value, frame)
            touch(world, value, node)
            evaluate(world, part.format_spec, frame)
            plain = value.texts and part.conversion == -1 and part.format_spec is None
            pieces = set(value.texts or ()) if plain else {"*"}
        texts = {a + b for a in texts for b in pieces}
        if len(texts) > MOST_TEXTS:
            texts = {"*"}
    return Value(NOWHERE, SCALAR.things, None, frozenset(texts))


def _binary(world: World, node: ast.BinOp, frame: Frame | None) -> Value:
    left = evaluate(world, node.left, frame)
    right = evaluate(world, node.right, frame)
    return binary(world, left, right, node, node.op)


def binary(world: World, left: Value, right: Value, node: ast.AST, operator: ast.operator) -> Value:
    """The result of an operator."""
    if not left.regions and not right.regions:
        things = left.things | right.things
        if things <= {SCALAR_THING, Made("path")}:
            return _scalar_result(left, right, operator)
    touch(world, left, node)
    touch(world, right, node)
    results: list[Value] = []
    special = OPERATORS.get(type(operator), "")
    for thing in left.things | right.things:
        if isinstance(thing, Instance):
            for function in thing.of.functions():
                if function.name in (f"__{special}__", f"__r{special}__"):
                    with world.maybe():
                        either = join(left, right)
                        given = calls.Arguments([either, either])
                        results.append(functions.apply(world, function, given, node))
    things = left.things | right.things
    types = {t.type for t in things if isinstance(t, Made)}
    if "data" in types and not any(isinstance(t, Anything | Instance) for t in things):
        fresh = world.make(node, "data")
        world.heap.put(fresh.regions, join(world.heap.get(left.regions), world.heap.get(right.regions)))
        return fresh
    if types <= CONTAINERS | {"scalar"} and all(isinstance(t, Made) for t in things):
        fresh = Value(frozenset({world.new(node)}), things - {SCALAR_THING} or SCALAR.things)
        for side in (left, right):
            world.heap.put(fresh.regions, element(world, side))
        return fresh
    if isinstance(operator, ast.Mod) and left.things == SCALAR.things:
        return SCALAR
    results.append(
        Value(
            world.heap.reach(left.regions | right.regions) | {world.new(node)},
            frozenset(t for t in things if not isinstance(t, Function | Class | Bound)) | ANYTHING,
        )
    )
    return join(*results)


def _scalar_result(left: Value, right: Value, operator: ast.operator) -> Value:
    things = left.things | right.things
    if left.texts and right.texts:
        between = "/" if isinstance(operator, ast.Div) else ""
        if isinstance(operator, ast.Add | ast.Div):
            return Value(NOWHERE, things, None, _combine(left.texts, right.texts, between))
    if isinstance(operator, ast.Add | ast.Div) and (left.texts or right.texts):
        stars = frozenset({"*"})
        between = "/" if isinstance(operator, ast.Div) else ""
        return Value(NOWHERE, things, None, _combine(left.texts or stars, right.texts or stars, between))
    if isinstance(operator, ast.Mod) and left.texts:
        import re

        return Value(
            NOWHERE, things, None, frozenset(re.sub(r"%[-+ #0-9.]*[a-zA-Z]", "*", t) for t in left.texts)
        )
    return Value(NOWHERE, things or SCALAR.things)


def _combine(left: frozenset[str], right: frozenset[str], between: str) -> frozenset[str] | None:
    found = frozenset(
        b if between and b.startswith("/") else a.rstrip("/") + between + b if between else a + b
        for a in left
        for b in right
    )
    return found if len(found) <= MOST_TEXTS else frozenset({"*"})


def _bool_op(world: World, node: ast.BoolOp, frame: Frame | None) -> Value:
    values = [evaluate(world, node.values[0], frame)]
    touch(world, values[0], node)
    with world.maybe():
        values += [evaluate(world, v, frame) for v in node.values[1:]]
    return join(*values)


def _if_expression(world: World, node: ast.IfExp, frame: Frame | None) -> Value:
    touch(world, evaluate(world, node.test, frame), node)
    with world.maybe():
        body = evaluate(world, node.body, frame)
    with world.maybe():
        return join(body, evaluate(world, node.orelse, frame))


def _compare(world: World, node: ast.Compare, frame: Frame | None) -> Value:
    values = [evaluate(world, node.left, frame)]
    values += [evaluate(world, c, frame) for c in node.comparators]
    plain = True
    for value in values:
        touch(world, value, node)
        plain = plain and all(isinstance(t, Made) and t.type != "data" for t in value.things)
        if any(isinstance(t, Made) and t.type in LAZY for t in value.things):
            iterate(world, value, node)
    if plain or all(isinstance(o, ast.Is | ast.IsNot | ast.In | ast.NotIn) for o in node.ops):
        return SCALAR
    return world.make(node, "data")


def _unary(world: World, node: ast.UnaryOp, frame: Frame | None) -> Value:
    value = evaluate(world, node.operand, frame)
    touch(world, value, node)
    if isinstance(node.op, ast.Not) or not value.regions:
        return SCALAR
    if value.only == Made("data"):
        fresh = world.make(node, "data")
        world.heap.put(fresh.regions, world.heap.get(value.regions))
        return fresh
    return Value(world.heap.reach(value.regions) | {world.new(node)}, value.things | ANYTHING)


def key_of(node: ast.expr) -> str | None:
    """The slot that a constant key stands for."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return f"[{node.value!r}]"
    return None


def _subscript(world: World, node: ast.Subscript, frame: Frame | None) -> Value:
    value = evaluate(world, node.value, frame)
    index = evaluate(world, node.slice, frame)
    touch(world, value, node)
    touch(world, index, node)
    path = value.only
    if isinstance(path, Library):
        if path.path == "os.environ":
            world.order("environment", sets=False)
            return SCALAR
        if path.root == "numpy" and path.path.rpartition(".")[2] in (
            "c_",
            "r_",
            "s_",
            "ix_",
            "mgrid",
            "ogrid",
        ):
            return world.make(node, "data")
        if path.path.endswith("rcParams"):
            return Value(NOWHERE, SCALAR.things)
    if value.parts is not None and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
        place = node.slice.value
        if -len(value.parts) <= place < len(value.parts):
            return value.parts[place]
    results = [element(world, value, key_of(node.slice))]
    containers = frozenset(t for t in value.things if isinstance(t, Made) and t.type in CONTAINERS)
    if isinstance(node.slice, ast.Slice) and containers:
        fresh = Value(frozenset({world.new(node)}), containers)
        world.heap.put(fresh.regions, results[0])
        results = [fresh] if containers == value.things else [fresh, *results]
    for thing in value.things:
        if isinstance(thing, Instance) and (member := thing.of.find("__getitem__")) is not None:
            results += [
                functions.apply(world, f, calls.Arguments([value, index]), node)
                for f in member.things
                if isinstance(f, Function)
            ]
    return join(*results)


def _attribute(world: World, node: ast.Attribute, frame: Frame | None) -> Value:
    value = evaluate(world, node.value, frame)
    return attribute(world, value, node.attr, node)


def flat(value: Value) -> Value:
    """A part of a tuple: what is in tuples inside of tuples is not told apart, or it might nest for ever."""
    if value.parts is None or not any(p.parts for p in value.parts):
        return value
    if value.regions:
        return without_parts(value)
    return replace(value, parts=tuple(without_parts(p) for p in value.parts))


def _display(world: World, node: ast.List | ast.Tuple | ast.Set, frame: Frame | None) -> Value:
    kind = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[type(node)]
    made = world.make(node, kind)
    parts: list[Value] | None = []
    for item in node.elts:
        if isinstance(item, ast.Starred):
            inner = iterate(world, evaluate(world, item.value, frame), node)
            parts = None
        else:
            inner = evaluate(world, item, frame)
            if parts is not None:
                parts.append(flat(inner))
        world.heap.put(made.regions, inner)
    if kind == "tuple" and parts is not None:
        if all(p.fixed and p.things <= SCALAR.things for p in parts):
            # a tuple of things that cannot be changed cannot be changed
            return Value(NOWHERE, made.things, tuple(parts))
        return Value(made.regions, made.things, tuple(parts))
    return made


def _dict(world: World, node: ast.Dict, frame: Frame | None) -> Value:
    made = world.make(node, "dict")
    for key, item in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = evaluate(world, item, frame)
            world.heap.put(made.regions, element(world, inner))
        else:
            world.heap.put(made.regions, evaluate(world, key, frame))
            world.heap.put(made.regions, evaluate(world, item, frame), key=key_of(key))
    return made


def comprehension_frame(world: World, node: ast.expr, frame: Frame | None) -> Frame:
    """The scope of a comprehension."""
    return Frame(scope_of(node).local, frozenset(), frame, depth=world.weak + 1)


def _comprehension(world: World, node: Any, frame: Frame | None) -> Value:  # noqa: ANN401 - three node types
    kind = {ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict"}[type(node)]
    made = world.make(node, kind)
    first = evaluate(world, node.generators[0].iter, frame)
    inner = comprehension_frame(world, node, frame)
    with world.maybe():
        for _ in range(3):
            before = (world.heap.version, world.version)
            for value in _run_generators(world, node, inner, first):
                world.heap.put(made.regions, value)
            if (world.heap.version, world.version) == before:
                break
    return made


def _run_generators(world: World, node: Any, inner: Frame, first: Value) -> list[Value]:  # noqa: ANN401
    from .statements import bind_target

    for index, generator in enumerate(node.generators):
        source = first if index == 0 else evaluate(world, generator.iter, inner)
        bind_target(world, generator.target, iterate(world, source, node), inner)
        for condition in generator.ifs:
            touch(world, evaluate(world, condition, inner), node)
    if isinstance(node, ast.DictComp):
        return [evaluate(world, node.key, inner), evaluate(world, node.value, inner)]
    return [evaluate(world, node.elt, inner)]


def _generator(world: World, node: ast.GeneratorExp, frame: Frame | None) -> Value:
    first = evaluate(world, node.generators[0].iter, frame)
    region = world.new(node)
    regions = frozenset({region})
    lazy = world.functions.get(region)
    if lazy is None or lazy.frame is None or lazy.frame.parent is not frame:
        inner = comprehension_frame(world, node, frame)
        lazy = world.functions[region] = Function(node, "<genexpr>", inner, {}, region, wrapped="resume")
    assert lazy.frame is not None
    lazy.frame.names[".0"] = join(first, *(v for k, v in lazy.frame.names.items() if k == ".0"))
    world.heap.put(regions, first, key=".0", held=not uses_up(first))
    world.heap.put(regions, Value(capture(world, node, frame)), key=".frame", held=True)
    world.heap.put(regions, Value(NOWHERE, frozenset({lazy})), key=".code")
    made = Value(regions, frozenset({Made("generator")}))
    for value in resume_generator(world, lazy, node):
        world.heap.put(regions, value)
    return made


def uses_up(value: Value) -> bool:
    """Whether iterating the value may use it up."""
    return any(isinstance(t, Anything) or (isinstance(t, Made) and t.type in LAZY) for t in value.things)


def resume_generator(world: World, lazy: Function, node: ast.AST) -> list[Value]:
    """Run the code of a generator expression: what it gives."""
    inner = lazy.frame
    assert inner is not None
    if id(lazy.node) in world.running:  # it is part of what it iterates over
        return []
    world.budget -= 1
    world.running[id(lazy.node)] = inner
    try:
        with world.maybe():
            return _run_generators(world, lazy.node, inner, inner.names[".0"])
    finally:
        del world.running[id(lazy.node)]


def _lambda(world: World, node: ast.Lambda, frame: Frame | None) -> Value:
    return make_function(world, node, "<lambda>", frame)


def make_function(
    world: World, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str, frame: Frame | None
) -> Value:
    """A function object; its defaults are evaluated now."""
    arguments = node.args
    defaults: dict[str, Value] = {}
    positional = [*arguments.posonlyargs, *arguments.args]
    for argument, default in zip(
        positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True
    ):
        defaults[argument.arg] = evaluate(world, default, frame)
    for argument, default_or_none in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default_or_none is not None:
            defaults[argument.arg] = evaluate(world, default_or_none, frame)
    region = world.new(node, "function")
    regions = frozenset({region})
    for value in defaults.values():
        world.heap.put(regions, value, key=".default", held=True)
    captured = capture(world, node, frame)
    if captured:
        world.heap.put(regions, Value(captured), key=".closure", held=True)
    known = world.functions.get(region)
    if known is None or known.frame is not frame:
        known = world.functions[region] = Function(node, name, frame, defaults, region)
    for key, value in defaults.items():
        known.defaults[key] = join(known.defaults.get(key, value), value)
    return Value(regions, frozenset({known}))


def _starred(world: World, node: ast.Starred, frame: Frame | None) -> Value:
    return iterate(world, evaluate(world, node.value, frame), node)


def _await(world: World, node: ast.Await, frame: Frame | None) -> Value:
    value = evaluate(world, node.value, frame)
    functions.run_lazy(world, value, node)
    if value.regions and any(isinstance(t, Made) and t.type == "coroutine" for t in value.things):
        return world.heap.get(value.regions)
    return element(world, value)


def _yield(world: World, node: ast.Yield | ast.YieldFrom, frame: Frame | None) -> Value:
    value = evaluate(world, node.value, frame)
    if isinstance(node, ast.YieldFrom):
        value = iterate(world, value, node)
    scope = frame
    while scope is not None and (scope.is_class or ".yields" not in scope.names):
        scope = scope.parent
    if scope is not None:
        scope.names[".yields"] = join(scope.names[".yields"], value)
    return Value(things=ANYTHING)


def _any_expression(world: World, node: ast.expr, frame: Frame | None) -> Value:
    """Slices, format specs, and whatever newer Pythons add: evaluate what is inside."""
    values = [
        evaluate(world, child, frame) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)
    ]
    if isinstance(node, ast.Slice | ast.FormattedValue):
        return SCALAR
    return Value(
        frozenset().union(*(v.regions for v in values)) if values else NOWHERE,
        frozenset().union(*(v.things for v in values)) if values else SCALAR.things,
    )


_HANDLERS: dict[type[ast.expr], Callable[[World, Any, Frame | None], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.NamedExpr: _named,
    ast.JoinedStr: _joined,
    ast.BinOp: _binary,
    ast.BoolOp: _bool_op,
    ast.IfExp: _if_expression,
    ast.Compare: _compare,
    ast.UnaryOp: _unary,
    ast.Subscript: _subscript,
    ast.Attribute: _attribute,
    ast.List: _display,
    ast.Tuple: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _generator,
    ast.Lambda: _lambda,
    ast.Call: lambda world, node, frame: calls.call(world, node, frame),
    ast.Starred: _starred,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
}
