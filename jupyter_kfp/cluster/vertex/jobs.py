"""Vertex AI's jobs and schedules in the words of `records.py`, and a run in Vertex AI's words.

In: messages of google-cloud-aiplatform. Out: records, and back. States are renamed; a task that the cache answered is
CACHED, one that was not triggered SKIPPED, as following knows them from Kubeflow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from ...step.errors import SetupError
from ...step.kubeflow import ExecutorInput
from ..records import (
    ChildTask,
    ClusterRun,
    Cron,
    Details,
    RuntimeConfig,
    Schedule,
    StateChange,
    Status,
    Task,
    Trigger,
    VersionReference,
)

Message: TypeAlias = Any  # of google-cloud-aiplatform, which is imported late
PIPELINE_LABEL = "jupyter_kfp_pipeline"
VERSION_LABEL = "jupyter_kfp_version"
EXPERIMENT_LABEL = "jupyter_kfp_experiment"
LONGEST_LABEL = 63
LONGEST_ID = 128

_RUN_STATES: Mapping[str, str] = {
    "PIPELINE_STATE_QUEUED": "PENDING",
    "PIPELINE_STATE_PENDING": "PENDING",
    "PIPELINE_STATE_RUNNING": "RUNNING",
    "PIPELINE_STATE_SUCCEEDED": "SUCCEEDED",
    "PIPELINE_STATE_FAILED": "FAILED",
    "PIPELINE_STATE_CANCELLING": "CANCELING",
    "PIPELINE_STATE_CANCELLED": "CANCELED",
    "PIPELINE_STATE_PAUSED": "PAUSED",
}
_TASK_STATES: Mapping[str, str] = {
    "PENDING": "PENDING",
    "RUNNING": "RUNNING",
    "SUCCEEDED": "SUCCEEDED",
    "CANCEL_PENDING": "CANCELING",
    "CANCELLING": "CANCELING",
    "CANCELLED": "CANCELED",
    "FAILED": "FAILED",
    "SKIPPED": "CACHED",
    "NOT_TRIGGERED": "SKIPPED",
}


def job_id(name: str) -> str:
    """The id of the run of that name, as Vertex AI takes it: a small letter, then small letters, digits and dashes.

    The same name gives the same id, so that a run cannot be started twice under one name.
    """
    return f"run-{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}"[:LONGEST_ID]


def is_job_id(text: str) -> bool:
    """Whether Vertex AI would take it as the id of a run."""
    return bool(re.fullmatch(r"[a-z][-a-z0-9]{0,127}", text))


def label(text: str) -> str:
    """A label's value: small letters, digits, dashes and underscores; its end counts most."""
    return re.sub("[^a-z0-9_-]+", "-", text.lower())[-LONGEST_LABEL:].strip("-_")


def run_of(job: Message) -> ClusterRun:
    """The record of a PipelineJob. Lists leave its tasks and its specification out."""
    labels = dict(job.labels)
    spec = _plain(type(job).pb(job).pipeline_spec) if job.pipeline_spec else None
    config = type(job).pb(job).runtime_config
    return ClusterRun(
        run_id=_last(job.name),
        display_name=job.display_name,
        experiment_id=labels.get(EXPERIMENT_LABEL, ""),
        state=_RUN_STATES.get(job.state.name, ""),
        error=_status(job.error),
        created_at=job.create_time,
        finished_at=job.end_time,
        pipeline_spec=spec,
        pipeline_version_reference=VersionReference(
            pipeline_id=labels.get(PIPELINE_LABEL, ""), pipeline_version_id=labels.get(VERSION_LABEL, "")
        ),
        runtime_config=RuntimeConfig(
            parameters={name: _plain(value) for name, value in config.parameter_values.items()},
            pipeline_root=config.gcs_output_directory,
        ),
        run_details=Details(task_details=tuple(_tasks(job, spec or {}))),
        recurring_run_id=_last(job.schedule_name),
        service_account=job.service_account,
    )


def _tasks(job: Message, spec: Mapping[str, Any]) -> Iterator[Task]:
    """The tasks, steps and groups. The whole pipeline is listed among them under its own name: left out."""
    pipeline = spec.get("pipelineInfo", {}).get("name", "")
    for detail in job.job_detail.task_details:
        started = detail.state.name not in ("STATE_UNSPECIFIED", "PENDING", "SKIPPED", "NOT_TRIGGERED")
        if detail.task_name == pipeline and started and not detail.executor_detail:
            continue
        yield _task(detail)


def _task(detail: Message) -> Task:
    container = detail.executor_detail.container_detail
    jobs = [*container.failed_main_jobs, *([container.main_job] if container.main_job else [])]
    return Task(
        task_id=str(detail.task_id),
        display_name=detail.task_name,
        state=_TASK_STATES.get(detail.state.name, ""),
        create_time=detail.create_time,
        start_time=detail.start_time,
        end_time=detail.end_time,
        error=_status(detail.error),
        parent_task_id=str(detail.parent_task_id) if detail.parent_task_id else "",
        child_tasks=tuple(ChildTask(pod_name=name) for name in dict.fromkeys(jobs)),
        state_history=tuple(
            StateChange(
                state=_TASK_STATES.get(change.state.name, ""),
                update_time=change.update_time,
                error=_status(change.error),
            )
            for change in detail.pipeline_task_status
        ),
        attempts=len(set(jobs)),
        item=_item(detail),
        made_by=_made_by(detail) if detail.state.name == "SKIPPED" else "",
    )


def _item(detail: Message) -> int | None:
    """Which item of a loop the task is of: our steps in a loop are given it as an input."""
    metadata = type(detail).pb(detail).execution.metadata
    given = _plain(metadata).get("input:item")
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return None
    number = given.get("item") if isinstance(given, dict) else None
    return number if isinstance(number, int) else None


def _made_by(detail: Message) -> str:
    """The run whose outputs the cache gave: they lie where that run put them."""
    uris = [artifact.uri for outputs in detail.outputs.values() for artifact in outputs.artifacts]
    artifacts = {str(number): {"uri": uri} for number, uri in enumerate(uris) if uri.startswith("gs://")}
    try:
        run = ExecutorInput(artifacts, None).run_name()
    except SetupError:
        return ""
    return run if is_job_id(run) else ""


def schedule_of(schedule: Message) -> Schedule:
    """The record of a Schedule."""
    job = schedule.create_pipeline_job_request.pipeline_job
    labels = dict(job.labels)
    return Schedule(
        recurring_run_id=_last(schedule.name),
        display_name=schedule.display_name,
        status="ENABLED" if schedule.state.name == "ACTIVE" else "DISABLED",
        trigger=Trigger(cron_schedule=Cron(cron=schedule.cron)),
        experiment_id=labels.get(EXPERIMENT_LABEL, ""),
        pipeline_version_reference=VersionReference(
            pipeline_id=labels.get(PIPELINE_LABEL, ""), pipeline_version_id=labels.get(VERSION_LABEL, "")
        ),
        created_at=schedule.create_time,
    )


def _last(name: str) -> str:
    """The id at the end of a resource's name."""
    return name.rpartition("/")[2]


def _status(status: Message) -> Status | None:
    if not status.code and not status.message:
        return None
    return Status(code=status.code, message=status.message)


def _plain(message: Message) -> Any:  # noqa: ANN401
    """A Struct or a Value as JSON. They know one kind of number: whole ones are given as such."""
    from google.protobuf import json_format

    return _whole(json_format.MessageToDict(message))


def _whole(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
