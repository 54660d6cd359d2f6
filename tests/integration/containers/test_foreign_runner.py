"""The iris package, run by kfp's own local runner: images, state in a bucket, executor input, and what it records.

A check that a runner of somebody else's accepts what was compiled and executes it. That runner has containers removed
as they end, and then may miss how they ended (kubeflow/pipelines#13332): here they are kept until the tests are over.
"""

import json
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from jupyter_kfp.package import compile_package
from jupyter_kfp.step import stage_files
from tests.systems.storage import NoStorageError, skip_or_fail, storage_up

ROOT = "gs://iris/team/prefix"


@pytest.fixture(scope="module")
def docker_host(containers, tmp_path_factory):
    """Podman's socket, which speaks Docker's language."""
    path = Path(f"{containers.variables['CONTAINERS_CONF']}").parent / "podman.sock"
    path.unlink(missing_ok=True)
    server = subprocess.Popen(
        ["podman", "system", "service", "--time=0", f"unix://{path}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answers = False
        while not answers and server.poll() is None:
            with socket.socket(socket.AF_UNIX) as client:
                answers = client.connect_ex(str(path)) == 0
        assert answers, "podman's socket did not come up"
        yield f"unix://{path}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def storage():
    try:
        with storage_up() as url:
            body = json.dumps({"name": "iris"}).encode()
            headers = {"Content-Type": "application/json"}
            asked = urllib.request.Request(f"{url}/storage/v1/b?project=p", body, headers)
            urllib.request.urlopen(asked).close()
            yield url
    except NoStorageError as error:
        skip_or_fail(error)


@pytest.fixture(scope="module")
def kept_containers(docker_host):
    """The containers that the runner starts; taken away in the end."""
    from docker.models.containers import ContainerCollection

    started = []
    run = ContainerCollection.run

    def run_and_keep(self, *args, **options):
        started.append(run(self, *args, **{**options, "auto_remove": False}))
        return started[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", docker_host)
        patch.setattr(ContainerCollection, "run", run_and_keep)
        yield started
        for container in started:
            container.remove(force=True, v=True)


@pytest.fixture(scope="module")
def ran(iris, docker_host, kept_containers, storage, tmp_path_factory):
    """The pipeline's folder of outputs, and the runner's task."""
    import kfp.components
    import kfp.local

    folder = tmp_path_factory.mktemp("foreign")
    images = {
        name: f"localhost/{image.name.removeprefix('localhost/')}" for name, image in iris.images.items()
    }
    package = compile_package(iris.pipeline, folder / "iris.yaml", images=images)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", docker_host)
        patch.setenv("STORAGE_EMULATOR_HOST", storage)
        beside = iris.pipeline.notebook.resolve().parent
        files = stage_files(ROOT, beside, iris.pipeline.data_files) if iris.pipeline.data_files else ""
        kfp.local.init(
            runner=kfp.local.DockerRunner(
                network_mode="host", user="0:0", environment={"STORAGE_EMULATOR_HOST": storage}
            ),
            pipeline_root=str(folder / "root"),
        )
        pipeline = kfp.components.load_component_from_file(str(package.path))
        pipeline(bucket=ROOT, **({"files": files} if files else {}))
    return folder / "root"


def executor_outputs(root):
    return {path.parent.name: json.loads(path.read_text()) for path in root.rglob("executor_output.json")}


def test_every_task_ran_and_told_of_its_artifacts(ran, iris):
    told = executor_outputs(ran)
    assert set(told) == {step.name for step in iris.pipeline.steps}
    for output in told.values():
        assert "notebook" in output["artifacts"]


def test_metrics_arrive_as_the_runner_records_them(ran):
    found = [
        output["artifacts"]["metrics"]["artifacts"][0]["metadata"]
        for output in executor_outputs(ran).values()
        if "metrics" in output["artifacts"]
    ]
    assert found == [{"accuracy": pytest.approx(0.98333, abs=1e-5)}]


def test_state_went_through_the_bucket(ran, storage, iris, monkeypatch):
    from google.cloud import storage as google

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage)
    names = {blob.name for blob in google.Client(project="p").bucket("iris").list_blobs()}
    for step in iris.pipeline.steps:
        reports = [name for name in names if name.endswith(f"/steps/{step.name}/state.json")]
        assert len(reports) == 1, step.name
    assert not [name for name in names if name.endswith("error.json")]
