"""The panel: a notebook as a pipeline, in the notebook itself, wherever ipywidgets work.

In: a notebook's path, or nothing for the one that the panel stands in. Out: widgets with its graph, a form for its
parameters, buttons, and a run as it goes on. Everything that it does it does through `api`.
"""

from .panel import Panel, panel

__all__ = ["Panel", "panel"]
