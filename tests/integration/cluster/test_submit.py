"""Submitting through IAP: one run, whatever goes wrong on the way."""

import importlib
import json
import multiprocessing
import os
import signal
import threading

import pytest

from jupyter_kfp.cluster.connection import Connection
from jupyter_kfp.cluster.errors import ClusterError, EndpointError, SignInError, Unreachable
from jupyter_kfp.local import read_run
from jupyter_kfp.package import pipeline_name


def runs_of(work):
    return [run for run in work.double.admin.runs() if work.pipeline.name in run["display_name"]]


def versions_of(work):
    name = pipeline_name(work.pipeline.name)
    return [version for version in work.double.admin.versions() if version["display_name"].startswith(name)]


def test_a_run_is_started_and_told_of_here(work, robot, double):
    said = []
    done = work.submit(robot, parameters={"size": 5}, tell=said.append)
    (there,) = runs_of(work)
    assert there["run_id"] == done.known.run_id
    assert there["runtime_config"]["parameters"]["size"] == 5
    assert there["runtime_config"]["parameters"]["bucket"] == f"{double.bucket}/team"
    assert done.known.url == f"{double.url}/#/runs/details/{there['run_id']}"
    run = read_run(done.folder)
    assert (run.id, run.status.value, run.url) == (done.known.name, "RUNNING", done.known.url)
    assert [step.name for step in run.steps] == ["load", "add"]
    assert run.parameters == {"size": 5}
    assert any("signed in as robot@" in line for line in said)


def test_an_unchanged_pipeline_makes_no_new_version(work, robot):
    first = work.submit(robot)
    second = work.submit(robot)
    assert (first.new_version, second.new_version) == (True, False)
    assert first.known.run_id != second.known.run_id
    assert len(versions_of(work)) == 1
    assert len(runs_of(work)) == 2


def test_another_image_or_no_cache_is_another_version(work, robot):
    work.submit(robot)
    work.submit(robot, cache=False)
    work.images["load"] += "1"
    work.submit(robot)
    assert len(versions_of(work)) == 3


def test_data_files_go_to_the_bucket(here, double, robot):
    from google.cloud import storage

    from jupyter_kfp.dataflow import analyse
    from jupyter_kfp.notebook import read_notebook
    from tests.integration.cluster.conftest import Work, code, write_notebook

    (here / "data.csv").write_text("1,2,3")
    path = write_notebook(here / "files.ipynb", code("text = open('data.csv').read()", "step:load"))
    pipeline = analyse(read_notebook(path))
    done = Work(pipeline, {"load": "registry.example.com/files:1"}, double, here).submit(robot)
    run = read_run(done.folder)
    name, _, key = run.files.removeprefix("gs://").partition("/")
    manifest = json.loads(storage.Client(project="p").bucket(name).blob(key).download_as_bytes())
    assert list(manifest["files"]) == ["data.csv"]


LOST = [
    pytest.param("lost", id="an answer that is lost"),
    pytest.param("half", id="half an answer"),
]


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_of_the_start_makes_no_second_run(work, robot, double, kind):
    double.admin.fault("api", kind, r"/runs$", method="POST")
    done = work.submit(robot)
    (there,) = runs_of(work)
    assert there["run_id"] == done.known.run_id
    assert done.taken_up


@pytest.mark.parametrize("kind", ["lost", "half", "cut"])
@pytest.mark.parametrize(
    "path", [r"/experiments$", r"/pipelines$", r"/pipelines/upload_version", r"/healthz"]
)
def test_a_lost_answer_anywhere_else_changes_nothing(work, robot, double, path, kind):
    double.admin.fault("api", kind, path)
    work.submit(robot)
    assert len(runs_of(work)) == len(versions_of(work)) == 1


@pytest.mark.parametrize("path", [r"/healthz", r"/pipelines/upload_version", r"/runs$"])
def test_a_server_that_hangs_is_asked_again(work, robot, double, monkeypatch, path):
    monkeypatch.setattr("jupyter_kfp.cluster.connection.SECONDS", (2.0, 2.0))
    double.admin.fault("api", "hang", path, method="GET" if path == "/healthz" else "POST")
    work.submit(robot)
    assert len(runs_of(work)) == len(versions_of(work)) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_that_is_away_for_a_moment_is_waited_for(work, robot, double, status):
    double.admin.fault("api", "status", status=status, times=3)
    work.submit(robot)
    assert len(runs_of(work)) == 1


def test_one_that_stays_away_is_told_and_nothing_is_half_done(work, robot, double):
    double.admin.fault("api", "status", r"/runs$", method="POST", times=100)
    with pytest.raises(Unreachable, match="the server answers 503"):
        work.submit(robot)
    double.admin.no_faults()
    done = work.submit(robot)
    assert not done.taken_up
    assert len(runs_of(work)) == 1


def test_storage_that_is_away_for_a_moment_is_waited_for(work, robot, double):
    double.admin.fault("storage", "status", times=2)
    work.submit(robot)
    assert len(runs_of(work)) == 1


@pytest.mark.parametrize("kind", ["status", "cut"])
def test_an_identity_provider_that_is_away_for_a_moment_is_waited_for(work, robot, double, kind):
    double.admin.fault("identity", kind, "/token", times=2)
    work.submit(robot)
    assert len(runs_of(work)) == 1


def test_an_upload_that_is_cut_is_done_again(work, robot, double):
    double.admin.fault("storage", "cut", "/upload/", times=2)
    work.submit(robot)


def test_two_people_who_submit_at_once_get_a_run_each_and_one_version(work, robot, here):
    done, failed = [], []

    def one(number):
        try:
            done.append(work.submit(robot, root=here / f"person-{number}"))
        except Exception as error:
            failed.append(error)

    people = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert failed == []
    assert len({each.known.run_id for each in done}) == 4
    assert len(versions_of(work)) == 1
    assert sum(each.new_version for each in done) == 1


STAGES = {
    "before anything is sent": ("say_hello", False),
    "before the data files": ("stage", False),
    "before the run is started": ("start_once", False),
    "after the run was started": ("_known", True),
    "before the run's folder is written": ("remember", True),
    "before the run's first event": ("open_watch", True),
}


def _killed_at(name, work, chosen):
    """Submit, and be killed where the function would be called."""
    room = importlib.import_module("jupyter_kfp.cluster.submit")  # its function has the same name
    setattr(room, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
    work.submit(chosen)


@pytest.mark.parametrize("stage", STAGES)
def test_after_a_kill_the_same_submission_goes_on(work, robot, stage):
    name, started = STAGES[stage]
    child = multiprocessing.get_context("fork").Process(target=_killed_at, args=(name, work, robot))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    done = work.submit(robot)
    assert done.taken_up == started
    assert len(runs_of(work)) == len(versions_of(work)) == 1
    assert read_run(done.folder).id == done.known.name


def test_another_run_can_be_asked_for_all_the_same(work, robot, double):
    double.admin.fault("api", "lost", r"/runs$", method="POST", times=1)
    double.admin.fault("api", "status", r"/runs", method="GET", times=100)
    with pytest.raises(Unreachable):
        work.submit(robot)
    double.admin.no_faults()
    assert not work.submit(robot, new=True).taken_up
    assert len(runs_of(work)) == 2


class TestRefusals:
    def test_who_is_no_member(self, work, configure, double, here):
        key = double.service_account_key(here / "s.json", "stranger@emulated.iam.gserviceaccount.com")
        with pytest.raises(SignInError, match=r"IAP knows stranger@.* and does not let it in") as caught:
            work.submit(configure(service_account_key=str(key)))
        assert "roles/iap.httpsResourceAccessor" in caught.value.fix

    def test_a_wrong_audience(self, work, configure, double, monkeypatch):
        monkeypatch.setenv("JUPYTER_KFP_TOKEN", double.id_token(audience="somebody-else"))
        with pytest.raises(SignInError, match="does not take a token for the audience somebody-else"):
            work.submit(configure())

    def test_a_client_that_is_not_iaps(self, work, configure, double, here):
        key = double.service_account_key(here / "key.json")
        with pytest.raises(SignInError, match="does not take a token for the audience nobody"):
            work.submit(configure(service_account_key=str(key), iap_client_id="nobody"))

    def test_a_token_that_has_expired(self, work, configure, double, monkeypatch):
        double.admin.token_lifetime(60)
        monkeypatch.setenv("JUPYTER_KFP_TOKEN", double.id_token())
        double.admin.skew(600)
        with pytest.raises(SignInError, match="expired"):
            work.submit(configure())

    def test_a_disabled_account(self, work, configure, double, here):
        email = "gone@emulated.iam.gserviceaccount.com"
        key = double.service_account_key(here / "gone.json", email)
        double.admin.disable(email)
        with pytest.raises(SignInError, match="Google refused the key"):
            work.submit(configure(service_account_key=str(key)))

    def test_nobody_signed_in(self, work, configure, double):
        with pytest.raises(SignInError, match="IAP wants a sign-in and saw none"):
            work.submit(configure(iap_client_id=None, sign_in="none"))

    def test_a_fault_of_iaps_own(self, work, robot, double):
        double.admin.break_iap("The IAP OAuth client is not configured")
        with pytest.raises(SignInError, match="IAP itself has a fault"):
            work.submit(robot)

    def test_keys_that_were_changed_are_no_trouble(self, work, robot, double):
        work.submit(robot)
        double.admin.rotate_keys(keep_old=False)
        work.submit(robot)

    def test_a_bucket_that_is_not_there(self, work, configure, double, here):
        key = double.service_account_key(here / "key.json")
        with pytest.raises(ClusterError, match="the bucket no-such-bucket does not exist"):
            work.submit(configure(service_account_key=str(key), bucket="gs://no-such-bucket/x"))

    def test_no_bucket_at_all(self, work, configure):
        with pytest.raises(EndpointError, match="no bucket"):
            work.submit(configure(bucket=None))


class TestWaysIn:
    def test_a_key_that_signs_itself(self, work, configure, double, here):
        key = double.service_account_key(here / "key.json")
        work.submit(configure(service_account_key=str(key), token_kind="signed-jwt"))

    def test_the_other_header(self, work, configure, double, here):
        key = double.service_account_key(here / "key.json")
        work.submit(configure(service_account_key=str(key), header="Proxy-Authorization"))

    @pytest.mark.parametrize("kind", ["id-token", "signed-jwt"])
    def test_impersonation(self, work, configure, double, here, monkeypatch, kind):
        email = f"{kind}@emulated.iam.gserviceaccount.com"
        monkeypatch.setenv(
            "GOOGLE_APPLICATION_CREDENTIALS", str(double.service_account_key(here / "me.json", email))
        )
        chosen = configure(impersonate=double.robot, token_kind=kind)
        with pytest.raises(SignInError, match="you may not sign in as robot@"):
            work.submit(chosen)
        double.admin.impersonator(double.robot, email)
        work.submit(chosen)

    def test_a_clock_that_is_five_minutes_off(self, work, configure, double, here):
        key = double.service_account_key(here / "key.json")
        for minutes in (5, -5):
            double.admin.skew(minutes * 60)
            work.submit(configure(service_account_key=str(key)))


def test_nothing_secret_is_left_anywhere(work, robot, here, capfd, monkeypatch):
    said, tokens, signed = [], [], Connection._signed
    monkeypatch.setattr(Connection, "_signed", lambda self: tokens.append(signed(self)) or tokens[-1])
    done = work.submit(robot, tell=said.append)
    key = json.loads((here / "key.json").read_text())["private_key"].splitlines()[1]
    shown = {header["Authorization"].removeprefix("Bearer ") for header in tokens}
    texts = [
        path.read_text(errors="replace") for path in (here / ".jupyter-kfp").rglob("*") if path.is_file()
    ]
    texts += [
        *said,
        *capfd.readouterr(),
        json.dumps(runs_of(work)),
        json.dumps(versions_of(work)),
        repr(done),
    ]
    for secret in (key, *shown):
        assert not [text for text in texts if secret in text]
