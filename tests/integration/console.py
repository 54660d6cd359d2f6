"""The `console` blocks of a page: what is typed, and what is shown below it.

A comment right above a block says how it is tested: `<!-- not run: reason -->`, or `<!-- cluster -->` for the double.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?^```console\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL
)
VARYING = [
    (re.compile(r"\d+(\.\d+)? (s|min)\b( \d+ s\b)?"), "TIME"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}-[\w-]+"), "RUN"),
]


@dataclass(frozen=True)
class Typed:
    """A command; `shown` is empty where the page shows nothing of what comes."""

    command: str
    shown: str
    mark: str = ""

    @property
    def reason(self) -> str:
        """Why it is not run; empty where it is."""
        return self.mark.removeprefix("not run:").strip() if self.mark.startswith("not run:") else ""

    def agrees(self, out: str, err: str) -> bool:
        """Whether this is what the page shows; which stream comes first nobody can tell."""
        shown = normalised(self.shown)
        return not shown or shown in (normalised(out + err), normalised(err + out))


def typed(page: str) -> Iterator[Typed]:
    """Each command of a page, in its order."""
    for block in BLOCK.finditer(page):
        for command in block["body"].removeprefix("$ ").split("\n$ "):
            line, _, shown = command.partition("\n")
            yield Typed(re.sub(r"\s+# .*", "", line).strip(), shown, block["mark"] or "")


def normalised(text: str) -> list[str]:
    """Lines without what differs from run to run."""
    for varying, name in VARYING:
        text = varying.sub(name, text)
    return [line.rstrip() for line in text.splitlines()]
