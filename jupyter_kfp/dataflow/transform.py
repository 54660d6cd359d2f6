"""From a cell's text to Python's syntax tree, lines kept.

Plain Python is parsed as it is. Only a cell that does not parse (a magic, a shell line, a `?`) goes through IPython's
own transformer, so what counts as a magic is what IPython says; IPython is imported for such cells alone. Its
magics become calls on `get_ipython()`, which `magics.py` understands. Where the transformer joins continued lines,
blank lines are put back so that every statement keeps its line.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

CELL_MAGIC = re.compile(r"^%%(?!%)\S")
FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
AUTOMAGIC = frozenset(
    [
        "alias",
        "cat",
        "cd",
        "clear",
        "config",
        "cp",
        "conda",
        "edit",
        "env",
        "hist",
        "history",
        "ldir",
        "less",
        "load",
        "ls",
        "lsmagic",
        "lx",
        "magic",
        "man",
        "matplotlib",
        "mkdir",
        "more",
        "mv",
        "page",
        "pinfo",
        "pip",
        "popd",
        "precision",
        "pushd",
        "pwd",
        "pylab",
        "recall",
        "reset",
        "rm",
        "rmdir",
        "run",
        "store",
        "time",
        "timeit",
        "uv",
        "who",
        "whos",
        "xmode",
    ]
)


@dataclass(frozen=True)
class Trouble:
    """Why a cell is not Python."""

    message: str
    line: int
    column: int


@dataclass(frozen=True)
class Code:
    """A cell's tree, and its text line by line."""

    tree: ast.Module
    lines: tuple[str, ...]
    trouble: Trouble | None = None
    transformed: bool = False

    def source(self, node: ast.stmt) -> str:
        """The statement as the user wrote it, decorators and all."""
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        last = node.end_lineno or node.lineno
        if self.transformed:  # what follows a continued magic line is blank in the tree
            while last < len(self.lines) and self.lines[last - 1].endswith("\\"):
                last += 1
            return "\n".join(self.lines[first - 1 : last])
        lines = list(self.lines[first - 1 : last])
        end = node.end_col_offset
        if end is not None:  # `a = 1; b = 2` keeps only the statement itself
            lines[-1] = lines[-1].encode()[:end].decode()
        start = node.col_offset if first == node.lineno else 0
        lines[0] = lines[0].encode()[start:].decode()
        return "\n".join(lines)


def parse(source: str) -> Code:
    """The cell's code. A syntax error gives the statements before it, and the trouble."""
    lines = tuple(source.split("\n"))
    try:
        return Code(_tree(source), lines)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        plain = error
    if not _looks_like_ipython(source):
        return _as_far_as_possible(source, lines, plain)
    try:
        text = _through_ipython(source)
        return Code(_tree(text), lines, transformed=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _as_far_as_possible(source, lines, error)


def parse_piece(source: str, line: int) -> ast.Module | None:
    """A piece of Python inside of a magic, its lines counted from `line`; None where it is not Python."""
    code = parse(source)
    if code.trouble is not None:
        return None
    return ast.increment_lineno(code.tree, line - 1)


def _tree(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SyntaxWarning: the user's affair, when it runs
        tree: Any = compile(source, "<cell>", "exec", FLAGS, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    return tree


def _looks_like_ipython(source: str) -> bool:
    stripped = source.lstrip()
    if CELL_MAGIC.match(stripped) or re.search(r"[%!?]|^\s*[/,;]|^\s*(>>>|In \[)", source, re.MULTILINE):
        return True
    if source != stripped:
        return True  # leading indent is taken away by IPython
    return (
        "\n" not in source.strip() and source.split(maxsplit=1)[:1] != [] and source.split()[0] in AUTOMAGIC
    )


def _through_ipython(source: str) -> str:
    manager = _manager()
    stripped = source.lstrip("\n")
    blank = len(source) - len(stripped)
    while stripped and not stripped.split("\n", 1)[0].strip() and "\n" in stripped:
        stripped = stripped.split("\n", 1)[1]
        blank += 1
    words = stripped.split(maxsplit=1)
    if "\n" not in stripped.strip() and words and words[0] in AUTOMAGIC:
        stripped = "%" + stripped.lstrip()
    lines = (stripped if stripped.endswith("\n") else stripped + "\n").splitlines(keepends=True)
    for transform in manager.cleanup_transforms + manager.line_transforms:
        lines = transform(lines)
    for _ in range(len(lines) * 2 + 10):
        changed, after = manager.do_one_token_transform(lines)
        if not changed:
            break
        lines = _same_length(lines, after)
    return "\n" * blank + "".join(lines)


def _same_length(before: list[str], after: list[str]) -> list[str]:
    """`after` with blank lines where the transformer joined several into one."""
    missing = len(before) - len(after)
    if missing <= 0:
        return after
    place = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(after) - 1)
    return [*after[: place + 1], *["\n"] * missing, *after[place + 1 :]]


@lru_cache(maxsize=1)
def _manager() -> Any:  # noqa: ANN401 - IPython is imported only when a cell needs it
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager()  # type: ignore[no-untyped-call]


def _as_far_as_possible(source: str, lines: tuple[str, ...], error: BaseException) -> Code:
    line = getattr(error, "lineno", None) or 1
    column = getattr(error, "offset", None) or 1
    message = getattr(error, "msg", None) or str(error) or type(error).__name__
    trouble = Trouble(message, min(line, len(lines)), column)
    for last in range(min(line - 1, len(lines)), 0, -1):
        head = "\n".join(lines[:last])
        try:
            return Code(_tree(head), lines, trouble)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return Code(ast.Module(body=[], type_ignores=[]), lines, trouble)
