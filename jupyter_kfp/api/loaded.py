"""A notebook, read and analysed: what it would be as a pipeline.

In: its path. Out: `Loaded`, with graph, parameters and findings, which a notebook shows as a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import FindingsError
from ..findings import Level
from .html import findings_table, graph_picture, page
from .place import this_notebook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..findings import Finding
    from ..notebook.cells import StepName
    from ..pipeline import JsonValue, Pipeline


class UnsoundNotebook(FindingsError):  # noqa: N818
    """The notebook has errors; each is told with its cell and fix. `findings` has them."""

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {finding_text(found)}" for found in self.findings)])


def finding_text(found: Finding) -> str:
    """`JK205 cell 3: message`, and the fix below it."""
    cell = f" cell {found.cell_number}" if found.cell_number else ""
    return f"{found.code}{cell}: {found.message}\n    fix: {found.fix}"


@dataclass(frozen=True)
class Graph:
    """The steps and what they hand on. Shown as a picture in a notebook, as text elsewhere."""

    pipeline: Pipeline

    @property
    def svg(self) -> str:
        """One `<svg>` element."""
        from ..graph.svg import draw_svg

        return draw_svg(self.pipeline)

    @property
    def mermaid(self) -> str:
        """A Mermaid flowchart."""
        from ..graph.mermaid import draw_mermaid

        return draw_mermaid(self.pipeline)

    def __str__(self) -> str:
        from ..graph.text import draw_text

        return draw_text(self.pipeline)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return page(graph_picture(self.pipeline))


@dataclass(frozen=True)
class Loaded:
    """A notebook as a pipeline. `pipeline` is the whole model."""

    pipeline: Pipeline

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.pipeline.name

    @property
    def notebook(self) -> Path:
        """Where the notebook is."""
        return self.pipeline.notebook

    @property
    def steps(self) -> tuple[StepName, ...]:
        """The steps' names, in notebook order."""
        return tuple(step.name for step in self.pipeline.steps)

    @property
    def parameters(self) -> dict[str, JsonValue]:
        """The parameters with their defaults."""
        return {str(parameter.name): parameter.default for parameter in self.pipeline.parameters}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the analysis has to say, in notebook order."""
        return self.pipeline.findings

    @property
    def graph(self) -> Graph:
        """The steps and what they hand on."""
        return Graph(self.pipeline)

    def sound(self) -> Pipeline:
        """The pipeline. Raises UnsoundNotebook where a finding is an error."""
        errors: Sequence[Finding] = [found for found in self.findings if found.level is Level.ERROR]
        if errors:
            raise UnsoundNotebook(errors, where=str(self.notebook))
        return self.pipeline

    def __repr__(self) -> str:
        findings = f", {len(self.findings)} findings" if self.findings else ""
        return f"<pipeline {self.name}: {', '.join(self.steps)}{findings}>"

    def _repr_html_(self) -> str:
        return page(graph_picture(self.pipeline), findings_table(self.findings))


def load(notebook: Path | str | Loaded | None = None) -> Loaded:
    """Read and analyse a notebook; nothing is run. Without a path: the notebook that the code stands in.

    What is wrong with it is in `findings`. Raises NotebookError where it is no notebook, NoNotebook where none is given
    and none is known.
    """
    if isinstance(notebook, Loaded):
        return notebook
    from ..dataflow import analyse
    from ..notebook import read_notebook

    path = this_notebook() if notebook is None else Path(notebook)
    return Loaded(analyse(read_notebook(path)))
