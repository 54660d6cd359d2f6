"""What a target cannot carry is said, and only that."""

import pytest

from jupyter_kfp.findings import Level
from jupyter_kfp.notebook.settings import StepSettings
from jupyter_kfp.package import check_target
from jupyter_kfp.package.targets import _KUBERNETES_ONLY
from jupyter_kfp.pipeline import Parameter

from .made import compiled, make_pipeline

EXAMPLES = {
    "timeout": 60,
    "secrets": {"A": {"secret": "s", "key": "k"}},
    "config_maps": {"A": {"config_map": "c", "key": "k"}},
    "secret_volumes": [{"secret": "s", "path": "/s"}],
    "google_credentials": {},
    "volumes": [{"claim": "c", "path": "/c"}],
    "tolerations": [{"operator": "Exists"}],
    "node_selector": {"a": "b"},
    "labels": {"a": "b"},
    "annotations": {"a": "b"},
    "image_pull_secrets": ["s"],
    "security": {},
}
PORTABLE = {
    "cpu": "1",
    "cpu_limit": "1",
    "memory": "1Gi",
    "memory_limit": "1Gi",
    "gpu": 1,
    "gpu_type": "NVIDIA_TESLA_T4",
    "retries": 2,
    "backoff": {"seconds": 1},
    "cache": False,
    "environment": {"A": "b"},
    "display_name": "Shown",
    "results": {"model": "Model"},
}
ELSEWHERE = {"image", "build", "system_packages", "when", "foreach", "on_exit"}
"""Settings that the image or the control flow carries."""


def codes(pipeline, target="kubeflow"):
    return [found.code for found in check_target(pipeline, target)]


def test_every_setting_is_either_carried_or_said():
    assert set(EXAMPLES) | set(PORTABLE) | ELSEWHERE == set(StepSettings.model_fields)
    assert set(EXAMPLES) == set(_KUBERNETES_ONLY)


@pytest.mark.parametrize("name", EXAMPLES)
def test_vertex_says_each_setting_that_only_kubernetes_has(name):
    pipeline = make_pipeline(["train"], settings={"steps": {"train": {name: EXAMPLES[name]}}})
    (found,) = check_target(pipeline, "vertex")
    assert (found.code, found.step, found.name) == ("JK503", "train", name)
    assert codes(pipeline) == []


def test_portable_settings_are_carried_everywhere_and_change_the_package():
    pipeline = make_pipeline(["train"], settings={"steps": {"train": PORTABLE}})
    for target in ("kubeflow", "vertex", "kubernetes"):
        assert codes(pipeline, target) == []
    bare = compiled(make_pipeline(["train"]), "vertex")[0]
    for name, value in PORTABLE.items():
        given = (
            {name: value}
            | ({"gpu": 1} if name == "gpu_type" else {})
            | ({"retries": 1} if name == "backoff" else {})
        )
        assert compiled(make_pipeline(["train"], settings={"steps": {"train": given}}), "vertex")[0] != bare


def test_settings_without_effect_are_said():
    assert codes(make_pipeline(["a"], settings={"steps": {"a": {"backoff": {"seconds": 1}}}})) == ["JK503"]
    assert codes(make_pipeline(["a"], settings={"steps": {"a": {"gpu_type": "x"}}})) == ["JK503"]
    assert codes(make_pipeline(["a"], settings={"steps": {"a": {"gpu": 1}}}), "vertex") == ["JK503"]
    for key in ("privilege_escalation", "read_only_root"):
        pipeline = make_pipeline(["a"], settings={"steps": {"a": {"security": {key: True}}}})
        assert codes(pipeline) == ["JK503"]


def test_a_bucket_on_this_machine_is_said():
    assert codes(make_pipeline(["a"], settings={"bucket": "/data"})) == ["JK503"]
    assert codes(make_pipeline(["a"], settings={"bucket": "gs://data"})) == []


def test_a_manifest_cannot_carry_the_service_account():
    pipeline = make_pipeline(["a"], settings={"service_account": "runner"})
    assert codes(pipeline) == []
    assert codes(pipeline, "kubernetes") == ["JK503"]


@pytest.mark.parametrize(
    ("kind", "default", "code"),
    [
        ("int", 2**53 + 1, "JK504"),
        ("int", -(2**60), "JK504"),
        ("list", [1, [2**60]], "JK504"),
        ("dict", {"a": {"b": 2**60}}, "JK504"),
        ("float", float("inf"), "JK504"),
        ("float", float("nan"), "JK504"),
        ("str", None, "JK504"),
        ("str", "a\ud800b", "JK504"),
        ("list", [1.0, 2.5], "JK505"),
        ("str", "a\nb", "JK506"),
    ],
)
def test_defaults_that_kubeflow_would_change_are_said(kind, default, code):
    assert codes(make_pipeline(["a"], parameters=[Parameter("x", kind, default)])) == [code]


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("int", 2**53),
        ("float", 1.0),
        ("float", 1e300),
        ("list", [1, 2.5, "a", True, None]),
        ("dict", {}),
        ("str", ""),
    ],
)
def test_defaults_that_kubeflow_carries_are_not_said(kind, default):
    assert codes(make_pipeline(["a"], parameters=[Parameter("x", kind, default)])) == []


def test_many_steps_are_a_warning():
    assert codes(make_pipeline([f"s{i}" for i in range(101)])) == ["JK502"]
    assert codes(make_pipeline([f"s{i}" for i in range(100)])) == []


def test_a_loop_is_refused_not_dropped():
    pipeline = make_pipeline(["a"], settings={"steps": {"a": {"foreach": {"lr": [0.1, 0.2]}}}})
    (found,) = check_target(pipeline)
    assert (found.code, found.level) == ("JK515", Level.ERROR)
