"""Small notebooks on disk, and runs of them with real kernels."""

import json
import os

import pytest

from tests.unit.notebook.conftest import as_json


@pytest.fixture(autouse=True)
def no_notebook_around(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)


@pytest.fixture
def write(tmp_path):
    """`write((source, *tags), …)` gives the path of a notebook."""

    def make(*cells, name="demo.ipynb"):
        path = tmp_path / name
        path.write_text(json.dumps(as_json(*cells)))
        return path

    return make


RATE = ("rate = 0.5  # how fast", "parameters")
LOAD = ("values = [1.0, 2.0]", "step:load")
TRAIN = ("loss = sum(values) * rate\nprint(loss)", "step:train", "metrics")


@pytest.fixture
def notebook(write):
    return write(RATE, LOAD, TRAIN)


@pytest.fixture(scope="session")
def done(tmp_path_factory):
    """A run that has ended well."""
    import jupyter_kfp

    os.environ.pop("JPY_SESSION_NAME", None)
    path = tmp_path_factory.mktemp("done") / "demo.ipynb"
    path.write_text(json.dumps(as_json(RATE, LOAD, TRAIN)))
    return jupyter_kfp.run(path, rate=2)
