"""Runs and recurring runs: started, carried out, ended, tried again.

In: bodies of requests. Out: records that change as the run goes on. A run goes on while the API's server is away, as
on a cluster, where Argo carries it out.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .catalog import Catalog
from .clock import Clock, rfc3339
from .errors import ApiError, invalid
from .execution import Execution
from .launch import Launcher
from .nodes import Workflow
from .packages import Spec
from .store import Record, Store, public
from .values import ValueTypeError, checked

Json = dict[str, Any]
FINAL = ("SUCCEEDED", "FAILED", "SKIPPED", "CANCELED")
STOPPED = "workflow shutdown with strategy:  Terminate"


@dataclass
class Active:
    """What is alive of a run."""

    workflow: Workflow
    execution: Execution
    work: asyncio.Task[None] | None = None


class Runs:
    """All runs. `make_launcher` gives one for a pipeline root."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        make_launcher: Callable[[str], Launcher],
        default_root: str,
        logs: Path,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._make_launcher = make_launcher
        self._default_root = default_root
        self._logs = logs
        self._active: dict[str, Active] = {}
        for record in store.all("run"):  # those of a double that was killed
            if record["state"] not in FINAL:
                self._enter(record, "FAILED", "the test cluster was ended while the run was going on")

    # runs

    def create(self, body: Mapping[str, Any], recurring: str = "") -> Record:
        """Start a run."""
        name = str(body.get("display_name", ""))
        if not name:
            raise invalid("The run name is empty. Please specify a valid name")
        spec, reference = self._catalog.spec_of(body)
        experiment = self._experiment(body)
        config = body.get("runtime_config") or {}
        parameters = _parameters(spec, config.get("parameters") or {})
        now = rfc3339(self._clock.now())
        record = self._store.add(
            "run",
            {
                "experiment_id": experiment["experiment_id"],
                "display_name": name,
                "description": body.get("description", ""),
                "storage_state": "AVAILABLE",
                "service_account": body.get("service_account") or "pipeline-runner",
                "runtime_config": dict(config),
                "created_at": now,
                "scheduled_at": now,
                "finished_at": rfc3339(None),
                "state": "PENDING",
                "state_history": [],
                **(
                    {"pipeline_version_reference": reference}
                    if reference
                    else {"pipeline_spec": spec.as_record()}
                ),
                **({"recurring_run_id": recurring} if recurring else {}),
                "_details": [],
            },
        )
        record["run_id"] = record["_id"]
        record["_namespace"] = experiment.get("namespace", "")
        experiment["last_run_created_at"] = now
        self._enter(record, "PENDING")
        workflow = Workflow(f"{_dns(spec.name)}-{secrets.token_hex(3)[:5]}", self._clock)
        root = config.get("pipeline_root") or spec.ir.get("defaultPipelineRoot") or self._default_root
        execution = Execution(
            spec, record["run_id"], workflow, self._make_launcher(root), self._logs / record["run_id"]
        )  # fmt: skip
        active = self._active[record["run_id"]] = Active(workflow, execution)
        active.work = asyncio.ensure_future(self._carry_out(record, active, parameters))
        return record

    def _experiment(self, body: Mapping[str, Any]) -> Record:
        if not body.get("experiment_id"):
            return self._catalog.default_experiment()
        experiment = self._store.get("experiment", body["experiment_id"])
        if experiment["storage_state"] == "ARCHIVED":
            raise invalid(f"experiment {experiment['experiment_id']} is archived")
        return experiment

    async def _carry_out(self, record: Record, active: Active, parameters: Json) -> None:
        self._enter(record, "RUNNING")
        try:
            ended = await active.execution.run(parameters)
        except asyncio.CancelledError:
            active.workflow.stop(STOPPED)
            self._finish(record, active, "CANCELED" if record["state"] == "CANCELING" else "FAILED", STOPPED)
            return
        except Exception as error:  # a fault of the double's: the run must not hang
            active.workflow.stop(f"the test cluster itself failed: {error!r}")
            self._finish(record, active, "FAILED", f"the test cluster itself failed: {error!r}")
            raise
        failed = ended.phase != "Succeeded"
        self._finish(record, active, "FAILED" if failed else "SUCCEEDED", ended.message if failed else "")

    def _finish(self, record: Record, active: Active, state: str, message: str) -> None:
        record["finished_at"] = rfc3339(self._clock.now())
        record["_details"] = active.workflow.details(record["run_id"], record["created_at"])
        record["_logs"] = {node.pod: node.log for node in active.workflow.nodes.values() if node.log}
        self._enter(record, state, message)

    def _enter(self, record: Record, state: str, message: str = "") -> None:
        record["state"] = state
        entry: Json = {"update_time": rfc3339(self._clock.now()), "state": state}
        if message:
            entry["error"] = record["error"] = {"code": 2, "message": message}
        record["state_history"].append(entry)
        self._store.save("run", record)

    def answer(self, record: Record, whole: bool = True) -> Json:
        """A run as the API tells it."""
        told = public(record)
        if whole:
            active = self._active.get(record["run_id"])
            details = (
                active.workflow.details(record["run_id"], record["created_at"])
                if active is not None and record["state"] not in FINAL
                else record["_details"]
            )
            told["run_details"] = {"task_details": details}
        return told

    def terminate(self, run: str) -> None:
        """Stop it. It is CANCELING, then CANCELED."""
        record = self._store.get("run", run)
        if record["state"] in FINAL or record["state"] == "CANCELING":
            raise invalid(f"Failed to terminate run {run}: it is {record['state']}")
        self._enter(record, "CANCELING")
        self._cancel(run)

    def _cancel(self, run: str) -> None:
        active = self._active.get(run)
        if active is not None and active.work is not None:
            active.work.cancel()

    def retry(self, run: str) -> None:
        """Do again what did not succeed."""
        record = self._store.get("run", run)
        if record["state"] not in ("FAILED", "CANCELED"):
            raise invalid(f"Workflow must be Failed/Error to retry: it is {record['state']}")
        active = self._active.get(run)
        if active is None:
            raise ApiError(500, "Failed to retry the run: its workflow is gone")
        active.workflow.forget_failed()
        record.pop("error", None)
        record["finished_at"] = rfc3339(None)
        config = record.get("runtime_config") or {}
        parameters = _parameters(active.execution.spec, config.get("parameters") or {})
        active.work = asyncio.ensure_future(self._carry_out(record, active, parameters))

    def archive(self, run: str, archived: bool) -> None:
        """Out of the way, or back."""
        record = self._store.get("run", run)
        record["storage_state"] = "ARCHIVED" if archived else "AVAILABLE"
        self._store.save("run", record)

    def delete(self, run: str) -> None:
        """Take it away; where it is going on it is stopped."""
        self._store.remove("run", run)
        self._cancel(run)
        self._active.pop(run, None)

    def log(self, run: str, pod: str) -> bytes:
        """What a pod has printed so far; by its name. Raises ApiError where there is no such pod."""
        record = self._store.get("run", run)
        active = self._active.get(run)
        logs = dict(record.get("_logs", {}))
        if active is not None:
            for each in active.workflow.nodes.values():
                if each.log:
                    logs[each.pod] = each.log
        if pod not in logs:
            raise ApiError(500, f"Failed to stream log: pods {pod!r} not found")
        try:
            return Path(logs[pod]).read_bytes()
        except OSError:
            raise ApiError(500, f"Failed to stream log: pods {pod!r} not found") from None

    async def stop(self) -> None:
        """End all that goes on."""
        works = [active.work for active in self._active.values() if active.work is not None]
        for work in works:
            work.cancel()
        for work in works:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await work

    # recurring runs

    def create_recurring(self, body: Mapping[str, Any]) -> Record:
        """A schedule. It starts no run by itself: see `fire`."""
        if not body.get("display_name"):
            raise invalid("Recurring run's name cannot be empty")
        spec, reference = self._catalog.spec_of(body)
        _parameters(spec, (body.get("runtime_config") or {}).get("parameters") or {})
        experiment = self._experiment(body)
        concurrency = str(body.get("max_concurrency", "1"))
        if not concurrency.isdigit() or not 1 <= int(concurrency) <= 10:
            raise invalid("Max concurrency of a recurring run must be at least 1 and at most 10")
        _check_trigger(body.get("trigger") or {})
        on = body.get("mode") == "ENABLE"
        now = rfc3339(self._clock.now())
        record = self._store.add(
            "recurring_run",
            {
                "experiment_id": experiment["experiment_id"],
                "display_name": body["display_name"],
                "description": body.get("description", ""),
                "namespace": body.get("namespace", ""),
                "service_account": body.get("service_account") or "pipeline-runner",
                "runtime_config": body.get("runtime_config") or {},
                "max_concurrency": concurrency,
                "no_catchup": bool(body.get("no_catchup", False)),
                "trigger": body["trigger"],
                "mode": "ENABLE" if on else "DISABLE",
                "status": "ENABLED" if on else "DISABLED",
                "created_at": now,
                "updated_at": now,
                **(
                    {"pipeline_version_reference": reference}
                    if reference
                    else {"pipeline_spec": spec.as_record()}
                ),
            },
        )
        record["recurring_run_id"] = record["_id"]
        self._store.save("recurring_run", record)
        return record

    def switch(self, recurring: str, on: bool) -> None:
        """Let it start runs, or not."""
        record = self._store.get("recurring_run", recurring)
        record["status"], record["mode"] = ("ENABLED", "ENABLE") if on else ("DISABLED", "DISABLE")
        record["updated_at"] = rfc3339(self._clock.now())
        self._store.save("recurring_run", record)

    def fire(self, recurring: str) -> Record:
        """Start the run that the schedule would start now."""
        record = self._store.get("recurring_run", recurring)
        if record["status"] != "ENABLED":
            raise invalid(f"recurring run {recurring} is not enabled")
        wanted = (
            "pipeline_version_reference",
            "pipeline_spec",
            "runtime_config",
            "experiment_id",
            "service_account",
        )
        body = {key: record[key] for key in wanted if key in record}
        number = sum(run.get("recurring_run_id") == recurring for run in self._store.all("run")) + 1
        return self.create({**body, "display_name": f"{record['display_name']}-{number}"}, recurring)


def _parameters(spec: Spec, given: Mapping[str, Any]) -> Json:
    """The parameters of a run, checked against what the pipeline declares. Raises ApiError."""
    declared = spec.ir["root"].get("inputDefinitions", {}).get("parameters", {})
    for name, value in given.items():
        if name not in declared:
            raise invalid(f"parameter {name!r} is not an input of pipeline {spec.name!r}")
        try:
            checked(value, declared[name].get("parameterType", ""), name)
        except ValueTypeError as error:
            raise invalid(str(error)) from None
    for name, each in declared.items():
        if name not in given and "defaultValue" not in each and not each.get("isOptional"):
            raise invalid(f"parameter {name!r} of pipeline {spec.name!r} is required")
    return dict(given)


def _check_trigger(trigger: Mapping[str, Any]) -> None:
    if cron := (trigger.get("cron_schedule") or {}).get("cron"):
        fields = re.fullmatch(r"@(yearly|monthly|weekly|daily|hourly|every \S+)", cron)
        if not fields and (
            len(cron.split()) not in (5, 6) or not re.fullmatch(r"[0-9A-Z*/,?\s-]+", cron, re.I)
        ):
            raise invalid(f"Schedule cron is not a supported format: {cron!r}")
    elif interval := (trigger.get("periodic_schedule") or {}).get("interval_second"):
        if not str(interval).isdigit() or int(interval) < 1:
            raise invalid(f"Found invalid period schedule interval {interval}")
    else:
        raise invalid("a recurring run needs a trigger")


def _dns(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "pipeline"
