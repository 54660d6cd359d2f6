"""Every setting of a step, as the compiled package carries it."""

import pytest

from jupyter_kfp.package.setters import cpu, memory

from .made import compiled, kubernetes_of, make_pipeline, make_step


def one(settings, target="kubeflow"):
    """(container, task, platform of the step) of a pipeline of one step with these settings."""
    pipeline = make_pipeline(["train"], settings={"steps": {"train": settings}})
    ir, platform = compiled(pipeline, target)
    executors = (
        platform.get("platforms", {}).get("kubernetes", {}).get("deploymentSpec", {}).get("executors", {})
    )
    return (
        ir["deploymentSpec"]["executors"]["exec-train"]["container"],
        ir["root"]["dag"]["tasks"]["train"],
        executors.get("exec-train", {}),
    )


def test_no_settings_need_no_platform_document():
    container, task, platform = one({})
    assert "resources" not in container
    assert task["cachingOptions"] == {"enableCache": True}
    assert platform == {}


def test_cpu_and_memory():
    container, _, _ = one({"cpu": "500m", "cpu_limit": "2", "memory": "1.5Gi", "memory_limit": "4Gi"})
    assert container["resources"] == {
        "cpuRequest": 0.5,
        "resourceCpuRequest": "500m",
        "cpuLimit": 2.0,
        "resourceCpuLimit": "2",
        "memoryRequest": 1.610612736,
        "resourceMemoryRequest": "1536Mi",
        "memoryLimit": 4.294967296,
        "resourceMemoryLimit": "4Gi",
    }


@pytest.mark.parametrize(
    ("quantity", "taken"),
    [("4Gi", "4Gi"), ("1.5Gi", "1536Mi"), ("2k", "2000"), ("0.5M", "500000"), ("128974848", "128974848")],
)
def test_memory_is_written_as_kfp_takes_it(quantity, taken):
    assert memory(quantity) == taken


@pytest.mark.parametrize(
    ("quantity", "taken"), [("500m", "500m"), ("0.5", "0.5"), ("2", "2"), ("1k", "1000")]
)
def test_cpus_are_written_as_kfp_takes_them(quantity, taken):
    assert cpu(quantity) == taken


@pytest.mark.parametrize("amount", ["1", "0.1", "1.75", "1000m", "3k", "2Ki", "0.3Mi", "1.5G", "0.1T", "2Ti"])
def test_any_quantity_of_the_settings_compiles(amount):
    one({"cpu": amount, "memory": amount})


def test_accelerators():
    container, _, _ = one({"gpu": 2})
    assert container["resources"]["accelerator"]["resourceType"] == "nvidia.com/gpu"
    assert container["resources"]["accelerator"]["resourceCount"] == "2"
    container, _, _ = one({"gpu": 1, "gpu_type": "NVIDIA_TESLA_T4"}, "vertex")
    assert container["resources"]["accelerator"]["type"] == "NVIDIA_TESLA_T4"


def test_retries_with_backoff():
    _, task, _ = one({"retries": 3, "backoff": {"seconds": 30, "factor": 1.5, "longest": 600}})
    assert task["retryPolicy"] == {
        "maxRetryCount": 3,
        "backoffDuration": "30s",
        "backoffFactor": 1.5,
        "backoffMaxDuration": "600s",
    }


def test_the_cache_can_be_turned_off():
    assert one({"cache": False})[1]["cachingOptions"] == {}
    assert one({"cache": True})[1]["cachingOptions"] == {"enableCache": True}


def test_environment_variables():
    container, _, _ = one({"environment": {"A": "1", "B": "two words"}})
    assert container["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "two words"}]


def test_display_names_come_from_the_settings_before_the_heading():
    pipeline = make_pipeline(
        [make_step("train", title="A heading"), make_step("test", title="Other")],
        settings={"steps": {"train": {"display_name": "Shown"}}},
    )
    tasks = compiled(pipeline)[0]["root"]["dag"]["tasks"]
    assert tasks["train"]["taskInfo"]["name"] == "Shown"
    assert tasks["test"]["taskInfo"]["name"] == "Other"


def test_timeout():
    assert one({"timeout": 90})[2] == {"activeDeadlineSeconds": "90"}


def test_secrets_as_environment():
    secrets = {"TOKEN": {"secret": "hub", "key": "token"}, "OTHER": {"secret": "hub", "key": "token"}}
    found = one({"secrets": secrets})[2]["secretAsEnv"]
    assert [entry["secretName"] for entry in found] == ["hub", "hub"]
    assert [entry["keyToEnv"] for entry in found] == [
        [{"secretKey": "token", "envVar": "TOKEN"}],
        [{"secretKey": "token", "envVar": "OTHER"}],
    ]


def test_secrets_as_files():
    (found,) = one({"secret_volumes": [{"secret": "keys", "path": "/etc/keys"}]})[2]["secretAsVolume"]
    assert (found["secretName"], found["mountPath"]) == ("keys", "/etc/keys")


def test_google_credentials_are_mounted_and_named():
    container, _, platform = one({"google_credentials": {}})
    path = "/secret/gcp-credentials/user-gcp-sa.json"
    assert container["env"] == [{"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": path}]
    (found,) = platform["secretAsVolume"]
    assert (found["secretName"], found["mountPath"]) == ("user-gcp-sa", "/secret/gcp-credentials")


def test_a_credentials_variable_of_the_users_own_stays():
    container, _, _ = one(
        {"google_credentials": {}, "environment": {"GOOGLE_APPLICATION_CREDENTIALS": "/mine.json"}}
    )
    assert container["env"] == [{"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/mine.json"}]


def test_config_maps_as_environment():
    (found,) = one({"config_maps": {"LEVEL": {"config_map": "logging", "key": "level"}}})[2]["configMapAsEnv"]
    assert found["configMapName"] == "logging"
    assert found["keyToEnv"] == [{"configMapKey": "level", "envVar": "LEVEL"}]


def test_volumes():
    (found,) = one({"volumes": [{"claim": "datasets", "path": "/data"}]})[2]["pvcMount"]
    assert (found["constant"], found["mountPath"]) == ("datasets", "/data")


def test_node_selector_and_tolerations():
    settings = {
        "node_selector": {"pool": "gpu"},
        "tolerations": [
            {"key": "gpu", "value": "yes", "effect": "NoSchedule"},
            {"operator": "Exists", "effect": "NoExecute", "seconds": 60},
        ],
    }
    platform = one(settings)[2]
    assert platform["nodeSelector"]["labels"] == {"pool": "gpu"}
    assert platform["tolerations"] == [
        {"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"},
        {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": "60"},
    ]


def test_labels_and_annotations():
    platform = one({"labels": {"team": "a"}, "annotations": {"note": "b"}})[2]
    assert platform["podMetadata"] == {"labels": {"team": "a"}, "annotations": {"note": "b"}}


def test_image_pull_secrets():
    found = one({"image_pull_secrets": ["one", "two"]})[2]["imagePullSecret"]
    assert [entry["secretName"] for entry in found] == ["one", "two"]


def test_security_context():
    assert one({"security": {}})[2]["securityContext"] == {"runAsNonRoot": True}
    found = one({"security": {"user": 1000, "group": 100}})[2]["securityContext"]
    assert found == {"runAsNonRoot": True, "runAsUser": "1000", "runAsGroup": "100"}
    assert one({"security": {"non_root": False}})[2] == {}


def test_defaults_reach_every_step_and_steps_override_them():
    pipeline = make_pipeline(
        ["load", "train"],
        settings={"defaults": {"labels": {"team": "a"}, "timeout": 60}, "steps": {"train": {"timeout": 90}}},
    )
    assert kubernetes_of(pipeline, "load")["activeDeadlineSeconds"] == "60"
    assert kubernetes_of(pipeline, "train")["activeDeadlineSeconds"] == "90"
    assert kubernetes_of(pipeline, "train")["podMetadata"] == {"labels": {"team": "a"}}
