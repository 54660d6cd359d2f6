"""The headings of markdown cells: titles for steps, and what `suggest` cuts a notebook by.

CommonMark by markdown-it-py: a `# comment` in a fenced block is no heading. Only cells that may hold one are parsed.
"""

from __future__ import annotations

import itertools
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# `# x`, a line under a line of text, or an HTML heading
_MAY_HOLD = re.compile(r"^[ >]{0,3}(#{1,6}[ \t]|=+[ \t]*$|-+[ \t]*$)", re.MULTILINE)


def headings_in(source: str) -> list[tuple[int, str]]:
    """Level (1 to 6) and plain text of each heading in a markdown source, in order. Empty ones are left out."""
    if not _MAY_HOLD.search(source):
        return []
    tokens = _blocks().parse(source)
    found = []
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            text = _plain(inline.content)
            if text:
                found.append((int(opening.tag[1:]), text))
    return found


def _plain(markdown: str) -> str:
    """The text of one line of markdown without its marks and HTML tags."""
    (line,) = _inline().parseInline(markdown)
    parts = [
        child.content if child.type in ("text", "code_inline") else " "
        for child in line.children or ()
        if child.type in ("text", "code_inline", "softbreak", "hardbreak")
    ]
    return " ".join("".join(parts).split())


@cache
def _blocks() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 60 ms, only for notebooks that have headings

    return MarkdownIt().disable("inline")


@cache
def _inline() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt()
