"""A pipeline as an SVG picture: steps as cards, what they hand on as pills on the lines between them.

Colours are CSS variables (`--kfp-graph-…`) with defaults for light and dark, so a page can set its own. Steps,
pills and lines carry titles, which browsers show on hover and screen readers read.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias
from xml.etree import ElementTree

from ..pipeline import ReasonKind
from .labels import columns, edge_label, plain, shorten
from .layout import Layout, Point, Size, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..pipeline import Edge, Pipeline, Step

MARGIN = 16.0
CARD_HEIGHT = 46.0
CARD_LEAST = 104.0
PILL_HEIGHT = 20.0
NAME_COLUMN = 8.1  # width of a column of 14 px semibold text, a little generous
TITLE_COLUMN = 6.6  # of 11.5 px text
PILL_COLUMN = 6.5  # of 11 px monospaced text
LONGEST_TITLE = 34

_STYLE = """
.kfp-graph{font-family:var(--kfp-graph-font,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif)}
.kfp-graph .back{fill:var(--kfp-graph-back,#ffffff)}
.kfp-graph .card{fill:var(--kfp-graph-card,#f6f8fc);stroke:var(--kfp-graph-edge,#c3cddd);stroke-width:1}
.kfp-graph .mark{fill:var(--kfp-graph-accent,#326ce5)}
.kfp-graph .name{fill:var(--kfp-graph-text,#1b2333);font-size:14px;font-weight:600}
.kfp-graph .title{fill:var(--kfp-graph-faint,#5b6880);font-size:11.5px}
.kfp-graph .pill{fill:var(--kfp-graph-pill,#e3ecff);stroke:var(--kfp-graph-pill-edge,#b9cdf8)}
.kfp-graph .order .pill{fill:var(--kfp-graph-back,#ffffff);stroke-dasharray:3 2}
.kfp-graph .label{fill:var(--kfp-graph-pill-text,#1d3f8f);font-size:11px;
font-family:var(--kfp-graph-mono,ui-monospace,SFMono-Regular,Menlo,Consolas,monospace)}
.kfp-graph .line{fill:none;stroke:var(--kfp-graph-line,#8a9ab5);stroke-width:1.4}
.kfp-graph .line.order{stroke-dasharray:4 3}
.kfp-graph .tip{fill:var(--kfp-graph-line,#8a9ab5)}
.kfp-graph .pending .mark{fill:var(--kfp-graph-edge,#c3cddd)}
.kfp-graph .running .mark{fill:var(--kfp-graph-running,#e0a100)}
.kfp-graph .succeeded .mark{fill:var(--kfp-graph-succeeded,#2e9b50)}
.kfp-graph .failed .mark{fill:var(--kfp-graph-failed,#d3382f)}
.kfp-graph .failed .card{stroke:var(--kfp-graph-failed,#d3382f)}
.kfp-graph .stopped .mark{fill:var(--kfp-graph-faint,#5b6880)}
@media (prefers-color-scheme:dark){
.kfp-graph .back{fill:var(--kfp-graph-back,#12161f)}
.kfp-graph .card{fill:var(--kfp-graph-card,#1d2431);stroke:var(--kfp-graph-edge,#3a475e)}
.kfp-graph .mark{fill:var(--kfp-graph-accent,#6f9bff)}
.kfp-graph .name{fill:var(--kfp-graph-text,#e8edf7)}
.kfp-graph .title{fill:var(--kfp-graph-faint,#9aa8c0)}
.kfp-graph .pill{fill:var(--kfp-graph-pill,#1d2f57);stroke:var(--kfp-graph-pill-edge,#35518f)}
.kfp-graph .order .pill{fill:var(--kfp-graph-back,#12161f)}
.kfp-graph .label{fill:var(--kfp-graph-pill-text,#b9cdff)}
.kfp-graph .line{stroke:var(--kfp-graph-line,#5f708e)}
.kfp-graph .tip{fill:var(--kfp-graph-line,#5f708e)}
}
"""


@dataclass(frozen=True)
class _Card:
    """The box of a step."""

    name: str


@dataclass(frozen=True)
class _Pill:
    """The box of what one step hands on. Steps that wait for the same things share it."""

    source: str
    label: str


_Box: TypeAlias = "_Card | _Pill"


@dataclass(frozen=True)
class Mark:
    """How far a step is in a run: the colour of its card's mark, and a few words in place of its title."""

    state: Literal["pending", "running", "succeeded", "failed", "stopped"]
    note: str


def draw_svg(pipeline: Pipeline, marks: Mapping[str, Mark] | None = None) -> str:
    """The picture, as one `<svg>` element without an XML declaration; ends with a newline. `marks`: by step."""
    marks = marks or {}
    pills = _pills(pipeline.edges)
    lines = list(dict.fromkeys(_lines(pipeline.edges)))
    sizes: dict[_Box, Size] = {
        _Card(step.name): card_size(step, marks.get(step.name)) for step in pipeline.steps
    }
    sizes |= {pill: Size(columns(pill.label) * PILL_COLUMN + 18, PILL_HEIGHT) for pill in pills}
    layout = lay_out(sizes, lines)

    root = _canvas(pipeline, layout.size)
    drawing = ElementTree.SubElement(root, "g", transform=f"translate({MARGIN:g} {MARGIN:g})")
    for source, target in lines:
        _draw_line(drawing, (source, target), sizes, layout, order=_is_order(source, target, pills))
    for pill, edges in pills.items():
        _draw_pill(drawing, pill, edges, layout.places[pill], sizes[pill])
    for step in pipeline.steps:
        card = _Card(step.name)
        _draw_card(drawing, step, layout.places[card], sizes[card], marks.get(step.name))
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _pills(edges: Iterable[Edge]) -> dict[_Pill, list[Edge]]:
    pills: dict[_Pill, list[Edge]] = {}
    for edge in edges:
        pills.setdefault(_pill(edge), []).append(edge)
    return pills


def _pill(edge: Edge) -> _Pill:
    return _Pill(edge.source, edge_label(edge))


def _lines(edges: Iterable[Edge]) -> Iterator[tuple[_Box, _Box]]:
    for edge in edges:
        yield _Card(edge.source), _pill(edge)
        yield _pill(edge), _Card(edge.target)


def _is_order(source: _Box, target: _Box, pills: Mapping[_Pill, list[Edge]]) -> bool:
    """Whether the line hands on nothing but order."""
    pill = source if isinstance(source, _Pill) else target
    return isinstance(pill, _Pill) and not _carries(pills[pill])


def _carries(edges: Iterable[Edge]) -> bool:
    return any(
        reason.kind in (ReasonKind.STATE, ReasonKind.FILE) for edge in edges for reason in edge.reasons
    )


def _subtitle(step: Step, mark: Mark | None = None) -> str:
    if mark is not None:
        return shorten(plain(mark.note), LONGEST_TITLE)
    if step.title != step.name:
        return shorten(plain(step.title), LONGEST_TITLE)
    return "1 cell" if len(step.cells) == 1 else f"{len(step.cells)} cells"


def card_size(step: Step, mark: Mark | None = None) -> Size:
    """Size of a step's box."""
    width = max(columns(plain(step.name)) * NAME_COLUMN, columns(_subtitle(step, mark)) * TITLE_COLUMN) + 34
    return Size(max(width, CARD_LEAST), CARD_HEIGHT)


def _canvas(pipeline: Pipeline, size: Size) -> ElementTree.Element:
    width, height = size.width + 2 * MARGIN, size.height + 2 * MARGIN
    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "kfp-graph",
            "viewBox": f"0 0 {width:.0f} {height:.0f}",
            "width": f"{width:.0f}",
            "height": f"{height:.0f}",
            "role": "img",
            "style": "max-width:100%;height:auto",
        },
    )
    ElementTree.SubElement(root, "title").text = f"Pipeline {plain(pipeline.name)}"
    ElementTree.SubElement(root, "desc").text = _description(pipeline)
    ElementTree.SubElement(root, "style").text = _STYLE
    ElementTree.SubElement(root, "rect", {"class": "back", "width": "100%", "height": "100%", "rx": "8"})
    return root


def _description(pipeline: Pipeline) -> str:
    """The graph in sentences, for who cannot see it."""
    waits = (
        f"{plain(edge.target)} waits for {plain(edge.source)} ({edge_label(edge)})" for edge in pipeline.edges
    )
    steps = ", ".join(plain(step.name) for step in pipeline.steps)
    return "; ".join([f"Steps: {steps}", *waits]) + "."


def _draw_card(parent: ElementTree.Element, step: Step, middle: Point, size: Size, mark: Mark | None) -> None:
    left, top = middle[0] - size.width / 2, middle[1] - size.height / 2
    group = ElementTree.SubElement(
        parent,
        "g",
        {
            "class": f"step {mark.state}" if mark else "step",
            "data-step": plain(step.name),
            "transform": f"translate({left:.1f} {top:.1f})",
        },
    )
    ElementTree.SubElement(group, "title").text = _step_title(step)
    frame = {"width": f"{size.width:.1f}", "height": f"{size.height:.1f}", "rx": "7"}
    ElementTree.SubElement(group, "rect", {"class": "card", **frame})
    ElementTree.SubElement(
        group,
        "rect",
        {
            "class": "mark",
            "x": "8",
            "y": "11",
            "width": "3",
            "height": f"{size.height - 22:.1f}",
            "rx": "1.5",
        },
    )
    ElementTree.SubElement(group, "text", {"class": "name", "x": "19", "y": "20"}).text = plain(step.name)
    ElementTree.SubElement(group, "text", {"class": "title", "x": "19", "y": "36"}).text = _subtitle(
        step, mark
    )


def _step_title(step: Step) -> str:
    numbers = ", ".join(str(cell.number) for cell in step.cells)
    lines = [plain(step.name), plain(step.title)] if step.title != step.name else [plain(step.name)]
    lines.append(f"cell{'s' if len(step.cells) != 1 else ''} {numbers}")
    if step.saves or step.saves_all:
        lines.append(f"hands on {'all state' if step.saves_all else ', '.join(map(plain, step.saves))}")
    return "\n".join(lines)


def _draw_pill(
    parent: ElementTree.Element, pill: _Pill, edges: list[Edge], middle: Point, size: Size
) -> None:
    left, top = middle[0] - size.width / 2, middle[1] - size.height / 2
    kind = "edge" if _carries(edges) else "edge order"
    group = ElementTree.SubElement(
        parent, "g", {"class": kind, "transform": f"translate({left:.1f} {top:.1f})"}
    )
    details = dict.fromkeys(plain(reason.detail) for edge in edges for reason in edge.reasons)
    ElementTree.SubElement(group, "title").text = "\n".join(details)
    ElementTree.SubElement(
        group,
        "rect",
        {
            "class": "pill",
            "width": f"{size.width:.1f}",
            "height": f"{size.height:.1f}",
            "rx": f"{size.height / 2:g}",
        },
    )
    label = {"class": "label", "x": f"{size.width / 2:.1f}", "y": "14", "text-anchor": "middle"}
    ElementTree.SubElement(group, "text", label).text = pill.label


def _draw_line(
    parent: ElementTree.Element,
    ends: tuple[_Box, _Box],
    sizes: Mapping[_Box, Size],
    layout: Layout[_Box],
    *,
    order: bool,
) -> None:
    """A smooth line from the bottom of one box to the top of the other, with a tip where it meets a step."""
    source, target = ends
    start, end = layout.places[source], layout.places[target]
    tip = 6.0 if isinstance(target, _Card) else 0.0
    points = [
        (start[0], start[1] + sizes[source].height / 2),
        *layout.routes[ends],
        (end[0], end[1] - sizes[target].height / 2 - tip),
    ]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        half = (y1 + y2) / 2
        path += f"C{x1:.1f} {half:.1f} {x2:.1f} {half:.1f} {x2:.1f} {y2:.1f}"
    ElementTree.SubElement(parent, "path", {"class": "line order" if order else "line", "d": path})
    if tip:
        x, y = points[-1]
        ElementTree.SubElement(parent, "path", {"class": "tip", "d": f"M{x - 4:.1f} {y:.1f}h8l-4 {tip:g}z"})
