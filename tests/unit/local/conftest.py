"""Pipelines of stub step folders: fast, no kernel. What a step's cells do is a text of Python per step."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.local import kernels, run_project
from jupyter_kfp.notebook.settings import PipelineSettings, StepSettings
from jupyter_kfp.pipeline import Edge, Kernel, Parameter, Pipeline, Reason, ReasonKind, Step

STUB = Path(__file__).with_name("stub_main.py")


@dataclass
class Workshop:
    """A notebook's folder with a pipeline in the making."""

    folder: Path
    pipeline: Pipeline
    project: Path
    events: list[Any] = field(default_factory=list)

    @property
    def root(self):
        return self.folder / ".jupyter-kfp"

    def behave(self, step, code):
        (self.project / "steps" / step / "behaviour.py").write_text(code)

    def run(self, **options):
        self.events.clear()
        options.setdefault("on_event", self.events.append)
        return run_project(self.pipeline, self.project, **options)

    def told(self, kind):
        return [event for event in self.events if event.event == kind]

    def order(self, kind="step-started"):
        return [event.step for event in self.told(kind)]


@pytest.fixture(scope="session")
def environment():
    return kernels.read_environment("python3")


@pytest.fixture
def workshop(tmp_path, environment, monkeypatch):
    """`workshop(steps, …)` makes a Workshop; `steps` maps a name to (parents, code) or to code alone."""

    real = kernels.read_environment
    # Reading it takes longer than a stub step.
    monkeypatch.setattr(
        kernels, "read_environment", lambda name: environment if name == "python3" else real(name)
    )

    def make(
        steps, *, parameters=(), settings=None, metrics=None, kernel="python3", folder=tmp_path, name="demo"
    ):
        folder.mkdir(parents=True, exist_ok=True)
        notebook = folder / "demo.ipynb"
        notebook.write_text("{}")
        project = folder / "project"
        made, edges = [], []
        for order, (step, what) in enumerate(steps.items()):
            parents, code = ((), what) if isinstance(what, str) else what
            place = project / "steps" / step
            place.mkdir(parents=True)
            shutil.copy(STUB, place / "main.py")
            (place / "behaviour.py").write_text(code)
            (place / "about.json").write_text(json.dumps({"step": step, "order": order}))
            made.append(
                Step(
                    name=step,
                    order=order,
                    title=step.title(),
                    cells=(),
                    parameters=tuple(parameter.name for parameter in parameters),
                    metrics=tuple((metrics or {}).get(step, ())),
                    settings=StepSettings(**(settings or {}).get(step, {})),
                )
            )
            edges += [Edge(parent, step, (Reason(ReasonKind.STATE, "x", ""),)) for parent in parents]
        pipeline = Pipeline(
            name=name,
            notebook=notebook,
            parameters_cell=None,
            parameters=tuple(parameters),
            steps=tuple(made),
            edges=tuple(edges),
            findings=(),
            settings=PipelineSettings(),
            kernel=Kernel(name=kernel),
        )
        return Workshop(folder, pipeline, project)

    return make


@pytest.fixture
def number():
    return Parameter("number", "int", 1)
