from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_kfp.notebook.cells import Cell, Kernel
from jupyter_kfp.notebook.settings import PipelineSettings
from jupyter_kfp.pipeline import Edge, Parameter, Pipeline, Reason, ReasonKind, Step


def make_step(name, order=0, *, settings=None, **given):
    cell = Cell(f"{name}-cell", order + 1, "pass", (f"step:{name}",))
    given.setdefault("title", name)
    return Step(name, order, cells=(cell,), **given)


def make_pipeline(steps, edges=(), parameters=(), *, settings=None, name="iris", **given):
    """`steps`: names or Steps; `edges`: pairs of names; `settings`: as in the notebook's metadata."""
    import dataclasses

    read = PipelineSettings.model_validate(settings or {})
    made = []
    for order, step in enumerate(steps):
        step = make_step(step) if isinstance(step, str) else step
        made.append(dataclasses.replace(step, order=order, settings=read.for_step(step.name)))
    reason = Reason(ReasonKind.STATE, "df", "reads df")
    return Pipeline(
        name=name,
        notebook=given.pop("notebook", Path("iris.ipynb")),
        parameters_cell=None,
        parameters=tuple(parameters),
        steps=tuple(made),
        edges=tuple(Edge(source, target, (reason,)) for source, target in edges),
        findings=(),
        settings=read,
        kernel=Kernel(),
        **given,
    )


@pytest.fixture
def iris():
    parameters = (
        Parameter("csv", "str", "Iris.csv", "Where the flowers are."),
        Parameter("test_size", "float", 0.4, "Share that is held back."),
    )
    steps = (
        make_step("load", title="Load the flowers", parameters=("csv",)),
        make_step("split", parameters=("test_size",)),
        make_step("train"),
        make_step("test", metrics=("accuracy",), title="Test"),
    )
    edges = [("load", "split"), ("split", "train"), ("split", "test"), ("train", "test")]
    return make_pipeline(steps, edges, parameters, settings={"bucket": "gs://flowers/runs"})
