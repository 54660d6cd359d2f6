"""The whole way of a notebook to a cluster and back, by the commands that a user types.

Images are built from the generated Dockerfiles and pushed to a registry; the package goes through the double of
Identity-Aware Proxy to the double of Kubeflow (tests/cluster), which pulls the images and runs each task in a
container; state is in the storage emulator. Iris goes by a command for each stage and a person's sign-in, search (a
loop and a condition) by `submit --build --wait` and a service account's key.
"""

import collections
import json
import os
import re
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
import requests
import yaml
from nbclient import NotebookClient

from tests.cluster import cluster
from tests.systems.storage import NoStorageError, skip_or_fail

from .conftest import SECONDS, copy_example

COMMAND = Path(sys.executable).with_name("jupyter-kfp")
UNSET = (
    "GOOGLE_APPLICATION_CREDENTIALS", "JUPYTER_KFP_TOKEN", "JUPYTER_KFP_ENDPOINT", "JUPYTER_KFP_HOST",
    "KF_PIPELINES_SA_TOKEN_PATH", "KUBERNETES_SERVICE_HOST",
)  # fmt: skip
BROWSER = "import sys, urllib.request\nurllib.request.urlopen(sys.argv[1]).read()\n"
# Refresh and access tokens, client secrets, signed tokens, keys: as Google writes them, and so does the double.
SECRET = re.compile(
    rb"1//[\w-]{40}|ya29\.[\w-]{20}|GOCSPX-[\w-]{20}|eyJ[\w-]{20,}\.eyJ[\w-]{20,}\.|-----BEGIN [A-Z ]*PRIVATE KEY"
)
RATES = (0.0001, 0.01, 1.0)  # of the example search
NEVER = "enough=1.5"  # no accuracy is as good


@dataclass
class Desk:
    """A user's machine: a folder with a notebook, and the commands typed there. `home`: configuration, sign-in."""

    folder: Path
    home: Path
    environment: dict
    said: list = field(default_factory=list)

    def kfp(self, *words, status=0):
        """A command; what it says as JSON."""
        return json.loads(self.says(*words, "--json", status=status))

    def says(self, *words, status=0):
        """A command; what it says to a person."""
        done = subprocess.run(
            [COMMAND, *map(str, words)], cwd=self.folder, env=self.environment, capture_output=True,
            check=False, timeout=SECONDS,
        )  # fmt: skip
        self.said += [done.stdout, done.stderr]
        assert done.returncode == status, (done.stdout + done.stderr).decode()
        return done.stdout.decode()


@pytest.fixture(scope="module")
def double(containers):
    try:
        with cluster(executor="podman") as running:
            yield running
    except NoStorageError as error:
        skip_or_fail(error)


@pytest.fixture(scope="module")
def team(registry, podman):
    """The team's place in the registry; what was built for it is taken away in the end."""
    yield f"{registry}/team"
    _forget(podman, f"{registry}/team")


def _forget(podman, place):
    named = podman("images", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    for image in named:
        if image.startswith(f"{place}/"):
            podman("untag", image, image)  # what it is stays under the name that a session keeps


@pytest.fixture(scope="module")
def sit_down(double, team, tmp_path_factory):
    """`sit_down("iris", key=…)`: an example's notebook on a machine that has the endpoint `team` configured."""

    def sit_down(example, **settings):
        home = tmp_path_factory.mktemp(f"home-{example}")
        notebook = copy_example(example, tmp_path_factory.mktemp(f"desk-{example}"))
        endpoint = {
            "host": double.url,
            "bucket": f"{double.bucket}/{example}",
            "iap_client_id": double.client_id,
            "registry": team,
            **{name: str(write(home / f"{name}.json")) for name, write in settings.items()},
        }
        content = {"JupyterKfp": {"endpoints": {"team": endpoint}}}
        (home / "jupyter_kfp_config.json").write_text(json.dumps(content))
        (home / "browser.py").write_text(BROWSER)
        environment = {
            **{name: value for name, value in os.environ.items() if name not in UNSET},
            **double.variables(),
            "JUPYTER_CONFIG_DIR": str(home),
            "JUPYTER_CONFIG_PATH": str(home),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "CLOUDSDK_CONFIG": str(home / "gcloud"),
            "NO_GCE_CHECK": "true",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "BROWSER": f"{sys.executable} {home / 'browser.py'} %s &",
        }
        return Desk(notebook.parent, home, environment)

    return sit_down


@pytest.fixture(scope="module")
def started(podman, team):
    """How many containers the double has started of each of the team's images, by their names without the tag."""

    def started():
        told = podman(
            "events", "--stream=false", "--since=24h", "--filter=event=start", "--format={{.Name}} {{.Image}}"
        ).stdout  # fmt: skip
        rows = [line.split() for line in told.splitlines()]
        images = [image for name, image in rows if name.startswith("jupyter-kfp-cluster-")]
        return collections.Counter(
            image.removeprefix(f"{team}/").partition(":")[0]
            for image in images
            if image.startswith(f"{team}/")
        )

    return started


@dataclass(frozen=True)
class Way:
    """A run that ended: what the commands said, and its results."""

    desk: Desk
    told: dict  # by the command that submitted it
    shown: dict
    logs: dict
    results: Path
    containers: dict  # how many were started for it, by image
    versions: int  # new ones of the pipeline

    def step(self, name):
        (found,) = [step for step in self.shown["steps"] if step["name"] == name]
        return found

    def printed(self, step, cell):
        """What a cell printed in its container, by the notebook that came home."""
        content = nbformat.read(self.results / step / "output.ipynb", 4)
        return _printed(next(each for each in content.cells if each.id == cell))


def _printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


@pytest.fixture(scope="module")
def follow(double, started):
    """Submit with these words, wait, and bring everything home."""

    def follow(desk, *words):
        before, versions = started(), len(double.admin.versions())
        told = desk.kfp("submit", *words, "--wait")
        run = told["run"]
        home = desk.folder / f"home-of-{run}"
        desk.kfp("runs", "fetch", run, "-o", home)
        return Way(
            desk=desk,
            told=told,
            shown=desk.kfp("runs", "show", run),
            logs=desk.kfp("runs", "logs", run)["logs"],
            results=home,
            containers=dict(started() - before),
            versions=len(double.admin.versions()) - versions,
        )

    return follow


@pytest.fixture(scope="module")
def iris_desk(iris, sit_down, double, team, podman):
    """Signed in, built, pushed, compiled, cleaned. `iris`: its layers are there."""
    desk = sit_down("iris", oauth_client=double.oauth_client)
    desk.login = desk.kfp("login")
    desk.built = desk.kfp("build", "iris.ipynb", "--registry", team, "--push", "--builder", "podman")
    _forget(podman, team)  # the cluster has the registry's
    desk.kfp("compile", "iris.ipynb", "--registry", team, "-o", "iris.tar.gz")
    desk.cleaned = desk.kfp("clean", "iris.tar.gz")
    return desk


@pytest.fixture(scope="module")
def iris_way(iris_desk, follow):
    return follow(iris_desk, "iris.ipynb")


@pytest.fixture(scope="module")
def iris_again(iris_way, follow):
    return follow(iris_way.desk, "iris.ipynb")


@pytest.fixture(scope="module")
def search_way(search, sit_down, double, follow):
    """`search`: the layers of its images are there."""
    desk = sit_down("search", service_account_key=double.service_account_key)
    desk.login = desk.kfp("login")
    return follow(desk, "search.ipynb", "--build", "--builder", "podman")


@pytest.fixture(scope="module")
def search_skipped(search_way, follow):
    """The same with a condition that does not hold."""
    return follow(search_way.desk, "search.ipynb", "-p", NEVER)


def straight(desk, name, **parameters):
    """The notebook run from top to bottom, with these parameters: what each cell printed, and its accuracy."""
    content = nbformat.read(desk.folder / f"{name}.ipynb", 4)
    given = "".join(f"{key} = {value!r}\n" for key, value in parameters.items())
    at = next(
        number for number, cell in enumerate(content.cells) if "parameters" in cell.metadata.get("tags", [])
    )
    content.cells.insert(at + 1, nbformat.v4.new_code_cell(given, id="given"))
    content.cells.append(nbformat.v4.new_code_cell("print(repr(float(accuracy)))", id="asked"))
    NotebookClient(content, resources={"metadata": {"path": str(desk.folder)}}, timeout=SECONDS).execute()
    printed = {cell.id: _printed(cell) for cell in content.cells if cell.cell_type == "code"}
    return float(printed["asked"]), printed


def statuses(way):
    return {step["name"]: step["status"] for step in way.shown["steps"]}


def test_a_person_signs_in_and_the_images_come_from_the_registry(iris_desk, double, podman, team):
    assert (iris_desk.login["way"], iris_desk.login["email"]) == ("browser", double.user)
    assert [image["step"] for image in iris_desk.built["images"]] == ["load", "split", "train", "test"]
    assert all(image["pushed"] for image in iris_desk.built["images"])
    for image in iris_desk.built["images"]:
        assert image["image"].startswith(f"{team}/iris-{image['step']}:")


def test_a_package_of_our_own_has_nothing_to_clean_and_is_what_the_cluster_got(iris_way, double):
    (cleaned,) = iris_way.desk.cleaned["packages"]
    assert not cleaned["changed"]
    with tarfile.open(iris_way.desk.folder / "iris.tar.gz") as archive:
        documents = list(yaml.safe_load_all(archive.extractfile("pipeline.yaml").read()))
    (version,) = [
        each for each in double.admin.versions() if each["pipeline_version_id"] == iris_way.told["version_id"]
    ]
    kept = version["pipeline_spec"]
    assert documents == (
        [kept["pipeline_spec"], kept["platform_spec"]] if "platform_spec" in kept else [kept]
    )


def test_each_step_was_a_container_of_its_own_image_without_root(iris_way, podman):
    assert iris_way.containers == {"iris-load": 1, "iris-split": 1, "iris-train": 1, "iris-test": 1}
    for image in iris_way.desk.built["images"]:
        who = podman(
            "run", "--rm", "--network=none", "--pull=never", image["image"], "python", "-c",
            "import os; print(os.getuid())",
        )  # fmt: skip
        assert who.stdout.strip() == "10001"


def test_iris_gives_what_its_notebook_gives(iris_way):
    accuracy, printed = straight(iris_way.desk, "iris")
    assert iris_way.told["status"] == "SUCCEEDED"
    assert statuses(iris_way) == dict.fromkeys(("load", "split", "train", "test"), "SUCCEEDED")
    assert iris_way.told["metrics"] == iris_way.shown["metrics"] == {"accuracy": accuracy}
    assert json.loads((iris_way.results / "steps/test/metrics.json").read_text()) == {"accuracy": accuracy}
    for step, cell in (("split", "iris-split"), ("test", "iris-test")):
        assert iris_way.printed(f"steps/{step}", cell) == printed[cell] != ""


def test_logs_and_reports_of_every_step_come_home(iris_way):
    assert list(iris_way.logs) == ["load", "split", "train", "test"]
    assert "accuracy: 0.983" in iris_way.logs["test"]
    for step in iris_way.logs:
        for file in ("output.ipynb", "output.html", "log.txt", "state.json"):
            assert (iris_way.results / "steps" / step / file).is_file()
    assert "accuracy: 0.983" in (iris_way.results / "steps/test/output.html").read_text()


def test_a_second_submission_starts_no_version_and_no_container(iris_way, iris_again):
    assert iris_again.told["run_id"] != iris_way.told["run_id"]
    assert (iris_way.versions, iris_again.versions) == (1, 0)
    assert not iris_again.told["new_version"]
    assert iris_again.containers == {}
    assert all(step["cached"] for step in iris_again.shown["steps"])
    assert iris_again.shown["metrics"] == iris_way.shown["metrics"]
    assert iris_again.printed("steps/test", "iris-test") == iris_way.printed("steps/test", "iris-test")


def test_a_loop_has_a_task_for_each_item_and_its_condition_holds(search_way, double):
    assert (search_way.desk.login["way"], search_way.desk.login["email"]) == ("key", double.robot)
    assert search_way.containers == {"search-load": 1, "search-try": 3, "search-choose": 1, "search-keep": 1}
    names = ["load", "try[0]", "try[1]", "try[2]", "choose", "keep"]
    assert [step["name"] for step in search_way.shown["steps"]] == names
    assert set(statuses(search_way).values()) == {"SUCCEEDED"}
    assert list(search_way.logs) == names


def test_search_gives_the_best_of_what_its_notebook_gives(search_way):
    tried = {rate: straight(search_way.desk, "search", rate=rate) for rate in RATES}
    best = max(RATES, key=lambda rate: tried[rate][0])
    accuracy, printed = tried[best]
    assert search_way.told["metrics"]["accuracy"] == accuracy
    assert search_way.printed("steps/load", "search-load") == printed["search-load"] != ""
    assert search_way.printed("steps/choose", "search-choose") == printed["search-choose"]
    assert search_way.printed("steps/keep", "search-keep") == printed["search-keep"]
    for number, rate in enumerate(RATES):
        content = nbformat.read(search_way.results / f"items/{number}/steps/try/output.ipynb", 4)
        assert any(f"rate = {rate}" in cell.source for cell in content.cells)


def test_a_branch_whose_condition_does_not_hold_is_shown_as_skipped(search_way, search_skipped):
    assert search_skipped.told["status"] == "SUCCEEDED"
    assert statuses(search_skipped) == {**statuses(search_way), "keep": "SKIPPED"}
    assert not (search_skipped.results / "steps/keep").exists()
    said = search_skipped.desk.says("runs", "show", search_skipped.told["run"])
    assert re.search(r"^ *keep +not run +its condition does not hold$", said, re.MULTILINE), said


def test_another_value_for_the_condition_alone_runs_no_step_anew(search_way, search_skipped):
    assert (search_way.versions, search_skipped.versions) == (1, 0)
    assert search_skipped.containers == {}
    assert search_skipped.shown["metrics"] == search_way.shown["metrics"]


def test_no_secret_is_in_any_file_log_answer_or_object(
    iris_way, iris_again, search_way, search_skipped, double
):
    from google.cloud import storage

    assert SECRET.search(_below(iris_way.desk.home)), "a sign-in is not found where it is kept"
    assert SECRET.search(_below(search_way.desk.home)), "a key is not found where it is kept"
    for desk in (iris_way.desk, search_way.desk):
        assert not SECRET.search(_below(desk.folder))
        assert not SECRET.search(b"\0".join(desk.said))
    kept = json.dumps([double.admin.versions(), double.admin.runs()]).encode()
    assert not SECRET.search(kept)
    for way in (iris_way, search_way):
        logs = list(_pod_logs(double, way.told["run_id"]))
        assert any(logs)
        assert not SECRET.search(b"\0".join(logs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORAGE_EMULATOR_HOST", double.storage_url)
        bucket = storage.Client(project="p").bucket(double.bucket.removeprefix("gs://"))
        objects = {blob.name: blob.download_as_bytes() for blob in bucket.list_blobs()}
    assert {name.partition("/")[0] for name in objects} >= {"iris", "search"}
    assert [name for name, content in objects.items() if SECRET.search(content)] == []


def _below(folder):
    """All files of a folder, one after the other; their names too."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return b"\0".join(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() for path in files)


def _pod_logs(double, run):
    """What the containers of a run printed, as the cluster keeps it."""
    api = double.direct_url
    tasks = requests.get(f"{api}/apis/v2beta1/runs/{run}", timeout=30).json()["run_details"]["task_details"]
    for task in tasks:
        if task["display_name"] == "executor":
            url = f"{api}/apis/v1alpha1/runs/{run}/nodes/{task['pod_name']}/log"
            yield requests.get(url, timeout=30).content
