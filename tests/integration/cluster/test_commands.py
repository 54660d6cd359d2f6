"""The commands, from the command line to the double and back."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_kfp.cli import main
from tests.integration.cluster.conftest import code, write_notebook


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def kfp(robot, capfd):
    def run(*arguments):
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        return Answer(status, *capfd.readouterr())

    return run


@pytest.fixture
def submitted(kfp, work):
    """A function that submits the small notebook, its steps doing as told, and waits."""

    def run(*more, **steps):
        work.behave(**steps)
        images = [word for step, image in work.images.items() for word in ("--image", f"{step}={image}")]
        return kfp("submit", "two.ipynb", *images, *more)

    return run


def test_submit_prints_the_runs_page_and_how_to_see_it(submitted, double):
    answer = submitted()
    assert answer.status == 0
    url, name = answer.out.splitlines()
    assert url.startswith(f"{double.url}/#/runs/details/")
    assert "jupyter kfp runs show" in name
    assert "signed in as robot@" in answer.err


def test_submit_and_wait_ends_as_the_run_does(submitted):
    good = submitted("--wait", "--json", add={"metrics": {"accuracy": 0.75}})
    assert good.status == 0
    assert good.json["status"] == "SUCCEEDED"
    assert good.json["metrics"] == {"accuracy": 0.75}
    bad = submitted("--wait", "--new", "--no-cache", add={"fail": "negative"})
    assert bad.status == 1
    assert "ValueError: negative" in bad.err
    assert "cell 3" in bad.err


def test_a_dry_run_changes_nothing(submitted, double, work):
    before = len(double.admin.runs()), len(double.admin.versions())
    answer = submitted("--dry-run", "-p", "size=7", "--json")
    assert answer.json["parameters"] == {"size": 7}
    assert answer.json["version"].startswith(work.pipeline.name)
    assert (len(double.admin.runs()), len(double.admin.versions())) == before
    assert "nothing was changed" in submitted("--dry-run").out


def test_without_a_registry_the_images_have_to_be_given(kfp, work):
    answer = kfp("submit", "two.ipynb")
    assert answer.status == 1
    assert "no registry is set" in answer.err


def test_a_wrong_parameter_is_told_before_anything_is_sent(submitted, double):
    answer = submitted("-p", "size=many")
    assert answer.status == 1
    assert "size" in answer.err
    assert double.admin.asked("iap") == []


def test_runs_are_listed_shown_and_fetched(submitted, kfp, here):
    name = submitted("--json", add={"metrics": {"accuracy": 0.75}}).json["run"]
    assert name in kfp("runs").out
    waited = kfp("runs", "show", name, "--wait")
    assert waited.status == 0
    assert "accuracy = 0.75" in waited.out
    shown = kfp("runs", "last", "--json").json
    assert (shown["run"], shown["status"]) == (name, "SUCCEEDED")
    (row,) = [row for row in kfp("runs", "list", "--json").json["runs"] if row["run"] == name]
    assert (row["where"], row["status"]) == ("team", "SUCCEEDED")
    assert kfp("runs", "fetch", name, "-o", "home").status == 0
    assert (here / "home/steps/add/log.txt").exists()
    assert "step add of" in kfp("runs", "logs", name, "add").out


def test_the_results_of_cached_steps_come_home_too(submitted, kfp, here):
    submitted("--wait")
    name = submitted("--wait", "--json").json["run"]
    assert "2 cached" in kfp("runs", "show", name).out
    assert kfp("runs", "fetch", name, "-o", "home").status == 0
    assert (here / "home/steps/add/output.ipynb").exists()


def test_a_run_is_shown_where_nothing_of_it_is_kept(submitted, kfp, here, monkeypatch):
    run_id = submitted("--wait", "--json").json["run_id"]
    other = here / "other-machine"
    other.mkdir()
    monkeypatch.chdir(other)
    answer = kfp("runs", "show", run_id, "--json")
    assert answer.json["status"] == "SUCCEEDED"
    assert not (other / ".jupyter-kfp").exists()
    assert kfp("runs", "fetch", run_id).status == 0
    assert list(other.rglob("output.ipynb"))
    assert kfp("runs", "show", run_id, "--wait").status == 0


def test_a_run_can_be_canceled_and_retried(submitted, kfp, here):
    name = submitted("--json", load={"hold": str(here / "go")}).json["run"]
    assert kfp("runs", "cancel", name).status == 0
    ended = kfp("runs", "show", name, "--wait")
    assert ended.status == 1
    assert "canceled" in ended.out
    (here / "go").touch()
    assert kfp("runs", "retry", name).status == 0
    assert kfp("runs", "show", name, "--wait").status == 0


def test_without_the_cluster_the_runs_of_this_machine_are_listed(submitted, kfp, double):
    name = submitted("--json").json["run"]
    double.admin.break_iap("broken")
    answer = kfp("runs")
    assert name in answer.out
    assert "only the runs of this machine" in answer.err
    assert kfp("runs", "list", "--endpoint", "team").status == 1


def test_an_unknown_run_is_told(kfp):
    answer = kfp("runs", "show", "no-such-run")
    assert answer.status == 1
    assert "there is no run no-such-run" in answer.err


def test_a_schedule_is_made_listed_paused_and_deleted(kfp, work, double):
    work.behave()
    images = [word for step, image in work.images.items() for word in ("--image", f"{step}={image}")]
    made = kfp("schedule", "two.ipynb", "--cron", "0 6 * * *", *images, "--json")
    assert made.status == 0
    schedule = made.json["schedule_id"]
    assert made.json["cron"] == "0 0 6 * * *"
    double.admin.fire(schedule)

    def listed():
        found = kfp("schedule", "list", "--json").json["schedules"]
        return {one["schedule_id"]: one["on"] for one in found}

    assert listed()[schedule] is True
    assert kfp("schedule", "pause", schedule).status == 0
    assert listed()[schedule] is False
    assert kfp("schedule", "resume", made.json["schedule"]).status == 0
    assert kfp("schedule", "delete", schedule).status == 0
    assert schedule not in listed()
    assert "no schedule begins with" in kfp("schedule", "delete", schedule).err


def test_a_wrong_time_is_told_before_anything_is_sent(kfp, work, double):
    answer = kfp("schedule", "two.ipynb", "--cron", "tomorrow")
    assert answer.status == 1
    assert "not a cron expression" in answer.err
    assert double.admin.asked("iap") == []


def test_the_doctor_finds_all_well(kfp, double, robot):
    answer = kfp("doctor", "--json")
    found = {check["name"]: check["verdict"] for check in answer.json["checks"]}
    assert {found[name] for name in ("sign-in", "server", "namespace", "bucket")} == {"good"}
    settings = answer.json["settings"]
    assert settings["host"] == {"value": double.url, "from": robot.origins["host"].text}
    assert answer.status == 0


def test_the_doctor_says_what_is_wrong_with_its_mend(kfp, double, configure, here):
    key = double.service_account_key(here / "s.json", "stranger@emulated.iam.gserviceaccount.com")
    configure(service_account_key=str(key), bucket="gs://no-such-bucket/x")
    answer = kfp("doctor")
    assert answer.status == 1
    assert "does not let it in" in answer.out
    assert "roles/iap.httpsResourceAccessor" in answer.out
    assert "the bucket no-such-bucket does not exist" in answer.out


def test_the_doctor_tells_of_a_clock_that_is_off(kfp, double):
    double.admin.skew(300)
    checks = {check["name"]: check for check in kfp("doctor", "--json").json["checks"]}
    assert "5 min behind" in checks["clock"]["text"]


def test_a_person_signs_in_once_and_submits(kfp, work, configure, double, here, monkeypatch):
    import threading
    import urllib.request

    class Browser:
        def open(self, url, **_):
            threading.Thread(target=lambda: urllib.request.urlopen(url).read(), daemon=True).start()
            return True

    monkeypatch.setattr("webbrowser.get", lambda *_: Browser())
    configure(oauth_client=str(double.oauth_client(here / "client.json")))
    answer = kfp("login", "--json")
    assert (answer.status, answer.json["email"], answer.json["kept"]) == (0, double.user, "file")
    images = [word for step, image in work.images.items() for word in ("--image", f"{step}={image}")]
    assert kfp("submit", "two.ipynb", *images).status == 0
    double.admin.revoke(double.user)
    refused = kfp("submit", "two.ipynb", *images)
    assert refused.status == 1
    assert "run `jupyter kfp login`" in refused.err
    assert kfp("login", "--forget").out == "forgotten\n"


def test_a_machine_of_google_cloud_needs_no_sign_in(kfp, configure, double, monkeypatch):
    for name, value in double.metadata_variables().items():
        monkeypatch.setenv(name, value)
    from google.auth.compute_engine import _metadata

    for name in ("_GCE_METADATA_HOST", "_METADATA_ROOT"):  # read when the module is imported
        if hasattr(_metadata, name):
            host = double.metadata_variables()["GCE_METADATA_HOST"]
            root = f"http://{host}/computeMetadata/v1/"
            monkeypatch.setattr(_metadata, name, root if name == "_METADATA_ROOT" else host)
    configure()
    answer = kfp("login", "--json")
    assert (answer.json["way"], answer.json["email"]) == ("metadata", double.robot)


def run_example(name, double, folder):
    """An example, submitted with real step folders and followed to its end."""
    from jupyter_kfp.cluster import Api, Connection, follow_run, load_endpoint
    from jupyter_kfp.cluster.submit import submit
    from jupyter_kfp.dataflow import analyse
    from jupyter_kfp.images import write_with_images
    from jupyter_kfp.notebook import read_notebook

    examples = Path(__file__).parents[3] / "examples"
    folder = folder / "notebooks"
    folder.mkdir()
    (folder / f"{name}.ipynb").write_bytes((examples / "notebooks" / f"{name}.ipynb").read_bytes())
    (folder.parent / "data").symlink_to(examples / "data")
    pipeline = analyse(read_notebook(folder / f"{name}.ipynb"))
    written = write_with_images(pipeline, folder / "project", registry=f"registry.example.com/{name}")
    for step in written.project.steps:
        double.images[str(written.images[step.name])] = step.folder
    table = {
        "host": double.url, "bucket": f"{double.bucket}/{name}", "iap_client_id": double.client_id,
        "service_account_key": str(double.service_account_key(folder / "key.json")),
    }  # fmt: skip
    (folder / "jupyter_kfp_config.json").write_text(
        json.dumps({"JupyterKfp": {"endpoints": {"team": table}}})
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_CONFIG_PATH", str(folder))
        patch.setenv("JUPYTER_CONFIG_DIR", str(folder))
        chosen = load_endpoint()
        done = submit(pipeline, chosen, {step: str(image) for step, image in written.images.items()})
        with Connection.open(chosen) as connection:
            run = follow_run(Api(connection), done.known, done.folder, sleep=lambda seconds: time.sleep(0.5))
    assert run.folder == done.folder
    return run, folder


@pytest.fixture(scope="module")
def iris(double, tmp_path_factory):
    return run_example("iris", double, tmp_path_factory.mktemp("iris"))


@pytest.fixture(scope="module")
def search(double, tmp_path_factory):
    """An example with a loop and a condition."""
    return run_example("search", double, tmp_path_factory.mktemp("search"))


def test_iris_goes_through_iap_to_its_results(iris):
    run, _ = iris
    assert run.status.value == "SUCCEEDED", run.failure
    assert run.metrics == {"accuracy": pytest.approx(0.98333, abs=1e-5)}


def test_its_results_come_home(iris, double):
    from jupyter_kfp.cluster import Results, recall

    run, _ = iris
    known = recall(run.folder)
    Results.open(known.bucket, known.run_id).fetch(run.folder)
    cells = json.loads((run.step_folder("test") / "output.ipynb").read_text())["cells"]
    printed = next(cell for cell in cells if cell["id"] == "iris-test")["outputs"][0]["text"]
    assert "".join(printed) == "accuracy: 0.983\n"
    assert (run.step_folder("train") / "output.html").exists()


def test_a_step_of_it_can_be_debugged_with_its_real_inputs(iris, double, capfd, monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    run, folder = iris
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(folder))
    assert main(["debug", run.id, "train", "-o", "look", "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer["same"] is True
    path = Path(answer["notebook"])
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell("print(X_train.shape, model)"))
    NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
    assert notebook.cells[-1].outputs[0].text.startswith("(90, 4) KNeighborsClassifier")


def test_a_loop_and_a_condition_are_shown_as_they_ran(search):
    run, _ = search
    assert run.status.value == "SUCCEEDED", run.failure
    assert [step.name for step in run.steps] == ["load", "try[0]", "try[1]", "try[2]", "choose", "keep"]
    assert {step.status.value for step in run.steps[:5]} == {"SUCCEEDED"}
    kept = run.step("keep")
    assert (kept.status.value == "SUCCEEDED") == (run.metrics["accuracy"] >= 0.9)
    assert run.step("choose").parents[-3:] == ("try[0]", "try[1]", "try[2]")
    assert run.step("try[1]").folder == "items/1/steps/try"
    assert all(step.manifest for step in run.steps[:5])


def test_a_step_behind_a_loop_can_be_debugged(search, double, capfd, monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    run, folder = search
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(folder))
    assert main(["debug", run.id, "choose", "-o", "look", "--json"]) == 0
    path = Path(json.loads(capfd.readouterr().out)["notebook"])
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell("print(tried)"))
    NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
    assert notebook.cells[-1].outputs[0].text == "[0.0001, 0.01, 1.0]\n"


def test_a_notebook_with_a_local_bucket_goes_to_the_endpoints(kfp, here, double):
    path = write_notebook(
        here / "local.ipynb", code("x = 1", "step:a"), settings={"name": "local", "bucket": "here"}
    )
    answer = kfp("submit", path, "--image", "a=registry.example.com/local:1", "--json")
    assert answer.status == 0
    known = json.loads((Path(answer.json["folder"]) / "cluster.json").read_text())
    assert known["bucket"] == f"{double.bucket}/team"
