"""What stands on an edge: the names it carries, in few words."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from ..pipeline import ReasonKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..pipeline import Edge, Reason


def edge_words(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """The names, files and other reasons of an edge, each once: `("X_train", "model.csv", "after")`."""
    return tuple(dict.fromkeys(_word(reason) for reason in reasons))


def _word(reason: Reason) -> str:
    match reason.kind:
        case ReasonKind.STATE | ReasonKind.FILE:
            return plain(reason.subject)
        case ReasonKind.AFTER:
            return "after"
        case ReasonKind.ORDER:
            return f"order of {plain(reason.subject)}"
        case ReasonKind.CAUTION:
            return "all state"


def edge_label(edge: Edge, limit: int = 3) -> str:
    """`X_train, y_train`, with `+2` for what `limit` leaves out."""
    words = edge_words(edge.reasons)
    shown = ", ".join(words[:limit])
    return f"{shown} +{len(words) - limit}" if len(words) > limit else shown


def plain(text: str) -> str:
    """`text` on one line, without control, direction and other unseen characters."""
    seen = (" " if unicodedata.category(character).startswith("C") else character for character in text)
    return " ".join("".join(seen).split())


def shorten(text: str, width: int) -> str:
    """`text` cut to `width` characters, with an ellipsis where something is gone."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def columns(text: str) -> int:
    """How many columns a fixed-width font gives to `text`: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
