"""A pipeline for a terminal: a line per step in notebook order, with rails that show who waits for whom.

    ●    load
    ●    split  df
    ├─●  train  X_train, y_train
    ●─╯  test   X_test, y_test from split; model from train

A rail stands for the step it comes from. It begins at that step and ends at the last step that waits for it.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .labels import columns, edge_words, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..pipeline import Edge, Pipeline, Step

_UNICODE = {
    "node": "●", "rail": "│", "line": "─", "over": "│",
    "left on": "├", "left end": "╰", "right on": "┤", "right end": "╯", "middle on": "┼", "middle end": "┴",
}  # fmt: skip
_ASCII = {
    "node": "*", "rail": "|", "line": "-", "over": "|",
    "left on": "+", "left end": "`", "right on": "+", "right end": "'", "middle on": "+", "middle end": "^",
}  # fmt: skip


@dataclass(frozen=True)
class _Row:
    """One step's row: its rail, the rails that come in, the rails that only pass."""

    own: int
    incoming: frozenset[int]
    ending: frozenset[int]
    passing: frozenset[int]  # rails that are there above this row
    after: frozenset[int]  # rails that are there below it


def draw_text(pipeline: Pipeline, *, unicode: bool = True, width: int = 100) -> str:
    """The drawing, at most about `width` columns wide where the rails leave room for it; ends with a newline."""
    glyphs = _UNICODE if unicode else _ASCII
    rows = _rows(pipeline)
    rails = max((max({row.own, *row.passing, *row.after}) for row in rows), default=0) + 1
    names = max((columns(plain(step.name)) for step in pipeline.steps), default=0)
    lines = []
    for step, row in zip(pipeline.steps, rows, strict=True):
        left = 2 * rails + 1 + names + 2
        incoming = _incoming(step, pipeline)
        first, *more = textwrap.wrap(incoming, max(width - left, 24), break_on_hyphens=False) or [""]
        name = plain(step.name)
        lines.append(f"{_draw(row, rails, glyphs)} {name}{' ' * (names - columns(name) + 2)}{first}")
        lines += [f"{_rail(row.after, rails, glyphs)} {' ' * (names + 2)}{line}" for line in more]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _rows(pipeline: Pipeline) -> list[_Row]:
    """Give every step a rail: that of a parent that nobody else waits for, or the first free one."""
    last_use = {edge.source: pipeline.step(edge.target).order for edge in _by_target(pipeline)}
    rail_of: dict[str, int] = {}
    live: set[int] = set()
    rows = []
    for step in pipeline.steps:
        passing = frozenset(live)
        parents = pipeline.parents(step.name)
        incoming = frozenset(rail_of[parent] for parent in parents)
        ending = frozenset(rail_of[parent] for parent in parents if last_use[parent] == step.order)
        own = min(ending) if ending else _first_free(live)
        live -= ending
        if step.name in last_use:
            live.add(own)
        rail_of[step.name] = own
        rows.append(_Row(own, incoming, ending, passing, frozenset(live)))
    return rows


def _by_target(pipeline: Pipeline) -> Sequence[Edge]:
    return sorted(pipeline.edges, key=lambda edge: pipeline.step(edge.target).order)


def _first_free(taken: Iterable[int]) -> int:
    taken = set(taken)
    return next(rail for rail in range(len(taken) + 1) if rail not in taken)


def _draw(row: _Row, rails: int, glyphs: dict[str, str]) -> str:
    """The rails of a step's own line: two columns a rail, lines from the incoming rails to the step."""
    ends = row.incoming | {row.own}
    first, last = min(ends), max(ends)
    drawn = []
    for rail in range(rails):
        inside = first <= rail <= last
        drawn.append(_crossing(row, rail, first, last, glyphs) if inside else _straight(row, rail, glyphs))
        drawn.append(glyphs["line"] if inside and rail < last else " ")
    return "".join(drawn)


def _crossing(row: _Row, rail: int, first: int, last: int, glyphs: dict[str, str]) -> str:
    if rail == row.own:
        return glyphs["node"]
    if rail in row.incoming:
        side = "left" if rail == first else "right" if rail == last else "middle"
        return glyphs[f"{side} {'end' if rail in row.ending else 'on'}"]
    return glyphs["over"] if rail in row.passing else glyphs["line"]


def _straight(row: _Row, rail: int, glyphs: dict[str, str]) -> str:
    return glyphs["rail"] if rail in row.passing else " "


def _rail(live: frozenset[int], rails: int, glyphs: dict[str, str]) -> str:
    return "".join(f"{glyphs['rail'] if rail in live else ' '} " for rail in range(rails))


def _incoming(step: Step, pipeline: Pipeline) -> str:
    """What comes in: `df`, or `X_test from split; model from train` where there are several sources."""
    edges = [edge for edge in pipeline.edges if edge.target == step.name]
    edges.sort(key=lambda edge: pipeline.step(edge.source).order)
    words = [", ".join(edge_words(edge.reasons)) for edge in edges]
    previous = pipeline.steps[step.order - 1].name if step.order else None
    if len(edges) == 1 and edges[0].source == previous:
        return words[0]
    return "; ".join(f"{word} from {plain(edge.source)}" for word, edge in zip(words, edges, strict=True))
