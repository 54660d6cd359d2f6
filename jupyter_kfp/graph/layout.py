"""Places boxes in layers, so that lines run downward and cross little.

In: boxes with their sizes, and lines between them. Out: the middle of each box and the bends of each line. The
work is grandalf's (Sugiyama's method); this file only speaks its language.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from grandalf.graphs import Edge as _Edge
from grandalf.graphs import Graph as _Graph
from grandalf.graphs import Vertex as _Vertex
from grandalf.layouts import SugiyamaLayout

Point: TypeAlias = tuple[float, float]
Key = TypeVar("Key", bound=Hashable)

ROUNDS = 6
"""How often the layers are put in order; more rounds take time and hardly remove a crossing."""
THREAD = 14.0
"""Width that a line takes where it passes a layer."""


@dataclass(frozen=True)
class Size:
    """Of a box, in pixels."""

    width: float
    height: float


@dataclass(frozen=True)
class Layout(Generic[Key]):
    """Where everything is, in pixels from the top left corner."""

    places: Mapping[Key, Point]  # middles of the boxes
    routes: Mapping[tuple[Key, Key], tuple[Point, ...]]  # bends between the two boxes, top down
    size: Size


class _View:
    """What grandalf asks of a box, and where it puts its answer."""

    def __init__(self, size: Size) -> None:
        self.w = size.width
        self.h = size.height
        self.xy: Point = (0.0, 0.0)


class _Line(_Edge):  # type: ignore[misc]  # grandalf has no types
    """grandalf keeps lines in sets: a hash that is not an address makes it take them in the same order each time."""

    def __init__(self, number: int, source: _Vertex, target: _Vertex) -> None:
        super().__init__(source, target)
        self._number = number

    def __hash__(self) -> int:
        return self._number


class _Path:
    """What grandalf asks of a line."""

    def __init__(self) -> None:
        self.points: Sequence[Point] = ()

    def setpath(self, points: Sequence[Point]) -> None:
        self.points = tuple(points)


def lay_out(
    sizes: Mapping[Key, Size], lines: Sequence[tuple[Key, Key]], *, across: float = 28.0, down: float = 30.0
) -> Layout[Key]:
    """Place boxes of `sizes` so that every line of `lines` runs downward; the lines must have no cycle.

    `across` and `down` are the least gaps between boxes. Parts without a line between them stand side by side.
    """
    boxes = {key: _Vertex(key) for key in sizes}
    for key, box in boxes.items():
        box.view = _View(sizes[key])
    paths = {}
    for number, (source, target) in enumerate(lines):
        line = paths[source, target] = _Line(number, boxes[source], boxes[target])
        line.view = _Path()
    places: dict[Key, Point] = {}
    routes: dict[tuple[Key, Key], tuple[Point, ...]] = {}
    right = bottom = 0.0
    for part in _Graph(list(boxes.values()), list(paths.values())).C:
        _place(part, across, down)
        members = [box for box in boxes.values() if box.c is part]
        left = min(box.view.xy[0] - box.view.w / 2 for box in members)
        top = min(box.view.xy[1] - box.view.h / 2 for box in members)
        shift = (right + across if right else 0.0) - left
        for box in members:
            places[box.data] = (box.view.xy[0] + shift, box.view.xy[1] - top)
        heights: dict[float, float] = {}
        for box in members:
            heights[box.view.xy[1]] = max(box.view.h, heights.get(box.view.xy[1], 0.0))
        for ends, line in paths.items():
            if line.v[0].c is part:
                bends = _straight_through(line.view.points[1:-1], heights)
                routes[ends] = tuple((x + shift, y - top) for x, y in bends)
        right = max(places[box.data][0] + box.view.w / 2 for box in members)
        bottom = max(bottom, *(places[box.data][1] + box.view.h / 2 for box in members))
    return Layout(places, routes, Size(right, bottom))


def _straight_through(points: Sequence[Point], heights: Mapping[float, float]) -> Iterator[Point]:
    """Two bends for each layer that a line passes, so that it moves sideways between layers and meets no box."""
    for x, y in points:
        yield x, y - heights[y] / 2
        yield x, y + heights[y] / 2


def _place(part: object, across: float, down: float) -> None:
    """Let grandalf place one connected part."""
    layout = SugiyamaLayout(part)
    layout.xspace, layout.yspace, layout.dw, layout.dh = across, down, THREAD, THREAD
    layout.init_all(inverted_edges=[], optimize=True)
    layout.draw(ROUNDS)
