"""Which image each step has on a cluster, without a cluster."""

import json

import pytest

import jupyter_kfp
from jupyter_kfp.api.submit import _images
from jupyter_kfp.cluster import Chosen, EndpointError
from jupyter_kfp.cluster.endpoints import Endpoint

READY = {"image": "registry.example.com/team/notebook:1", "build": False}
NO_REGISTRY = Chosen("team", Endpoint(), {})


@pytest.fixture(autouse=True)
def no_builder(monkeypatch):
    def find(*_, **__):
        raise AssertionError("a builder was looked for")

    monkeypatch.setattr("jupyter_kfp.images.find_builder", find)


def test_images_that_are_not_built_come_with_the_code_that_they_do_not_hold(notebook):
    content = json.loads(notebook.read_text())
    content["metadata"]["jupyter_kfp"] = {"defaults": READY}
    notebook.write_text(json.dumps(content))
    pipeline = jupyter_kfp.load(notebook).pipeline
    images, code = _images(pipeline, NO_REGISTRY, {}, build=True)
    assert images == {"load": READY["image"], "train": READY["image"]}
    assert set(code) == {"load", "train"}


def test_images_that_have_to_be_built_need_a_registry(notebook):
    pipeline = jupyter_kfp.load(notebook).pipeline
    with pytest.raises(EndpointError, match="no registry"):
        _images(pipeline, NO_REGISTRY, {"load": "registry.example.com/load:1"}, build=True)
