"""Vertex AI's jobs in our words. The messages are of Google's own types."""

import pytest
from google.cloud import aiplatform_v1 as library
from google.protobuf import json_format, struct_pb2

from jupyter_kfp.cluster.observe import observe
from jupyter_kfp.cluster.spec import steps_of
from jupyter_kfp.cluster.vertex.jobs import is_job_id, job_id, label, run_of

TASK = library.PipelineTaskDetail
JOBS = "projects/p/locations/r/customJobs"


def job(*details, state="RUNNING", spec=None, **more):
    made = library.PipelineJob(
        name="projects/p/locations/r/pipelineJobs/run-1",
        state=library.PipelineState[f"PIPELINE_STATE_{state}"],
        job_detail=library.PipelineJobDetail(task_details=details),
        **more,
    )
    json_format.ParseDict(spec or {}, library.PipelineJob.pb(made).pipeline_spec)
    return made


def task(name, state, **more):
    more.setdefault("task_id", abs(hash((name, state))) % 10**6 + 1)
    return TASK(task_name=name, state=TASK.State[state], **more)


def container(main="", *failed):
    detail = library.PipelineTaskExecutorDetail.ContainerDetail(
        main_job=f"{JOBS}/{main}" if main else "", failed_main_jobs=[f"{JOBS}/{each}" for each in failed]
    )
    return library.PipelineTaskExecutorDetail(container_detail=detail)


@pytest.mark.parametrize(
    ("state", "ours", "over"),
    [
        ("QUEUED", "PENDING", False),
        ("PENDING", "PENDING", False),
        ("RUNNING", "RUNNING", False),
        ("SUCCEEDED", "SUCCEEDED", True),
        ("FAILED", "FAILED", True),
        ("CANCELLING", "CANCELING", False),
        ("CANCELLED", "CANCELED", True),
        ("PAUSED", "PAUSED", False),
        ("UNSPECIFIED", "", False),
    ],
)
def test_every_state_of_a_run_has_a_word(state, ours, over):
    run = run_of(job(state=state))
    assert (run.state, run.is_over) == (ours, over)


@pytest.mark.parametrize("state", list(library.PipelineState))
def test_no_state_that_the_library_knows_is_forgotten(state):
    known = run_of(library.PipelineJob(state=state)).state
    assert bool(known) == (state.name != "PIPELINE_STATE_UNSPECIFIED")


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        ("PENDING", "PENDING"),
        ("RUNNING", "RUNNING"),
        ("SUCCEEDED", "SUCCEEDED"),
        ("CANCEL_PENDING", "RUNNING"),
        ("CANCELLING", "RUNNING"),
        ("CANCELLED", "CANCELED"),
        ("FAILED", "FAILED"),
        ("SKIPPED", "CACHED"),
        ("NOT_TRIGGERED", "SKIPPED"),
    ],
)
def test_every_state_of_a_task_is_a_standing_of_its_step(state, standing, spec):
    run = run_of(job(task("train", state), spec=spec))
    assert observe(steps_of(run.pipeline_spec), run)["train"].standing == standing


def test_tasks_that_were_tried_again_are_counted_and_their_logs_known(spec):
    run = run_of(job(task("train", "RUNNING", executor_detail=container("12", "10", "11")), spec=spec))
    seen = observe(steps_of(run.pipeline_spec), run)["train"]
    assert seen.attempts == 3
    assert seen.pods == (f"{JOBS}/10", f"{JOBS}/11", f"{JOBS}/12")


def test_a_cached_task_tells_which_run_made_its_outputs(spec):
    artifact = library.Artifact(uri="gs://b/team/pipeline_root/4711/run-of-yesterday/train_-55/notebook")
    outputs = {"notebook": TASK.ArtifactList(artifacts=[artifact])}
    run = run_of(job(task("train", "SKIPPED", outputs=outputs), spec=spec))
    assert observe(steps_of(run.pipeline_spec), run)["train"].made_by == "run-of-yesterday"


@pytest.mark.parametrize("uri", ["", "gs://", "gs://b/x", "s3://a/b/c/d"])
def test_outputs_that_lie_elsewhere_tell_nothing(uri, spec):
    outputs = {"notebook": TASK.ArtifactList(artifacts=[library.Artifact(uri=uri)])}
    run = run_of(job(task("train", "SKIPPED", outputs=outputs), spec=spec))
    assert observe(steps_of(run.pipeline_spec), run)["train"].made_by == ""


def test_the_pipelines_own_entry_is_not_taken_for_a_step_of_its_name(spec):
    spec = {**spec, "pipelineInfo": {"name": "train"}}
    own = task("train", "FAILED", task_id=1)
    run = run_of(job(own, state="FAILED", spec=spec))
    assert observe(steps_of(run.pipeline_spec), run)["train"].standing == "SKIPPED"
    both = run_of(job(own, task("train", "SUCCEEDED", task_id=2, executor_detail=container("9")), spec=spec))
    assert observe(steps_of(run.pipeline_spec), both)["train"].standing == "SUCCEEDED"


def item(number):
    metadata = struct_pb2.Struct()
    json_format.ParseDict({"input:item": {"item": number, "parameters": {}}}, metadata)
    return library.Execution(metadata=metadata)


def test_the_items_of_a_loop_are_told_apart_by_what_they_were_given(spec):
    loop = {
        "componentRef": {"name": "comp-loop"},
        "parameterIterator": {"itemInput": "item", "items": {"raw": "[1, 2]"}},
    }
    spec["components"]["comp-loop"] = {"dag": spec["root"]["dag"]}
    spec["root"] = {"dag": {"tasks": {"loop": loop}}}
    tasks = [
        task("loop", "RUNNING", task_id=1),
        task("train", "FAILED", task_id=2, parent_task_id=1, execution=item(1)),
        task("train", "SUCCEEDED", task_id=3, parent_task_id=1, execution=item(0)),
    ]
    run = run_of(job(*tasks, spec=spec))
    seen = observe(steps_of(run.pipeline_spec), run)
    assert (seen["train[0]"].standing, seen["train[1]"].standing) == ("SUCCEEDED", "FAILED")


def test_an_error_is_kept_in_its_words(spec):
    failed = task(
        "train", "FAILED", error={"code": 9, "message": "The replica workerpool0-0 ran out-of-memory"}
    )
    run = run_of(job(failed, state="FAILED", spec=spec, error={"code": 9, "message": "The DAG failed"}))
    assert run.error.message == "The DAG failed"
    assert "out-of-memory" in observe(steps_of(run.pipeline_spec), run)["train"].error


@pytest.mark.parametrize(
    "name", ["2026-11-24T101500-iris-3f2a51c0", "Ärger/../x", "", "-", "a" * 300, 'x"; DROP', "9"]
)
def test_every_name_gives_an_id_that_vertex_takes(name):
    assert is_job_id(job_id(name))


@pytest.mark.parametrize("text", ["Iris Flowers!", "", "---", "ä" * 200, "x" * 200, "a/b\nc"])
def test_every_text_gives_a_label_that_vertex_takes(text):
    made = label(text)
    assert len(made) <= 63
    assert all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in made)
    assert made == made.lower()
