"""A pipeline as a Mermaid flowchart, to paste into Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..pipeline import ReasonKind
from .labels import edge_label, plain

if TYPE_CHECKING:
    from ..pipeline import Edge, Pipeline

_KEPT = frozenset(" _-.,:/+")


def draw_mermaid(pipeline: Pipeline) -> str:
    """The flowchart, from top to bottom. Steps are known by their place, so no name can be taken for syntax."""
    lines = ["flowchart TD"]
    place = {step.name: f"s{step.order}" for step in pipeline.steps}
    for step in pipeline.steps:
        title = f"<br>{_quoted(step.title)}" if step.title != step.name else ""
        lines.append(f'    {place[step.name]}["{_quoted(step.name)}{title}"]')
    for edge in pipeline.edges:
        label = edge_label(edge)
        text = f'|"{_quoted(label)}"|' if label else ""
        lines.append(f"    {place[edge.source]} {_arrow(edge)}{text} {place[edge.target]}")
    return "\n".join(lines) + "\n"


def _arrow(edge: Edge) -> str:
    """Dotted where nothing but order is handed on."""
    carries = any(reason.kind in (ReasonKind.STATE, ReasonKind.FILE) for reason in edge.reasons)
    return "-->" if carries else "-.->"


def _quoted(text: str) -> str:
    """Letters and digits as they are, everything that Mermaid or HTML could read as its own by number."""
    return "".join(
        character if character.isalnum() or character in _KEPT else f"#{ord(character)};"
        for character in plain(text)
    )
