"""Packages run by kfp's own local runner: images, state in a bucket, executor input, loops, and what it records.

A check that a runner of somebody else's accepts what was compiled and executes it: iris, and a notebook with the loop
and the conditions that this runner gets right (docs/architecture.md says which it does not). That runner has containers
removed as they end, and then may miss how they ended (kubeflow/pipelines#13332): here they are kept until the tests are
over.
"""

import json
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from jupyter_kfp.cluster.submit import stage_code
from jupyter_kfp.dataflow import analyse
from jupyter_kfp.images import write_with_images
from jupyter_kfp.notebook import read_notebook
from jupyter_kfp.package import compile_package
from jupyter_kfp.step import stage_files
from tests.integration.cluster.conftest import code, write_notebook
from tests.systems.storage import NoStorageError, skip_or_fail, storage_up

ROOT = "gs://iris/team/prefix"
FLOW = "gs://iris/flow"


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
def run_foreign(docker_host, kept_containers, storage):
    """Have a package run by kfp, its steps in containers; the folder of its outputs."""
    import kfp.components
    import kfp.local

    def run_foreign(package, bucket, **arguments):
        root = package.path.parent / "root"
        kfp.local.init(
            runner=kfp.local.DockerRunner(
                network_mode="host", user="0:0", environment={"STORAGE_EMULATOR_HOST": storage}
            ),
            pipeline_root=str(root),
        )
        kfp.components.load_component_from_file(str(package.path))(bucket=bucket, **arguments)
        return root

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", docker_host)
        patch.setenv("STORAGE_EMULATOR_HOST", storage)
        yield run_foreign


def local_name(image):
    return f"localhost/{image.name.removeprefix('localhost/')}"


@pytest.fixture(scope="module")
def ran(iris, run_foreign, tmp_path_factory):
    """The folder of what iris left."""
    folder = tmp_path_factory.mktemp("foreign")
    images = {name: local_name(image) for name, image in iris.images.items()}
    package = compile_package(iris.pipeline, folder / "iris.yaml", images=images)
    beside = iris.pipeline.notebook.resolve().parent
    files = stage_files(ROOT, beside, iris.pipeline.data_files) if iris.pipeline.data_files else ""
    return run_foreign(package, ROOT, **({"files": files} if files else {}))


@pytest.fixture(scope="module")
def flow(search, run_foreign, tmp_path_factory):
    """What a loop and two conditions left. Steps take their code from the bucket; their image is one of search's."""
    folder = tmp_path_factory.mktemp("flow")
    path = write_notebook(
        folder / "flow.ipynb",
        code("rate = 1\nenough = 3", "parameters"),
        code("doubled = 2 * rate\nprint('rate', rate)", "step:try"),
        code(
            "import numpy as np\ntotal = float(np.sum(doubled))\nprint('all', doubled)",
            "step:gather",
            "metrics",
        ),
        code("print('kept', total)", "step:keep"),
        code("print('dropped', total)", "step:drop"),
        settings={
            "name": "flow",
            "defaults": {"image": local_name(search.images["load"]), "build": False},
            "steps": {
                "try": {"foreach": {"rate": [1, 20, 300]}},
                "keep": {"when": "enough > 2"},
                "drop": {"when": "enough > 5"},
            },
        },
    )
    pipeline = analyse(read_notebook(path))
    written = write_with_images(pipeline, folder / "project")
    package = compile_package(
        pipeline, folder / "flow.yaml", images={step: str(image) for step, image in written.images.items()},
        code={step: one.digest for step, one in written.code.items()},
    )  # fmt: skip
    stage_code(FLOW, written.code.values())
    return run_foreign(package, FLOW)


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
    listed = google.Client(project="p").bucket("iris").list_blobs(prefix="team/")
    names = {blob.name for blob in listed}
    for step in iris.pipeline.steps:
        reports = [name for name in names if name.endswith(f"/steps/{step.name}/state.json")]
        assert len(reports) == 1, step.name
    assert not [name for name in names if name.endswith("error.json")]


def test_a_loop_runs_once_for_each_item_and_is_gathered(flow):
    tries = sorted(path.parent.parent.name for path in flow.rglob("try*/executor_output.json"))
    assert [name.rpartition("-")[2] for name in tries] == ["0", "1", "2"]
    (gathered,) = flow.rglob("gather/executor_output.json")
    told = json.loads(gathered.read_text())
    assert told["artifacts"]["metrics"]["artifacts"][0]["metadata"] == {"total": 642.0}
    (report,) = flow.rglob("gather/notebook")
    assert "all [2, 40, 600]" in report.read_text()


def test_a_condition_over_parameters_is_kept(flow):
    assert len(list(flow.rglob("keep/executor_output.json"))) == 1
    assert not list(flow.rglob("drop"))
