"""Vertex AI Pipelines as a cluster: Google's own client, with the answers in our records.

In: ids, names, packages. Out: records, or errors that say what to do. The client speaks REST, so that proxies and
certificates are set as for Kubeflow. What may be asked twice is asked again by the library's own retry; a run is
started under an id that its name gives, so that a second one of that name is refused. Vertex AI keeps no pipelines: a
package travels with its run, and labels tell which one it was. An experiment is a label too.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..endpoints import Chosen, Endpoint
from ..errors import EndpointError, NotFound, Refused
from ..interface import Hello
from ..records import (
    ClusterRun,
    Experiment,
    ExperimentId,
    PipelineId,
    RunId,
    Schedule,
    ScheduleId,
    Version,
)
from ..sign_in import Way
from .credentials import choose_way, credentials_of, who
from .jobs import (
    EXPERIMENT_LABEL,
    PIPELINE_LABEL,
    VERSION_LABEL,
    Message,
    is_job_id,
    job_id,
    label,
    run_of,
    schedule_of,
)
from .logs import job_log
from .refusals import telling

SECONDS = 60.0  # for one answer
PATIENCE = 90.0  # for asking again
PAGE = 100
LISTED = (
    "name", "display_name", "state", "create_time", "start_time", "end_time", "labels", "error", "schedule_name",
    "service_account", "runtime_config",
)  # fmt: skip


class VertexApi:
    """Vertex AI Pipelines in the endpoint's project and region."""

    def __init__(self, endpoint: Endpoint, host: str, way: Way, credentials: Any) -> None:  # noqa: ANN401
        from google.cloud import aiplatform_v1

        self.host = host
        self._endpoint = endpoint
        self._way = way
        self._credentials = credentials
        self._library = aiplatform_v1
        self._place = f"projects/{endpoint.project}/locations/{endpoint.region}"
        options = {"api_endpoint": host}
        self._jobs = aiplatform_v1.PipelineServiceClient(
            credentials=credentials, transport="rest", client_options=options
        )
        self._schedules = aiplatform_v1.ScheduleServiceClient(
            credentials=credentials, transport="rest", client_options=options
        )

    def close(self) -> None:
        """Let go of the sockets."""
        self._jobs.transport.close()
        self._schedules.transport.close()

    def hello(self) -> Hello:
        """Whether runs can be listed in the project and region. Raises what any request does."""
        with self._telling():
            request = self._library.ListPipelineJobsRequest(parent=self._place, page_size=1)
            self._jobs.list_pipeline_jobs(request=request, retry=_retry(), timeout=SECONDS)
        return Hello(
            way="" if self._way.source is None else self._way.name,
            why=self._way.why,
            email=who(self._credentials),
            service=f"Vertex AI Pipelines in {self._endpoint.project}, {self._endpoint.region}",
        )

    def experiment(self, name: str) -> Experiment:
        """The label that runs of the experiment carry."""
        return Experiment(experiment_id=label(name), display_name=name)

    def bring(self, pipeline: str, description: str, version: str, package: bytes) -> tuple[Version, None]:
        """The version with its IR: the package goes with the run. Raises Refused where it has a second document."""
        import yaml

        documents = [
            one for one in yaml.load_all(package, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if one
        ]
        if len(documents) != 1:
            raise Refused(
                "the package has a document for Kubernetes, which Vertex AI does not take", 400, where=pipeline,
                fix="compile for Vertex AI: --target vertex",
            )  # fmt: skip
        made = Version(
            pipeline_id=label(pipeline),
            pipeline_version_id=label(version),
            display_name=version,
            pipeline_spec=documents[0],
        )
        return made, None

    # runs

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
        """Start a run. Raises AlreadyThere where it was started before, Unreachable where that is not known."""
        job = self._job(name, version, experiment, parameters, pipeline_root, service_account)
        request = self._library.CreatePipelineJobRequest(
            parent=self._place, pipeline_job=job, pipeline_job_id=job_id(name)
        )
        with self._telling():
            return run_of(self._jobs.create_pipeline_job(request=request, timeout=SECONDS))

    def _job(
        self,
        name: str,
        version: Version,
        experiment: ExperimentId,
        parameters: Mapping[str, Any],
        pipeline_root: str | None,
        service_account: str | None,
    ) -> Message:
        from google.protobuf import json_format, struct_pb2

        job = self._library.PipelineJob(
            display_name=name[:128],
            labels={
                PIPELINE_LABEL: version.pipeline_id,
                VERSION_LABEL: version.pipeline_version_id,
                EXPERIMENT_LABEL: experiment,
            },
            service_account=service_account or "",
            network=self._endpoint.network or "",
        )
        inner = self._library.PipelineJob.pb(job)
        json_format.ParseDict(dict(version.pipeline_spec or {}), inner.pipeline_spec)
        config = inner.runtime_config
        config.gcs_output_directory = pipeline_root or f"{self._endpoint.bucket}/pipeline_root"
        for key, value in parameters.items():
            config.parameter_values[key].CopyFrom(json_format.Parse(json.dumps(value), struct_pb2.Value()))
        return job

    def run(self, run: RunId) -> ClusterRun:
        """The run with its tasks. Raises NotFound."""
        if not is_job_id(run):
            raise NotFound(f"{run} is no id of a run on Vertex AI", 404, where=self._where)
        with self._telling():
            return run_of(self._jobs.get_pipeline_job(name=self._name(run), retry=_retry(), timeout=SECONDS))

    def find_run(self, name: str, experiment: ExperimentId | None = None) -> ClusterRun | None:
        """The newest run of just that name, or with that id."""
        for run in dict.fromkeys((job_id(name), name)):
            with contextlib.suppress(NotFound):
                found = self.run(RunId(run))
                if name in (found.display_name, found.run_id):
                    return found
        found_by_name = self._list(f"display_name={json.dumps(name)}")
        return next((run for run in found_by_name if run.display_name == name), None)

    def runs(self, *, pipeline: PipelineId | None = None) -> Iterator[ClusterRun]:
        """All runs, the newest first, asked for page by page; without their tasks and specifications."""
        yield from self._list(f'labels.{PIPELINE_LABEL}="{pipeline}"' if pipeline else "")

    def _list(self, condition: str) -> Iterator[ClusterRun]:
        from google.protobuf.field_mask_pb2 import FieldMask

        request = self._library.ListPipelineJobsRequest(
            parent=self._place,
            filter=condition,
            order_by="create_time desc",
            page_size=PAGE,
            read_mask=FieldMask(paths=LISTED),
        )
        with self._telling():
            for job in self._jobs.list_pipeline_jobs(request=request, retry=_retry(), timeout=SECONDS):
                yield run_of(job)

    def spec_of(self, run: ClusterRun) -> Mapping[str, Any]:
        """The pipeline's IR that the run executes."""
        if run.pipeline_spec:
            return run.pipeline_spec
        try:
            return self.run(RunId(run.run_id)).pipeline_spec or {}
        except NotFound:
            return {}

    def cancel(self, run: RunId) -> None:
        """Ask Vertex AI to stop the run."""
        with self._telling():
            self._jobs.cancel_pipeline_job(name=self._name(run), retry=_retry(), timeout=SECONDS)

    def retry(self, run: RunId) -> None:
        """Raises Refused: there is no such thing here."""
        raise Refused(
            "Vertex AI cannot go on with a run that has ended",
            400,
            where=self._where,
            fix="submit again: steps that succeeded come from its cache",
        )

    def pod_log(self, run: RunId, pod: str) -> bytes:
        """What the custom job of a step has printed so far, from Cloud Logging."""
        with self._telling():
            return job_log(self._credentials, str(self._endpoint.project), pod)

    # schedules

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
        """Start runs at the times of a cron expression of five fields, UTC."""
        job = self._job(name, version, experiment, parameters, pipeline_root, service_account)
        wanted = self._library.Schedule(
            display_name=name[:128],
            cron=cron,
            max_concurrent_run_count=1,
            create_pipeline_job_request=self._library.CreatePipelineJobRequest(
                parent=self._place, pipeline_job=job
            ),
        )
        with self._telling():
            return schedule_of(
                self._schedules.create_schedule(parent=self._place, schedule=wanted, timeout=SECONDS)
            )

    def schedules(self) -> Iterator[Schedule]:
        """Those that start pipelines, the newest first."""
        request = self._library.ListSchedulesRequest(
            parent=self._place,
            filter="create_pipeline_job_request:*",
            order_by="create_time desc",
            page_size=PAGE,
        )
        with self._telling():
            for found in self._schedules.list_schedules(request=request, retry=_retry(), timeout=SECONDS):
                yield schedule_of(found)

    def switch(self, schedule: ScheduleId, on: bool) -> None:
        """Let it start runs, or not. Runs that were missed are not caught up with."""
        name = f"{self._place}/schedules/{schedule}"
        with self._telling():
            if on:
                self._schedules.resume_schedule(name=name, retry=_retry(), timeout=SECONDS)
            else:
                self._schedules.pause_schedule(name=name, retry=_retry(), timeout=SECONDS)

    def delete_schedule(self, schedule: ScheduleId) -> None:
        """Take it away; its runs stay."""
        name = f"{self._place}/schedules/{schedule}"
        with self._telling():
            self._schedules.delete_schedule(name=name, retry=_retry(), timeout=SECONDS).result(
                timeout=PATIENCE
            )

    @property
    def _where(self) -> str:
        return f"{self._endpoint.project}, {self._endpoint.region}"

    def _name(self, run: RunId) -> str:
        return f"{self._place}/pipelineJobs/{run}"

    def _telling(self) -> contextlib.AbstractContextManager[None]:
        return telling(self._where, str(self._endpoint.project))


def _retry() -> Any:  # noqa: ANN401
    """For what may be asked twice: what comes and goes, and Google's quotas, with waits that grow and are random."""
    from google.api_core import exceptions, retry

    passing = retry.if_exception_type(
        exceptions.InternalServerError,
        exceptions.BadGateway,
        exceptions.GatewayTimeout,
    )
    return retry.Retry(
        predicate=lambda error: retry.if_transient_error(error) or passing(error),
        initial=0.5,
        maximum=20.0,
        timeout=PATIENCE,
    )


@contextlib.contextmanager
def open_vertex(
    chosen: Chosen, *, namespace: str | None = None, sleep: Callable[[float], None] = time.sleep
) -> Iterator[VertexApi]:
    """The API of the endpoint. Raises EndpointError, also where the library is not installed, and SignInError."""
    endpoint = checked(chosen)
    check_library()
    way = choose_way(chosen)
    api = VertexApi(endpoint, chosen.host, way, credentials_of(way))
    try:
        yield api
    finally:
        api.close()


def checked(chosen: Chosen) -> Endpoint:
    """The endpoint's settings. Raises EndpointError where one that Vertex AI needs is not there, or none of its."""
    endpoint = chosen.endpoint
    where = f"endpoint {chosen.name}"
    for field, what in (
        ("project", "the Google Cloud project"),
        ("region", "a region, such as europe-west4"),
    ):
        if getattr(endpoint, field) is None:
            raise EndpointError(f"Vertex AI needs `{field}`", where=where, fix=f"set it to {what}")
    if endpoint.service_account and "@" not in endpoint.service_account:
        raise EndpointError(
            f"{endpoint.service_account} is no Google service account, and runs on Vertex AI are started with one",
            where=where,
            fix="set service_account to its e-mail address, or leave it out",
        )
    return endpoint


def check_library() -> None:
    """Raises EndpointError where google-cloud-aiplatform is not installed."""
    import importlib.util

    try:
        there = importlib.util.find_spec("google.cloud.aiplatform_v1") is not None
    except ModuleNotFoundError:
        there = False
    if not there:
        raise EndpointError(
            "Google's library for Vertex AI is not installed",
            fix="pip install 'jupyter-kfp[vertex]'",
        )
