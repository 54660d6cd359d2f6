"""What statements do, one after the other.

`run_block` follows a block of code in the scope of `frame` (None: the notebook's global names). Branches and loops only
add to what was known; a name is surely bound after them where every way through binds it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from . import calls, functions
from . import evaluate as ev
from .cached import forgets, is_cache
from .effects import Place
from .libraries import NOT_SUPPRESSING, function_does
from .library_calls import REGISTERS, registers
from .scopes import normal, scope_of, type_parameters
from .values import (
    ANYTHING,
    NOWHERE,
    SCALAR,
    Anything,
    Class,
    Frame,
    Function,
    Instance,
    Library,
    Made,
    Value,
    callables,
    join,
    library,
)
from .world import World, short

OPTION_PATHS = (
    "decimal.",
    "pandas.options",
    "matplotlib.rcParams",
    "matplotlib.pyplot.rcParams",
    "matplotlib.pyplot.style",
)
FIXED_PATHS = (
    "builtins.type",
    "builtins.super",
    "builtins.object",
    "typing.",
)  # their attributes cannot be set
ENDING_CALLS = frozenset({"exit", "quit"})


def run_block(world: World, statements: Sequence[ast.stmt], frame: Frame | None) -> None:
    """Follow the statements. What stands behind a `return` under a condition is conditional itself."""
    raised = 0
    for statement in statements:
        if world.frames and world.budget <= 0:
            functions.give_up(world, world.frames[-1])
            break
        run_statement(world, statement, frame)
        if frame is not None and may_leave(statement):
            world.weak += 1
            raised += 1
    world.weak -= raised


def may_leave(statement: ast.stmt) -> bool:
    """Whether a compound statement may return or jump out of its block."""
    if not isinstance(statement, ast.If | ast.For | ast.While | ast.Try | ast.With | ast.Match):
        return False
    known: bool | None = getattr(statement, "_kfp_leaves", None)
    if known is None:
        known = any(isinstance(n, ast.Return | ast.Break | ast.Continue) for n in ast.walk(statement))
        statement._kfp_leaves = known  # type: ignore[union-attr]  # a cache that lives and dies with the tree
    return known


def run_statement(world: World, node: ast.stmt, frame: Frame | None) -> None:
    """Follow one statement."""
    if world.frames:
        world.pay()
    world.place = Place(_line(world, node), _first_line(world, node))
    _HANDLERS.get(type(node), _any_statement)(world, node, frame)


def _line(world: World, node: ast.stmt) -> int:
    if world.frames:  # for people, what a function does happens where the cell calls it
        return world.place.line
    return node.lineno


def _first_line(world: World, node: ast.stmt) -> str:
    lines = world.now.code.lines
    if world.frames:
        return world.place.text
    return short(lines[node.lineno - 1]) if node.lineno <= len(lines) else ""


# ── targets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def bind_target(world: World, target: ast.expr, value: Value, frame: Frame | None) -> None:
    """Assign to a target."""
    if isinstance(target, ast.Name):
        ev.bind_name(world, target.id, value, frame)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(world, target, value, frame)
    elif isinstance(target, ast.Starred):
        bind_target(world, target.value, value, frame)
    elif isinstance(target, ast.Attribute):
        owner = ev.evaluate(world, target.value, frame)
        set_attribute(world, owner, target.attr, value, target)
    elif isinstance(target, ast.Subscript):
        owner = ev.evaluate(world, target.value, frame)
        key = ev.evaluate(world, target.slice, frame)
        set_item(world, owner, ev.key_of(target.slice), join(value), target)
        ev.touch(world, key, target)
        if any(isinstance(t, Instance) for t in key.things):
            world.heap.put(owner.regions, key)


def _unpack(world: World, target: ast.Tuple | ast.List, value: Value, frame: Frame | None) -> None:
    elements = target.elts
    parts = value.parts if value.parts is not None and Made("zip") not in value.things else None
    starred = next((i for i, e in enumerate(elements) if isinstance(e, ast.Starred)), None)
    if parts is not None and starred is None and len(parts) == len(elements):
        for element, part in zip(elements, parts, strict=True):
            bind_target(world, element, part, frame)
        return
    if value.splits:
        for index, element in enumerate(elements):
            part = Value(frozenset({world.new(element, f"part{index}")}), value.things)
            bind_target(world, element, part, frame)
        return
    inner = ev.iterate(world, value, target)
    for element in elements:
        if isinstance(element, ast.Starred):
            rest = world.make(element, "list")
            world.heap.put(rest.regions, inner)
            bind_target(world, element, rest, frame)
        else:
            bind_target(world, element, inner, frame)


def set_attribute(world: World, owner: Value, name: str | None, value: Value, node: ast.AST) -> None:
    """`owner.name = value`."""
    known = not any(isinstance(t, Anything) for t in owner.things)  # else it is hardly ever a library
    for thing in owner.things:
        if isinstance(thing, Library):
            if known:
                _set_in_library(world, f"{thing.path}.{name}", value)
        elif isinstance(thing, Class) and name is not None:
            old = thing.members.get(name)
            thing.members[name] = value if old is None else join(old, value)
            world.version += 1
        elif isinstance(thing, Instance):
            _run_setters(world, owner, thing, name, value, node)
    world.change(owner.regions)
    world.heap.put(owner.regions, value, key=name)


def _run_setters(
    world: World, owner: Value, thing: Instance, name: str | None, value: Value, node: ast.AST
) -> None:
    own = Value(owner.regions, frozenset({thing}))
    member = thing.of.find(name) if name else None
    for setter in (f for f in thing.of.functions() if f.wrapped == "setter" and f.name == name):
        functions.apply(world, setter, calls.Arguments([own, value]), node)
    for inner in member.things if member else ():
        if isinstance(inner, Instance):  # a descriptor
            for function in inner.of.functions():
                if function.name in ("__set__", "__get__"):
                    functions.apply(world, function, calls.Arguments([member or own, own, value]), node)
    special = thing.of.find("__setattr__")
    for inner in special.things if special else ():
        if isinstance(inner, Function) and id(inner.node) not in world.running:
            functions.apply(world, inner, calls.Arguments([own, SCALAR, value]), node)


def _set_in_library(world: World, path: str, value: Value) -> None:
    if path.startswith(FIXED_PATHS):
        return
    if path.startswith(OPTION_PATHS):
        world.now.sets_options = True
        world.order("options", again=True)
    elif path.startswith("os.environ"):
        world.now.sets_options = True
        world.order("environment", again=True)
    elif value.fixed and not callables(value.things) and not _is_class_path(path):
        world.now.configures = True  # a setting, made again in every later step
    else:
        world.now.patches.setdefault(path.partition(".")[0], world.place)
        world.now.unclean = True


def _is_class_path(path: str) -> bool:
    parts = path.split(".")
    return len(parts) > 2 and parts[-2][:1].isupper()


def set_item(world: World, owner: Value, key: str | None, value: Value, node: ast.AST) -> None:
    """`owner[key] = value`."""
    for thing in owner.things:
        if isinstance(thing, Library):
            _set_in_library(world, f"{thing.path}[]", value)
        elif isinstance(thing, Instance):
            own = Value(owner.regions, frozenset({thing}))
            member = thing.of.find("__setitem__")
            for function in member.things if member else ():
                if isinstance(function, Function):
                    functions.apply(world, function, calls.Arguments([own, SCALAR, value]), node)
    world.change(owner.regions)
    world.heap.put(owner.regions, value, key=key)


# ── simple statements ────────────────────────────────────────────────────────────────────────────────────────────────


def _expression(world: World, node: ast.Expr, frame: Frame | None) -> None:
    value = ev.evaluate(world, node.value, frame)
    if frame is None:
        ev.touch(world, value, node)


def _assign(world: World, node: ast.Assign, frame: Frame | None) -> None:
    value = ev.evaluate(world, node.value, frame)
    for target in node.targets:
        bind_target(world, target, value, frame)


def _annotated(world: World, node: ast.AnnAssign, frame: Frame | None) -> None:
    value = ev.evaluate(world, node.value, frame) if node.value is not None else None
    if (frame is None or frame.is_class) and not world.future_annotations:
        ev.evaluate(world, node.annotation, frame)
    if value is not None:
        bind_target(world, node.target, value, frame)
    elif not isinstance(node.target, ast.Name):
        ev.evaluate(world, node.target, frame)


def _augmented(world: World, node: ast.AugAssign, frame: Frame | None) -> None:
    target = node.target
    reading: ast.expr
    if isinstance(target, ast.Name):
        reading = ast.copy_location(ast.Name(target.id, ast.Load()), target)
    elif isinstance(target, ast.Attribute):
        reading = ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    else:
        reading = ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    world.trees.append(reading)
    old = ev.evaluate(world, reading, frame)
    operand = ev.evaluate(world, node.value, frame)
    for value in (old, operand):
        ev.touch(world, value, node)
    if ev.uses_up(operand):
        operand = ev.iterate(world, operand, node)
    in_place = [t for t in old.things if t not in SCALAR.things and t != Made("tuple")]
    result = ev.binary(world, old, operand, node, node.op)
    if in_place:
        world.change(old.regions)
        world.heap.put(old.regions, ev.element(world, operand))
        result = join(old, result)
        for thing in old.things:
            if isinstance(thing, Instance):
                for function in thing.of.functions():
                    if function.name.startswith("__i"):
                        receiver = Value(old.regions, frozenset({thing}))
                        result = join(
                            result,
                            functions.apply(world, function, calls.Arguments([receiver, operand]), node),
                        )
    bind_target(world, target, result, frame)


def _delete(world: World, node: ast.Delete, frame: Frame | None) -> None:
    for target in node.targets:
        _delete_target(world, target, frame)


def _delete_target(world: World, target: ast.expr, frame: Frame | None) -> None:
    if isinstance(target, ast.Name):
        delete_name(world, target.id, frame)
    elif isinstance(target, ast.Tuple | ast.List):
        for inner in target.elts:
            _delete_target(world, inner, frame)
    elif isinstance(target, ast.Attribute | ast.Subscript):
        owner = ev.evaluate(world, target.value, frame)
        if isinstance(target, ast.Subscript):
            ev.evaluate(world, target.slice, frame)
        for thing in owner.things:
            if isinstance(thing, Library):
                _set_in_library(world, f"{thing.path}.{getattr(target, 'attr', '[]')}", SCALAR)
        ev.touch(world, owner, target)
        world.change(owner.regions)


def delete_name(world: World, name: str, frame: Frame | None) -> None:
    """`del name`."""
    if frame is None or name in frame.globals:
        world.delete_global(name)
    elif name in frame.names and world.weak == frame.depth:
        frame.names.pop(name)


def _return(world: World, node: ast.Return, frame: Frame | None) -> None:
    value = ev.evaluate(world, node.value, frame)
    scope = frame
    while scope is not None and scope.is_class:
        scope = scope.parent
    if scope is not None:
        joined = value if scope.returns is None else join(scope.returns, value)
        if joined != scope.returns:
            scope.returns = joined
            world.version += 1


def _raise(world: World, node: ast.Raise, frame: Frame | None) -> None:
    ev.evaluate(world, node.exc, frame)
    ev.evaluate(world, node.cause, frame)


def _assert(world: World, node: ast.Assert, frame: Frame | None) -> None:
    ev.touch(world, ev.evaluate(world, node.test, frame), node)
    with world.maybe():
        ev.evaluate(world, node.msg, frame)


def _import(world: World, node: ast.Import, frame: Frame | None) -> None:
    for alias in node.names:
        world.now.modules[alias.name] = None
        if alias.asname:
            ev.bind_name(world, normal(alias.asname), library(alias.name), frame)
        else:
            root = alias.name.partition(".")[0]
            ev.bind_name(world, normal(root), library(root), frame)


def _import_from(world: World, node: ast.ImportFrom, frame: Frame | None) -> None:
    module = "." * node.level + (node.module or "")
    if module == "__future__":
        if any(a.name == "annotations" for a in node.names):
            world.future_annotations = True
        for alias in node.names:
            ev.bind_name(world, alias.asname or alias.name, library(f"__future__.{alias.name}"), frame)
        return
    world.now.modules[module] = None
    for alias in node.names:
        if alias.name == "*":
            import_star(world, module)
        else:
            ev.bind_name(world, normal(alias.asname or alias.name), library(f"{module}.{alias.name}"), frame)


def import_star(world: World, module: str) -> None:
    """`from module import *`: its names, where somebody can tell them."""
    names = world.star_names(module) if world.star_names is not None else None
    if names is None:
        world.stars.insert(0, module)
        world.caution(
            f"from {module} import *",
            "Import the names that are used, one by one.",
        )
        return
    for name in sorted(names):
        world.bind_global(name, library(f"{module}.{name}"))


# ── compound statements ──────────────────────────────────────────────────────────────────────────────────────────────


def ends(statements: Sequence[ast.stmt]) -> bool:
    """Whether the block certainly does not run through to its end."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, ast.Raise | ast.Return | ast.Continue | ast.Break):
        return True
    if isinstance(last, ast.If):
        return bool(last.orelse) and ends(last.body) and ends(last.orelse)
    return False


def _meet(world: World, ways: list[tuple[set[str], bool]]) -> None:
    """After several ways: surely bound is what all of them bind that come to their end."""
    bound = [names for names, ended in ways if not ended]
    if bound:
        world.definite |= set.intersection(*bound)
    elif ways:
        world.definite |= set.intersection(*(names for names, _ in ways))


def _if(world: World, node: ast.If, frame: Frame | None) -> None:
    ev.touch(world, ev.evaluate(world, node.test, frame), node)
    with world.branch() as first:
        run_block(world, node.body, frame)
    with world.branch() as second:
        run_block(world, node.orelse, frame)
    _meet(world, [(first, ends(node.body)), (second, ends(node.orelse))])


def _repeat(world: World, step: Callable[[], None]) -> None:
    """A loop's body, until it has nothing new to say."""
    with world.maybe():
        for _ in range(5):
            before = (world.heap.version, world.version)
            step()
            if (world.heap.version, world.version) == before or world.budget <= 0:
                break


def _for(world: World, node: ast.For | ast.AsyncFor, frame: Frame | None) -> None:
    source = ev.evaluate(world, node.iter, frame)

    def once() -> None:
        bind_target(world, node.target, ev.iterate(world, source, node), frame)
        run_block(world, node.body, frame)

    _repeat(world, once)
    _else_of_loop(world, node, frame)


def _while(world: World, node: ast.While, frame: Frame | None) -> None:
    ev.touch(world, ev.evaluate(world, node.test, frame), node)

    def once() -> None:
        run_block(world, node.body, frame)
        ev.touch(world, ev.evaluate(world, node.test, frame), node)

    _repeat(world, once)
    _else_of_loop(world, node, frame)


def _else_of_loop(world: World, node: ast.For | ast.AsyncFor | ast.While, frame: Frame | None) -> None:
    if node.orelse:
        with world.maybe():
            run_block(world, node.orelse, frame)


def _try(world: World, node: Any, frame: Frame | None) -> None:  # noqa: ANN401 - Try and, from 3.11, TryStar
    ways: list[tuple[set[str], bool]] = []
    with world.branch() as body:
        run_block(world, node.body, frame)
        run_block(world, node.orelse, frame)
    ways.append((body, ends(node.body) or ends(node.orelse)))
    for handler in node.handlers:
        with world.branch() as way:
            if handler.type is not None:
                ev.evaluate(world, handler.type, frame)
            name = normal(handler.name) if handler.name else None
            if name:
                made = world.make(handler, "exception")
                ev.bind_name(world, name, Value(made.regions, ANYTHING), frame)
            run_block(world, handler.body, frame)
            if name:
                delete_name(world, name, frame)
        ways.append((way, ends(handler.body)))
    if not node.handlers:
        ways = [(body, False)]
    _meet(world, ways)
    run_block(world, node.finalbody, frame)


def _with(world: World, node: ast.With | ast.AsyncWith, frame: Frame | None) -> None:
    may_suppress = False
    managers: list[Value] = []
    for item in node.items:
        value = ev.evaluate(world, item.context_expr, frame)
        managers.append(value)
        may_suppress = may_suppress or _may_suppress(item.context_expr, value)
        entered = _enter(world, value, node)
        if item.optional_vars is not None:
            bind_target(world, item.optional_vars, entered, frame)
    if may_suppress:
        with world.maybe():
            run_block(world, node.body, frame)
    else:
        run_block(world, node.body, frame)
    for value in managers:
        _leave(world, value, node)


def _may_suppress(node: ast.expr, value: Value) -> bool:
    thing = value.only
    if isinstance(thing, Made) and (
        thing.type in NOT_SUPPRESSING or thing.type in ("builtins.open", "plot", "data")
    ):
        return False
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        return name not in {p.rpartition(".")[2] for p in NOT_SUPPRESSING} and name not in (
            "open",
            "scope",
            "device",
            "style",
        )
    return True


def _enter(world: World, value: Value, node: ast.AST) -> Value:
    found: list[Value] = []
    for thing in value.things:
        if isinstance(thing, Instance):
            for name in ("__enter__", "__aenter__"):
                member = thing.of.find(name)
                if member is not None:
                    found.append(
                        calls.invoke(
                            world,
                            member,
                            calls.Arguments([Value(value.regions, frozenset({thing}))]),
                            node,
                            None,
                        )
                    )
    functions.run_lazy(world, value, node)
    if any(isinstance(t, Instance) for t in value.things) and found:
        return join(*found)
    if isinstance(value.only, Made):
        return value
    return Value(
        world.heap.reach(value.regions), value.things | world.heap.contents(value.regions), None, value.texts
    )


def _leave(world: World, value: Value, node: ast.AST) -> None:
    world.change(value.regions)
    functions.run_lazy(world, value, node)
    for thing in value.things:
        if isinstance(thing, Instance):
            for name in ("__exit__", "__aexit__"):
                member = thing.of.find(name)
                if member is not None:
                    given = [Value(value.regions, frozenset({thing})), SCALAR, SCALAR, SCALAR]
                    calls.invoke(world, member, calls.Arguments(given), node, None)


def _match(world: World, node: ast.Match, frame: Frame | None) -> None:
    subject = ev.evaluate(world, node.subject, frame)
    ev.touch(world, subject, node)
    ways: list[tuple[set[str], bool]] = []
    exhaustive = False
    for case in node.cases:
        with world.branch() as way:
            _pattern(world, case.pattern, subject, frame)
            if case.guard is not None:
                ev.touch(world, ev.evaluate(world, case.guard, frame), node)
            run_block(world, case.body, frame)
        ways.append((way, ends(case.body)))
        if case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None:
            exhaustive = True
    if exhaustive:
        _meet(world, ways)


def _pattern(world: World, pattern: ast.pattern, subject: Value, frame: Frame | None) -> None:
    if isinstance(pattern, ast.MatchValue):
        ev.evaluate(world, pattern.value, frame)
    elif isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None:
            _pattern(world, pattern.pattern, subject, frame)
        if pattern.name:
            ev.bind_name(world, normal(pattern.name), subject, frame)
    elif isinstance(pattern, ast.MatchStar):
        if pattern.name:
            rest = world.make(pattern, "list")
            world.heap.put(rest.regions, ev.element(world, subject))
            ev.bind_name(world, normal(pattern.name), rest, frame)
    elif isinstance(pattern, ast.MatchMapping):
        for key in pattern.keys:
            ev.evaluate(world, key, frame)
        for inner in pattern.patterns:
            _pattern(world, inner, ev.element(world, subject), frame)
        if pattern.rest:
            rest = world.make(pattern, "dict")
            world.heap.put(rest.regions, ev.element(world, subject))
            ev.bind_name(world, normal(pattern.rest), rest, frame)
    elif isinstance(pattern, ast.MatchClass):
        ev.evaluate(world, pattern.cls, frame)
        inside = _inside_of(world, subject)
        for inner in [*pattern.patterns, *pattern.kwd_patterns]:
            _pattern(world, inner, inside, frame)
    elif isinstance(pattern, ast.MatchSequence):
        for inner in pattern.patterns:
            _pattern(world, inner, ev.element(world, subject), frame)
    elif isinstance(pattern, ast.MatchOr):
        for inner in pattern.patterns:
            _pattern(world, inner, subject, frame)


def _inside_of(world: World, subject: Value) -> Value:
    stored = world.heap.get(subject.regions)
    if subject.things <= SCALAR.things:
        return SCALAR
    return join(
        stored,
        Value(world.heap.reach(subject.regions), subject.things | world.heap.contents(subject.regions)),
    )


# ── definitions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _function(world: World, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame | None) -> None:
    decorators = [(d, ev.evaluate(world, d, frame)) for d in node.decorator_list]
    value = ev.make_function(world, node, node.name, frame)
    if not world.future_annotations:
        _annotations(world, node, frame)
    for decorator, wrapper in reversed(decorators):
        value = _decorate(world, decorator, wrapper, value, node, frame)
    ev.bind_name(world, node.name, value, frame)


def _annotations(world: World, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame | None) -> None:
    from .scopes import all_arguments

    own = type_parameters(node)
    expressions = [a.annotation for a in all_arguments(node.args)] + [node.returns]
    for expression in expressions:
        if expression is None:
            continue
        if own:
            with world.maybe():
                inner = Frame(frozenset(own), frozenset(), frame, dict.fromkeys(own, SCALAR))
                ev.evaluate(world, expression, inner)
        else:
            ev.evaluate(world, expression, frame)


def _decorate(
    world: World, decorator: ast.expr, wrapper: Value, value: Value, node: ast.AST, frame: Frame | None
) -> Value:
    thing = wrapper.only
    function = next((t for t in value.things if isinstance(t, Function)), None)
    if isinstance(thing, Library):
        name = thing.path.rpartition(".")[2]
        if thing.path in (
            "builtins.property",
            "functools.cached_property",
            "builtins.classmethod",
            "builtins.staticmethod",
        ):
            if function is not None:
                function.wrapped = "property" if "property" in name else name
            return value
    if (
        isinstance(decorator, ast.Attribute)
        and decorator.attr in ("setter", "deleter", "getter")
        and function is not None
    ):
        function.wrapped = "setter" if decorator.attr != "getter" else "property"
        old = ev.evaluate(world, decorator.value, frame)
        return join(old, value)
    if any(isinstance(t, Function | Class | Instance) for t in wrapper.things):
        return calls.invoke(world, wrapper, calls.Arguments([value]), decorator, frame)
    _registering(world, decorator, frame)
    if function is not None and is_cache(decorator):
        plain = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and forgets(node)
        function.remembers = world.looks_into_caches or not plain
        if function.remembers:  # so its source alone does not make it again
            world.now.unclean = True
        return value
    known = isinstance(thing, Library) and function_does(thing.path) is not None
    if known or _simple_decorator(decorator):
        return Value(value.regions | wrapper.regions, value.things)
    result = calls.invoke(world, wrapper, calls.Arguments([value]), decorator, frame)
    return join(value, result)


def _registering(world: World, decorator: ast.expr, frame: Frame | None) -> None:
    """`@register_dataframe_accessor("geo")`, `@register_line_magic`: the library keeps what is decorated."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(target, ast.Name | ast.Attribute) and REGISTERS.match(
        ast.unparse(target).rpartition(".")[2]
    ):
        for thing in ev.evaluate(world, target, frame).things:
            if isinstance(thing, Library):
                lines = world.now.code.lines
                world.place = Place(decorator.lineno, lines[decorator.lineno - 1].strip() if lines else "")
                registers(world, thing.path)


def _simple_decorator(node: ast.expr) -> bool:
    from .definitions import SIMPLE_DECORATORS

    target = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(target).rpartition(".")[2] in SIMPLE_DECORATORS


def _class(world: World, node: ast.ClassDef, frame: Frame | None) -> None:
    decorators = [(d, ev.evaluate(world, d, frame)) for d in node.decorator_list]
    bases = tuple(ev.evaluate(world, b.value if isinstance(b, ast.Starred) else b, frame) for b in node.bases)
    keywords = [(k.arg, ev.evaluate(world, k.value, frame)) for k in node.keywords]
    scope = scope_of(node)
    inner = Frame(scope.local, scope.globals, frame, is_class=True, depth=world.weak)
    for name in ("__name__", "__module__", "__qualname__", "__doc__"):
        inner.names[name] = SCALAR
    inner.names.update(dict.fromkeys(type_parameters(node), SCALAR))
    run_block(world, node.body, inner)
    region = world.new(node, "class")
    cls = _class_of(
        world, region, node.name, bases + tuple(v for k, v in keywords if k == "metaclass"), inner
    )
    regions = frozenset({region})
    for name, member in inner.names.items():
        world.heap.put(regions, member, key=name, held=True)
        for thing in member.things:
            if isinstance(thing, Function):
                thing.owner = cls
    for base in bases:
        world.heap.put(regions, base, key=".base", held=True)
    value = Value(regions, frozenset({cls}))
    _tell_bases(world, cls, value, node)
    for decorator, wrapper in reversed(decorators):
        value = _decorate(world, decorator, wrapper, value, node, frame)
    ev.bind_name(world, node.name, value, frame)


def _class_of(world: World, region: int, name: str, bases: tuple[Value, ...], frame: Frame) -> Class:
    """One class for each place in the code."""
    known = world.classes.get(region)
    if known is None:
        known = world.classes[region] = Class(name, region, bases, frame.names)
        return known
    known.bases = tuple(join(a, b) for a, b in zip(known.bases, bases, strict=False))
    for member, value in frame.names.items():
        old = known.members.get(member)
        known.members[member] = value if old is None else join(old, value)
    return known


def _tell_bases(world: World, cls: Class, value: Value, node: ast.AST) -> None:
    """`__init_subclass__`, metaclasses and `__set_name__` run when a class is made."""
    for base in cls.bases:
        for thing in base.things:
            if not isinstance(thing, Class):
                continue
            hook = thing.find("__init_subclass__")
            for function in hook.things if hook else ():
                if isinstance(function, Function):
                    functions.apply_blind(world, function, value, node, receiver=value)
            if functions.is_metaclass(thing):
                for function in thing.functions():
                    functions.apply_blind(world, function, value, node, receiver=value)
    for member in cls.members.values():
        for thing in member.things:
            if isinstance(thing, Instance) and (hook := thing.of.find("__set_name__")) is not None:
                for function in hook.things:
                    if isinstance(function, Function):
                        owner = Value(member.regions, frozenset({thing}))
                        functions.apply_blind(world, function, value, node, receiver=owner)


def _nothing(world: World, node: ast.stmt, frame: Frame | None) -> None:
    return


def _any_statement(world: World, node: ast.stmt, frame: Frame | None) -> None:
    """`type X = …`, and whatever newer Pythons add: what is inside is evaluated, a name is bound."""
    name = getattr(node, "name", None)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and child is not name:
            with world.maybe():
                ev.evaluate(world, child, frame)
        elif isinstance(child, ast.stmt):
            run_statement(world, child, frame)
    if isinstance(name, ast.Name):
        ev.bind_name(world, name.id, Value(NOWHERE, ANYTHING), frame)


_HANDLERS: dict[type[ast.stmt], Callable[[World, Any, Frame | None], None]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: _delete,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Try: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Match: _match,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Global: _nothing,
    ast.Nonlocal: _nothing,
    ast.Pass: _nothing,
    ast.Break: _nothing,
    ast.Continue: _nothing,
}
if hasattr(ast, "TryStar"):
    _HANDLERS[ast.TryStar] = _try
