"""A double of Vertex AI Pipelines on loopback: the REST surface of PipelineService and ScheduleService that we use.

Requests are read and answers written by google-cloud-aiplatform's own message types, so that what does not fit them is
refused as Google would. The IR is checked by kfp-pipeline-spec. Nothing is executed: a test says by `play` how a run
and its tasks stand. Faults are answers that come before the double looks at a request.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from google.cloud import aiplatform_v1 as library
from google.longrunning import operations_pb2
from google.protobuf import empty_pb2, json_format
from google.rpc import error_details_pb2, status_pb2
from kfp.pipeline_spec import pipeline_spec_pb2

PROJECT, REGION, NUMBER = "example-project", "europe-west4", "4711"
PLACE = f"projects/{PROJECT}/locations/{REGION}"
STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
          409: "ALREADY_EXISTS", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}  # fmt: skip
TASK = library.PipelineTaskDetail


class Refusal(Exception):  # noqa: N818 - what the service did
    """An answer that is not good, as Google's APIs give it."""

    def __init__(self, code: int, message: str, reason: str = "") -> None:
        self.code = code
        self.message = message
        self.reason = reason

    @property
    def body(self) -> bytes:
        details = []
        if self.reason:
            info = error_details_pb2.ErrorInfo(reason=self.reason, domain="googleapis.com")
            details.append(
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", **json_format.MessageToDict(info)}
            )
        error = {
            "code": self.code,
            "message": self.message,
            "status": STATUS.get(self.code, ""),
            "details": details,
        }
        return json.dumps({"error": error}).encode()


@dataclass
class Vertex:
    """What the double holds, for tests to look at and to play with."""

    url: str = ""
    jobs: dict[str, Any] = field(default_factory=dict)  # name → PipelineJob, the newest last
    schedules: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    authorization: list[str] = field(default_factory=list)
    faults: list[Refusal | str] = field(
        default_factory=list
    )  # "cut": no answer; "late": done, and then no answer
    logs: dict[str, str] = field(default_factory=dict)  # number of a custom job → what it printed
    token: str | None = None  # the one that is taken; any where None
    page: int = 100
    lock: threading.Lock = field(default_factory=threading.Lock)

    def job(self, run: str) -> Any:
        return self.jobs[f"{PLACE}/pipelineJobs/{run}"]

    def play(
        self, run: str, state: str, tasks: Mapping[str, Any] | None = None, error: str = "", group: str = ""
    ) -> None:
        """Let the run stand so. `tasks`: by name its state, or fields of a PipelineTaskDetail with `state`.

        `group` is the name of a group (a condition, a loop) that those tasks lie in.
        """
        with self.lock:
            job = self.job(run)
            job.state = library.PipelineState[f"PIPELINE_STATE_{state}"]
            job.start_time = job.create_time
            if error:
                job.error = status_pb2.Status(code=9, message=error)
            if state in ("SUCCEEDED", "FAILED", "CANCELLED"):
                job.end_time = datetime.now(timezone.utc)
            for name, told in (tasks or {}).items():
                self._task(job, name, {"state": told} if isinstance(told, str) else dict(told), group)

    def _task(self, job: Any, key: str, told: dict[str, Any], group: str) -> None:
        details = job.job_detail.task_details
        name = key.partition("[")[0]
        parent = next((one.task_id for one in details if one.task_name == group), 0) if group else 0
        if group and not parent:
            parent = self._new(job, group, "RUNNING").task_id
        found = next(
            (one for one in details if one.task_name == name and one.task_unique_name in ("", key)), None
        )
        detail = found or self._new(job, name, "PENDING")
        detail.task_unique_name = key if "[" in key else ""
        detail.parent_task_id = parent
        detail.state = TASK.State[told.pop("state")]
        if detail.state.name in ("RUNNING", "SUCCEEDED", "FAILED") and not detail.executor_detail:
            detail.executor_detail.container_detail.main_job = f"{PLACE}/customJobs/{8000 + detail.task_id}"
        for field_name, value in told.items():
            setattr(detail, field_name, value)

    def _new(self, job: Any, name: str, state: str) -> Any:
        details = job.job_detail.task_details
        at = job.create_time + timedelta(seconds=len(details) + 1)
        details.append(
            TASK(
                task_id=len(details) + 1,
                task_name=name,
                state=TASK.State[state],
                create_time=at,
                start_time=at,
            )
        )
        return details[-1]

    def artifact(self, run: str, task: str, name: str = "notebook") -> dict[str, Any]:
        """The outputs of a task, where the run put them."""
        root = self.job(run).runtime_config.gcs_output_directory
        uri = f"{root}/{NUMBER}/{run}/{task}_{abs(hash(task)) % 10**8}/{name}"
        return {name: TASK.ArtifactList(artifacts=[library.Artifact(uri=uri)])}

    # what is asked

    def answer(self, method: str, path: str, query: Mapping[str, list[str]], body: bytes) -> bytes:
        """Raises Refusal."""
        routes = (
            ("POST", rf"/v1/({PLACE})/pipelineJobs", self._create_job),
            ("GET", rf"/v1/({PLACE})/pipelineJobs", self._list_jobs),
            ("GET", r"/v1/(projects/.+/pipelineJobs/[^/:]+)", self._get_job),
            ("POST", r"/v1/(projects/.+/pipelineJobs/[^/:]+):cancel", self._cancel_job),
            ("POST", rf"/v1/({PLACE})/schedules", self._create_schedule),
            ("GET", rf"/v1/({PLACE})/schedules", self._list_schedules),
            ("POST", r"/v1/(projects/.+/schedules/[^/:]+):(pause|resume)", self._switch_schedule),
            ("DELETE", r"/v1/(projects/.+/schedules/[^/:]+)", self._delete_schedule),
            ("POST", "/v2/(entries:list)", self._logs),
        )
        for wanted, pattern, act in routes:
            if wanted == method and (found := re.fullmatch(pattern, path)):
                with self.lock:
                    return act(query, body, *found.groups())
        raise Refusal(
            403,
            f"Permission 'aiplatform.pipelineJobs.list' denied on resource '{path}' (or it may not exist).",
        )

    def _create_job(self, query: Mapping[str, list[str]], body: bytes, parent: str) -> bytes:
        job = parsed(library.PipelineJob, body)
        run = query.get("pipelineJobId", [f"run-{len(self.jobs)}"])[0]
        if not re.fullmatch(r"[a-z][-a-z0-9]{0,127}", run):
            raise Refusal(400, f"Invalid pipeline_job_id: {run}")
        name = f"{parent}/pipelineJobs/{run}"
        if name in self.jobs:
            raise Refusal(409, f"PipelineJob {name} already exists.")
        check_job(job)
        job.name = name
        job.state = library.PipelineState.PIPELINE_STATE_PENDING
        job.create_time = datetime.now(timezone.utc) + timedelta(microseconds=len(self.jobs))
        self.jobs[name] = job
        return written(job)

    def _list_jobs(self, query: Mapping[str, list[str]], body: bytes, parent: str) -> bytes:
        found = [job for job in reversed(self.jobs.values()) if matches(job, query.get("filter", [""])[0])]
        mask = query.get("readMask", [""])[0]
        start = int(query.get("pageToken", ["0"])[0])
        size = min(self.page, int(query.get("pageSize", ["100"])[0]))
        answer = library.ListPipelineJobsResponse(
            pipeline_jobs=[listed(job, mask) for job in found[start : start + size]],
            next_page_token=str(start + size) if start + size < len(found) else "",
        )
        return written(answer)

    def _get_job(self, query: Mapping[str, list[str]], body: bytes, name: str) -> bytes:
        return written(self._there(self.jobs, name))

    def _cancel_job(self, query: Mapping[str, list[str]], body: bytes, name: str) -> bytes:
        job = self._there(self.jobs, name)
        if job.state.name.endswith(("SUCCEEDED", "FAILED", "CANCELLED")):
            raise Refusal(400, f"PipelineJob {name} is in a final state and cannot be cancelled.")
        job.state = library.PipelineState.PIPELINE_STATE_CANCELLING
        return b"{}"

    def _create_schedule(self, query: Mapping[str, list[str]], body: bytes, parent: str) -> bytes:
        schedule = parsed(library.Schedule, body)
        if len(schedule.cron.split()) != 5 or schedule.max_concurrent_run_count < 1:
            raise Refusal(400, f"Invalid cron expression: {schedule.cron}")
        check_job(schedule.create_pipeline_job_request.pipeline_job)
        schedule.name = f"{parent}/schedules/{len(self.schedules) + 100}"
        schedule.state = library.Schedule.State.ACTIVE
        schedule.create_time = datetime.now(timezone.utc)
        self.schedules[schedule.name] = schedule
        return written(schedule)

    def _list_schedules(self, query: Mapping[str, list[str]], body: bytes, parent: str) -> bytes:
        return written(library.ListSchedulesResponse(schedules=list(reversed(self.schedules.values()))))

    def _switch_schedule(self, query: Mapping[str, list[str]], body: bytes, name: str, action: str) -> bytes:
        schedule = self._there(self.schedules, name)
        schedule.state = library.Schedule.State.PAUSED if action == "pause" else library.Schedule.State.ACTIVE
        return b"{}"

    def _delete_schedule(self, query: Mapping[str, list[str]], body: bytes, name: str) -> bytes:
        self._there(self.schedules, name)
        del self.schedules[name]
        operation = operations_pb2.Operation(name=f"{PLACE}/operations/1", done=True)
        operation.response.Pack(empty_pb2.Empty())
        return json_format.MessageToJson(operation).encode()

    def _logs(self, query: Mapping[str, list[str]], body: bytes, what: str) -> bytes:
        number = re.search(r'job_id="(\d+)"', json.loads(body)["filter"])
        lines = self.logs.get(number[1] if number else "", "").splitlines()
        return json.dumps({"entries": [{"textPayload": line} for line in reversed(lines)]}).encode()

    def _there(self, things: dict[str, Any], name: str) -> Any:
        if name not in things:
            raise Refusal(404, f"The resource {name} is not found.")
        return things[name]


def parsed(kind: Any, body: bytes) -> Any:
    """A message as the client sent it; what the type does not know is refused."""
    try:
        return kind.from_json(body, ignore_unknown_fields=False)
    except json_format.ParseError as error:
        raise Refusal(400, f"Invalid JSON payload received. {error}") from error


def written(message: Any) -> bytes:
    return type(message).to_json(message, use_integers_for_enums=False).encode()


def listed(job: Any, mask: str) -> Any:
    """As a list shows a job: no tasks, and only the fields of the mask."""
    told = type(job).to_dict(job, use_integers_for_enums=True)
    wanted = {re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", one) for one in mask.split(",") if one}
    kept = {
        key: value for key, value in told.items() if key != "job_detail" and (not wanted or key in wanted)
    }
    return library.PipelineJob(kept)


def matches(job: Any, condition: str) -> bool:
    """The two filters that we ask with."""
    if not condition:
        return True
    if found := re.fullmatch(r'display_name=("(?:[^"\\]|\\.)*")', condition):
        return bool(job.display_name == json.loads(found[1]))
    if found := re.fullmatch(r'labels\.([a-z0-9_]+)="([^"]*)"', condition):
        return bool(job.labels.get(found[1]) == found[2])
    raise Refusal(400, f"Invalid filter: {condition}")


def check_job(job: Any) -> None:
    """What Vertex AI looks at before it takes a job. Raises Refusal."""
    spec = json_format.MessageToDict(type(job).pb(job).pipeline_spec)
    if "platforms" in spec or "deploymentSpec" not in spec:
        raise Refusal(400, "Invalid pipeline_spec: it is no PipelineSpec.")
    try:
        ir = json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    except json_format.ParseError as error:
        raise Refusal(400, f"Invalid pipeline_spec: {error}") from error
    if not job.runtime_config.gcs_output_directory.startswith("gs://"):
        raise Refusal(400, "gcs_output_directory must be a Cloud Storage path.")
    given = set(job.runtime_config.parameter_values)
    declared = ir.root.input_definitions.parameters
    if unknown := given - set(declared):
        raise Refusal(400, f"Unknown input parameters: {sorted(unknown)}")
    needed = {
        name for name, one in declared.items() if not one.HasField("default_value") and not one.is_optional
    }
    if missing := needed - given:
        raise Refusal(400, f"Missing input parameters: {sorted(missing)}")
    for key, value in job.labels.items():
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key) or not re.fullmatch(r"[a-z0-9_-]{0,63}", value):
            raise Refusal(400, f"Invalid label: {key}={value}")
    if job.service_account and not re.fullmatch(r"[^@\s]+@[^@\s]+", job.service_account):
        raise Refusal(400, f"Service account {job.service_account} does not exist.")


@contextlib.contextmanager
def vertex_up() -> Iterator[Vertex]:
    """A double with nothing in it; it ends with the block."""
    double = Vertex()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            double.asked.append((self.command, parts.path))
            sign = self.headers.get("Authorization", "")
            double.authorization.append(sign)
            fault = double.faults.pop(0) if double.faults else None
            if fault == "cut":
                self.close_connection = True
                return
            try:
                if isinstance(fault, Refusal):
                    raise fault
                if double.token is not None and sign != f"Bearer {double.token}":
                    raise Refusal(
                        401,
                        "Request had invalid authentication credentials.",
                        "ACCESS_TOKEN_TYPE_UNSUPPORTED",
                    )
                status, content = 200, double.answer(self.command, parts.path, parse_qs(parts.query), body)
            except Refusal as refusal:
                status, content = refusal.code, refusal.body
            if fault == "late":
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
