"""Cleaning packages of our own: what a step declares and cannot give goes, and nothing else."""

import pytest
import yaml

from jupyter_kfp.package import clean_package, compile_package

from .made import make_pipeline, make_step


@pytest.fixture
def package(tmp_path):
    steps = [make_step("train", metrics=("accuracy", "confusion_matrix")), make_step("test")]
    settings = {"steps": {"train": {"results": {"model": "Model"}}}}
    pipeline = make_pipeline(steps, [("train", "test")], settings=settings)
    return compile_package(pipeline, tmp_path / "p.yaml").path


def change(path, edit):
    documents = list(yaml.safe_load_all(path.read_text()))
    edit(documents[0])
    path.write_text(yaml.safe_dump_all(documents))


def artifacts(path, step):
    spec = next(yaml.safe_load_all(path.read_text()))
    return set(spec["components"][f"comp-{step}"].get("outputDefinitions", {}).get("artifacts", {}))


def test_a_fresh_package_has_nothing_to_clean(package):
    before = package.read_bytes()
    assert not clean_package(package).changed
    assert package.read_bytes() == before
    assert artifacts(package, "train") == {"notebook", "metrics", "confusion_matrix", "result_model"}


@pytest.mark.parametrize(
    ("flag", "name"), [("--metrics-path", "metrics"), ("--result-model-path", "result_model")]
)
def test_what_no_flag_hands_to_the_step_goes(package, flag, name):
    def edit(spec):
        container = spec["deploymentSpec"]["executors"]["exec-train"]["container"]
        container["args"] = [arg for arg in container["args"] if not arg.startswith(flag)]

    change(package, edit)
    cleaned = clean_package(package)
    assert cleaned.removed == {"train": (name,)}
    assert name not in artifacts(package, "train")
    assert {"notebook", "confusion_matrix"} <= artifacts(package, "train")
    assert all(line.startswith((" ", "-", "@", "+++")) for line in cleaned.diff.splitlines())
    assert not clean_package(package).changed


def test_where_no_artifact_is_left_the_empty_list_goes_too(package):
    def edit(spec):
        container = spec["deploymentSpec"]["executors"]["exec-test"]["container"]
        container["args"] = [arg for arg in container["args"] if "html" not in arg]

    change(package, edit)
    clean_package(package)
    spec = next(yaml.safe_load_all(package.read_text()))
    assert set(spec["components"]["comp-test"]["outputDefinitions"]) == {"parameters"}


def test_what_is_to_be_kept_stays(package):
    def edit(spec):
        spec["deploymentSpec"]["executors"]["exec-test"]["container"]["args"] = []

    change(package, edit)
    assert not clean_package(package, keep=["test"]).changed


def test_steps_that_are_not_ours_are_left_alone(package):
    def edit(spec):
        container = spec["deploymentSpec"]["executors"]["exec-test"]["container"]
        container["args"], container["command"] = [], ["other"]

    change(package, edit)
    assert not clean_package(package).changed
