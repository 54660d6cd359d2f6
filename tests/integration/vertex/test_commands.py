"""The commands, with an endpoint on Vertex AI."""

import subprocess
import sys

import pytest

from tests.systems.vertex import Refusal


@pytest.fixture
def submitted(kfp, work):
    """Submit from the command line; the answer."""
    return lambda *more: kfp("submit", "three.ipynb", *work.image_options, *more)


def finish(work, run_id):
    work.succeeded(run_id, "load", "add", metrics={"accuracy": 0.75})
    work.vertex.play(run_id, "SUCCEEDED", {"load": "SUCCEEDED", "add": "SUCCEEDED"})


def test_submit_prints_the_page_in_googles_console(submitted, vertex):
    answer = submitted()
    assert answer.status == 0
    assert answer.out.startswith(
        "https://console.cloud.google.com/vertex-ai/pipelines/locations/europe-west4/runs/run-"
    )
    assert "Vertex AI Pipelines in example-project, europe-west4" in answer.err


def test_a_dry_run_starts_nothing(submitted, vertex):
    answer = submitted("--dry-run", "-p", "size=7")
    assert answer.status == 0
    assert "nothing was changed" in answer.out
    assert vertex.jobs == {}


def test_runs_are_listed_shown_and_fetched(submitted, kfp, work, here):
    told = submitted("--json").json
    finish(work, told["run_id"])
    assert told["run"] in kfp("runs").out
    shown = kfp("runs", "show", told["run"], "--wait")
    assert shown.status == 0
    assert "accuracy = 0.75" in shown.out
    assert kfp("runs", "fetch", "last", "-o", "home").status == 0
    assert (here / "home/steps/add/log.txt").exists()
    assert f"step add of {told['run_id']}" in kfp("runs", "logs", "last", "add").out


def test_a_run_is_shown_where_nothing_of_it_is_kept(submitted, kfp, work, here, monkeypatch):
    told = submitted("--json").json
    finish(work, told["run_id"])
    other = here / "other-machine"
    other.mkdir()
    monkeypatch.chdir(other)
    for name in (told["run_id"], told["run"]):
        assert kfp("runs", "show", name, "--json").json["status"] == "SUCCEEDED"
    assert kfp("runs", "open", told["run_id"], "--json").json["url"] == told["url"]


def test_the_lines_of_a_running_step_are_printed(submitted, kfp, work, vertex, monkeypatch):
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING", vertex.url)
    run_id = submitted("--json").json["run_id"]
    vertex.play(run_id, "RUNNING", {"load": "RUNNING"})
    vertex.logs = {"8001": "reading"}
    assert "reading" in kfp("runs", "logs", "last", "load").out


def test_cancel_and_no_retry(submitted, kfp, vertex):
    submitted()
    assert kfp("runs", "cancel", "last").status == 0
    answer = kfp("runs", "retry", "last")
    assert answer.status == 1
    assert "submit again" in answer.err


def test_schedules(kfp, work, vertex):
    made = kfp("schedule", "three.ipynb", "--cron", "0 6 * * *", *work.image_options)
    assert made.status == 0
    assert "/schedules/100?project=example-project" in made.out
    (row,) = kfp("schedule", "list", "--json").json["schedules"]
    assert (row["cron"], row["on"]) == ("0 6 * * *", True)
    assert kfp("schedule", "pause", row["schedule"]).status == 0
    assert kfp("schedule", "list", "--json").json["schedules"][0]["on"] is False
    assert kfp("schedule", "resume", row["schedule_id"]).status == 0
    assert kfp("schedule", "delete", row["schedule"]).status == 0
    assert kfp("schedule", "list").out == "no schedules\n"


def test_a_schedule_with_seconds_is_refused_before_anything_is_sent(kfp, work, vertex):
    answer = kfp("schedule", "three.ipynb", "--cron", "30 0 6 * * *", *work.image_options)
    assert answer.status == 1
    assert "no seconds" in answer.err
    assert vertex.asked == []


def test_login_says_as_whom_and_opens_no_browser(kfp, vertex):
    answer = kfp("login")
    assert answer.status == 0
    assert "signed in (token, because sign_in is token" in answer.out


class TestDoctor:
    def checks(self, kfp):
        return {one["name"]: one for one in kfp("doctor", "--json").json["checks"]}

    def test_all_is_well(self, kfp, vertex):
        checks = self.checks(kfp)
        assert {name: checks[name]["verdict"] for name in ("library", "settings", "sign-in", "server", "bucket")} == {
            "library": "good", "settings": "good", "sign-in": "good", "server": "good", "bucket": "good",
        }  # fmt: skip
        assert checks["service account"]["verdict"] == "warning"

    def test_a_named_service_account_is_good_and_the_role_is_said(self, kfp, configure):
        configure(service_account="steps@example-project.iam.gserviceaccount.com")
        check = self.checks(kfp)["service account"]
        assert check["verdict"] == "good"
        assert "roles/iam.serviceAccountUser" in check["text"]

    def test_an_api_that_is_off_is_said(self, kfp, vertex):
        vertex.faults = [
            Refusal(403, "Vertex AI API has not been used in project 4711 before", "SERVICE_DISABLED")
        ]
        check = self.checks(kfp)["server"]
        assert check["verdict"] == "bad"
        assert "gcloud services enable aiplatform.googleapis.com --project example-project" in check["fix"]

    def test_a_sign_in_that_is_not_taken_is_said(self, kfp, vertex):
        vertex.token = "another"
        checks = self.checks(kfp)
        assert (checks["sign-in"]["verdict"], checks["server"]["verdict"]) == ("bad", "skipped")

    def test_nobody_signed_in_is_said(self, kfp, configure):
        configure(sign_in=None)
        check = self.checks(kfp)["sign-in"]
        assert check["verdict"] == "bad"
        assert "gcloud auth application-default login" in check["fix"]

    def test_a_setting_that_is_not_there_is_said(self, kfp, configure):
        configure(project=None)
        checks = self.checks(kfp)
        assert checks["settings"]["fix"] == "set it to the Google Cloud project"
        assert checks["server"]["verdict"] == "skipped"

    def test_a_library_that_is_not_there_is_said(self, kfp, monkeypatch):
        monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
        checks = self.checks(kfp)
        assert checks["library"]["fix"] == "pip install 'jupyter-kfp[vertex]'"


@pytest.mark.parametrize("words", [["runs", "--help"], ["runs", "list", "--here"]])
def test_googles_library_is_not_imported_before_it_is_used(here, words):
    program = (
        f"import sys\nfrom jupyter_kfp.cli import main\nmain({words!r})\n"
        "print('google.cloud.aiplatform_v1' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
