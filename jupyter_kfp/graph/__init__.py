"""Draws a Pipeline.

In: a `Pipeline`. Out: text for a terminal (`text.draw_text`), Mermaid (`mermaid.draw_mermaid`), SVG (`svg.draw_svg`),
or JSON of a stable shape (`json_graph.describe_graph`). Nothing is written here. Names, titles and paths come from the
notebook, so each form quotes them by its own rules.

The forms are imported one by one, because the layout of a picture imports NumPy and the others need not wait for it.
"""
