"""What cannot be equal in two runs of one notebook, and how it is made equal before they are compared.

In comes the text of an output, out goes the text with such places replaced by a fixed mark, and the names of
the rules that replaced something. `docs/promise.md` lists the rules; nothing else is forgiven.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One kind of text that differs between two runs of the same code."""

    name: str
    why: str  # for people: what it forgives
    pattern: re.Pattern[str]
    mark: str  # what stands in its place; may refer to groups


def _rule(name: str, why: str, pattern: str, mark: str) -> Rule:
    return Rule(name, why, re.compile(pattern), mark)


_DURATION = r"[\d.]+ ?(?:d|days?|h|hours?|min|m|s|ms|us|µs|μs|ns)\b"

RULES: tuple[Rule, ...] = (
    _rule("address", "memory addresses, as in `<Thing at 0x7f…>`", r"\b0x[0-9a-fA-F]{6,16}\b", "0x…"),
    _rule(
        "cell-file",
        "the temporary file name that a kernel gives to a cell in tracebacks and warnings, and the line in it: "
        "a definition that runs again in a later step stands at another line there",
        r"(?:(?:[^\s\"'<>]*[/\\])?ipykernel_\d+[/\\]\d+\.py|<ipython-input-\d+-[0-9a-f]+>|Cell In\s?\[\d+\])"
        r"(?:\"?, line \d+|:\d+)?",
        "<cell>",
    ),
    _rule(
        "cpu-times",
        "what `%time` and `%%time` print",
        r"(CPU times: )[^\n]*(\n)(Wall time: )[^\n]*",
        r"\1…\2\3…",
    ),
    _rule(
        "timeit",
        "what `%timeit` and `%%timeit` print",
        rf"{_DURATION} ± {_DURATION} per loop \(mean ± std\. dev\. of [\d,]+ runs?, [\d,]+ loops? each\)"
        r"|The slowest run took [\d.]+ times longer than the fastest\.[^\n]*",
        "… per loop",
    ),
    _rule(
        "progress-bar",
        "rates and times of progress bars",
        r"\[\d+:\d\d(?::\d\d)?<[\d:?]+, *[^\]\n]*\]|\d+ms/(?:step|epoch)|\d+s \d+ms/step",
        "[…]",
    ),
    _rule(
        "uuid",
        "random ids in HTML and in reprs",
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        "<uuid>",
    ),
    _rule(
        "html-id",
        "counted or random element ids of scikit-learn's and pandas' HTML",
        r"\bsk-(?:container|estimator)-id-\d+|\bT_[0-9a-f]{5}(?=[_\"\s{#.]|$)",
        "<id>",
    ),
    _rule(
        "svg-id",
        "random ids in Matplotlib's SVG",
        r"(?<=[\"#])[mpC][0-9a-f]{10}\b|<dc:date>[^<]*</dc:date>",
        "<id>",
    ),
)


def normalise(text: str, folders: Iterable[str] = ()) -> tuple[str, frozenset[str]]:
    """`text` with what cannot be equal replaced, and the names of the rules that did so.

    `folders` are the folders that the run used; they appear as `<folder>`, under the rule `folder`.
    """
    used: set[str] = set()
    for folder in sorted(folders, key=len, reverse=True):
        if folder in text:
            text = text.replace(folder, "<folder>")
            used.add("folder")
    for rule in RULES:
        text, count = rule.pattern.subn(rule.mark, text)
        if count:
            used.add(rule.name)
    return text, frozenset(used)
