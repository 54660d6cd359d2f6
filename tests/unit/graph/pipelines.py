"""Pipelines to draw, built by hand: no notebook is read."""

from __future__ import annotations

import itertools
from pathlib import Path

from jupyter_kfp.notebook.cells import Cell, CellId, Kernel, StepName
from jupyter_kfp.notebook.settings import PipelineSettings
from jupyter_kfp.pipeline import Edge, Name, Pipeline, Reason, ReasonKind, Step


def step(name: str, order: int, title: str = "", saves: tuple[str, ...] = ()) -> Step:
    cell = Cell(id=CellId(f"cell-{order}"), number=order + 1, source="pass")
    return Step(
        name=StepName(name),
        order=order,
        title=title or name,
        cells=(cell,),
        saves=tuple(Name(value) for value in saves),
    )


def edge(source: str, target: str, *subjects: str, kind: ReasonKind = ReasonKind.STATE) -> Edge:
    reasons = tuple(Reason(kind, subject, f"{target} reads {subject}") for subject in subjects)
    return Edge(StepName(source), StepName(target), reasons)


def pipeline(steps: list[Step], edges: list[Edge], name: str = "iris") -> Pipeline:
    return Pipeline(
        name=name,
        notebook=Path("iris.ipynb"),
        parameters_cell=None,
        parameters=(),
        steps=tuple(steps),
        edges=tuple(edges),
        findings=(),
        settings=PipelineSettings(),
        kernel=Kernel(),
    )


def chain(*names: str) -> Pipeline:
    """Each step hands `x` to the next."""
    edges = [edge(source, target, "x") for source, target in itertools.pairwise(names)]
    return pipeline([step(name, order) for order, name in enumerate(names)], edges)


def iris() -> Pipeline:
    steps = ["load", "split", "train", "test"]
    return pipeline(
        [step(name, order) for order, name in enumerate(steps)],
        [
            edge("load", "split", "df"),
            edge("split", "train", "X_train", "y_train"),
            edge("split", "test", "X_test", "y_test"),
            edge("train", "test", "model"),
        ],
    )


def wide(count: int) -> Pipeline:
    """`count` steps; each waits for one to three of the eight before it, always the same ones."""
    steps = [step(f"step-{order}", order, f"Step number {order}") for order in range(count)]
    edges = []
    for order in range(1, count):
        for source in sorted({max(0, order - 1 - (order * back) % 8) for back in range(1, 2 + order % 3)}):
            edges.append(edge(f"step-{source}", f"step-{order}", f"v{source}"))
    return pipeline(steps, edges)


HOSTILE = (
    '"]; click s0 "javascript:alert(1)"',
    "<script>alert('x')</script> & <b>",
    "`; rm -rf ~`",
    "a\nb\r\tc",
    "\x1b[31mred\x1b[0m\x07",
    "‮gnp.exe",
    "end",
    "#quot; %% {{x}} |y| --> z",
    "]]> <!-- ",
)
