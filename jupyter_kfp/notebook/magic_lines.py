"""What the lines of our own magics in a cell say: `%%step train` is the tag `step:train`.

In: a code cell's source and tags as written. Out: the source as a step runs it, and the tags with what the lines say.
Lines keep their numbers, so that findings and errors point at the line that the user sees. A cell that holds nothing
but `%load_ext jupyter_kfp`, `%kfp …` and the panel is no part of the pipeline: it gets the tag `skip`.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

PACKAGE = "jupyter_kfp"
PANEL = "panel"
_STEP = re.compile(r"[ \t]*%%step(?:[ \t]+(?P<name>[^\r\n]*?))?[ \t]*\Z")
_LINE = re.compile(r"%(?:(?:re|un)?load_ext\s+jupyter_kfp|kfp(?:\s.*)?)\s*\Z", re.DOTALL)
_MAY_BE = re.compile(r"load_ext|%kfp|jupyter_kfp|panel")


@dataclass(frozen=True)
class StepLine:
    """A cell whose first line is `%%step NAME`."""

    name: str  # as written; empty where there is none
    source: str  # of the cell without the magic, its lines where they were


def take_off_step_line(source: str) -> StepLine | None:
    """The cell without its `%%step` line; None where it has none.

    A comment takes the line's place, so that IPython counts the others as before. In front of another cell magic,
    which has to come first, the place is left empty.
    """
    lines = source.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None or (match := _STEP.match(lines[first])) is None:
        return None
    follows = next((line for line in lines[first + 1 :] if line.strip()), "")
    name = match["name"] or ""
    comment = f"# %%step {name}".rstrip() if name.isprintable() else "# %%step"
    lines[first] = "" if follows.startswith("%%") else comment
    return StepLine(name, "\n".join(lines))


@dataclass
class MagicLines:
    """Reads the cells of one notebook in their order: which names mean the panel is known from the cells above."""

    panels: set[str] = field(default_factory=set)

    def read(self, source: str, tags: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """The cell's source and tags as the pipeline takes them."""
        step = take_off_step_line(source)
        if step is not None:
            source, tags = step.source, _with(tags, f"step:{step.name}")
        if not self.panels and not _MAY_BE.search(source):
            return source, tags
        plain = _without_our_lines(source)
        if self._only_ours(plain, ours=plain != source):
            return plain, _with(tags, "skip")
        return plain, tags

    def _only_ours(self, source: str, *, ours: bool) -> bool:
        """Whether the cell imports and calls the panel and nothing else. `ours`: it had lines of our magics."""
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        found = [self._is_ours(statement) for statement in body]
        return False not in found and (True in found or (ours and not found))

    def _is_ours(self, statement: ast.stmt) -> bool | None:
        """Whether the statement imports or calls the panel; None where that depends on the rest of the cell."""
        match statement:
            case ast.ImportFrom(module="jupyter_kfp", level=0, names=[ast.alias(name="panel", asname=name)]):
                self.panels.add(name or PANEL)
                return True
            case ast.Import(names=[ast.alias(name="jupyter_kfp", asname=name)]):
                self.panels.add(f"{name or PACKAGE}.{PANEL}")
                return None
            case ast.Expr(value=ast.Call(func=called)) if ast.unparse(called) in self.panels:
                return True
            case ast.Assign(value=ast.Call(func=called), targets=[ast.Name()]) if (
                ast.unparse(called) in self.panels
            ):
                return True
        self.panels -= {name for name in self.panels if name.partition(".")[0] in _bound(statement)}
        return False


def _with(tags: tuple[str, ...], tag: str) -> tuple[str, ...]:
    return tags if tag in tags else (*tags, tag)


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement may bind, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.alias(name=name, asname=other):
                names.add(other or name.partition(".")[0])
    return names


def _without_our_lines(source: str) -> str:
    """The source with our lines as comments. A text (a string) that holds such a line stays as it is."""
    if not re.search(r"^\s*%(kfp|\w*load_ext)", source, re.MULTILINE):
        return source
    from IPython.core.inputtransformer2 import make_tokens_by_line  # only for the few cells that need it

    lines = source.splitlines(keepends=True)
    ours: set[int] = set()
    for tokens in make_tokens_by_line(lines):
        token = next((token for token in tokens if token.string.strip()), None)
        if token is not None and token.string == "%" and _LINE.match(token.line[token.start[1] :]):
            ours.add(token.start[0] - 1)
    for number in ours:
        line = lines[number]
        indent = line[: len(line) - len(line.lstrip())]
        lines[number] = f"{indent}{'pass  ' if indent else ''}# {line.lstrip()}"
    return "".join(lines)
