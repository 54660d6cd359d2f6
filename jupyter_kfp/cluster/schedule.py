"""Runs at fixed times: Kubeflow's recurring runs, Vertex AI's schedules.

In: a pipeline, a cron expression of five fields as people write it (or Kubeflow's six). Out: a schedule on the cluster.
The data files are those of the moment when the schedule was made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from ..notebook.cells import StepName
from ..pipeline import JsonValue, Pipeline
from ..project.code_archive import Code
from .endpoints import Chosen
from .errors import ClusterError
from .interface import ClusterApi
from .kinds import kind_of, open_api
from .records import Schedule, ScheduleId
from .submission import new_name
from .submit import compile_for, for_pipeline, ignore, make_ready, say_hello, warn


@dataclass(frozen=True)
class Scheduled:
    """A schedule that was made."""

    schedule: Schedule
    url: str


def schedule(
    pipeline: Pipeline,
    chosen: Chosen,
    images: Mapping[StepName, str],
    cron: str,
    *,
    code: Mapping[StepName, Code] | None = None,
    parameters: Mapping[str, JsonValue] | None = None,
    cache: bool = True,
    tell: Callable[[str], None] = ignore,
    sleep: Callable[[float], None] = time.sleep,
) -> Scheduled:
    """Have the cluster start runs at these times. Raises what `submit` does."""
    kind = kind_of(chosen.endpoint)
    at = kind.cron(cron)
    chosen = for_pipeline(chosen, pipeline)
    package = compile_for(pipeline, images, code, target=kind.target, cache=cache)
    warn(package, tell)
    with open_api(chosen, sleep=sleep) as api:
        say_hello(api, tell)
        ready = make_ready(api, chosen, pipeline, package, parameters or {}, tell=tell)
        made = api.schedule(
            new_name(pipeline.name, datetime.now(timezone.utc)),
            ready.version,
            ready.experiment,
            at,
            ready.parameters,
            pipeline_root=chosen.endpoint.pipeline_root,
            service_account=chosen.endpoint.service_account,
        )
    return Scheduled(made, kind.schedule_page(chosen.endpoint, made.recurring_run_id))


def find_schedule(api: ClusterApi, text: str) -> Schedule:
    """The schedule of that id or name, or the beginning of one. Raises ClusterError where none or several do."""
    found = [
        one
        for one in api.schedules()
        if one.recurring_run_id.startswith(text) or one.display_name.startswith(text)
    ]
    exact = [one for one in found if text in (one.recurring_run_id, one.display_name)]
    meant = exact or found
    if len(meant) != 1:
        names = ", ".join(one.display_name for one in meant[:4])
        raise ClusterError(
            f"{'several schedules begin' if meant else 'no schedule begins'} with {text}",
            where=api.host,
            fix=f"give more of it: {names}" if meant else "see `jupyter kfp schedule list`",
        )
    return meant[0]


def switch(api: ClusterApi, text: str, on: bool) -> Schedule:
    """Let the schedule start runs, or not."""
    found = find_schedule(api, text)
    api.switch(ScheduleId(found.recurring_run_id), on)
    return found


def delete(api: ClusterApi, text: str) -> Schedule:
    """Take the schedule away; its runs stay."""
    found = find_schedule(api, text)
    api.delete_schedule(ScheduleId(found.recurring_run_id))
    return found
