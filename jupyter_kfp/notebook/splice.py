"""Change a few values in JSON text and leave every other character as it is.

In: the text of a JSON document that parses, and what to set in it. Out: edits, which `apply_edits` makes in one go. New
text takes the style of its surroundings, so that a diff shows only what was meant. Nothing here knows of notebooks.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class Edit(NamedTuple):
    """Put `new` in the place of `text[start:end]`."""

    start: int
    end: int
    new: str


class Member(NamedTuple):
    """A key of an object and where it stands in the text."""

    key: str
    start: int  # of the key's opening quote
    value: int  # of the value's first character
    end: int  # behind the value's last character


@dataclass(frozen=True)
class Style:
    """How a document is written."""

    indent: str | None  # of one level; None: all on one line
    newline: str
    ascii: bool  # other characters are escaped
    comma: str  # between what stands on one line
    colon: str
    in_order: bool  # keys stand in alphabetical order, as nbformat writes them


def style_of(text: str) -> Style:
    """The style of a document, as its first lines and members show it; nbformat's own where they do not."""
    there = members(text, top(text))
    keys = [member.key for member in there]
    opening = re.match(r"\s*\{[ \t]*(\r?\n)([ \t]*)", text)
    gap = _gap_before(text, there[1].start) if len(there) > 1 else " "
    return Style(
        indent=(opening[2] or " ") if opening else None,
        newline=opening[1] if opening else "\n",
        ascii=text.isascii() and re.search(r"\\u(?!00[0-7])[0-9a-fA-F]{4}", text) is not None,
        comma=f",{gap}" if "\n" not in gap else ", ",
        colon=": " if not there or text[there[0].value - 1] == " " else ":",
        in_order=keys == sorted(keys),
    )


def members(text: str, start: int) -> list[Member]:
    """The members of the object that begins at `start`."""
    found: list[Member] = []
    for key_start in _entries(text, start, "}"):
        key, key_end = _DECODER.raw_decode(text, key_start)
        value = _skip_space(text, _skip_space(text, key_end) + 1)
        found.append(Member(key, key_start, value, _DECODER.raw_decode(text, value)[1]))
    return found


def elements(text: str, start: int) -> list[int]:
    """Where the elements of the array that begins at `start` begin."""
    return list(_entries(text, start, "]"))


def top(text: str) -> int:
    """Where the document's one value begins."""
    return _skip_space(text, 0)


def find(found: Iterable[Member], key: str) -> Member | None:
    """The member of that key: the last one, as JSON parsers take it."""
    return next((member for member in reversed(list(found)) if member.key == key), None)


def replace_value(text: str, member: Member, value: object, style: Style) -> Edit:
    """Another value for a member."""
    old = text[member.value : member.end]
    one_line = "\n" not in old and old not in ("[]", "{}")
    indent = None if one_line else _own_indent(text, member.start)
    return Edit(member.value, member.end, _dump(value, style, indent))


def insert_members(text: str, start: int, new: Mapping[str, Any], style: Style) -> list[Edit]:
    """New members for the object that begins at `start`: in order where its keys are in order, else at its end."""
    there = members(text, start)
    if not there:
        return [_fill(text, start, new, style)]
    keys = [member.key for member in there]
    in_order = keys == sorted(keys)
    edits: list[Edit] = []
    for key in sorted(new) if in_order else new:
        place = bisect_left(keys, key) if in_order else len(keys)
        neighbour = there[min(place, len(there) - 1)]
        gap = _gap_before(text, neighbour.start)
        indent = gap.rpartition("\n")[2] if "\n" in gap else None
        written = _member(key, new[key], style, indent)
        if place < len(there):
            edits.append(Edit(neighbour.start, neighbour.start, f"{written},{gap or style.comma[1:]}"))
        else:
            edits.append(Edit(neighbour.end, neighbour.end, f",{gap or style.comma[1:]}{written}"))
    return edits


def merge(text: str, start: int, new: Mapping[str, Any], style: Style) -> list[Edit]:
    """The members of `new` that the object at `start` does not have yet, objects merged likewise."""
    there = members(text, start)
    missing = {key: value for key, value in new.items() if find(there, key) is None}
    edits = insert_members(text, start, missing, style) if missing else []
    for key, value in new.items():
        member = find(there, key)
        if member is not None and isinstance(value, Mapping) and text[member.value] == "{":
            edits += merge(text, member.value, value, style)
    return edits


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made. Edits at one place are made in the order given."""
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        parts += [text[done : edit.start], edit.new]
        done = edit.end
    return "".join([*parts, text[done:]])


def _entries(text: str, start: int, closing: str) -> Iterator[int]:
    """Where each entry of an object or array begins; its key, for an object."""
    at = _skip_space(text, start + 1)
    while text[at] != closing:
        yield at
        at = _skip_space(text, _DECODER.raw_decode(text, at)[1])
        if text[at] == ":":
            at = _skip_space(text, _DECODER.raw_decode(text, _skip_space(text, at + 1))[1])
        if text[at] == ",":
            at = _skip_space(text, at + 1)


def _skip_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _gap_before(text: str, at: int) -> str:
    """The white space before `at`."""
    begin = at
    while begin and text[begin - 1] in " \t\n\r":
        begin -= 1
    return text[begin:at]


def _own_indent(text: str, at: int) -> str | None:
    """The indentation of what begins at `at`, where it begins its line."""
    line = text.rfind("\n", 0, at) + 1
    lead = text[line:at]
    return lead if line and not lead.strip() else None


def _fill(text: str, start: int, new: Mapping[str, Any], style: Style) -> Edit:
    """An empty object gets its first members, a line each where its own key has a line."""
    line = text.rfind("\n", 0, start) + 1
    lead = text[line:start]
    key = re.fullmatch(r'([ \t]*)(?:"(?:[^"\\]|\\.)*"\s*:\s*)?', lead)
    indent = key[1] if key and line and style.indent is not None else None
    return Edit(start, text.index("}", start) + 1, _dump(new, style, indent))


def _member(key: str, value: object, style: Style, indent: str | None) -> str:
    colon = ": " if indent is not None else style.colon
    return f"{json.dumps(key, ensure_ascii=style.ascii)}{colon}{_dump(value, style, indent)}"


def _dump(value: object, style: Style, indent: str | None) -> str:
    """`value` as text; `indent` is that of the line where it begins, None for one line."""
    tall = indent is not None and style.indent is not None
    text = json.dumps(
        value,
        ensure_ascii=style.ascii,
        indent=style.indent if tall else None,
        separators=(",", ": ") if tall else (style.comma, style.colon),
        sort_keys=style.in_order,
    )
    return text.replace("\n", f"{style.newline}{indent}") if tall else text
