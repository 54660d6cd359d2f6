"""The double of a cluster (tests/cluster), endpoints that lead there, and small notebooks to submit."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_kfp.cluster import Chosen, load_endpoint
from jupyter_kfp.cluster.submit import Submitted, submit
from jupyter_kfp.dataflow import analyse
from jupyter_kfp.notebook import read_notebook
from jupyter_kfp.pipeline import Pipeline
from tests.cluster import Cluster, cluster
from tests.systems.storage import NoStorageError, skip_or_fail

STAND_IN = Path(__file__).with_name("stand_in.py")
GOOGLE = (
    "GOOGLE_APPLICATION_CREDENTIALS", "JUPYTER_KFP_TOKEN", "JUPYTER_KFP_ENDPOINT", "JUPYTER_KFP_HOST",
    "KF_PIPELINES_SA_TOKEN_PATH", "KUBERNETES_SERVICE_HOST",
)  # fmt: skip


@pytest.fixture(scope="module")
def double():
    """A cluster whose steps wait for their images until a test gives some; storage and IAM lead to it."""
    with pytest.MonkeyPatch.context() as patch:
        try:
            with cluster(missing_images="wait") as running:
                for name, value in running.variables().items():
                    patch.setenv(name, value)
                for name in GOOGLE:
                    patch.delenv(name, raising=False)
                patch.setenv("NO_GCE_CHECK", "true")
                patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # loopback has no certificates
                patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
                yield running
        except NoStorageError as error:
            skip_or_fail(error)


@pytest.fixture
def here(double, tmp_path, monkeypatch):
    """A user's machine: a folder of their own, no configuration but what the test writes; the double is well."""
    double.admin.no_faults()
    double.admin.skew(0)
    double.admin.token_lifetime(3600)
    double.admin.break_iap("")
    double.admin.forget_asked()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    return tmp_path


@pytest.fixture
def configure(here, double):
    """Write the endpoint `team` with these settings over those of the double; gives it as it is in effect."""

    def write(**settings) -> Chosen:
        table = {
            "host": double.url,
            "bucket": f"{double.bucket}/team",
            "iap_client_id": double.client_id,
            **settings,
        }
        table = {key: value for key, value in table.items() if value is not None}
        folder = here / "config"
        folder.mkdir(exist_ok=True)
        content = {"JupyterKfp": {"endpoints": {"team": table}}}
        (folder / "jupyter_kfp_config.json").write_text(json.dumps(content))
        return load_endpoint()

    return write


@pytest.fixture
def robot(configure, double, here) -> Chosen:
    """An endpoint that the robot signs in to with its key."""
    return configure(service_account_key=str(double.service_account_key(here / "key.json")))


def code(source: str, *tags: str) -> dict:
    return {"source": source, "tags": list(tags)}


def write_notebook(path: Path, *cells: dict, settings: Mapping | None = None) -> Path:
    made = [
        {
            "cell_type": "code", "id": f"cell-{number}", "source": cell["source"], "outputs": [],
            "execution_count": None, "metadata": {"tags": cell["tags"]} if cell["tags"] else {},
        }
        for number, cell in enumerate(cells)
    ]  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, **({"jupyter_kfp": settings} if settings else {})}
    path.write_text(json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
    return path


@dataclass
class Work:
    """A pipeline with the images of its steps, which stand-ins run: `behave` says how each step does."""

    pipeline: Pipeline
    images: dict
    double: Cluster
    folder: Path

    def behave(self, **steps: Mapping) -> None:
        """Let the steps run: each named one so (see stand_in.py), the others well."""
        for step, image in self.images.items():
            place = self.folder / "images" / step
            place.mkdir(parents=True, exist_ok=True)
            (place / "main.py").write_text(STAND_IN.read_text())
            (place / "behaviour.json").write_text(
                json.dumps({"step": step, **steps.get(step.replace("-", "_"), {})})
            )
            self.double.images[image] = place

    def submit(self, chosen: Chosen, **given) -> Submitted:
        given.setdefault("sleep", lambda seconds: None)
        return submit(self.pipeline, chosen, self.images, **given)


@pytest.fixture
def work(here, double) -> Work:
    """Two steps and a parameter, under a name of its own."""
    name = f"two-{secrets.token_hex(4)}"
    path = write_notebook(
        here / "two.ipynb",
        code("size = 3", "parameters"),
        code("numbers = list(range(size))", "step:load"),
        code("total = sum(numbers)\naccuracy = 0.5", "step:add", "metrics"),
        settings={"name": name},
    )
    pipeline = analyse(read_notebook(path))
    images = {step.name: f"registry.example.com/{name}-{step.name}:1" for step in pipeline.steps}
    return Work(pipeline, images, double, here)
