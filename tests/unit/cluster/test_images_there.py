"""Images are looked for in their registry; what a registry does not say is not taken for a no."""

import pytest

from jupyter_kfp.cluster import images_there
from jupyter_kfp.cluster.images_there import look_for, split
from jupyter_kfp.images.builders import BuilderError

from .scripted import scripted


@pytest.fixture
def registry(monkeypatch):
    """A registry on loopback, and no builder that could be asked instead."""

    def no_builder():
        raise BuilderError("no builder")

    monkeypatch.setattr(images_there, "find_builder", no_builder)
    with scripted() as script:
        script.host = script.url.removeprefix("http://")
        yield script


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("r.example.com/team/iris-train:ab", ("r.example.com", "team/iris-train", "ab")),
        ("r.example.com:5000/iris", ("r.example.com:5000", "iris", "latest")),
        ("localhost/iris:1", ("localhost", "iris", "1")),
        ("r.example.com/iris:1@sha256:00ff", ("r.example.com", "iris", "sha256:00ff")),
        ("python:3.11-slim", ("", "python:3.11-slim", "3.11-slim")),
        ("library/python:3", ("", "library/python:3", "3")),
    ],
)
def test_a_name_is_taken_apart(image, parts):
    assert split(image) == parts


def test_what_is_there_and_what_is_not_is_told(registry):
    registry.otherwise = lambda asked: (200 if "train" in asked.path else 404, {}, {})
    found = look_for([f"{registry.host}/iris-train:1", f"{registry.host}/iris-test:1"])
    assert (found.missing, found.unknown) == ((f"{registry.host}/iris-test:1",), ())
    assert {asked.path for asked in registry.asked} == {
        "/v2/iris-train/manifests/1",
        "/v2/iris-test/manifests/1",
    }
    assert {asked.method for asked in registry.asked} == {"HEAD"}


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_registry_that_does_not_say_leaves_it_open(registry, status):
    registry.otherwise = (status, {}, {})
    found = look_for([f"{registry.host}/iris:1"])
    assert (found.missing, found.unknown) == ((), (f"{registry.host}/iris:1",))


def test_a_registry_that_does_not_answer_leaves_it_open(registry):
    registry.otherwise = None
    assert look_for([f"{registry.host}/iris:1"]).unknown == (f"{registry.host}/iris:1",)


def test_a_builders_yes_counts_and_its_no_does_not(registry, monkeypatch):
    class Builder:
        def registry_has(self, image):
            return "train" in image

    monkeypatch.setattr(images_there, "find_builder", Builder)
    registry.otherwise = (401, {}, {})
    found = look_for([f"{registry.host}/iris-train:1", f"{registry.host}/iris-test:1"])
    assert (found.missing, found.unknown) == ((), (f"{registry.host}/iris-test:1",))


def test_each_image_is_asked_for_once(registry):
    look_for([f"{registry.host}/iris:1"] * 5)
    assert len(registry.asked) == 1
