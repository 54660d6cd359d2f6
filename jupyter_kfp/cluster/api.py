"""The parts of Kubeflow Pipelines' REST API (v2beta1) that we use, with types.

In: ids, names, specifications. Out: frozen records of what the server said; keys that it does not send are empty. How
requests are signed in and tried again is the connection's matter. A thing that is made under a name that only we use
may be asked for twice: the server refuses the second.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .connection import Connection
from .errors import AlreadyThere, ClusterError, NotFound, Refused, Unreachable
from .interface import Hello
from .records import (
    ClusterRun,
    Experiment,
    ExperimentId,
    Pipeline,
    PipelineId,
    RunId,
    Schedule,
    ScheduleId,
    Version,
)

V2 = "/apis/v2beta1"
PAGE = 100


@dataclass(frozen=True)
class Health:
    """What the server says of itself."""

    multi_user: bool
    version: str  # empty where it does not say


class Api:
    """The API behind one connection. `namespace` is that of a Kubeflow with several users."""

    def __init__(self, connection: Connection, namespace: str | None = None) -> None:
        self.connection = connection
        self.namespace = namespace or ""

    @property
    def host(self) -> str:
        """The address of the API."""
        return self.connection.host

    def hello(self) -> Hello:
        """The first request: whether we are let in and Kubeflow answers. Raises what any request does."""
        health = self.health()
        way = self.connection.way
        return Hello(
            way="" if way.source is None else way.name,
            why=way.why,
            email=self.connection.shown.email,
            service=f"Kubeflow Pipelines {health.version}" if health.version else "",
            version=health.version,
            wants_namespace=health.multi_user and not self.namespace,
        )

    def health(self) -> Health:
        """Whether the server is there. Raises what any request does."""
        answer = self._ask("GET", "/healthz")
        try:
            told = self.connection.ask("GET", "/apis/v1beta1/healthz")
        except (Refused, Unreachable):
            told = {}
        version = told.get("tag_name") or told.get("apiServerTagName") or ""
        return Health(bool(answer.get("multi_user")), str(version) if isinstance(version, str) else "")

    # experiments

    def experiment(self, name: str) -> Experiment:
        """The experiment of that name; made where it is not there."""
        if found := self._find_experiment(name):
            return found
        try:
            answer = self._ask(
                "POST", "/experiments", body={"display_name": name, **self._in_namespace()}, again=True
            )
        except AlreadyThere:
            if found := self._find_experiment(name):
                return found
            raise
        return Experiment.model_validate(answer)

    def _find_experiment(self, name: str) -> Experiment | None:
        query = {**self._in_namespace(), **named(name)}
        return next(
            (
                one
                for page in self._pages("/experiments", "experiments", query)
                for one in [Experiment.model_validate(page)]
                if one.display_name == name
            ),
            None,
        )

    # pipelines and versions

    def bring(self, pipeline: str, description: str, version: str, package: bytes) -> tuple[Version, bool]:
        """The version of a pipeline, and whether it was uploaded now, of `package` (YAML)."""
        parent = self.pipeline(pipeline, description)
        return self.version(PipelineId(parent.pipeline_id), version, package)

    def pipeline(self, name: str, description: str = "") -> Pipeline:
        """The pipeline of that name; made, without a version, where it is not there."""
        if found := self.find_pipeline(name):
            return found
        body = {"display_name": name, "name": name, "description": description, **self._in_namespace()}
        try:
            return Pipeline.model_validate(self._ask("POST", "/pipelines", body=body, again=True))
        except AlreadyThere:
            if found := self.find_pipeline(name):
                return found
            raise

    def find_pipeline(self, name: str) -> Pipeline | None:
        """The pipeline of that name; None where there is none."""
        try:
            answer = self._ask("GET", f"/pipelines/names/{quote(name, safe='')}", query=self._in_namespace())
        except NotFound:
            return None
        return Pipeline.model_validate(answer)

    def version(self, pipeline: PipelineId, name: str, package: bytes) -> tuple[Version, bool]:
        """The version of that name, and whether it was made now, of `package` (YAML)."""
        if found := self._find_version(pipeline, name):
            return found, False
        query = {"pipelineid": pipeline, "name": name}
        try:
            answer = self._ask(
                "POST", "/pipelines/upload_version", query=query, upload=(f"{name}.yaml", package), again=True
            )
        except AlreadyThere:
            if found := self._find_version(pipeline, name):
                return found, False
            raise
        return Version.model_validate(answer), True

    def _find_version(self, pipeline: PipelineId, name: str) -> Version | None:
        found = self._pages(f"/pipelines/{pipeline}/versions", "pipeline_versions", named(name))
        versions = (Version.model_validate(one) for one in found)
        return next((one for one in versions if name in (one.display_name, one.name)), None)

    def spec_of(self, run: ClusterRun) -> Mapping[str, Any]:
        """The pipeline's IR that the run executes. Empty where the server does not keep it."""
        spec = run.pipeline_spec
        if spec is None and (reference := run.pipeline_version_reference):
            path = f"/pipelines/{reference.pipeline_id}/versions/{reference.pipeline_version_id}"
            try:
                spec = Version.model_validate(self._ask("GET", path)).pipeline_spec
            except NotFound:
                spec = None
        spec = spec or {}
        inner = spec.get("pipeline_spec", spec)
        return inner if isinstance(inner, Mapping) else {}

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
        """Start a run. Raises Unreachable where it is not known whether it was started: see `find_run`."""
        body = _order(name, version, experiment, parameters, pipeline_root, service_account)
        return ClusterRun.model_validate(self._ask("POST", "/runs", body=body, again=False))

    def run(self, run: RunId) -> ClusterRun:
        """The run with its tasks. Raises NotFound."""
        return ClusterRun.model_validate(self._ask("GET", f"/runs/{quote(run, safe='')}"))

    def find_run(self, name: str, experiment: ExperimentId | None = None) -> ClusterRun | None:
        """The newest run of just that name."""
        query = {"sort_by": "created_at desc", **named(name)}
        if experiment:
            query["experiment_id"] = experiment
        else:
            query |= self._in_namespace()
        for page in self._pages("/runs", "runs", query):
            if page.get("display_name") == name:
                return ClusterRun.model_validate(page)
        return None

    def runs(self, *, pipeline: PipelineId | None = None) -> Iterator[ClusterRun]:
        """All runs, the newest first, asked for page by page."""
        query: dict[str, str] = {"sort_by": "created_at desc", **self._in_namespace()}
        for page in self._pages("/runs", "runs", query):
            run = ClusterRun.model_validate(page)
            reference = run.pipeline_version_reference
            if pipeline is None or (reference and reference.pipeline_id == pipeline):
                yield run

    def cancel(self, run: RunId) -> None:
        """Ask the server to stop the run."""
        self._ask("POST", f"/runs/{quote(run, safe='')}:terminate", body={}, again=True)

    def retry(self, run: RunId) -> None:
        """Run again what failed in the run."""
        self._ask("POST", f"/runs/{quote(run, safe='')}:retry", body={})

    def pod_log(self, run: RunId, pod: str) -> bytes:
        """What a pod printed, as far as the server offers that. Raises Refused where it does not."""
        path = f"/apis/v1alpha1/runs/{quote(run, safe='')}/nodes/{quote(pod, safe='')}/log"
        return self.connection.send("GET", path).body

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
        """Start runs at the times of a cron expression of six fields, seconds first."""
        body = {
            **_order(name, version, experiment, parameters, pipeline_root, service_account),
            "trigger": {"cron_schedule": {"cron": cron}},
            "mode": "ENABLE",
            "max_concurrency": "1",
            "no_catchup": True,
            **self._in_namespace(),
        }
        return Schedule.model_validate(self._ask("POST", "/recurringruns", body=body))

    def schedules(self) -> Iterator[Schedule]:
        """All of them, the newest first."""
        query = {"sort_by": "created_at desc", **self._in_namespace()}
        for page in self._pages("/recurringruns", "recurringRuns", query):
            yield Schedule.model_validate(page)

    def switch(self, schedule: ScheduleId, on: bool) -> None:
        """Let it start runs, or not."""
        action = "enable" if on else "disable"
        self._ask("POST", f"/recurringruns/{quote(schedule, safe='')}:{action}", body={}, again=True)

    def delete_schedule(self, schedule: ScheduleId) -> None:
        """Take it away; its runs stay."""
        self._ask("DELETE", f"/recurringruns/{quote(schedule, safe='')}")

    def _in_namespace(self) -> dict[str, str]:
        return {"namespace": self.namespace} if self.namespace else {}

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: tuple[str, bytes] | None = None,
        again: bool | None = None,
    ) -> dict[str, Any]:
        answer = self.connection.ask(method, V2 + path, query=query, body=body, upload=upload, again=again)
        if not isinstance(answer, dict):
            raise ClusterError(
                "the server's answer is not Kubeflow's", where=self.connection.host + path, fix="check `host`"
            )
        return answer

    def _pages(self, path: str, key: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        token = ""
        while True:
            asked = {**query, "page_size": str(PAGE), **({"page_token": token} if token else {})}
            answer = self._ask("GET", path, query=asked)
            entries: Sequence[Any] = answer.get(key) or answer.get(_snake(key)) or ()
            yield from (entry for entry in entries if isinstance(entry, dict))
            token = str(answer.get("next_page_token") or "")
            if not token:
                return


def named(name: str) -> dict[str, str]:
    """The query that asks for things of one name: https://www.kubeflow.org/docs/components/pipelines/reference/api/."""
    predicate = {"key": "display_name", "operation": "EQUALS", "string_value": name}
    return {"filter": json.dumps({"predicates": [predicate]})}


def _order(
    name: str,
    version: Version,
    experiment: ExperimentId,
    parameters: Mapping[str, Any],
    pipeline_root: str | None,
    service_account: str | None,
) -> dict[str, Any]:
    """What a run and a schedule are made from alike."""
    return {
        "display_name": name,
        "experiment_id": experiment,
        "pipeline_version_reference": {
            "pipeline_id": version.pipeline_id,
            "pipeline_version_id": version.pipeline_version_id,
        },
        "runtime_config": _config(parameters, pipeline_root),
        **({"service_account": service_account} if service_account else {}),
    }


def _config(parameters: Mapping[str, Any], root: str | None) -> dict[str, Any]:
    return {"parameters": dict(parameters), **({"pipeline_root": root} if root else {})}


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
