"""Pipelines and environments made by hand: what the other rooms would give."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_kfp.notebook.cells import Cell, CellId, Kernel, StepName
from jupyter_kfp.notebook.settings import PipelineSettings
from jupyter_kfp.pipeline import (
    Definition,
    Edge,
    Name,
    Parameter,
    Pipeline,
    Reason,
    ReasonKind,
    Replay,
    ReplayKind,
    Step,
)
from jupyter_kfp.project.environment import Distribution, Environment, Package

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = [
    'a "quoted" title',
    "it's",
    "both ' and \"",
    '"""',
    "'''",
    "ends in a backslash \\",
    'ends in """',
    "$(touch /owned) `touch /owned` ${HOME} $HOME",
    "two\nlines",
    "RUN touch /owned\nUSER root",
    "tab\tand \x00 and \x1b[31m and \u202e and \u2028",
    "100 % of %(prog)s and %s {braces} {{x}}",
    "größe 数据 🚀",
    "<script>alert(1)</script> | [link](x) `code`",
    "-- # comment",
    "",
]


def cell(identifier, source, number=1, tags=()):
    return Cell(CellId(identifier), number, source, tuple(tags))


def edge(source, target):
    return Edge(StepName(source), StepName(target), (Reason(ReasonKind.STATE, "x", "it reads x"),))


@pytest.fixture
def pipeline(tmp_path):
    """load → train: a parameter, a replayed import and definition, state, a metric."""
    return iris(tmp_path)


def iris(folder):
    notebook = folder / "notebooks" / "iris.ipynb"
    notebook.parent.mkdir()
    load = Step(
        name=StepName("load"),
        order=0,
        title="Load the flowers",
        cells=(cell("c2", 'df = pd.read_csv("iris.csv")', 2, ["step:load"]),),
        replays=(Replay(ReplayKind.IMPORT, "import pandas as pd", CellId("c1"), 1, (Name("pd"),)),),
        saves=(Name("df"),),
        imports=("pandas",),
    )
    train = Step(
        name=StepName("train"),
        order=1,
        title="Train the model",
        cells=(cell("c4", "model = fit(df, test_size)\naccuracy = 0.9", 4, ["step:train", "metrics"]),),
        replays=(
            Replay(ReplayKind.IMPORT, "import pandas as pd", CellId("c1"), 1, (Name("pd"),)),
            Replay(ReplayKind.IMPORT, "from sklearn.svm import SVC\n", CellId("c1"), 2, (Name("SVC"),)),
            Replay(
                ReplayKind.DEFINITION,
                "def fit(df, share):\n    return SVC()",
                CellId("c3"),
                1,
                (Name("fit"),),
            ),
        ),
        parameters=(Name("test_size"),),
        loads=(Name("df"),),
        saves=(Name("model"),),
        metrics=(Name("accuracy"),),
        definitions=(
            Definition(Name("fit"), "def fit(df, share):\n    return SVC()", CellId("c3"), 1, (Name("SVC"),)),
        ),
        imports=("pandas", "sklearn.svm"),
    )
    return Pipeline(
        name="iris",
        notebook=notebook,
        parameters_cell=cell("c0", "test_size = 0.4  # share of rows held back", 1, ["parameters"]),
        parameters=(Parameter(Name("test_size"), "float", 0.4, "share of rows held back"),),
        steps=(load, train),
        edges=(edge("load", "train"),),
        findings=(),
        settings=PipelineSettings(),
        kernel=Kernel(),
    )


def with_step(pipeline, name, **changes):
    """The pipeline with that step changed."""
    steps = tuple(replace(step, **changes) if step.name == name else step for step in pipeline.steps)
    return replace(pipeline, steps=steps)


def distribution(name, version="1.0", *requires, **more):
    return Distribution(Package(name), version, tuple(requires), **more)


def environment_of(*distributions, owners=None, python="3.11.4", **more):
    modules = {each.name.replace("-", "_"): (each.name,) for each in distributions}
    return Environment(
        python=python,
        distributions={each.name: each for each in distributions},
        owners=modules | {module: tuple(map(Package, names)) for module, names in (owners or {}).items()},
        **more,
    )


RUNTIME = (
    distribution("cloudpickle", "3.1.2"),
    distribution("google-cloud-storage", "3.17.1", "google-api-core>=2"),
    distribution("google-api-core", "2.44.0"),
    distribution("ipykernel", "7.4.0", "ipython>=7", 'appnope>=0.1; platform_system == "Darwin"'),
    distribution("ipython", "9.18.1"),
    distribution("nbconvert", "7.17.2"),
    distribution("papermill", "2.7.0", "pyyaml", 'boto3; extra == "s3"'),
    distribution("pyyaml", "6.0.3"),
)
SCIENCE = (
    distribution("numpy", "2.4.6"),
    distribution(
        "pandas", "3.1.1", "numpy>=1.26", 'pytest; extra == "test"', 'tzdata; sys_platform == "win32"'
    ),
    distribution("scikit-learn", "1.8.0", "numpy>=1.24", "joblib>=1.3"),
    distribution("joblib", "1.6.0"),
)
SCIENCE_OWNERS = {
    "sklearn": ["scikit-learn"],
    "yaml": ["pyyaml"],
    "IPython": ["ipython"],
    "google": [],
    "google.cloud": [],
    "google.cloud.storage": ["google-cloud-storage"],
    "google.api_core": ["google-api-core"],
}


@pytest.fixture
def environment():
    """What runs a step, and a little science."""
    return environment_of(*RUNTIME, *SCIENCE, owners=SCIENCE_OWNERS)


def science_and(*distributions, owners=None, **more):
    """The environment above with these distributions besides, or instead of those of the same name."""
    chosen = {each.name: each for each in (*RUNTIME, *SCIENCE, *distributions)}
    return environment_of(*chosen.values(), owners=SCIENCE_OWNERS | (owners or {}), **more)


@pytest.fixture
def golden():
    """Compare with a file of golden/; `UPDATE_GOLDEN=1 pytest …` writes it anew, to be read in the diff."""

    def compare(text, name):
        file = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def make():
    """The functions above, for tests that need a pipeline or an environment of their own."""

    class Make:
        hostile = HOSTILE
        cell = staticmethod(cell)
        edge = staticmethod(edge)
        with_step = staticmethod(with_step)
        distribution = staticmethod(distribution)
        environment_of = staticmethod(environment_of)
        science_and = staticmethod(science_and)
        runtime = RUNTIME

    return Make
