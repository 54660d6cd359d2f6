"""The iris pipeline, step by step by hand, its state in a bucket of a real storage server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_kfp.dataflow import analyse
from jupyter_kfp.flags import step_flags
from jupyter_kfp.notebook import read_notebook
from jupyter_kfp.project import write_project
from jupyter_kfp.step import stage_files
from tests.systems.storage import NoStorageError, skip_or_fail, storage_up

EXAMPLES = Path(__file__).parents[2] / "examples" / "notebooks"
RUN = "by-hand"


@pytest.fixture(scope="module")
def server():
    try:
        with storage_up() as url, pytest.MonkeyPatch.context() as patch:
            patch.setenv("STORAGE_EMULATOR_HOST", url)
            yield url
    except NoStorageError as error:
        skip_or_fail(error)


@pytest.fixture(scope="module")
def finished(server, tmp_path_factory):
    """The names of everything in the bucket after all steps ran, and how to read them."""
    from google.cloud import storage

    bucket = storage.Client(project="p").create_bucket("iris")
    root = "gs://iris/team/prefix"
    folder = tmp_path_factory.mktemp("iris")
    pipeline = analyse(read_notebook(EXAMPLES / "iris.ipynb"))
    project = write_project(pipeline, folder / "project")
    files = stage_files(root, EXAMPLES, pipeline.data_files)
    states = {}
    for step in pipeline.steps:
        flags = step_flags(pipeline, step.name)
        state = folder / f"{step.name}.state"
        command = [
            sys.executable, "main.py", f"--bucket={root}", f"--run={RUN}", f"--files={files}",
            f"--state-path={state}", *(f"{flag}={states[parent]}" for parent, flag in flags.states.items()),
        ]  # fmt: skip
        done = subprocess.run(
            command, cwd=project.step(step.name).folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        states[step.name] = state.read_text()
    return bucket, states


def read(bucket, name):
    return bucket.blob(f"team/prefix/{name}").download_as_bytes()


def test_each_step_leaves_its_report_beside_its_state(finished):
    bucket, states = finished
    names = {blob.name.removeprefix(f"team/prefix/runs/{RUN}/steps/") for blob in bucket.list_blobs()}
    for step in states:
        assert {
            f"{step}/{file}" for file in ("output.ipynb", "output.html", "log.txt", "state.json")
        } <= names
    assert "test/metrics.json" in names


def test_a_state_is_an_object_of_the_bucket_named_by_its_digest(finished):
    import hashlib

    bucket, states = finished
    for uri in states.values():
        digest = uri.rsplit("/", 1)[1]
        assert uri == f"gs://iris/team/prefix/objects/{digest}"
        assert hashlib.sha256(read(bucket, f"objects/{digest}")).hexdigest() == digest


def test_the_outputs_are_those_of_the_notebook(finished):
    bucket, _ = finished
    metrics = json.loads(read(bucket, f"runs/{RUN}/steps/test/metrics.json"))
    assert metrics == {"accuracy": pytest.approx(0.98333, abs=1e-5)}
    cells = json.loads(read(bucket, f"runs/{RUN}/steps/test/output.ipynb"))["cells"]
    printed = next(cell for cell in cells if cell["id"] == "iris-test")["outputs"][0]["text"]
    assert "".join(printed) == "accuracy: 0.983\n"


def test_nothing_is_stored_twice(finished):
    bucket, states = finished
    manifest = json.loads(read(bucket, "objects/" + states["test"].rsplit("/", 1)[1]))
    assert manifest["names"]["X_train"]["step"] == "split"
    objects = [blob.name for blob in bucket.list_blobs(prefix="team/prefix/objects/")]
    assert len(objects) == len(set(objects))
