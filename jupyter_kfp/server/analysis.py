"""What the front end wants to know of a notebook, as JSON. Runs in the worker.

In: a path relative to the server's root, and nbformat JSON. Out: the shapes `Analysis` and `Suggestion`. Raises
NotebookError for what is no notebook.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..dataflow.analyse import understand, write_down
from ..dataflow.layout import SETUP
from ..dataflow.suggest import suggest
from ..graph.labels import edge_label
from ..graph.placed import place_graph
from ..notebook import Role, parse_notebook
from ..notebook.document import check_document
from .finding_shapes import finding_shape
from .last_values import last_values
from .mends import Known, mends_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from ..dataflow.analyse import Understanding
    from ..graph.layout import Point
    from ..graph.placed import Box
    from ..notebook import CellId, Notebook
    from ..pipeline import Edge, Pipeline, Step
    from ..pipeline import Parameter as Declared
    from .last_values import LastValue
    from .shapes import (
        Analysis,
        Carried,
        CellRole,
        Finding,
        Graph,
        GraphEdge,
        GraphStep,
        Parameter,
        SuggestedStep,
        Suggestion,
    )


def describe_analysis(path: str, node: dict[str, Any]) -> Analysis:
    """All that is known of the notebook; a new one without code has no steps yet."""
    if not has_code(node, Path(path)):
        graph: Graph = {"steps": [], "edges": [], "width": 0, "height": 0}
        return {"title": Path(path).stem, "graph": graph, "cells": {}, "parameters": [], "findings": []}
    notebook = parse_notebook(node, Path(path))
    known = understand(notebook)
    pipeline = write_down(known)
    return {
        "title": pipeline.name,
        "graph": _graph(pipeline, last_values(Path(path))),
        "cells": _cells(notebook, known, pipeline),
        "parameters": [_parameter(one) for one in pipeline.parameters],
        "findings": _findings(node, notebook, pipeline),
    }


def describe_suggestion(path: str, node: dict[str, Any]) -> Suggestion:
    """Steps that are proposed."""
    if not has_code(node, Path(path)):
        return {"cells": {}, "steps": []}
    notebook = parse_notebook(node, Path(path))
    tags = suggest(notebook)
    cells = {
        str(cell.id): [*cell.tags, *(tag for tag in tags[cell.id] if tag not in cell.tags)]
        for cell in notebook.cells
        if cell.id in tags
    }
    return {"cells": cells, "steps": _suggested_steps(notebook, tags)}


def has_code(node: dict[str, Any], path: Path) -> bool:
    """Whether there is a code cell with something in it. Raises NotebookError for what is no notebook."""
    return any(cell.cell_type == "code" and cell.source.strip() for cell in check_document(node, path).cells)


def _suggested_steps(notebook: Notebook, tags: Mapping[CellId, Sequence[str]]) -> list[SuggestedStep]:
    """What the tags would make: a cell without goes on with the step above it."""
    titles = {heading.before: heading.text for heading in notebook.headings}
    steps: list[SuggestedStep] = []
    for cell in notebook.cells:
        for tag in tags.get(cell.id, ()):
            if tag.startswith("step:"):
                name = tag.removeprefix("step:")
                steps.append({"name": name, "title": titles.get(cell.number, name), "cells": []})
        if steps and cell.role not in (Role.SKIP, Role.PARAMETERS):
            steps[-1]["cells"].append(str(cell.id))
    return steps


def _graph(pipeline: Pipeline, last: LastValue) -> Graph:
    placed = place_graph(pipeline)
    return {
        "steps": [_step(step, placed.boxes[step.name]) for step in pipeline.steps],
        "edges": [_edge(edge, placed.lines[edge.source, edge.target], last) for edge in pipeline.edges],
        "width": round(placed.width, 1),
        "height": round(placed.height, 1),
    }


def _step(step: Step, box: Box) -> GraphStep:
    return {
        "name": step.name,
        "title": step.title,
        "order": step.order,
        "cells": [str(cell.id) for cell in step.cells],
        "x": round(box.left, 1),
        "y": round(box.top, 1),
        "width": round(box.width, 1),
        "height": round(box.height, 1),
        "gets": [str(name) for name in step.loads],
        "gets_all": step.loads_all,
        "gives": [str(name) for name in step.saves],
        "gives_all": step.saves_all,
        "parameters": [str(name) for name in step.parameters],
        "metrics": [str(name) for name in step.metrics],
        "reads_files": list(step.reads_files),
        "writes_files": list(step.writes_files),
        "settings": step.settings.model_dump(mode="json", exclude_unset=True, exclude_defaults=True),
    }


def _edge(edge: Edge, points: Sequence[Point], last: LastValue) -> GraphEdge:
    carried = dict.fromkeys((reason.subject, reason.kind.value) for reason in edge.reasons)
    return {
        "from": edge.source,
        "to": edge.target,
        "label": edge_label(edge),
        "names": [_carried(edge.source, name, kind, last) for name, kind in carried],
        "why": list(dict.fromkeys(reason.detail for reason in edge.reasons)),
        "points": [(round(x, 1), round(y, 1)) for x, y in points],
    }


def _carried(source: str, name: str, kind: str, last: LastValue) -> Carried:
    carried: Carried = {"name": name, "kind": kind}  # type: ignore[typeddict-item]
    if kind == "state" and (value := last(source, name)) is not None:
        carried["type"] = value.type
        if value.size is not None:
            carried["size"] = value.size
    return carried


def _cells(notebook: Notebook, known: Understanding, pipeline: Pipeline) -> dict[str, CellRole]:
    """The role of every code cell that is not empty."""
    skipped: CellRole = {"step": None, "role": "skip", "gets": [], "gives": []}
    cells: dict[str, CellRole] = {str(cell.id): skipped for cell in notebook.cells if cell.role is Role.SKIP}
    for placed in known.layout.cells:
        if placed.home < 0:
            role: Literal["parameters", "setup"] = "setup" if placed.home == SETUP else "parameters"
            cells[placed.cell.id] = {"step": None, "role": role, "gets": [], "gives": []}
            continue
        step, effects = pipeline.steps[placed.home], placed.effects
        reads = {*effects.reads, *effects.needs}
        cells[placed.cell.id] = {
            "step": step.name,
            "role": "metrics" if placed.cell.metrics else "step",
            "gets": [str(name) for name in step.loads if name in reads],
            "gives": [str(name) for name in step.saves if name in effects.writes],
        }
    return cells


def _parameter(parameter: Declared) -> Parameter:
    shape: Parameter = {"name": parameter.name, "type": parameter.type, "default": parameter.default}
    if parameter.doc:
        shape["description"] = parameter.doc
    return shape


def _findings(node: dict[str, Any], notebook: Notebook, pipeline: Pipeline) -> list[Finding]:
    sources = {str(cell.id): cell.source for cell in notebook.cells}
    known = Known(node, notebook, pipeline)
    return [
        finding_shape(found, source=sources.get(found.cell or "", ""), mends=mends_of(found, known))
        for found in pipeline.findings
    ]
