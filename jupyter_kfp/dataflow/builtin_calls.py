"""Calls of Python's own functions that need more than a row in a table: `exec`, `globals`, `open`, `super` …

Also the methods of strings, paths and open files.
"""

from __future__ import annotations

import ast
import os.path
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from . import calls, functions
from . import evaluate as ev
from .effects import ANY_PATH
from .libraries import METHODS_OF_FILES_THAT_READ, NETWORK_COMMANDS, READ_ONLY_COMMANDS
from .transform import parse_piece
from .values import ANYTHING, MOST_TEXTS, NOWHERE, SCALAR, Class, Frame, Instance, Library, Made, Value, join
from .world import World, path_value, paths_of

if TYPE_CHECKING:
    from .calls import Arguments

Special: TypeAlias = "Callable[[World, str, Arguments, ast.AST, Frame | None], Value]"


def run_text(world: World, source: str, node: ast.AST, frame: Frame | None) -> Value | None:
    """Run Python that stands in a string that is known; None where it is not Python."""
    from .statements import run_block

    tree = parse_piece(source.strip("\n"), getattr(node, "lineno", 1))
    if tree is None:
        return None
    world.trees.append(tree)
    result = SCALAR
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        return ev.evaluate(world, tree.body[0].value, frame)
    run_block(world, tree.body, frame)
    return result


def _exec(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    source = arguments.get(0)
    name = path.rpartition(".")[2]
    plain = len(arguments.all) == 1 and source is not None and source.texts and len(source.texts) == 1
    if plain and source is not None and source.texts is not None:
        (content,) = source.texts
        if "*" not in content or not _made_of_parts(node):
            result = run_text(world, content, node, frame)
            if result is not None:
                return result
    for value in arguments.all:
        functions.call_back(world, [value], node, objects=True)
    world.caution(f"{name}(…)", f"Write the code out instead of giving it to `{name}`.")
    return world.unknown((id(node), "exec"))


def _made_of_parts(node: ast.AST) -> bool:
    return not (isinstance(node, ast.Call) and bool(node.args) and isinstance(node.args[0], ast.Constant))


def _globals(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    name = path.rpartition(".")[2]
    if name == "vars" and arguments.all:
        value = arguments.all[0]
        things = world.heap.contents(value.regions) | ANYTHING
        return Value(world.heap.reach(value.regions), things)
    if name in ("locals", "vars", "dir") and frame is not None and not frame.is_class and world.frames:
        made = world.make(node, "dict")
        for value in list(frame.names.values()):
            world.heap.put(made.regions, value)
        return made
    if name == "dir" and arguments.all:
        return world.make(node, "list")
    world.caution(
        f"{name}()",
        "Use the names themselves, or a dictionary of your own.",
        binds=name != "dir",
    )
    return world.unknown((id(node), "namespace"))


def _getattr(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    source = arguments.get(0) or SCALAR
    names = (arguments.get(1) or SCALAR).texts
    rest = arguments.positional[2:]
    if names and "*" not in "".join(names):
        return join(*(ev.attribute(world, source, name, node) for name in sorted(names)), *rest)
    for thing in source.things:
        if isinstance(thing, Library):
            return join(Value(frozenset({world.new(node)}), ANYTHING | {Library(f"{thing.path}.*")}), *rest)
        if isinstance(thing, Instance | Class):
            functions.call_back(world, [source], node, objects=True)
    return join(
        Value(world.heap.reach(source.regions), world.heap.contents(source.regions) | ANYTHING), *rest
    )


def _setattr(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    from .statements import set_attribute

    target = arguments.get(0) or SCALAR
    names = (arguments.get(1) or SCALAR).texts
    value = arguments.get(2) or SCALAR
    for name in names or {None}:
        set_attribute(world, target, name, value, node)
    return SCALAR


def _next(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    source = arguments.get(0) or SCALAR
    world.change(source.regions, deep=True)
    return join(ev.iterate(world, source, node), *arguments.positional[1:])


def _iter(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    source = arguments.get(0) or SCALAR
    made = world.make(node, "iterator")
    world.heap.put(made.regions, ev.element(world, source))
    world.heap.put(made.regions, source, key=".source", held=not ev.uses_up(source))
    ev.touch(world, source, node)
    functions.call_back(world, arguments.all, node)
    if any(isinstance(t, Instance) for t in source.things):
        return join(made, ev.iterate(world, source, node), source)
    return join(made, source) if ev.uses_up(source) else made


def _super(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    scope = frame
    while scope is not None and scope not in world.frames:
        scope = scope.parent
    if scope is None:
        return SCALAR
    receiver = next(iter(scope.names.values()), SCALAR)
    found: list[Value] = []
    for thing in receiver.things:
        cls = thing.of if isinstance(thing, Instance) else thing if isinstance(thing, Class) else None
        if cls is None:
            continue
        for base in _all_bases(cls):
            for inner in base.things:
                if isinstance(inner, Class):
                    found.append(
                        Value(
                            receiver.regions,
                            frozenset({Instance(inner) if isinstance(thing, Instance) else inner}),
                        )
                    )
                elif not (isinstance(inner, Library) and inner.path == "builtins.object"):
                    found.append(Value(receiver.regions, frozenset({Made("super")})))
    return join(*found) if found else Value(receiver.regions, frozenset({Made("super")}))


def _all_bases(cls: Class) -> list[Value]:
    found = list(cls.bases)
    for base in cls.bases:
        for thing in base.things:
            if isinstance(thing, Class):
                found += _all_bases(thing)
    return found


def _type(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    if len(arguments.positional) == 1:
        source = arguments.positional[0]
        classes = {t.of for t in source.things if isinstance(t, Instance)}
        if classes:
            return Value(frozenset(c.region for c in classes), frozenset(classes))
        return SCALAR
    return Value(
        frozenset({world.new(node)}).union(*(v.regions for v in arguments.all)),
        frozenset().union(ANYTHING, *(v.things for v in arguments.all)),
    )


def _print(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    for value in arguments.all:
        ev.touch(world, value, node)
    if (target := arguments.keywords.get("file")) is not None:
        world.change(target.regions)
        world.file_write(target.texts or ())
    world.now.unclean = True
    return SCALAR


def _string(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    for value in arguments.all:
        ev.touch(world, value, node)
    texts = arguments.positional[0].texts if arguments.positional else None
    return Value(NOWHERE, SCALAR.things, None, texts)


def _path(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    texts = arguments.positional[0].texts if arguments.positional else frozenset({"."})
    for value in arguments.positional[1:]:
        texts = _joined(texts, value.texts)
    if arguments.rest:
        texts = None
    return path_value(texts)


def _join(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    texts = arguments.positional[0].texts if arguments.positional else None
    for value in arguments.positional[1:]:
        texts = _joined(texts, value.texts)
    return Value(NOWHERE, SCALAR.things, None, None if arguments.rest else texts)


def _joined(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str]:
    found = frozenset(os.path.join(a, b) for a in left or {"*"} for b in right or {"*"})  # noqa: PTH118 - text only
    return found if len(found) <= MOST_TEXTS else frozenset({"*"})


def _glob(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    pattern = arguments.get(0) or SCALAR
    world.file_read(paths_of(pattern))
    made = world.make(node, "list")
    world.heap.put(made.regions, Value(NOWHERE, SCALAR.things, None, pattern.texts))
    return made


def _list_directory(
    world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None
) -> Value:
    folder = arguments.get(0)
    world.file_read(paths_of(folder) if folder else {"."})
    made = world.make(node, "list")
    world.heap.put(made.regions, Value(NOWHERE, SCALAR.things, None, frozenset({"*"})))
    return made


def _getcwd(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    world.order("cwd", sets=False)
    return Value(NOWHERE, SCALAR.things, None, frozenset({"."}))


def _environment(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    world.order("environment", sets=False)
    return SCALAR


def _display_call(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    for value in arguments.all:
        ev.touch(world, value, node)
    world.now.unclean = True
    return SCALAR


def _partial(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    made = Value(frozenset({world.new(node)}), ANYTHING)
    for value in arguments.all:
        world.heap.put(made.regions, value)
    functions.call_back(world, arguments.all, node)
    return made


def _import(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    names = (arguments.get(0) or SCALAR).texts
    if names and "*" not in "".join(names):
        for name in names:
            world.now.modules[name] = None
        if path == "builtins.__import__":
            names = frozenset(n.partition(".")[0] for n in names)
        return join(*(Value(NOWHERE, frozenset({Library(n)})) for n in sorted(names)))
    world.note(
        "JK213",
        "the name of the module that is imported here is not known before the run",
        "Import the module by an `import` statement, so that it goes into the step.",
    )
    return world.unknown((id(node), "module"))


def _reload(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    return join(*arguments.all)


def _decimal_context(
    world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None
) -> Value:
    return Value(NOWHERE, frozenset({Library("decimal.context")}))


def _environ_write(
    world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None
) -> Value:
    world.order("environment")
    return SCALAR


def _sys_path(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    world.now.configures = True
    for value in arguments.all:
        world.now.folders.extend(sorted(value.texts or ()))
    return SCALAR


def _wraps(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    return Value(NOWHERE, frozenset({Library("functools.*decorator")}))


def _decorated(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    return join(*arguments.all) if arguments.all else SCALAR


def _shell(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    """`get_ipython()`, which magics and `SESSION_CALLS` go through."""
    return Value(NOWHERE, frozenset({Library("IPython.shell")}))


def _session_call(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    """Methods of `get_ipython()` that run code or bind names."""
    for value in arguments.all:
        functions.call_back(world, [value], node, objects=True)
    name = path.removeprefix("IPython.shell.")
    world.caution(f"get_ipython().{name}(…)", "Write the code out, and the magics as magics.")
    return world.unknown((id(node), "session"))


SESSION_CALLS = (
    "del_var", "drop_by_id", "ev", "ex", "magic", "push", "run_cell", "run_cell_magic", "run_code", "run_line_magic",
    "safe_execfile",
)  # fmt: skip

SPECIAL: dict[str, Special] = {
    **{f"IPython.shell.{name}": _session_call for name in SESSION_CALLS},
    "builtins.get_ipython": _shell,
    "builtins.exec": _exec,
    "builtins.eval": _exec,
    "builtins.globals": _globals,
    "builtins.locals": _globals,
    "builtins.vars": _globals,
    "builtins.dir": _globals,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.next": _next,
    "builtins.iter": _iter,
    "builtins.super": _super,
    "builtins.type": _type,
    "builtins.print": _print,
    "builtins.str": _string,
    "builtins.__import__": _import,
    "builtins.display": _display_call,
    "IPython.display.display": _display_call,
    "importlib.import_module": _import,
    "importlib.reload": _reload,
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "functools.wraps": _wraps,
    "functools.*decorator": _decorated,
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
    "pathlib.Path.cwd": _getcwd,
    "os.path.join": _join,
    "posixpath.join": _join,
    "os.path.abspath": _string,
    "os.path.normpath": _string,
    "os.path.expanduser": _string,
    "os.fspath": _string,
    "glob.glob": _glob,
    "glob.iglob": _glob,
    "os.listdir": _list_directory,
    "os.scandir": _list_directory,
    "os.walk": _list_directory,
    "os.getcwd": _getcwd,
    "os.getenv": _environment,
    "os.environ.get": _environment,
    "os.environ.copy": _environment,
    "os.environ.items": _environment,
    "os.environ.update": _environ_write,
    "os.environ.setdefault": _environ_write,
    "os.environ.pop": _environ_write,
    "sys.path.append": _sys_path,
    "sys.path.insert": _sys_path,
    "sys.path.extend": _sys_path,
    "decimal.getcontext": _decimal_context,
}


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def open_file(world: World, path: str, arguments: Arguments, node: ast.AST, frame: Frame | None) -> Value:
    """`open(path, mode)` and its relatives."""
    target = arguments.get(0) or arguments.keywords.get("file") or arguments.keywords.get("name")
    mode = arguments.get(1) or arguments.keywords.get("mode")
    modes = "".join(mode.texts) if mode is not None and mode.texts else ("r" if mode is None else "r+")
    paths = paths_of(target) if target is not None else frozenset({ANY_PATH})
    if not set(modes) & set("wx") or "+" in modes or "*" in modes:
        world.file_read(paths)
    if set(modes) & set("wax+*"):
        world.file_write(paths)
    made = world.make(node, path)
    if target is not None:
        world.heap.put(made.regions, target, held=True)
    return Value(made.regions, made.things, None, paths)


def open_database(world: World, path: str, arguments: Arguments) -> None:
    """A connection reads and writes its file."""
    target = arguments.get(0)
    for content in target.texts or {ANY_PATH} if target is not None else ():
        if ":memory:" in content or content in ("sqlite://", "sqlite:///"):
            continue
        if "://" in content and not content.startswith("sqlite:///"):
            world.order(f"database:{content}")
            continue
        file = content.removeprefix("sqlite:///")
        world.file_read({file})
        world.file_write({file})


def path_method(world: World, receiver: Value, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """A method of a `pathlib.Path`."""
    paths = paths_of(receiver)
    if name == "open":
        return open_file(
            world,
            "builtins.open",
            calls.Arguments([receiver, *arguments.positional], arguments.keywords),
            node,
            None,
        )
    if name in (
        "write_text",
        "write_bytes",
        "mkdir",
        "unlink",
        "touch",
        "rmdir",
        "chmod",
        "symlink_to",
        "hardlink_to",
    ):
        world.file_write(paths)
        if name in ("symlink_to", "hardlink_to"):
            world.order("links", again=True)
        return SCALAR
    if name in ("rename", "replace"):
        world.file_read(paths)
        target = arguments.get(0)
        world.file_write(paths | (paths_of(target) if target else frozenset()))
        return path_value(target.texts if target else None)
    if name in ("glob", "rglob", "iterdir", "walk"):
        pattern = arguments.get(0)
        inside = _joined(receiver.texts, pattern.texts if pattern else frozenset({"*"}))
        if name == "rglob":
            inside = _joined(receiver.texts, frozenset({"**"}))
        world.file_read(inside)
        made = world.make(node, "iterator")
        world.heap.put(made.regions, path_value(inside))
        return made
    if name in METHODS_OF_FILES_THAT_READ:
        world.file_read(paths)
        return SCALAR
    if name == "joinpath":
        texts = receiver.texts
        for value in arguments.positional:
            texts = _joined(texts, value.texts)
        return path_value(texts)
    if name in ("resolve", "absolute", "expanduser"):
        return path_value(receiver.texts)
    if name in ("with_suffix", "with_name", "relative_to", "with_stem"):
        return path_value(frozenset({"*"}))
    return SCALAR


def file_method(world: World, receiver: Value, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """A method of an open file."""
    world.change(receiver.regions)
    if name in ("read", "readline"):
        return SCALAR
    if name == "readlines":
        return world.make(node, "list")
    if name in ("write", "writelines"):
        for value in arguments.all:
            if ev.uses_up(value):
                ev.iterate(world, value, node)
    return SCALAR


def string_method(world: World, receiver: Value, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """A method of a string or number."""
    if name in ("split", "rsplit", "splitlines", "partition", "rpartition", "as_integer_ratio"):
        return world.make(node, "list")
    if name == "format" and receiver.texts:
        return Value(
            NOWHERE, SCALAR.things, None, frozenset(re.sub(r"\{[^}]*\}", "*", t) for t in receiver.texts)
        )
    return SCALAR


def shell(world: World, arguments: Arguments, path: str) -> None:
    """A command of the system, run by Python."""
    texts = [t for v in arguments.all for t in v.texts or ()]
    for value in arguments.all:
        texts += [
            t
            for inner in world.heap.slots.get(next(iter(value.regions), -1), {}).values()
            for t in inner.texts or ()
        ]
    run_command(world, " ".join(texts) if texts else None)


def run_command(world: World, command: str | None) -> None:
    """What a command of the system does to files: what it names, or anything."""
    first = re.split(r"[\s;&|]+", command.strip())[0] if command and command.strip() else ""
    first = first.rpartition("/")[2]
    world.now.unclean = True
    if command is not None and re.search(rf"(^|[;&|\s])({NETWORK_COMMANDS})\b", command):
        world.order("network", sets=False)
        world.note(
            "JK404",
            f"`{command.strip()[:60]}` needs the network when the step runs",
            "Let the step's container reach it, or put the data beside the notebook.",
        )
    read_only = first in READ_ONLY_COMMANDS and command is not None and not re.search(r"[>;&|]|\$\(", command)
    world.file_read({ANY_PATH})
    if not read_only:
        world.file_write({ANY_PATH})
