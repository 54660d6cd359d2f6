"""Values as Python source, laid out as `ruff format` and black would: 88 columns, double quotes.

What comes from a notebook (titles, docs, defaults) enters a generated file through `literal`, `string` or `block`,
never by pasting. In come values, out comes source without a line end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..pipeline import JsonValue

WIDTH = 88
INDENT = "    "


def string(text: str) -> str:
    """The text as a literal on one line; what cannot be printed is escaped."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + _printable(text.replace("\\", "\\\\").replace(quote, "\\" + quote)) + quote


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def block(text: str) -> str:
    """The text as a literal in triple quotes that begins on a line of its own; it ends with a line end."""
    escaped = text.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    lines = [_printable(line) for line in escaped.split("\n")]
    return '"""\\\n' + "\n".join(lines) + '\n"""'


def literal(value: JsonValue, *, indent: int = 0, room: int = WIDTH) -> str:
    """The value as source, over several lines where one has not `room` for it.

    `indent` is how many columns the line that it stands on is indented by.
    """
    flat = _flat(value)
    if len(flat) <= room or not value or not isinstance(value, list | dict):
        return flat
    inner = indent + len(INDENT)
    if isinstance(value, list):
        items = [literal(item, indent=inner, room=WIDTH - inner - 1) for item in value]
        return _exploded("[", items, "]", indent)
    keys = {key: f"{string(key)}: " for key in value}
    pairs = [
        keys[key] + literal(item, indent=inner, room=WIDTH - inner - 1 - len(keys[key]))
        for key, item in value.items()
    ]
    return _exploded("{", pairs, "}", indent)


def _flat(value: JsonValue) -> str:
    match value:
        case str():
            return string(value)
        case float() if not math.isfinite(value):
            return f'float("{value}")'
        case float():
            return repr(value).replace("e+", "e")
        case list():
            return "[" + ", ".join(_flat(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{string(key)}: {_flat(item)}" for key, item in value.items()) + "}"
        case _:
            return repr(value)


def call(start: str, arguments: Sequence[str], *, indent: int = 0) -> str:
    """`start(arguments)` as one statement: on one line, its arguments on one line, or a line for each."""
    pad = " " * indent
    flat = ", ".join(arguments)
    one_line = "\n" not in flat
    if one_line and len(f"{pad}{start}({flat})") <= WIDTH:
        return f"{pad}{start}({flat})"
    if one_line and indent + len(INDENT) + len(flat) <= WIDTH:
        return f"{pad}{start}(\n{pad}{INDENT}{flat}\n{pad})"
    return pad + start + _exploded("(", arguments, ")", indent)


def _exploded(opening: str, items: Sequence[str], closing: str, indent: int) -> str:
    pad = " " * indent
    return "\n".join([opening, *(f"{pad}{INDENT}{item}," for item in items), pad + closing])
