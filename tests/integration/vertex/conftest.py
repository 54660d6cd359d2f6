"""A user's machine with an endpoint on the double of Vertex AI, a bucket on a real storage server, a small notebook."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jupyter_kfp.cli import main
from jupyter_kfp.cluster import Chosen, load_endpoint
from jupyter_kfp.cluster.submit import Submitted, submit
from jupyter_kfp.dataflow import analyse
from jupyter_kfp.notebook import read_notebook
from jupyter_kfp.pipeline import Pipeline
from tests.integration.cluster.conftest import GOOGLE, code, write_notebook
from tests.systems.storage import NoStorageError, skip_or_fail, storage_up
from tests.systems.vertex import PROJECT, REGION, Vertex, vertex_up

TOKEN = "ya29.not-a-real-token"
SETTINGS = {"kind": "vertex", "project": PROJECT, "region": REGION, "sign_in": "token"}


@pytest.fixture(scope="module")
def storage():
    """A bucket of Google's own client's."""
    try:
        with storage_up() as url, pytest.MonkeyPatch.context() as patch:
            patch.setenv("STORAGE_EMULATOR_HOST", url)
            from google.cloud import storage

            yield storage.Client(project="p").create_bucket(f"vertex-{secrets.token_hex(4)}")
    except NoStorageError as error:
        skip_or_fail(error)


@pytest.fixture
def vertex():
    with vertex_up() as double:
        double.token = TOKEN
        yield double


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of the user's own, no configuration but what the test writes."""
    for name in GOOGLE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("JUPYTER_KFP_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    for variable, folder in (
        ("JUPYTER_CONFIG_DIR", "config"),
        ("JUPYTER_CONFIG_PATH", "config"),
        ("JUPYTER_DATA_DIR", "data"),
        ("CLOUDSDK_CONFIG", "gcloud"),
    ):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    return tmp_path


@pytest.fixture
def configure(here, vertex, storage):
    """Write the endpoint `google` with these settings over the usual ones; gives it as it is in effect."""

    def write(**settings) -> Chosen:
        table = {**SETTINGS, "host": vertex.url, "bucket": f"gs://{storage.name}/team", **settings}
        table = {key: value for key, value in table.items() if value is not None}
        (here / "config").mkdir(exist_ok=True)
        content = {"JupyterKfp": {"endpoints": {"google": table}}}
        (here / "config" / "jupyter_kfp_config.json").write_text(json.dumps(content))
        return load_endpoint()

    return write


@pytest.fixture
def chosen(configure) -> Chosen:
    return configure()


@dataclass
class Work:
    """A pipeline with the images of its steps, and what its steps leave in the bucket when a test says so."""

    pipeline: Pipeline
    images: dict
    vertex: Vertex
    storage: object
    notebook: Path
    slept: list = field(default_factory=list)

    def submit(self, chosen: Chosen, **given) -> Submitted:
        given.setdefault("sleep", self.slept.append)
        return submit(self.pipeline, chosen, self.images, **given)

    @property
    def image_options(self) -> list[str]:
        return [word for step, image in self.images.items() for word in ("--image", f"{step}={image}")]

    def leave(self, run: str, step: str, file: str, content: str) -> None:
        """A file that the step leaves in that run."""
        self.storage.blob(f"team/runs/{run}/steps/{step}/{file}").upload_from_string(content)

    def succeeded(self, run: str, *steps: str, metrics: dict | None = None) -> None:
        """The steps have run to their end and left what they leave."""
        for step in steps:
            manifest = json.dumps({"version": 1, "step": step, "names": {}})
            digest = hashlib.sha256(manifest.encode()).hexdigest()
            self.storage.blob(f"team/objects/{digest}").upload_from_string(manifest)
            self.leave(run, step, "state.json", manifest)
            self.leave(run, step, "log.txt", f"step {step} of {run}\n")
            self.leave(run, step, "metrics.json", json.dumps(metrics or {}))


@pytest.fixture
def work(here, vertex, storage) -> Work:
    """Two steps, and a third that runs where a condition holds."""
    path = write_notebook(
        here / "three.ipynb",
        code("size = 3", "parameters"),
        code("numbers = list(range(size))", "step:load"),
        code("total = sum(numbers)\naccuracy = 0.5", "step:add", "metrics"),
        code("print(total)", "step:tell"),
        settings={"name": "three", "steps": {"tell": {"when": "size > 5"}}},
    )
    pipeline = analyse(read_notebook(path))
    images = {step.name: f"registry.example.com/three-{step.name}:1" for step in pipeline.steps}
    return Work(pipeline, images, vertex, storage, path)


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def kfp(chosen, capfd):
    """The command line."""

    def run(*arguments) -> Answer:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        return Answer(status, *capfd.readouterr())

    return run
