"""Pipelines for the tests, made without a notebook, and what they compile to."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from jupyter_kfp.notebook.cells import Cell, Kernel
from jupyter_kfp.notebook.settings import PipelineSettings
from jupyter_kfp.pipeline import Edge, Pipeline, Reason, ReasonKind, Step


def make_step(name, order=0, *, settings=None, **given):
    cell = Cell(f"{name}-cell", order + 1, "pass", (f"step:{name}",))
    given.setdefault("title", name)
    return Step(name, order, cells=(cell,), **given)


def make_pipeline(steps, edges=(), parameters=(), *, settings=None, name="iris", **given):
    """`steps`: names or Steps; `edges`: pairs of names; `settings`: as in the notebook's metadata."""
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


def compiled(pipeline, target="kubeflow"):
    """(IR, platform document or {}) of the pipeline."""
    from jupyter_kfp.package import render_dsl
    from jupyter_kfp.package.compile import compile_source

    _, documents = compile_source(render_dsl(pipeline, target=target), target=target)
    return documents[0], documents[1] if len(documents) > 1 else {}


def kubernetes_of(pipeline, step="train"):
    """What the platform document says of that step."""
    _, platform = compiled(pipeline)
    return platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"][f"exec-{step}"]
