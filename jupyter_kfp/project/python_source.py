"""Python source text, laid out as `ruff format` lays it out: values, calls, docstrings.

Every text that comes from a notebook (titles, docs, defaults, labels) gets into a generated file through `literal`,
`text`, `block` or `docstring`, never by pasting.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 88


def literal(value: Any, indent: int = 0, taken: int | None = None) -> str:  # noqa: ANN401
    """The Python literal of a JSON value or a tuple-free nesting of them.

    `indent` is the column of the line that it stands on, `taken` how many columns of that line are taken by
    what stands before and after it.
    """
    flat = _flat(value)
    if width(flat) + (indent if taken is None else taken) <= WIDTH or not value:
        return flat
    if isinstance(value, Mapping):
        items = [
            f"{text(key)}: {literal(item, indent + 4, indent + 7 + width(text(key)))}"
            for key, item in value.items()
        ]
        return _exploded("{", items, "}", indent)
    if isinstance(value, list):
        return _exploded("[", [literal(item, indent + 4, indent + 5) for item in value], "]", indent)
    return flat


def text(value: str) -> str:
    """A string literal on one line, in double quotes unless single ones need fewer escapes."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    if value.isprintable():
        escaped = value.replace("\\", "\\\\").replace(quote, "\\" + quote)
        return f"{quote}{escaped}{quote}"
    return quote + "".join(_escaped(character, quote) for character in value) + quote


def block(value: str) -> str:
    """The text as a literal in triple quotes that begins on a line of its own; it ends with a line end."""
    escaped = value.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    lines = ["".join(c if c.isprintable() else _escaped(c, "") for c in line) for line in escaped.split("\n")]
    return '"""\\\n' + "\n".join(lines) + '\n"""'


def docstring(value: str, indent: int) -> list[str]:
    """The lines of a docstring of one or several lines; nothing in the text can end it or be run."""
    pad = " " * indent
    lines = [_docline(line) for line in value.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    if not lines:
        return []
    start = " " if lines[0].startswith('"') else ""
    if len(lines) == 1:
        end = " " if _ends_with_quote(lines[0]) else ""
        return [f'{pad}"""{start}{lines[0]}{end}"""']
    return [
        f'{pad}"""{start}{lines[0]}',
        *(pad + line if line else "" for line in lines[1:]),
        f'{pad}"""',
    ]


def call(callee: str, arguments: Sequence[str], indent: int, *, before: str = "", after: str = "") -> str:
    """`before callee(arguments) after`, on one line where it fits, else broken as ruff breaks it."""
    pad = " " * indent
    flat = ", ".join(arguments)
    single = f"{pad}{before}{callee}({flat}){after}"
    broken = any("\n" in argument for argument in arguments)
    if not arguments or (not broken and width(single) <= WIDTH):
        return single
    if not broken and indent + 4 + width(flat) <= WIDTH:
        return f"{pad}{before}{callee}(\n{pad}    {flat}\n{pad}){after}"
    return pad + before + callee + _exploded("(", list(arguments), ")", indent) + after


def assignment(name: str, value: str) -> str:
    """`name = "value"` at the top of a module; a long string goes into parentheses where that helps."""
    quoted = text(value)
    if len(name) + 3 + width(quoted) > WIDTH >= 4 + width(quoted):
        return f"{name} = (\n    {quoted}\n)"
    return f"{name} = {quoted}"


def width(line: str) -> int:
    """Columns that the line takes: two for a wide character, none for one that combines."""
    if line.isascii():
        return len(line)
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in line
    )


def _exploded(opening: str, items: Sequence[str], closing: str, indent: int) -> str:
    pad = " " * (indent + 4)
    return "".join([opening, "\n", *(f"{pad}{item},\n" for item in items), " " * indent, closing])


def _flat(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{text(key)}: {_flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flat(item) for item in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value).replace("e+", "e") if isinstance(value, float) else repr(value)


def _ends_with_quote(line: str) -> bool:
    """Whether it ends with a quote that no backslash escapes."""
    before = line[:-1]
    return line.endswith('"') and (len(before) - len(before.rstrip("\\"))) % 2 == 0


def _escaped(character: str, quote: str) -> str:
    if character == "\\" or character == quote:
        return "\\" + character
    if character.isprintable():
        return character
    return repr(character)[1:-1]


def _docline(line: str) -> str:
    """One line of a docstring, escaped; as ruff does it, a quote at either end is kept off the delimiter."""
    shown = "".join(c if c.isprintable() and c != "\\" else _escaped(c, "") for c in line.rstrip())
    return shown.replace('"""', '\\"\\"\\"')
