"""Follow the notebook's cells, in order: each cell's effects."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence

from ..notebook.cells import Cell
from .cached import ASKING
from .definitions import modules_of, piece_of
from .effects import Effects, Note, Place
from .scopes import scope_of
from .statements import run_statement
from .transform import Code, parse
from .world import Recorder, World

RAISES = "raises-exception"
GAVE_UP = "code too involved to be analysed"
DEEPEST_NESTING = 6000


def follow(
    cells: Sequence[Cell], star_names: Callable[[str], frozenset[str] | None] | None = None
) -> list[Effects]:
    """The effects of the cells when they run one after the other."""
    world = World(star_names)
    world.looks_into_caches = any(word in cell.source for cell in cells for word in ASKING)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEEPEST_NESTING))  # long sums are deep trees
    try:
        return [follow_cell(world, cell, parse(cell.source)) for cell in cells]
    finally:
        sys.setrecursionlimit(limit)


def follow_cell(world: World, cell: Cell, code: Code) -> Effects:
    """The effects of the next cell."""
    world.begin(code)
    if code.trouble is not None:
        _note_trouble(world, code)
    if any(word in cell.source for word in ("return", "yield")):
        _note_misplaced(world, code.tree)
    if "import" in cell.source:
        world.now.modules.update(dict.fromkeys(modules_of(code.tree)))
    try:
        if RAISES in cell.tags:  # it may stop anywhere
            with world.maybe():
                _run(world, code)
        else:
            _run(world, code)
    except Exception:  # a fault of ours must not become a wrong pipeline, nor the user's traceback
        _give_up(world, code)
    return world.finish(_shows(code))


def _give_up(world: World, code: Code) -> None:
    """Take the cell for one that may do anything."""
    world.weak = 1
    world.frames.clear()
    scope = scope_of(code.tree)
    for name in sorted(scope.local | scope.free):
        world.read_global(name)
    everything = world.heap.merge("given up", list(world.globals.values()))
    for name in sorted(scope.local):
        world.bind_global(name, everything)
    world.weak = 0
    world.place = Place(1, code.lines[0] if code.lines else "")
    world.caution(GAVE_UP, "Write the cell in simpler statements.")


def _run(world: World, code: Code) -> None:
    now = world.now
    for statement in code.tree.body:
        _reset(now)
        versions = set(now.changes)
        run_statement(world, statement, None)
        if set(now.changes) != versions:
            now.unclean = True
        fixed = all((v := world.globals.get(n)) is None or v.fixed for n in now.statement_binds)
        piece = piece_of(statement, code, now, fixed)
        for name in piece.binds:
            now.last_write[name] = len(now.pieces)
        now.pieces.append(piece)


def _reset(now: Recorder) -> None:
    now.touched = set()
    now.statement_binds = {}
    now.configures = now.sets_options = now.unclean = now.installed = now.seeds_only = False


def _shows(code: Code) -> bool | None:
    """Whether the cell surely displays the value of its last line; None: perhaps."""
    if not code.tree.body or not isinstance(code.tree.body[-1], ast.Expr):
        return False
    last = code.tree.body[-1].value
    if code.lines and code.lines[-1].rstrip().endswith(";"):
        return False
    if isinstance(last, ast.BinOp | ast.Compare | ast.JoinedStr | ast.List | ast.Tuple | ast.Dict | ast.Set):
        return True
    if isinstance(last, ast.Constant):
        return last.value is not None
    return None


def _note_trouble(world: World, code: Code) -> None:
    trouble = code.trouble
    assert trouble is not None
    world.place = Place(trouble.line, code.lines[trouble.line - 1] if code.lines else "")
    world.now.notes.append(
        Note(
            "JK201",
            f"this is not Python: {trouble.message}",
            "Mend the cell, or tag it `skip`.",
            trouble.line,
        )
    )


def _note_misplaced(world: World, tree: ast.Module) -> None:
    """`return` and `yield` outside of a function parse, but do not compile."""
    for statement in tree.body:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.Import | ast.ImportFrom):
            _look_for_misplaced(world, statement)


def _look_for_misplaced(world: World, node: ast.AST) -> None:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom):
        word = "return" if isinstance(node, ast.Return) else "yield"
        world.now.notes.append(
            Note("JK202", f"`{word}` outside of a function", f"Take the `{word}` out.", node.lineno)
        )
    for child in ast.iter_child_nodes(node):
        _look_for_misplaced(world, child)
