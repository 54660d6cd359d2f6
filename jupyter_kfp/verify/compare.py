"""Are two lists of a cell's outputs the same?

In come nbformat outputs of one cell from the straight run and from the pipeline; out comes the first
difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .normalise import normalise

Output = Mapping[str, Any]
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_UNSEEN = frozenset({"application/vnd.jupyter.widget-view+json"})  # names a live widget, never equal


@dataclass(frozen=True)
class Part:
    """One comparable piece of a cell's outputs."""

    kind: str  # `stdout`, `stderr`, `text/plain`, `image/png`, `error`, …
    text: str


@dataclass(frozen=True)
class Comparison:
    """`straight` and `pipeline` hold the first parts that differ; both None where all are the same."""

    same: bool
    rules: frozenset[str]  # normalisation rules that were needed
    straight: Part | None = None
    pipeline: Part | None = None


def compare(
    straight: Sequence[Output], pipeline: Sequence[Output], folders: Iterable[str] = ()
) -> Comparison:
    """The first difference between two lists of outputs, after `normalise`.

    Execution counts and how a stream is cut into pieces are not looked at.
    """
    folders = tuple(folders)
    left, left_rules = _parts(straight, folders)
    right, right_rules = _parts(pipeline, folders)
    rules = left_rules | right_rules
    for index in range(max(len(left), len(right))):
        one = left[index] if index < len(left) else None
        two = right[index] if index < len(right) else None
        if one != two:
            return Comparison(False, rules, one, two)
    return Comparison(True, rules)


def _parts(outputs: Sequence[Output], folders: tuple[str, ...]) -> tuple[list[Part], frozenset[str]]:
    """Streams joined by name and put first, then results, pictures and errors in their order.

    The kernel sends stdout and stderr by two ways, so their order among each other says nothing.
    """
    streams: dict[str, str] = {}
    rest: list[Part] = []
    for output in outputs:
        if output["output_type"] == "stream":
            name = output["name"]
            streams[name] = streams.get(name, "") + _joined(output["text"])
        elif output["output_type"] == "error":
            rest.append(Part("error", f"{output['ename']}: {_ANSI.sub('', output['evalue'])}"))
        else:
            rest.extend(
                Part(mime, _joined(data))
                for mime, data in sorted(output["data"].items())
                if mime not in _UNSEEN
            )
    used: set[str] = set()
    parts = []
    for part in [*(Part(name, _settled(text)) for name, text in sorted(streams.items())), *rest]:
        if part.kind.startswith("image/") and part.kind != "image/svg+xml":
            parts.append(Part(part.kind, part.text.strip()))
            continue
        text, rules = normalise(part.text, folders)
        used |= rules
        parts.append(Part(part.kind, text))
    return parts, frozenset(used)


def _joined(data: object) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, list) and all(isinstance(line, str) for line in data):
        return "".join(data)
    return json.dumps(data, sort_keys=True)


def _settled(text: str) -> str:
    """What stays on the screen where a carriage return writes over the line, as progress bars do."""
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
