"""Kubeflow Pipelines' REST API, v2beta1, over the catalogue and the runs.

In: requests. Out: answers. Both are held against kfp-server-api's models: a request that does not fit is refused with
400, an answer that does not fit is a fault of the double's and ends the test with 500.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote

import tornado.httputil

from .catalog import Catalog
from .errors import ApiError, invalid
from .listing import page
from .packages import read_package, read_record
from .runs import Runs
from .serving import Handler, Surroundings
from .shapes import ShapeError, check
from .store import Kind, Record, Store, public

V2 = "/apis/v2beta1"
ID = r"([^/:]+)"
PLURALS = {
    "experiment": "experiments",
    "pipeline": "pipelines",
    "version": "pipeline_versions",
    "run": "runs",
    "recurring_run": "recurringRuns",
}
SORTABLE: dict[Kind, tuple[str, ...]] = {
    "experiment": ("id", "experiment_id", "name", "display_name", "created_at", "last_run_created_at"),
    "pipeline": ("id", "pipeline_id", "name", "display_name", "created_at"),
    "version": ("id", "pipeline_version_id", "name", "display_name", "created_at"),
    "run": ("id", "run_id", "name", "display_name", "created_at", "finished_at", "state"),
    "recurring_run": ("id", "recurring_run_id", "name", "display_name", "created_at", "updated_at", "status"),
}


@dataclass(frozen=True)
class Backend:
    """What the handlers serve."""

    store: Store
    catalog: Catalog
    runs: Runs
    version: str
    multi_user: bool


class ApiHandler(Handler):
    """The base of the API's handlers."""

    place = "api"

    def initialize(self, surroundings: Surroundings, backend: Backend) -> None:  # type: ignore[override]
        super().initialize(surroundings)
        self.backend = backend

    def body(self, model: str) -> dict[str, Any]:
        """The request's JSON. Raises ApiError where it is no `model`."""
        try:
            content = json.loads(self.content or b"{}")
            check(model, content)
        except ValueError as error:  # ShapeError among them
            raise invalid(f"{model}: {error}") from None
        if not isinstance(content, dict):
            raise invalid(f"{model}: an object is wanted")
        return content

    def query(self) -> dict[str, str]:
        """The request's query, each name once."""
        return {name: values[-1].decode() for name, values in self.request.query_arguments.items()}

    def tell(self, model: str, content: Any) -> None:
        """An answer that fits the model."""
        try:
            check(model, content)
        except ShapeError as error:
            raise ApiError(500, f"the test cluster's own answer is wrong: {error}") from None
        self.answer(content)

    def tell_page(self, kind: Kind, records: Iterable[Record], model: str) -> None:
        """A page of a list."""
        shown, token, total = page(records, self.query(), SORTABLE[kind])
        told: dict[str, Any] = {"total_size": total}
        if shown:
            told[PLURALS[kind]] = [
                self.backend.runs.answer(each, whole=False) if kind == "run" else public(each)
                for each in shown
            ]
        if token:
            told["next_page_token"] = token
        self.tell(model, told)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, ApiError):
            self.answer(error.body(), error.status)
        else:
            self.answer(ApiError(status_code, f"{type(error).__name__}: {error}").body(), status_code)

    def log_exception(self, *error: Any) -> None:
        if not isinstance(error[1], ApiError) or error[1].status == 500:
            super().log_exception(*error)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None))[1]
        super().send_error(error.status if isinstance(error, ApiError) else status_code, **kwargs)

    def in_namespace(self, kind: Kind) -> Iterable[Record]:
        """Records of the namespace that the query names."""
        wanted = self.query().get("namespace", "")
        for record in self.backend.store.all(kind):
            if record.get("namespace", record.get("_namespace", "")) == wanted or (
                kind == "run" and not wanted
            ):
                yield record


class Healthz(ApiHandler):
    """Whether the server is there. The version is told by the older API only."""

    def get(self, version: str) -> None:
        if version == "v1beta1":
            told = {
                "commit_sha": "0" * 40,
                "tag_name": self.backend.version,
                "multi_user": self.backend.multi_user,
            }
            self.answer(told)
        else:
            self.tell("V2beta1GetHealthzResponse", {"multi_user": self.backend.multi_user})


class Experiments(ApiHandler):
    def get(self) -> None:
        self.tell_page("experiment", self.in_namespace("experiment"), "V2beta1ListExperimentsResponse")

    def post(self) -> None:
        record = self.backend.catalog.add_experiment(self.body("V2beta1Experiment"))
        self.tell("V2beta1Experiment", public(record))


class Experiment(ApiHandler):
    def get(self, experiment: str) -> None:
        self.tell("V2beta1Experiment", public(self.backend.store.get("experiment", experiment)))

    def delete(self, experiment: str) -> None:
        self.backend.store.remove("experiment", experiment)
        self.answer({})


class ExperimentAction(ApiHandler):
    def post(self, experiment: str, action: str) -> None:
        record = self.backend.store.get("experiment", experiment)
        record["storage_state"] = "ARCHIVED" if action == "archive" else "AVAILABLE"
        self.backend.store.save("experiment", record)
        self.answer({})


class Pipelines(ApiHandler):
    def get(self) -> None:
        self.tell_page("pipeline", self.in_namespace("pipeline"), "V2beta1ListPipelinesResponse")

    def post(self) -> None:
        self.tell("V2beta1Pipeline", public(_add_pipeline(self.backend, self.body("V2beta1Pipeline"))))


class PipelinesCreate(ApiHandler):
    """A pipeline and its first version at once, whose package would be fetched from an address."""

    def post(self) -> None:
        self.body("V2beta1CreatePipelineAndVersionRequest")
        raise ApiError(501, "the test cluster fetches no packages")


class PipelineByName(ApiHandler):
    def get(self, name: str) -> None:
        found = self.backend.catalog.pipeline_named(unquote(name), self.query().get("namespace", ""))
        if found is None:
            raise ApiError(404, f"ResourceNotFoundError: Pipeline {unquote(name)} not found.")
        self.tell("V2beta1Pipeline", public(found))


class Pipeline(ApiHandler):
    def get(self, pipeline: str) -> None:
        self.tell("V2beta1Pipeline", public(self.backend.store.get("pipeline", pipeline)))

    def delete(self, pipeline: str) -> None:
        self.backend.catalog.remove_pipeline(pipeline, self.query().get("cascade") == "true")
        self.answer({})


class Versions(ApiHandler):
    def get(self, pipeline: str) -> None:
        self.backend.store.get("pipeline", pipeline)
        self.tell_page(
            "version", self.backend.catalog.versions(pipeline), "V2beta1ListPipelineVersionsResponse"
        )

    def post(self, pipeline: str) -> None:
        body = self.body("V2beta1PipelineVersion")
        if not body.get("pipeline_spec"):
            raise ApiError(501, "the test cluster fetches no packages")
        record = self.backend.catalog.add_version(
            pipeline, read_record(body["pipeline_spec"]), body.get("name", ""), body.get("display_name", ""),
            body.get("description", ""),
        )  # fmt: skip
        self.tell("V2beta1PipelineVersion", public(record))


class Version(ApiHandler):
    def get(self, pipeline: str, version: str) -> None:
        self.tell("V2beta1PipelineVersion", public(self.backend.catalog.version(pipeline, version)))

    def delete(self, pipeline: str, version: str) -> None:
        self.backend.catalog.version(pipeline, version)
        self.backend.store.remove("version", version)
        self.answer({})


class Upload(ApiHandler):
    """A package, as a form's file `uploadfile`. These two paths are not grpc-gateway's; their errors look otherwise."""

    def post(self, kind: str) -> None:
        query = self.query()
        name, data = self._file()
        spec = read_package(name, data)
        catalog = self.backend.catalog
        if kind == "upload":
            given = query.get("name") or query.get("display_name") or spec.name
            told = {**query, "name": given}
            pipeline = _add_pipeline(self.backend, told)
            catalog.add_version(
                pipeline["pipeline_id"], spec, given, query.get("display_name", ""), query.get("description", "")
            )  # fmt: skip
            self.tell("V2beta1Pipeline", public(pipeline))
        else:
            if not query.get("pipelineid"):
                raise invalid("Failed to create a pipeline version due to missing pipeline id")
            given = query.get("name") or query.get("display_name") or PurePath(name).name.split(".")[0]
            record = catalog.add_version(
                query["pipelineid"], spec, given, query.get("display_name", ""), query.get("description", "")
            )  # fmt: skip
            self.tell("V2beta1PipelineVersion", public(record))

    def _file(self) -> tuple[str, bytes]:
        arguments: dict[str, list[bytes]] = {}
        files: dict[str, list[tornado.httputil.HTTPFile]] = {}
        kind = self.request.headers.get("Content-Type", "")
        try:
            tornado.httputil.parse_body_arguments(kind, self.content, arguments, files)
        except tornado.httputil.HTTPInputError as error:
            raise invalid(f"Failed to read the form: {error}") from None
        if not files.get("uploadfile"):
            raise invalid("Failed to get file from the form: http: no such file")
        file = files["uploadfile"][0]
        return file.filename, file.body

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None))[1]
        message = error.message if isinstance(error, ApiError) else f"{type(error).__name__}: {error}"
        self.answer({"error_message": message, "error_details": message}, status_code)


def _add_pipeline(backend: Backend, told: dict[str, Any]) -> Record:
    return backend.catalog.add_pipeline(
        told.get("name", ""), told.get("display_name", ""), told.get("description", ""), told.get("namespace", "")
    )  # fmt: skip


class RunList(ApiHandler):
    def get(self) -> None:
        wanted = self.query().get("experiment_id", "")
        records = (each for each in self.in_namespace("run") if not wanted or each["experiment_id"] == wanted)
        self.tell_page("run", records, "V2beta1ListRunsResponse")

    def post(self) -> None:
        body = self.body("V2beta1Run")
        if "experiment_id" not in body and self.query().get("experiment_id"):
            body["experiment_id"] = self.query()["experiment_id"]
        self.tell("V2beta1Run", self.backend.runs.answer(self.backend.runs.create(body)))


class Run(ApiHandler):
    def get(self, run: str) -> None:
        self.tell("V2beta1Run", self.backend.runs.answer(self.backend.store.get("run", run)))

    def delete(self, run: str) -> None:
        self.backend.runs.delete(run)
        self.answer({})


class RunAction(ApiHandler):
    def post(self, run: str, action: str) -> None:
        runs = self.backend.runs
        match action:
            case "terminate":
                runs.terminate(run)
            case "retry":
                runs.retry(run)
            case "archive" | "unarchive":
                runs.archive(run, action == "archive")
        self.answer({})


class Log(ApiHandler):
    """What a pod printed. The real server has it in this oldest version of the API only, and by the pod's name."""

    def get(self, run: str, node: str) -> None:
        self.set_header("Content-Type", "text/plain")
        self.finish(self.backend.runs.log(run, unquote(node)))


class RecurringRuns(ApiHandler):
    def get(self) -> None:
        wanted = self.query().get("experiment_id", "")
        every = self.in_namespace("recurring_run")
        records = (each for each in every if not wanted or each["experiment_id"] == wanted)
        self.tell_page("recurring_run", records, "V2beta1ListRecurringRunsResponse")

    def post(self) -> None:
        record = self.backend.runs.create_recurring(self.body("V2beta1RecurringRun"))
        self.tell("V2beta1RecurringRun", public(record))


class RecurringRun(ApiHandler):
    def get(self, recurring: str) -> None:
        self.tell("V2beta1RecurringRun", public(self.backend.store.get("recurring_run", recurring)))

    def delete(self, recurring: str) -> None:
        self.backend.store.remove("recurring_run", recurring)
        self.answer({})


class RecurringRunAction(ApiHandler):
    def post(self, recurring: str, action: str) -> None:
        self.backend.runs.switch(recurring, action == "enable")
        self.answer({})


class Page(ApiHandler):
    """What a person's browser would see at a run's address: here a line of text in a page."""

    def get(self) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish("<!DOCTYPE html><title>Kubeflow</title><h1>The test cluster has no pages</h1>")


class Nothing(ApiHandler):
    def prepare(self) -> None:  # type: ignore[override]
        raise ApiError(404, f"Not Found: {self.request.path}")


def rules(surroundings: Surroundings, backend: Backend) -> list[tuple[str, type[ApiHandler], dict[str, Any]]]:
    """Paths and their handlers. The prefix `/pipeline` is that of a full Kubeflow."""
    told = {"surroundings": surroundings, "backend": backend}
    table: list[tuple[str, type[ApiHandler]]] = [
        (r"/apis/(v1beta1|v2beta1)/healthz", Healthz),
        (rf"{V2}/experiments", Experiments),
        (rf"{V2}/experiments/{ID}", Experiment),
        (rf"{V2}/experiments/{ID}:(archive|unarchive)", ExperimentAction),
        (rf"{V2}/pipelines", Pipelines),
        (rf"{V2}/pipelines/(upload|upload_version)", Upload),
        (rf"{V2}/pipelines/create", PipelinesCreate),
        (rf"{V2}/pipelines/names/(.+)", PipelineByName),
        (rf"{V2}/pipelines/{ID}", Pipeline),
        (rf"{V2}/pipelines/{ID}/versions", Versions),
        (rf"{V2}/pipelines/{ID}/versions/{ID}", Version),
        (rf"{V2}/runs", RunList),
        (rf"{V2}/runs/{ID}", Run),
        (rf"{V2}/runs/{ID}:(terminate|retry|archive|unarchive)", RunAction),
        (rf"/apis/v1alpha1/runs/{ID}/nodes/([^/]+)/log", Log),
        (rf"{V2}/recurringruns", RecurringRuns),
        (rf"{V2}/recurringruns/{ID}", RecurringRun),
        (rf"{V2}/recurringruns/{ID}:(enable|disable)", RecurringRunAction),
        (r"/apis/.*", Nothing),
        (r"/.*", Page),
    ]
    return [(rf"(?:/pipeline)?{path}", handler, told) for path, handler in table]
