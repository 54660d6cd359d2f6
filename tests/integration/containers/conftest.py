"""Real builders and containers. A laptop without them skips these tests and says why; CI fails."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_kfp.dataflow import analyse
from jupyter_kfp.images import Builder, build_images, write_with_images
from jupyter_kfp.images.names import ImageName
from jupyter_kfp.notebook import read_notebook
from jupyter_kfp.notebook.cells import StepName
from jupyter_kfp.project import StepFolder, step_digest
from tests.systems.containers import NoContainersError, containers_up

EXAMPLES = Path(__file__).parents[3] / "examples"
SECONDS = 500


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.containers)
            item.add_marker(pytest.mark.timeout(1500))  # the first of all builds everything


@pytest.fixture(scope="session")
def containers():
    """Podman, selected by environment variables for as long as the tests run."""
    try:
        found = containers_up()
    except NoContainersError as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI must build and run containers: {error}")
        pytest.skip(f"no containers here: {error}")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.variables.items():
            patch.setenv(name, value)
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            patch.delenv(name)
        _tidy("jkfp-test-")
        yield found


def _tidy(name, kept=()):
    """Take away images of that name that earlier runs left, and layers that nothing needs."""
    form = "{{.Repository}}:{{.Tag}}"
    listed = subprocess.run(
        ["podman", "images", "--format", form], check=True, capture_output=True, text=True
    )
    old = [
        image for image in listed.stdout.split() if f"/{name}" in image and image.split("/")[-1] not in kept
    ]
    if old:
        subprocess.run(["podman", "rmi", "--force", *old], check=False, capture_output=True, timeout=SECONDS)
    subprocess.run(["podman", "image", "prune", "--force"], check=False, capture_output=True, timeout=SECONDS)


@pytest.fixture(scope="session")
def podman(containers):
    def podman(*arguments, check=True):
        return subprocess.run(
            ["podman", *arguments], check=check, capture_output=True, text=True, timeout=SECONDS
        )

    return podman


@pytest.fixture(scope="session")
def builder(containers):
    return Builder("podman", shutil.which("podman"))


@dataclass(frozen=True)
class Example:
    pipeline: object
    written: object
    images: dict


def copy_example(name, folder):
    """A copy of an example beside its data."""
    shutil.copytree(EXAMPLES / "data", folder / "data")
    (folder / "notebooks").mkdir()
    return Path(shutil.copy(EXAMPLES / "notebooks" / f"{name}.ipynb", folder / "notebooks"))


def build_example(notebook, builder, folder):
    """Its pipeline, and its images built from the generated Dockerfiles."""
    pipeline = analyse(read_notebook(notebook))
    written = write_with_images(pipeline, folder / "project")
    images = build_images(written.project.steps, written.images, builder)
    return Example(pipeline, written, {image.step: image for image in images})


@pytest.fixture(scope="session")
def notebook(tmp_path_factory):
    """A copy of the iris example with its data."""
    return copy_example("iris", tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="session")
def iris(containers, builder, notebook, tmp_path_factory):
    """The iris example, whose images are there."""
    built = build_example(notebook, builder, tmp_path_factory.mktemp("iris"))
    yield built
    _tidy("iris-", kept=built.written.images.values())


@pytest.fixture(scope="session")
def search(containers, builder, tmp_path_factory):
    """The example with a loop and a condition, whose images are there."""
    notebook = copy_example("search", tmp_path_factory.mktemp("examples"))
    built = build_example(notebook, builder, tmp_path_factory.mktemp("search"))
    yield built
    _tidy("search-", kept=built.written.images.values())


@pytest.fixture
def small(tmp_path, containers):
    """A step folder whose image is quickly built; `small(run=…)` chooses what the build runs."""

    def small(name="small", run=None, base=None, requirements="", main="print('hello')\n"):
        folder = tmp_path / "steps" / name
        (folder / "jupyter_kfp_step").mkdir(parents=True)
        (folder / "jupyter_kfp_step" / "__init__.py").touch()
        (folder / "main.py").write_text(main)
        (folder / "requirements.txt").write_text(requirements)
        run = run or "python -m pip install --no-cache-dir --no-deps --requirement requirements.txt"
        (folder / "Dockerfile").write_text(
            f"# Image of step {name}.\nFROM {base or containers.base}\nWORKDIR /step\nARG PIP_INDEX_URL\n"
            f"COPY requirements.txt ./\nRUN {run}\n\nCOPY jupyter_kfp_step/ jupyter_kfp_step/\nCOPY main.py ./\n"
            'USER 10001:10001\nCMD ["python", "main.py"]\n'
        )
        return StepFolder(StepName(name), folder, step_digest(folder))

    return small


@pytest.fixture
def build(builder):
    """Build folders under names of their own; gives the images."""

    def build(*folders, registry="", names=None, **options):
        from jupyter_kfp.images.build import Options

        events = options.pop("events", [])
        names = names or {
            folder.name: ImageName(f"{registry}jkfp-test-{folder.name}:{folder.digest}") for folder in folders
        }
        return build_images(folders, names, builder, Options(**options), on_event=events.append)

    return build


@pytest.fixture(scope="session")
def registry(containers, tmp_path_factory):
    """A real registry on loopback; its address."""
    program = shutil.which("docker-registry")
    if program is None:
        reason = "docker-registry is not installed: `make system-packages` as root on Debian does it"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    settings = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "kept")}},
        "http": {"addr": address},
    }
    (folder / "config.yml").write_text(json.dumps(settings))
    (folder / "registries.conf").write_text(
        Path(os.environ["CONTAINERS_REGISTRIES_CONF"]).read_text()
        + f'[[registry]]\nlocation = "{address}"\ninsecure = true\n'
    )
    (folder / "containers.conf").write_text(  # layers of half a gigabyte, which gzip takes a minute for
        Path(os.environ["CONTAINERS_CONF"])
        .read_text()
        .replace("[engine]", '[engine]\ncompression_format = "zstd"')
    )
    with (folder / "log").open("w") as log, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINERS_REGISTRIES_CONF", str(folder / "registries.conf"))
        patch.setenv("CONTAINERS_CONF", str(folder / "containers.conf"))
        server = subprocess.Popen([program, "serve", str(folder / "config.yml")], stdout=log, stderr=log)
        try:
            wait_for(f"http://{address}/v2/", server)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=10)


def wait_for(url, server):
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    pytest.fail(f"{url} does not answer")
