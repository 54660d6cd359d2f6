"""A pipeline on Vertex AI, from the submission to its end, told as a run of Kubeflow's or of this machine."""

import contextlib
import importlib
import json
from pathlib import Path

import pytest

from jupyter_kfp.cluster import ClusterError, Results, follow_run, open_api, recall, snapshot
from jupyter_kfp.cluster.errors import Refused, Unreachable
from jupyter_kfp.cluster.follow import known_of
from jupyter_kfp.cluster.submission import Note
from jupyter_kfp.dataflow import analyse
from jupyter_kfp.local import record
from jupyter_kfp.notebook import read_notebook
from tests.integration.cluster.conftest import code, write_notebook
from tests.systems.vertex import Refusal

EXAMPLES = Path(__file__).parents[3] / "examples" / "notebooks"
SUBMIT = importlib.import_module("jupyter_kfp.cluster.submit")  # the package has a function of that name


@pytest.fixture
def api(chosen):
    with open_api(chosen) as opened:
        yield opened


def follow(api, done, play=lambda: None):
    """The run at its end, and the events that were told on the way. `play` is called instead of waiting."""
    events = []
    run = follow_run(api, done.known, done.folder, on_event=events.append, sleep=lambda seconds: play())
    return run, [type(event).__name__ for event in events]


def test_the_package_has_one_document_and_goes_with_the_run(work, chosen, vertex):
    said = []
    done = work.submit(chosen, tell=said.append)
    job = vertex.job(done.known.run_id)
    assert done.known.url == (
        "https://console.cloud.google.com/vertex-ai/pipelines/locations/europe-west4/runs/"
        f"{done.known.run_id}?project=example-project"
    )
    assert job.runtime_config.parameter_values["bucket"] == chosen.endpoint.bucket
    assert job.runtime_config.gcs_output_directory == f"{chosen.endpoint.bucket}/pipeline_root"
    assert any("goes with the run" in text for text in said)
    assert recall(done.folder) == done.known


def test_what_vertex_cannot_carry_is_said_and_the_run_started(work, chosen, here):
    notebook = json.loads(work.notebook.read_text())
    notebook["metadata"]["jupyter_kfp"]["steps"]["load"] = {"node_selector": {"pool": "big"}}
    work.notebook.write_text(json.dumps(notebook))
    work.pipeline = analyse(read_notebook(work.notebook))
    said = []
    work.submit(chosen, tell=said.append)
    assert any("Vertex AI takes no node selector" in text and "JK503" in text for text in said)


def test_a_run_is_followed_to_its_end(work, chosen, api, vertex):
    done = work.submit(chosen, parameters={"size": 9})
    run_id = done.known.run_id

    def all_done():
        work.succeeded(run_id, "load", "tell")
        work.succeeded(run_id, "add", metrics={"accuracy": 0.75})
        vertex.play(run_id, "SUCCEEDED", {"load": "SUCCEEDED", "add": "SUCCEEDED"})
        vertex.play(run_id, "SUCCEEDED", {"tell": "SUCCEEDED"}, group="condition-1")

    stages = iter([
        lambda: vertex.play(run_id, "RUNNING", {"load": "RUNNING"}),
        lambda: vertex.play(run_id, "RUNNING", {"load": "RUNNING", "add": "PENDING"}),
        all_done,
    ])  # fmt: skip
    run, events = follow(api, done, lambda: next(stages)())
    assert run.status is record.Status.SUCCEEDED
    assert run.metrics == {"accuracy": 0.75}
    assert run.parameters == {"size": 9}
    assert events.count("StepStarted") == 3
    assert events.count("StepFinished") == 3
    assert run.step("add").manifest.startswith(f"{chosen.endpoint.bucket}/objects/")


def test_a_step_whose_condition_does_not_hold_is_skipped(work, chosen, api, vertex):
    done = work.submit(chosen)
    work.succeeded(done.known.run_id, "load", "add")
    tasks = {"load": "SUCCEEDED", "add": "SUCCEEDED"}
    vertex.play(done.known.run_id, "SUCCEEDED", tasks)
    vertex.play(done.known.run_id, "SUCCEEDED", {"condition-1": "NOT_TRIGGERED"})
    run, _ = follow(api, done)
    assert run.step("tell").status is record.Status.SKIPPED
    assert run.step("tell").reason == "its condition does not hold"


def test_a_cached_step_has_the_results_of_the_run_that_made_them(work, chosen, api, vertex):
    first = work.submit(chosen)
    work.succeeded(first.known.run_id, "load", "add", metrics={"accuracy": 0.5})
    vertex.play(first.known.run_id, "SUCCEEDED", {"load": "SUCCEEDED", "add": "SUCCEEDED"})
    follow(api, first)
    second = work.submit(chosen)
    assert second.known.run_id != first.known.run_id
    outputs = {step: vertex.artifact(first.known.run_id, step) for step in ("load", "add")}
    vertex.play(
        second.known.run_id,
        "SUCCEEDED",
        {step: {"state": "SKIPPED", "outputs": outputs[step]} for step in outputs},
    )
    run, _ = follow(api, second)
    assert [run.step(step).cached for step in ("load", "add")] == [True, True]
    assert run.step("add").cached_from == first.known.run_id
    assert run.metrics == {"accuracy": 0.5}


def test_a_failed_step_tells_its_own_reason(work, chosen, api, vertex):
    done = work.submit(chosen)
    error = {"step": "load", "kind": "cell", "cell": "cell-1", "name": "ValueError", "message": "negative",
             "line": 1, "first_line": "numbers", "frame": "", "fix": "", "notebook": ""}  # fmt: skip
    work.leave(done.known.run_id, "load", "error.json", json.dumps(error))
    vertex.play(
        done.known.run_id, "FAILED", {"load": "FAILED"}, error="The DAG failed because some tasks failed."
    )
    run, _ = follow(api, done)
    assert run.status is record.Status.FAILED
    assert run.failure.name == "ValueError"
    assert run.failure.cell_number == 2
    assert run.step("add").status is record.Status.SKIPPED


def test_a_step_that_could_tell_nothing_has_vertex_words(work, chosen, api, vertex):
    done = work.submit(chosen)
    told = {
        "state": "FAILED",
        "error": {
            "code": 8,
            "message": "The replica workerpool0-0 ran out-of-memory and exited with 137(OOM)",
        },
    }
    vertex.play(done.known.run_id, "FAILED", {"load": told})
    run, _ = follow(api, done)
    assert run.failure.name == "OOMKilled"
    assert "raise the step's memory" in run.failure.fix


def test_a_step_that_was_tried_again_is_counted(work, chosen, api, vertex):
    done = work.submit(chosen)
    run_id = done.known.run_id
    again = {"container_detail": {"main_job": "projects/p/locations/r/customJobs/2",
                                  "failed_main_jobs": ["projects/p/locations/r/customJobs/1"]}}  # fmt: skip

    def ended():
        work.succeeded(run_id, "load", "add")
        vertex.play(run_id, "SUCCEEDED", {"load": "SUCCEEDED", "add": "SUCCEEDED"})

    stages = iter([
        lambda: vertex.play(run_id, "RUNNING", {"load": "RUNNING"}),
        lambda: vertex.play(run_id, "RUNNING", {"load": {"state": "RUNNING", "executor_detail": again}}),
        ended,
    ])  # fmt: skip
    run, events = follow(api, done, lambda: next(stages)())
    assert run.step("load").attempts == 2
    assert "StepRetried" in events


@pytest.mark.parametrize(("state", "status"), [("CANCELLED", "CANCELED"), ("FAILED", "FAILED")])
def test_every_end_of_a_run_is_an_end_of_following(work, chosen, api, vertex, state, status):
    done = work.submit(chosen)
    vertex.play(done.known.run_id, state, {"load": state})
    run, _ = follow(api, done)
    assert run.status.value == status


def test_cancelling_a_run_ends_it(work, chosen, api, vertex):
    done = work.submit(chosen)
    vertex.play(done.known.run_id, "RUNNING", {"load": "RUNNING"})
    api.cancel(done.known.run_id)
    stages = iter([lambda: vertex.play(done.known.run_id, "CANCELLED", {"load": "CANCELLED"})])
    run, _ = follow(api, done, lambda: next(stages)())
    assert run.status is record.Status.CANCELED
    assert run.step("load").status is record.Status.CANCELED


def test_a_run_that_was_deleted_is_told(work, chosen, api, vertex):
    done = work.submit(chosen)
    vertex.jobs.clear()
    run, _ = follow(api, done)
    assert run.status is record.Status.INTERRUPTED
    assert "deleted" in run.message


def test_a_paused_run_is_waited_for_with_a_warning(work, chosen, api, vertex):
    done = work.submit(chosen)
    vertex.play(done.known.run_id, "PAUSED")
    stages = iter([lambda: None, lambda: vertex.play(done.known.run_id, "CANCELLED")])
    run, events = follow(api, done, lambda: next(stages)())
    assert events.count("Warned") == 1
    assert run.status is record.Status.CANCELED


def test_a_run_can_be_seen_from_another_machine(work, chosen, api, vertex):
    done = work.submit(chosen, parameters={"size": 4})
    work.succeeded(done.known.run_id, "load", "add", metrics={"accuracy": 0.75})
    vertex.play(done.known.run_id, "SUCCEEDED", {"load": "SUCCEEDED", "add": "SUCCEEDED"})
    there = api.find_run(done.known.name)
    known = known_of(there, endpoint="google", host=chosen.host, url="u", namespace="", bucket=None)
    seen = snapshot(api, known)
    assert (seen.status, seen.metrics) == (record.Status.SUCCEEDED, {"accuracy": 0.75})
    assert seen.parameters == {"size": 4}


def test_the_cache_can_be_left_out(work, chosen, vertex):
    done = work.submit(chosen, cache=False)
    tasks = vertex.job(done.known.run_id).pipeline_spec["root"]["dag"]["tasks"]
    assert all(not task.get("cachingOptions", {}).get("enableCache") for task in tasks.values())


def test_the_items_of_a_loop_are_steps_of_their_own(here, chosen, api, vertex, storage, work):
    path = write_notebook(
        here / "loop.ipynb",
        code("rate = 0.1", "parameters"),
        code("start = 1", "step:load"),
        code("score = rate * start", "step:train"),
        settings={"name": "loop", "steps": {"train": {"foreach": {"rate": [0.5, 1.0, 2.0]}}}},
    )
    work.pipeline = analyse(read_notebook(path))
    work.images = {step.name: f"registry.example.com/loop-{step.name}:1" for step in work.pipeline.steps}
    done = work.submit(chosen)
    run_id = done.known.run_id
    work.succeeded(run_id, "load")
    states = {2: "SUCCEEDED", 0: "FAILED", 1: "CANCELLED"}  # not in the order in which they began
    items = {
        f"train[{number}]": {"state": state, "execution": {"metadata": {"input:item": {"item": number}}}}
        for number, state in states.items()
    }
    vertex.play(run_id, "FAILED", {"load": "SUCCEEDED"})
    vertex.play(run_id, "FAILED", items, group="for-loop-1")
    run, _ = follow(api, done)
    assert {step.name: step.status.value for step in run.steps} == {
        "load": "SUCCEEDED", "train[0]": "FAILED", "train[1]": "CANCELED", "train[2]": "SUCCEEDED",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["iris", "text"])
def test_the_packages_of_the_examples_are_taken(name, chosen, vertex, work, tmp_path):
    path = EXAMPLES / f"{name}.ipynb"
    work.pipeline = analyse(read_notebook(path))
    work.images = {step.name: f"registry.example.com/{name}-{step.name}:1" for step in work.pipeline.steps}
    done = work.submit(chosen, root=tmp_path / "runs")
    assert vertex.job(done.known.run_id).pipeline_spec["pipelineInfo"]["name"] == work.pipeline.name


def crash(*_):
    raise KeyboardInterrupt


class TestOnce:
    def test_a_lost_answer_starts_no_second_run(self, work, chosen, vertex):
        at_create = len(vertex.asked) + 1  # hello comes first
        vertex.faults = [*(None for _ in range(at_create)), "late"]
        done = work.submit(chosen)
        assert done.taken_up
        assert len(vertex.jobs) == 1

    def test_the_same_submission_after_a_crash_finds_its_run(self, work, chosen, vertex, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(SUBMIT, "_begin", crash)
            with pytest.raises(KeyboardInterrupt):
                work.submit(chosen)
        assert len(vertex.jobs) == 1
        done = work.submit(chosen)
        assert done.taken_up
        assert [job.display_name for job in vertex.jobs.values()] == [done.known.name]

    def test_the_same_submission_after_the_first_came_to_its_end_is_another_run(self, work, chosen, vertex):
        assert work.submit(chosen).known.run_id != work.submit(chosen).known.run_id
        assert len(vertex.jobs) == 2

    def test_a_run_that_is_there_already_is_taken_as_ours(self, work, chosen, vertex, monkeypatch):
        """Looked for and not found, then refused as there already: another process was faster."""
        done = work.submit(chosen)
        noted = contextlib.nullcontext(Note(done.known.name, earlier=False))
        monkeypatch.setattr(SUBMIT, "note", lambda *_: noted)
        again = work.submit(chosen)
        assert again.taken_up
        assert again.known.run_id == done.known.run_id

    def test_what_does_not_come_to_be_is_told(self, work, chosen, vertex, monkeypatch):
        monkeypatch.setattr("jupyter_kfp.cluster.vertex.api.PATIENCE", 0.0)
        vertex.faults = [None, *(Refusal(503, "busy") for _ in range(40))]
        with pytest.raises(Unreachable):
            work.submit(chosen)
        assert len(vertex.jobs) == 0


def test_a_service_account_that_may_not_be_used_stops_the_submission(work, configure, vertex):
    chosen = configure(service_account="steps@example-project.iam.gserviceaccount.com")
    vertex.faults = [
        None,
        Refusal(403, "You do not have permission to act as service account: iam.serviceAccounts.actAs"),
    ]
    with pytest.raises(Refused, match="as that service account"):
        work.submit(chosen)


def test_results_come_home(work, chosen, api, vertex, here):
    done = work.submit(chosen)
    work.succeeded(done.known.run_id, "load", "add")
    paths = Results.open(done.known.bucket, done.known.run_id).fetch(here / "home")
    assert (here / "home/steps/load/log.txt") in paths


def test_no_token_is_in_anything_that_is_kept_or_told(work, chosen, vertex, here):
    said = []
    done = work.submit(chosen, tell=said.append)
    vertex.token = "another"
    with open_api(chosen) as api, pytest.raises(ClusterError) as caught:
        api.hello()
    kept = "".join(path.read_text() for path in here.rglob("*") if path.is_file())
    assert "not-a-real-token" not in kept + "".join(said) + str(caught.value) + caught.value.fix
    assert done.known.run_id
