"""Changes of a notebook that take a finding away, for a button beside it.

In: a finding, and the notebook's JSON that it is about. Out: tags or settings as they are afterwards. What the user
means cannot be known, so nothing is changed that is not asked for, and code never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from collections.abc import Callable

    from ..findings import Finding
    from ..notebook import Notebook
    from ..pipeline import Pipeline
    from .shapes import Mend


class Mends:
    """The mends of one notebook's findings."""

    def __init__(self, node: dict[str, Any], notebook: Notebook, pipeline: Pipeline) -> None:
        self._node = node
        self._notebook = notebook
        self._pipeline = pipeline
        self._cells = {str(cell.id): cell for cell in notebook.cells}

    def of(self, found: Finding) -> list[Mend]:
        """Best first; none where a person has to think."""
        return []
