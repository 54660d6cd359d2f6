"""A pipeline's graph with places: boxes of steps in layers, lines between them. For who draws it himself.

In: a `Pipeline`. Out: boxes and lines in pixels, from the top left corner; the boxes have the size of the SVG's cards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .layout import Layout, Point, Size, lay_out
from .svg import card_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..pipeline import Pipeline

KEPT = 64
"""Layouts that are remembered: a graph changes seldom while its notebook is edited."""


@dataclass(frozen=True)
class Box:
    """The box of a step."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Placed:
    """Where everything is."""

    boxes: Mapping[str, Box]  # by the step's name
    lines: Mapping[tuple[str, str], tuple[Point, ...]]  # by source and target, top down
    width: float
    height: float


def place_graph(pipeline: Pipeline) -> Placed:
    """Place the steps and edges of `pipeline`."""
    sizes = {str(step.name): card_size(step) for step in pipeline.steps}
    lines = tuple((str(edge.source), str(edge.target)) for edge in pipeline.edges)
    if not sizes:
        return Placed({}, {}, 0.0, 0.0)
    layout = _lay_out(tuple(sizes.items()), lines)
    boxes = {name: _box(layout.places[name], size) for name, size in sizes.items()}
    routes = {}
    for source, target in lines:
        start, end = boxes[source], boxes[target]
        routes[source, target] = (
            (start.left + start.width / 2, start.top + start.height),
            *layout.routes[source, target],
            (end.left + end.width / 2, end.top),
        )
    return Placed(boxes, routes, layout.size.width, layout.size.height)


@lru_cache(maxsize=KEPT)
def _lay_out(sizes: tuple[tuple[str, Size], ...], lines: tuple[tuple[str, str], ...]) -> Layout[str]:
    return lay_out(dict(sizes), lines)


def _box(middle: Point, size: Size) -> Box:
    return Box(middle[0] - size.width / 2, middle[1] - size.height / 2, size.width, size.height)
