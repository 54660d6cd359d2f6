from __future__ import annotations

import pytest

from jupyter_kfp.pipeline import Parameter

from .made import make_pipeline, make_step


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
