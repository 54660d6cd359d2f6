"""Draws a Pipeline.

In: a `Pipeline`. Out: text for a terminal, Mermaid, SVG, or JSON of a stable shape. Nothing is written here.
Names, titles and paths come from the notebook, so each form quotes them by its own rules.
"""

from __future__ import annotations

from .json_graph import describe_graph
from .mermaid import draw_mermaid
from .svg import draw_svg
from .text import draw_text

__all__ = ["describe_graph", "draw_mermaid", "draw_svg", "draw_text"]
