"""What a cluster tells of runs, pipelines and schedules, of whatever kind it is.

The records have the fields and the words of Kubeflow Pipelines' REST API (v2beta1); Vertex AI's answers are put into
them. Keys that a server does not send are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NewType, TypeAlias

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field

ExperimentId = NewType("ExperimentId", str)
PipelineId = NewType("PipelineId", str)
VersionId = NewType("VersionId", str)
RunId = NewType("RunId", str)
ScheduleId = NewType("ScheduleId", str)

FINAL = ("SUCCEEDED", "SKIPPED", "FAILED", "CANCELED")


def _known(moment: datetime | None) -> datetime | None:
    """Kubeflow gives the year 1970 for what has not happened yet."""
    return None if moment is None or moment.year <= 1970 else moment


Moment: TypeAlias = Annotated[datetime | None, AfterValidator(_known)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Status(_Record):
    """A google.rpc.Status."""

    code: int = 0
    message: str = ""


class StateChange(_Record):
    """An entry of a state history."""

    state: str = ""
    update_time: Moment = None
    error: Status | None = None


class ChildTask(_Record):
    """A task or a pod below a task."""

    task_id: str = ""
    pod_name: str = ""


class Task(_Record):
    """A node of a run: a step, its driver, its executor, a group."""

    task_id: str = ""
    display_name: str = ""
    state: str = Field("", validation_alias=AliasChoices("state", "status"))
    create_time: Moment = None
    start_time: Moment = None
    end_time: Moment = None
    error: Status | None = None
    parent_task_id: str = ""
    pod_name: str = ""
    child_tasks: tuple[ChildTask, ...] = ()
    state_history: tuple[StateChange, ...] = ()
    # What only some clusters tell:
    attempts: int = 0  # how often it was tried
    item: int | None = None  # which item of a loop it is of
    made_by: str = ""  # the run whose result the cache gave


class Details(_Record):
    """What a run is made of."""

    task_details: tuple[Task, ...] = ()


class VersionReference(_Record):
    """Which version of which pipeline."""

    pipeline_id: str = ""
    pipeline_version_id: str = ""


class RuntimeConfig(_Record):
    """What a run is given."""

    parameters: Mapping[str, Any] = Field(default_factory=dict)
    pipeline_root: str = ""


class ClusterRun(_Record):
    """A run, as the server tells of it."""

    run_id: str
    display_name: str = ""
    experiment_id: str = ""
    state: str = ""
    error: Status | None = None
    created_at: Moment = None
    finished_at: Moment = None
    pipeline_spec: Mapping[str, Any] | None = None
    pipeline_version_reference: VersionReference | None = None
    runtime_config: RuntimeConfig | None = None
    run_details: Details | None = None
    recurring_run_id: str = ""
    service_account: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINAL

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Its nodes, of whatever kind."""
        return self.run_details.task_details if self.run_details else ()


class Pipeline(_Record):
    """A pipeline on the server: a name that has versions."""

    pipeline_id: str
    display_name: str = ""
    name: str = ""


class Version(_Record):
    """A version of a pipeline."""

    pipeline_id: str = ""
    pipeline_version_id: str
    display_name: str = ""
    name: str = ""
    pipeline_spec: Mapping[str, Any] | None = None
    created_at: Moment = None


class Experiment(_Record):
    """An experiment: a list that runs are in."""

    experiment_id: str
    display_name: str = ""
    namespace: str = ""


class Cron(_Record):
    """When a schedule starts runs."""

    cron: str = ""


class Trigger(_Record):
    """What makes a schedule start runs."""

    cron_schedule: Cron | None = None


class Schedule(_Record):
    """A recurring run."""

    recurring_run_id: str
    display_name: str = ""
    status: str = Field("", validation_alias=AliasChoices("status", "mode"))
    trigger: Trigger | None = None
    experiment_id: str = ""
    pipeline_version_reference: VersionReference | None = None
    runtime_config: RuntimeConfig | None = None
    created_at: Moment = None

    @property
    def cron(self) -> str:
        """Its cron expression; empty where it has another trigger."""
        return self.trigger.cron_schedule.cron if self.trigger and self.trigger.cron_schedule else ""

    @property
    def is_on(self) -> bool:
        """Whether it starts runs."""
        return self.status in ("ENABLED", "ENABLE")
