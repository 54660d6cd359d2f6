"""An endpoint of kind `vertex` that leads to a double of Vertex AI."""

import pytest

from jupyter_kfp.cluster import load_endpoint
from tests.systems.vertex import PROJECT, REGION, vertex_up

SETTINGS = {
    "kind": "vertex",
    "project": PROJECT,
    "region": REGION,
    "bucket": "gs://example-bucket/team",
    "sign_in": "token",
}


@pytest.fixture
def vertex():
    with vertex_up() as double:
        yield double


@pytest.fixture
def endpoint(configure, monkeypatch):
    """The endpoint with these settings over the usual ones; None takes one away."""
    monkeypatch.setenv("JUPYTER_KFP_TOKEN", "ya29.not-a-real-token")

    def make(**settings):
        table = {key: value for key, value in {**SETTINGS, **settings}.items() if value is not None}
        configure("user", {"endpoints": {"team": table}})
        return load_endpoint()

    return make


@pytest.fixture
def no_waiting(monkeypatch):
    """The library's own retry waits by `time.sleep`."""
    waited = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


@pytest.fixture
def spec():
    """The IR of one step with one parameter."""
    return {
        "pipelineInfo": {"name": "iris"},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.17.0",
        "root": {
            "inputDefinitions": {"parameters": {"size": {"parameterType": "NUMBER_INTEGER"}}},
            "dag": {
                "tasks": {"train": {"componentRef": {"name": "comp-train"}, "taskInfo": {"name": "train"}}}
            },
        },
        "components": {"comp-train": {"executorLabel": "exec-train"}},
        "deploymentSpec": {
            "executors": {"exec-train": {"container": {"image": "registry.example.com/train:1"}}}
        },
    }
