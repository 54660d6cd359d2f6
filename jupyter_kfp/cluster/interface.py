"""What submitting, following, listing and scheduling ask of a cluster, whatever kind it is.

Kubeflow's `api.Api` and Vertex AI's `vertex.api.VertexApi` give it; `kinds.py` says which one an endpoint has. What a
kind cannot do raises Refused, with what to do instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .records import (
    ClusterRun,
    Experiment,
    ExperimentId,
    PipelineId,
    RunId,
    Schedule,
    ScheduleId,
    Version,
)


@dataclass(frozen=True)
class Hello:
    """A cluster that answered, and as whom it was asked."""

    way: str  # of signing in; empty where none is needed
    why: str  # that way
    email: str  # empty where it is not known
    service: str  # such as `Kubeflow Pipelines 2.5.0`; empty where it does not say
    version: str = ""
    wants_namespace: bool = False  # it has several users, and no namespace is set

    @property
    def signed_in(self) -> str:
        """In words."""
        if not self.way:
            return "no sign-in needed"
        return f"signed in as {self.email}" if self.email else f"signed in: {self.way}"


class ClusterApi(Protocol):
    """A cluster that runs pipelines. Anything may raise SignInError, Refused, Unreachable."""

    @property
    def host(self) -> str:
        """Its address, for people and for telling clusters apart."""

    def hello(self) -> Hello:
        """The first request: whether we are let in and the service answers."""

    def experiment(self, name: str) -> Experiment:
        """What runs of that experiment are listed under; made where it is not there."""

    def bring(
        self, pipeline: str, description: str, version: str, package: bytes
    ) -> tuple[Version, bool | None]:
        """The version of a pipeline, and whether it was uploaded now, of `package` (YAML); None where the cluster keeps
        no versions and the package goes with the run."""

    def start(
        self,
        name: str,
        version: Version,
        experiment: ExperimentId,
        parameters: Mapping[str, Any],
        *,
        pipeline_root: str | None = None,
        service_account: str | None = None,
    ) -> ClusterRun:
        """Start a run. Raises Unreachable where it is not known whether it was started: see `find_run`; AlreadyThere
        where the cluster has a run of that name and keeps names apart."""

    def run(self, run: RunId) -> ClusterRun:
        """The run with its tasks. Raises NotFound."""

    def find_run(self, name: str, experiment: ExperimentId | None = None) -> ClusterRun | None:
        """The newest run of just that name."""

    def runs(self, *, pipeline: PipelineId | None = None) -> Iterator[ClusterRun]:
        """All runs, the newest first, asked for page by page; without their tasks."""

    def spec_of(self, run: ClusterRun) -> Mapping[str, Any]:
        """The pipeline's IR that the run executes. Empty where the server does not keep it."""

    def cancel(self, run: RunId) -> None:
        """Ask the cluster to stop the run."""

    def retry(self, run: RunId) -> None:
        """Run again what failed in the run."""

    def pod_log(self, run: RunId, pod: str) -> bytes:
        """What one attempt of a step has printed so far. Raises Refused where the cluster does not offer that."""

    def schedule(
        self,
        name: str,
        version: Version,
        experiment: ExperimentId,
        cron: str,
        parameters: Mapping[str, Any],
        *,
        pipeline_root: str | None = None,
        service_account: str | None = None,
    ) -> Schedule:
        """Start runs at the times of a cron expression, written as this kind of cluster takes it."""

    def schedules(self) -> Iterator[Schedule]:
        """All of them, the newest first."""

    def switch(self, schedule: ScheduleId, on: bool) -> None:
        """Let it start runs, or not."""

    def delete_schedule(self, schedule: ScheduleId) -> None:
        """Take it away; its runs stay."""
