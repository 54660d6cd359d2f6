"""What a step on a cluster printed: from the bucket once it has ended, before that from its pod, if the server lets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

from ..local.log_tail import tail
from ..notebook.cells import StepName
from .errors import Refused, Unreachable
from .follow import Watch
from .observe import observe
from .records import ClusterRun, RunId

SECONDS = 2.0  # between two questions
_OVER = ("SUCCEEDED", "FAILED", "CACHED", "CANCELED", "SKIPPED")


def step_log(watch: Watch, there: ClusterRun, step: StepName) -> str | None:
    """The text so far; None where nobody has it. Raises KeyError for a step that the run does not have."""
    spec = next((one for one in watch.steps if one.name == step), None)
    if spec is None:
        raise KeyError(step)
    kept = watch.results.read(f"{spec.planned.folder}/log.txt") if watch.results is not None else None
    if kept is not None:
        return kept.decode("utf-8", "replace")
    for pod in reversed(observe(watch.steps, there)[step].pods):
        try:
            printed = watch.api.pod_log(RunId(there.run_id), pod)
        except (Refused, Unreachable):
            continue
        return _plain(printed)
    return None


def follow_log(
    watch: Watch, run: RunId, step: StepName, *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[str]:
    """The text as it comes, in pieces, until the step has ended. Raises KeyError for a step that is not there."""

    def look() -> tuple[str, bool]:
        there = watch.api.run(run)
        text = step_log(watch, there, step) or ""
        return text, there.is_over or observe(watch.steps, there)[step].standing in _OVER

    return tail(look, seconds=SECONDS, sleep=sleep)


def _plain(body: bytes) -> str:
    """The text of an answer, which older servers wrap in JSON."""
    text = body.decode("utf-8", "replace")
    try:
        told = json.loads(text)
    except ValueError:
        return text
    return str(told.get("log", text)) if isinstance(told, dict) else text
