"""`build`, `lock`, `convert --ci` and `run --containers`; the builder is a stub that knows every image."""

import json

import pytest

from .conftest import code


@pytest.fixture
def small(notebook):
    return notebook(code("x = 1", "step:load"), code("print(x)", "step:show"))


@pytest.fixture
def podman(tmp_path, monkeypatch):
    """Only this podman is installed; it has every image already, unless told to fail."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def podman(script="exit 0"):
        (folder / "podman").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n{script}\n')
        (folder / "podman").chmod(0o755)

    podman()
    monkeypatch.setenv("PATH", f"{folder}:/nonexistent")
    return podman


def test_build_writes_the_project_and_tells_each_image(kfp, small, podman, tmp_path):
    answer = kfp("build", small, "--json")
    assert answer.status == 0
    assert answer.json["builder"] == "podman"
    assert [image["step"] for image in answer.json["images"]] == ["load", "show"]
    assert not any(image["built"] for image in answer.json["images"])
    assert (tmp_path / "small-pipeline" / "steps" / "load" / "Dockerfile").is_file()


def test_build_of_one_step(kfp, small, podman):
    answer = kfp("build", small, "--step", "show")
    assert "1 image: 0 built, 1 there already" in answer.out
    assert "show: there already" in answer.err


def test_images_of_a_registry_are_named_in_the_package(kfp, small, podman, tmp_path):
    answer = kfp("build", small, "--registry", "r.example.com/team", "--push", "--json")
    image = answer.json["images"][0]["image"]
    assert image.startswith("r.example.com/team/small-load:")
    assert image in (tmp_path / "small-pipeline" / "pipeline.py").read_text()


def test_push_without_a_registry_is_wrong_usage(kfp, small, podman):
    answer = kfp("build", small, "--push")
    assert answer.status == 2
    assert "--push needs --registry" in answer.err


def test_an_unknown_step_is_wrong_usage_and_writes_nothing(kfp, small, podman, tmp_path):
    answer = kfp("build", small, "--step", "tain")
    assert answer.status == 2
    assert "the steps are load, show" in answer.err
    assert not (tmp_path / "small-pipeline").exists()


def test_without_a_builder_nothing_is_written_and_one_line_says_so(kfp, small, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "/nonexistent")
    answer = kfp("build", small)
    assert answer.status == 1
    assert "none of docker, podman, buildah is installed" in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "small-pipeline").exists()


def test_a_failed_build_names_step_and_cause(kfp, small, podman):
    podman('case "$1" in info) exit 0;; build) echo "no space left on device"; exit 1;; *) exit 1;; esac')
    answer = kfp("build", small)
    assert answer.status == 1
    assert "image of step load" in answer.err
    assert "the disk is full" in answer.err


def test_a_registry_that_is_none_is_refused_before_anything_is_written(kfp, small, podman, tmp_path):
    answer = kfp("build", small, "--registry", "https://r.example.com")
    assert answer.status == 1
    assert "not the address of a registry" in answer.err
    assert not (tmp_path / "small-pipeline").exists()


def test_lock_writes_and_check_holds_until_something_changes(kfp, small, notebook, tmp_path):
    assert kfp("lock", small, "--check").status == 1
    assert kfp("lock", small).status == 0
    fresh = kfp("lock", small, "--check", "--json")
    assert (fresh.status, fresh.json["changed"]) == (0, [])
    (tmp_path / "small-pipeline" / "steps" / "show" / "requirements.txt").write_text("numpy==0\n")
    stale = kfp("lock", small, "--check")
    assert stale.status == 1
    assert "requirements are stale: show" in stale.err
    assert "fix: jupyter kfp lock" in stale.err
    assert kfp("lock", small, "--json").json["changed"] == ["show"]


def test_lock_check_and_hashes_exclude_each_other(kfp, small):
    assert kfp("lock", small, "--check", "--hashes").status == 2


@pytest.mark.parametrize(
    ("service", "file"),
    [
        ("github", ".github/workflows/small.yml"),
        ("gitlab", ".gitlab-ci.yml"),
        ("cloudbuild", "cloudbuild.yaml"),
    ],
)
def test_convert_writes_a_ci_file(kfp, small, service, file, tmp_path):
    answer = kfp("convert", small, "--ci", service, "--json")
    assert answer.status == 0
    assert answer.json["ci"] == f"small-pipeline/{file}"
    text = (tmp_path / "small-pipeline" / file).read_text()
    listed = json.loads((tmp_path / "small-pipeline" / "project.json").read_text())["files"]
    assert "small-load:" in text
    assert file in listed


def test_changing_one_cell_changes_one_line_of_images(kfp, notebook, tmp_path):
    def images(last):
        path = notebook(code("x = 1", "step:load"), code(last, "step:show"))
        kfp("convert", path, "--ci", "gitlab")
        text = (tmp_path / "small-pipeline" / ".gitlab-ci.yml").read_text()
        return [line for line in text.splitlines() if "IMAGE: " in line]

    before, after = images("print(x)"), images("print(x + 1)")
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_containers_need_a_builder_that_runs_them(kfp, small, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    answer = kfp("run", small, "--containers")
    assert answer.status == 1
    assert "none of docker, podman is installed" in answer.err
    assert kfp("run", small, "--containers", "--builder", "buildah").status == 1


def test_one_image_is_for_containers(kfp, small):
    assert kfp("run", small, "--one-image").status == 2
