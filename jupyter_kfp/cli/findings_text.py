"""Findings as a compiler prints them: place, level, code, message, the line with a caret, the fix."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ..findings import CODES, Level
from ..graph.labels import columns
from .output import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..findings import Finding
    from .output import Json

COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.HINT: "cyan"}


def format_finding(found: Finding, notebook: str, sources: Mapping[str, str]) -> str:
    """A finding in up to four lines. `sources` maps cell ids to their code."""
    level = click.style(f"{found.level.value} {found.code}:", fg=COLOURS[found.level], bold=True)
    lines = [f"{click.style(_place(found, notebook), bold=True)}: {level} {printable(found.message)}"]
    lines += _source_line(found, sources)
    if found.fix:
        lines.append(f"  {click.style('fix:', fg='green')} {printable(found.fix)}")
    return "\n".join(lines)


def _place(found: Finding, notebook: str) -> str:
    place = printable(notebook)
    if found.cell_number is not None:
        place += f":cell {found.cell_number}"
        if found.line is not None:
            place += f":{found.line}"
    elif found.step is not None:
        place += f":step {printable(found.step)}"
    return place


def _source_line(found: Finding, sources: Mapping[str, str]) -> list[str]:
    """The line of code that a finding is about, and a caret under the column where there is one."""
    if found.line is None or found.cell is None or found.cell not in sources:
        return []
    code = sources[found.cell].splitlines()
    if not 1 <= found.line <= len(code):
        return []
    line = code[found.line - 1]
    shown = [f"    {printable(line)}"]
    if found.column is not None and 1 <= found.column <= len(line) + 1:
        indent = " " * columns(printable(line[: found.column - 1]))
        shown.append(f"    {indent}{click.style('^', fg=COLOURS[found.level], bold=True)}")
    return shown


def finding_json(found: Finding) -> dict[str, Json]:
    """A finding for a script: the fields of `Finding`, and its code's title."""
    return {**asdict(found), "level": found.level.value, "title": CODES[found.code].title}


def tally(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 hint`; empty where there is nothing."""
    levels = Counter(found.level for found in findings)
    return ", ".join(count(levels[level], level.value) for level in Level if levels[level])
