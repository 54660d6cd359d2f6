"""Magics and shell lines, as IPython's transformer leaves them: calls on `get_ipython()`.

Wrappers (`%%time`, `%timeit` …) hold Python, which is followed. Settings (`%matplotlib`, `%load_ext` …) are made again
in later steps. `%pip install` becomes a requirement and is not run in a step. The rest is read as far as it can be, and
what cannot be read is a caution.
"""

from __future__ import annotations

import ast
import re
import shlex

from . import builtin_calls
from . import evaluate as ev
from .effects import ANY_PATH
from .scopes import scope_of
from .transform import parse_piece
from .values import ANYTHING, NOWHERE, SCALAR, Frame, Library, Value
from .world import World

SETTINGS = frozenset(
    [
        "matplotlib",
        "config",
        "load_ext",
        "reload_ext",
        "unload_ext",
        "autoreload",
        "aimport",
        "gui",
        "colors",
        "xmode",
        "precision",
        "pprint",
        "automagic",
        "autocall",
        "alias",
        "alias_magic",
        "rehashx",
        "tensorflow_version",
        "pylab",
        "doctest_mode",
        "autosave",
        "notify",
        "watermark_",
    ]
)
WRAPPERS = frozenset(
    [
        "time",
        "timeit",
        "prun",
        "memit",
        "mprun",
        "lprun",
        "capture",
        "scalene",
        "snakeviz",
        "pyinstrument",
        "heat",
        "wurlitzer",
    ]
)
PAGES = frozenset(
    [
        "lsmagic",
        "magic",
        "quickref",
        "pinfo",
        "pinfo2",
        "pdoc",
        "psource",
        "pfile",
        "pdef",
        "page",
        "pycat",
        "ls",
        "cat",
        "ll",
        "lx",
        "dirs",
        "pwd",
        "html",
        "latex",
        "markdown",
        "svg",
        "javascript",
        "js",
        "HTML",
    ]
)
SHELL_CELLS = frozenset(
    [
        "bash",
        "sh",
        "script",
        "system",
        "sx",
        "!",
        "perl",
        "ruby",
        "pypy",
        "python",
        "python2",
        "python3",
        "cmd",
        "powershell",
    ]
)
FILE_COMMANDS = frozenset(["mkdir", "rmdir", "rm", "mv", "cp", "touch", "sed", "man", "less", "more"])
HISTORY = frozenset(
    [
        "history",
        "hist",
        "recall",
        "rerun",
        "rep",
        "macro",
        "save",
        "logstart",
        "logon",
        "logoff",
        "logstate",
        "edit",
        "ed",
        "pastebin",
        "notebook",
    ]
)
NAMESPACE = frozenset(["who", "whos", "who_ls", "reset", "reset_selective", "xdel", "store", "psearch"])
INTERACTIVE = frozenset(["debug", "pdb", "tb", "pinfo_", "load", "loadpy", "loadf"])
CALLS = frozenset(
    ["run_line_magic", "run_cell_magic", "magic", "system", "getoutput", "run_cell", "ex", "ev"]
)
INTERPOLATED = re.compile(r"\{([^{}]+)\}|\$\$|\$([A-Za-z_]\w*)")
OPTIONS_FIRST = re.compile(r"^((-{1,2}\w+)(\s+|=)?(\d+\s+)?)*")


def is_magic(node: ast.Call) -> bool:
    """Whether it is a call on `get_ipython()` that runs a magic or a shell line."""
    func = node.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr in CALLS
        and isinstance(func.value, ast.Call)
        and isinstance(func.value.func, ast.Name)
        and func.value.func.id == "get_ipython"
    )


def run(world: World, node: ast.Call, frame: Frame | None) -> Value:
    """Do what the magic does."""
    assert isinstance(node.func, ast.Attribute)
    kind = node.func.attr
    given = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else None for a in node.args]
    if not given or given[0] is None:
        for argument in node.args:
            ev.evaluate(world, argument, frame)
        world.caution("a magic whose text is not known before the run", "Write the magic out.")
        return world.unknown((id(node), "magic"))
    first = given[0]
    if kind == "magic":
        name, _, rest = first.lstrip("%").partition(" ")
        return line_magic(world, name, rest, node, frame)
    if kind == "run_line_magic":
        return line_magic(world, first, (given[1] if len(given) > 1 else "") or "", node, frame)
    if kind == "run_cell_magic":
        line = (given[1] if len(given) > 1 else "") or ""
        return cell_magic(world, first, line, (given[2] if len(given) > 2 else "") or "", node, frame)
    if kind in ("system", "getoutput"):
        return shell_line(world, first, node, frame)
    result = builtin_calls.run_text(world, first, node, frame)
    return result if result is not None else SCALAR


def shell_line(world: World, command: str, node: ast.AST, frame: Frame | None) -> Value:
    """`!command` and `x = !command`."""
    interpolate(world, command, node, frame)
    requirements = installs(command)
    if requirements is not None:
        world.now.installs.extend(requirements)
        world.now.installed = True
        return SCALAR
    builtin_calls.run_command(world, command)
    return world.make(node, "list", "output")


def interpolate(world: World, line: str, node: ast.AST, frame: Frame | None) -> None:
    """`$name` and `{expression}` in a magic or shell line read names."""
    for match in INTERPOLATED.finditer(line):
        source = match.group(1) or match.group(2)
        if not source:
            continue
        tree = parse_piece(source, getattr(node, "lineno", 1))
        if tree is None or not tree.body:
            continue
        known = all(
            n.id in world.globals or (frame is not None and n.id in frame.local)
            for n in ast.walk(tree)
            if isinstance(n, ast.Name)
        )
        if match.group(2) and not known:
            continue  # a variable of the shell
        if isinstance(tree.body[0], ast.Expr):
            with world.maybe():
                world.trees.append(tree)
                ev.evaluate(world, tree.body[0].value, frame)


def installs(command: str) -> list[str] | None:
    """The requirements of a `pip install` line; None where it is none."""
    match = re.match(
        r"^\s*(?:sudo\s+)?(?:\S*python\S*\s+-m\s+|\{sys\.executable\}\s+-m\s+|\"?\{sys\.executable\}\"?\s+-m\s+|uv\s+)?pip3?\s+install\s+(.*)$",
        command,
        re.DOTALL,
    )
    if match is None:
        return None
    if re.search(r"[;&|`]|\$\(", match.group(1).split("#")[0].replace("&>", ">").split(">")[0]):
        return None
    try:
        words = shlex.split(match.group(1), comments=True)
    except ValueError:
        words = match.group(1).split()
    found: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
            continue
        if word.startswith((">", "&>", "2>", "1>")):
            break
        if word in ("-r", "--requirement", "-c", "--constraint", "-e", "--editable"):
            found.append(word)
            continue
        if word in (
            "-i",
            "--index-url",
            "--extra-index-url",
            "-f",
            "--find-links",
            "-t",
            "--target",
            "--progress-bar",
            "--prefix",
        ):
            skip = True
            continue
        if word.startswith("-"):
            continue
        if found and found[-1] in ("-r", "--requirement", "-c", "--constraint", "-e", "--editable"):
            found[-1] = f"{found[-1]} {word}"
        else:
            found.append(word)
    return found


def line_magic(world: World, name: str, rest: str, node: ast.AST, frame: Frame | None) -> Value:
    """`%name rest`."""
    if name in ("pip", "uv", "conda", "mamba"):
        requirements = (
            installs(f"{name if name == 'pip' else 'pip'} {rest.removeprefix('pip ')}")
            if name in ("pip", "uv")
            else None
        )
        if requirements is not None:
            world.now.installs.extend(requirements)
            world.now.installed = True
        elif name in ("conda", "mamba"):
            words = [w for w in rest.split() if not w.startswith("-")]
            world.now.installs.extend(words[1:] if words[:1] == ["install"] else [])
        else:
            world.now.unclean = True
        return SCALAR
    if name in SETTINGS:
        if name == "pylab":
            return _pylab(world)
        world.now.configures = True
        interpolate(world, rest, node, frame)
        return SCALAR
    if name in WRAPPERS:
        return wrapper(world, name, rest, "", node, frame)
    if name in ("env", "set_env"):
        interpolate(world, rest, node, frame)
        world.order("environment", sets="=" in rest or " " in rest.strip(), again=True)
        world.now.sets_options = True
        return SCALAR
    if name in ("cd", "pushd", "popd", "bookmark"):
        interpolate(world, rest, node, frame)
        world.order("cwd")
        return SCALAR
    if name in ("system", "sx", "sc"):
        return shell_line(world, rest, node, frame)
    if name in FILE_COMMANDS:
        interpolate(world, rest, node, frame)
        builtin_calls.run_command(world, f"{name} {rest}")
        return SCALAR
    if name in PAGES:
        interpolate(world, rest, node, frame)
        words = rest.split()
        if words and words[0].partition(".")[0] in world.globals:
            world.read_global(words[0].partition(".")[0])
        if name in ("ls", "cat", "pycat", "ll", "lx"):
            world.file_read({words[-1]} if words and words[-1][:1] not in "-{$" else {ANY_PATH})
        world.now.unclean = True
        return SCALAR
    return _other(world, f"%{name}", name, rest, node, frame)


def _pylab(world: World) -> Value:
    from .statements import import_star

    world.now.configures = True
    for module, alias in (("numpy", "np"), ("matplotlib.pyplot", "plt"), ("matplotlib", "matplotlib")):
        world.now.modules[module] = None
        world.bind_global(alias, Value(NOWHERE, frozenset({Library(module)})))
    for module in ("numpy", "matplotlib.pyplot"):
        import_star(world, module)
    return SCALAR


def cell_magic(world: World, name: str, line: str, body: str, node: ast.AST, frame: Frame | None) -> Value:
    """`%%name line` over a cell."""
    if name in WRAPPERS:
        return wrapper(world, name, line, body, node, frame)
    if name in ("writefile", "file"):
        interpolate(world, line, node, frame)
        words = line.split()
        target = words[-1].strip("\"'") if words else ANY_PATH
        world.file_write({ANY_PATH if "{" in target or "$" in target else target})
        if "-a" in words:
            world.file_read({target})
        return SCALAR
    if name in SHELL_CELLS:
        interpolate(world, line, node, frame)
        for match in re.finditer(r"--(?:out|err|proc)[ =](\w+)", line):
            world.bind_global(match.group(1), SCALAR)
        builtin_calls.run_command(world, body)
        return SCALAR
    if name in PAGES:
        return SCALAR
    if name in SETTINGS:
        world.now.configures = True
        return SCALAR
    return _other(world, f"%%{name}", name, line, node, frame)


def wrapper(world: World, name: str, line: str, body: str, node: ast.AST, frame: Frame | None) -> Value:
    """Magics that run Python: `%time f()`, `%%timeit setup`, `%%capture out`."""
    shift = getattr(node, "lineno", 1)
    if name == "capture":
        target = next((w for w in line.split() if not w.startswith("-")), None)
        _run_python(world, body, shift + 1, frame)
        if target and target.isidentifier():
            world.bind_global(target, world.make(node, "anything", "captured"))
        return SCALAR
    options = OPTIONS_FIRST.match(line)
    source = line[options.end() :] if options else line
    own_scope = name in ("timeit", "memit", "prun", "lprun", "mprun")
    if name in ("timeit", "memit"):
        world.now.unclean = True
    if body:
        if own_scope:
            _run_in_function(world, source + "\n" + body, shift, frame)
        else:
            _run_python(world, body, shift + 1, frame)
        return SCALAR
    if name in ("timeit", "memit"):
        _run_in_function(world, source, shift, frame)
        return world.make(node, "anything", "timing")
    return _run_python(world, source, shift, frame)


def _run_python(world: World, source: str, line: int, frame: Frame | None) -> Value:
    from .statements import run_block

    tree = parse_piece(source, line)
    if tree is None:
        world.note(
            "JK201",
            "this is not Python",
            "Mend the code behind the magic; it was not analysed.",
        )
        world.caution("code that does not parse", "Mend the code.")
        return SCALAR
    world.trees.append(tree)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        run_block(world, tree.body[:-1], frame)
        return ev.evaluate(world, tree.body[-1].value, frame)
    run_block(world, tree.body, frame)
    return SCALAR


def _run_in_function(world: World, source: str, line: int, frame: Frame | None) -> None:
    """`%timeit` runs its code, many times, inside of a function of its own."""
    from .statements import run_block

    tree = parse_piece(source, line)
    if tree is None:
        world.caution("code that does not parse", "Mend the code.")
        return
    world.trees.append(tree)
    scope = scope_of(tree)
    inner = Frame(scope.local, scope.globals, frame, depth=world.weak + 1)
    with world.maybe():
        world.frames.append(inner)
        try:
            for _ in range(2):
                run_block(world, tree.body, inner)
        finally:
            world.frames.pop()


def _other(world: World, shown: str, name: str, rest: str, node: ast.AST, frame: Frame | None) -> Value:
    interpolate(world, rest, node, frame)
    if name == "run":
        words = rest.split()
        script = next((w for w in words if not w.startswith("-")), None)
        world.file_read({script} if script else {ANY_PATH})
        world.file_write({ANY_PATH})
        world.caution("%run", "Import the script as a module, or paste its code into a cell.")
        return SCALAR
    if name in HISTORY or name in NAMESPACE or name in INTERACTIVE:
        world.note(
            "JK207",
            f"`{shown}` works on one session of the notebook, which steps do not share",
            "Leave the line out, or tag its cell `skip`.",
            name=shown,
        )
        return SCALAR
    world.caution(shown, f"Write what `{shown}` does as Python, or tag the cell `skip`.")
    for word in re.findall(r"[A-Za-z_]\w*", rest):
        if word in world.globals:
            world.read_global(word)
    return Value(frozenset({world.new(node)}), ANYTHING)
