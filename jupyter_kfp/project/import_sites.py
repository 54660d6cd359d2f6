"""Where a step imports a module that is not installed, and whether it must be there.

In comes a step and a module, out goes an `ImportSite`. Only asked for modules that could not be found, so nothing is
parsed in the usual case.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..notebook.cells import Cell
    from ..pipeline import Pipeline, Step

CAUGHT = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True)
class ImportSite:
    """Where the import stands. `certain`: it runs whenever the step does, and nothing catches its failure."""

    certain: bool
    cell: Cell | None = None
    line: int | None = None
    file: str | None = None


def import_site(pipeline: Pipeline, step: Step, module: str) -> ImportSite:
    """The site of that import that tells most: a certain one before one that may not run."""
    found = list(_sites(pipeline, step, module))
    return next((site for site in found if site.certain), found[0] if found else ImportSite(certain=False))


def _sites(pipeline: Pipeline, step: Step, module: str) -> Iterator[ImportSite]:
    known = {cell.id: cell for each in pipeline.steps for cell in each.cells}
    for cell in step.cells:
        for line, certain in _imports(cell.source, module):
            yield ImportSite(certain, cell, line)
    for replay in step.replays:
        for line, certain in _imports(replay.source, module):
            yield ImportSite(certain, known.get(replay.cell), replay.line + line - 1)
    for path in step.local_modules:
        file = pipeline.notebook.parent / path
        if file.suffix == ".py" and file.is_file():
            text = file.read_text(encoding="utf-8", errors="replace")
            for line, certain in _imports(text, module):
                yield ImportSite(certain, line=line, file=path)


def _imports(source: str, module: str) -> Iterator[tuple[int, bool]]:
    """Line and certainty of each statement that imports the module."""
    # Lines of IPython's own are none of Python: what stands for them keeps line numbers and indentation.
    plain = re.sub(r"(?m)^(\s*)[%!?].*$", r"\1pass", source)
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError):
        return
    yield from _in_block(tree.body, module, certain=True)


def _in_block(body: list[ast.stmt], module: str, *, certain: bool) -> Iterator[tuple[int, bool]]:
    for statement in body:
        match statement:
            case ast.Import(names=names):
                if any(_within(alias.name, module) for alias in names):
                    yield statement.lineno, certain
            case ast.ImportFrom(module=str(source), level=0, names=names):
                if any(_within(name, module) for name in (source, *(f"{source}.{a.name}" for a in names))):
                    yield statement.lineno, certain
            case ast.With(body=inner):
                yield from _in_block(inner, module, certain=certain)
            case ast.Try(body=inner):
                caught = any(_catches(handler) for handler in statement.handlers)
                yield from _in_block(inner, module, certain=certain and not caught)
                for block in (statement.orelse, statement.finalbody, *(h.body for h in statement.handlers)):
                    yield from _in_block(block, module, certain=False)
            case _:
                inner = [
                    child for child in ast.walk(statement) if isinstance(child, ast.Import | ast.ImportFrom)
                ]
                yield from _in_block(list(inner), module, certain=False)


def _within(imported: str, module: str) -> bool:
    return imported == module or imported.startswith(module + ".")


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & CAUGHT)
