"""Follow a run on a cluster: ask again and again, and tell what has changed as the events of a local run.

In: a connection, what is known of the run, its folder here. Out: events in `events.jsonl`, `run.json`, and to whoever
listens; in the end the run. Whoever reads a run's folder sees no difference to a run of this machine. It can be
stopped at any time and taken up again anywhere: the run goes on without us.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from ..local import record
from ..local.events import (
    Event,
    Failure,
    PlannedStep,
    RunFinished,
    RunStarted,
    StepCached,
    StepCanceled,
    StepFailed,
    StepFinished,
    StepRetried,
    StepSkipped,
    StepStarted,
    Warned,
    now,
)
from ..local.journal import Journal, hold, is_alive
from ..local.record import Run, Status, StepRun
from ..notebook.cells import StepName
from ..package.interface import BUCKET, FILES
from ..pipeline import Name
from .cached import Earlier
from .errors import ClusterError, NotFound, Unreachable
from .failures import server_failure
from .interface import ClusterApi
from .known import Known, remember
from .observe import Seen, observe
from .records import ClusterRun, RunId
from .results import Left, Results
from .spec import SpecStep, steps_of

SHORTEST, LONGEST = 1.0, 15.0  # seconds between two questions
PATIENCE = timedelta(hours=1)  # that a server may be away
_OVER = (Status.SUCCEEDED, Status.FAILED, Status.CANCELED, Status.SKIPPED)


@dataclass
class Watch:
    """One run being followed: what it is made of, and what was told already."""

    api: ClusterApi
    known: Known
    steps: tuple[SpecStep, ...]
    results: Results | None
    earlier: Earlier | None = None
    told: set[str] = field(default_factory=set)  # warnings that were given

    def started(self, run: ClusterRun, notebook: str = "", digest: str = "") -> RunStarted:
        """The run's first event; its parameters are called as in the notebook, where that is known."""
        given = run.runtime_config.parameters if run.runtime_config else {}
        names = self.known.arguments
        own = {name: value for name, value in given.items() if name not in (BUCKET, FILES)}
        return RunStarted(
            time=run.created_at or now(),
            run=self.known.name,
            pipeline=self.known.name if not notebook else Path(notebook).stem,
            notebook=notebook,
            notebook_digest=digest,
            parameters={Name(names.get(name, name)): value for name, value in own.items()},
            steps=tuple(step.planned for step in self.steps),
            files=str(given.get(FILES) or ""),
            url=self.known.url,
        )

    def news(self, run: Run, there: ClusterRun) -> Iterator[Event]:
        """The events between what was told and what the server says now."""
        seen = observe(self.steps, there)
        for step in self.steps:
            yield from self._step_news(run.step(step.name), seen[step.name], step, there)
        if there.state == "PAUSED":
            yield from self._once("the run is paused on the cluster", "resume it on its page", key="paused")
        if there.is_over:
            status, message = _ending(there)
            yield RunFinished(time=there.finished_at or now(), status=status, message=message)

    def _step_news(self, told: StepRun, seen: Seen, step: SpecStep, there: ClusterRun) -> Iterator[Event]:
        if told.status in _OVER or seen.standing == "PENDING":
            return
        started = seen.started or told.started or there.created_at or now()
        if told.status is Status.PENDING and seen.standing not in ("SKIPPED", "CACHED"):
            yield StepStarted(step=step.name, time=started, attempt=max(seen.attempts, 1))
        elif told.status is Status.RUNNING and seen.attempts > told.attempts:
            failure = self._failure(step, seen, told)
            yield StepRetried(step=step.name, attempt=told.attempts, failure=failure)
            yield StepStarted(step=step.name, time=started, attempt=seen.attempts)
        ended = seen.finished or there.finished_at or now()
        match seen.standing:
            case "SUCCEEDED" | "CACHED":
                yield from self._succeeded(step, seen, ended, told)
            case "FAILED":
                yield StepFailed(step=step.name, time=ended, failure=self._failure(step, seen, told))
            case "CANCELED":
                yield StepCanceled(step=step.name, time=ended)
            case "SKIPPED":
                reason = (
                    "its condition does not hold" if step.conditional else "a step before it did not succeed"
                )
                yield StepSkipped(step=step.name, time=ended, reason=reason)
            case _:
                return

    def _succeeded(self, step: SpecStep, seen: Seen, ended: datetime, told: StepRun) -> Iterator[Event]:
        left = None
        readable = self.results is not None
        if self.results is not None and seen.standing != "CACHED":
            try:
                left = self.results.left(step.planned.folder)
            except ClusterError as error:
                readable = False
                yield from self._once(f"results cannot be read: {error.message}", error.fix, key="bucket")
        if seen.standing == "CACHED" or (readable and left is None):
            # Kubeflow runs no container for a cached step, so that nothing of it is in this run's folder.
            run, left = self._taken_from(step, seen)
            yield StepCached(
                step=step.name, time=ended, manifest=left.manifest, run=run, metrics=left.metrics
            )
        else:
            manifest, metrics = (left.manifest, left.metrics) if left else ("", {})
            yield StepFinished(step=step.name, time=ended, manifest=manifest, metrics=metrics)

    def _taken_from(self, step: SpecStep, seen: Seen) -> tuple[str, Left]:
        """The run that a cached step's result is of, and what it left there; empty where that cannot be found out."""
        if seen.made_by and self.known.bucket:
            try:
                left = Results.open(self.known.bucket, seen.made_by).left(step.planned.folder)
            except ClusterError:
                left = None
            if left is not None:
                return seen.made_by, left
        found = self.earlier.find(step) if self.earlier is not None else None
        return found or ("", Left("", {}))

    def _failure(self, step: SpecStep, seen: Seen, told: StepRun) -> Failure:
        failure = None
        if self.results is not None:
            plain = StepName(step.name.partition("[")[0])
            try:
                failure = self.results.failure(
                    step.name, step.planned.folder, self.known.cells.get(plain, {})
                )
            except ClusterError as error:
                return server_failure(step.name, seen.error, f"its report cannot be read: {error.message}")
        return failure or server_failure(step.name, seen.error, "")

    def _once(self, message: str, fix: str, *, key: str) -> Iterator[Event]:
        if key not in self.told:
            self.told.add(key)
            yield Warned(message=message, fix=fix)


def open_watch(api: ClusterApi, known: Known, there: ClusterRun | None = None) -> tuple[Watch, ClusterRun]:
    """What is needed to follow a run, and the run as it is now. Raises NotFound where the server does not know it."""
    there = there or api.run(known.run_id)
    steps = steps_of(api.spec_of(there), known.tasks)
    results = None
    warned = ""
    if known.bucket:
        try:
            results = Results.open(known.bucket, known.run_id)
        except ClusterError as error:
            warned = error.message
    earlier = Earlier(api, there, known.bucket, steps) if results is not None else None
    watch = Watch(api, known, steps, results, earlier)
    if warned:
        watch.told.add("bucket")
    return watch, there


def snapshot(api: ClusterApi, known: Known, folder: Path = Path()) -> Run:
    """The run as it is now, asked once and kept nowhere. Raises NotFound."""
    watch, there = open_watch(api, known)
    run = record.started(folder, watch.started(there))
    for event in watch.news(run, there):
        run = record.apply(run, event)
    return run


def follow_run(
    api: ClusterApi,
    known: Known,
    folder: Path,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    once: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Run:
    """Follow the run to its end, and keep what happens in its folder; `once` asks one time only.

    Events that the folder holds already are given to `on_event` first. A server that does not answer is waited for, an
    hour at most. Raises SignInError where the sign-in is lost: then, and when it is interrupted, the run goes on.
    """
    if is_alive(folder):
        raise ClusterError(
            "somebody here follows the run already", where=str(folder), fix="wait, or see its folder"
        )
    with ExitStack() as stack:
        stack.enter_context(hold(folder))
        journal = stack.enter_context(Journal(folder, resume=True))
        if journal.run is None:
            raise ClusterError("the run's folder holds no events", where=str(folder), fix="submit again")

        def emit(event: Event) -> None:
            journal.write(event)
            on_event(event)

        for event in _as_events(journal.run):
            on_event(event)
        return _follow(api, known, journal, emit, once, sleep)


def _follow(
    api: ClusterApi,
    known: Known,
    journal: Journal,
    emit: Callable[[Event], None],
    once: bool,
    sleep: Callable[[float], None],
) -> Run:
    watch: Watch | None = None
    wait = SHORTEST
    away: datetime | None = None
    assert journal.run is not None
    while True:
        try:
            if watch is None:
                watch, there = open_watch(api, known)
            else:
                there = api.run(known.run_id)
            away = None
        except NotFound:
            emit(RunFinished(status="INTERRUPTED", message="the run was deleted from the cluster"))
            return journal.run
        except Unreachable as error:
            away = away or now()
            if once or now() - away > PATIENCE:
                raise
            if watch is None or "away" not in watch.told:
                emit(
                    Warned(
                        message=f"the cluster does not answer: {error.message}; the run goes on", fix="wait"
                    )
                )
                if watch is not None:
                    watch.told.add("away")
            sleep(wait := min(wait * 2, LONGEST))
            continue
        if journal.run.status is not Status.RUNNING and not there.is_over:
            emit(_again(journal.run))  # what had failed is tried again
        changed = False
        if journal.run.status is Status.RUNNING:
            for event in watch.news(journal.run, there):
                emit(event)
                changed = True
        if there.is_over or once:
            return journal.run
        wait = SHORTEST if changed else min(wait * 1.5, LONGEST)
        sleep(wait)


def _again(run: Run) -> RunStarted:
    """A new start of a run that had ended."""
    return RunStarted(
        time=run.started,
        run=run.id,
        pipeline=run.pipeline,
        notebook=run.notebook,
        notebook_digest=run.notebook_digest,
        parameters=run.parameters,
        steps=tuple(
            PlannedStep(name=step.name, title=step.title, parents=step.parents, folder=step.folder)
            for step in run.steps
        ),
        files=run.files,
        url=run.url,
    )


def _as_events(run: Run) -> Iterator[Event]:
    """Events that add up to the run, for who has not seen it yet."""
    yield _again(run)
    for step in run.steps:
        if step.started is not None:
            yield StepStarted(step=step.name, time=step.started, attempt=step.attempts)
        ended = step.finished or now()
        match step.status:
            case Status.SUCCEEDED if step.cached:
                yield StepCached(step=step.name, time=ended, manifest=step.manifest, run=step.cached_from)
            case Status.SUCCEEDED:
                yield StepFinished(step=step.name, time=ended, manifest=step.manifest, metrics=step.metrics)
            case Status.FAILED if step.failure:
                yield StepFailed(step=step.name, time=ended, failure=step.failure)
            case Status.CANCELED:
                yield StepCanceled(step=step.name, time=ended)
            case Status.SKIPPED:
                yield StepSkipped(step=step.name, time=ended, reason=step.reason)
            case _:
                continue


def _ending(there: ClusterRun) -> tuple[Literal["SUCCEEDED", "FAILED", "CANCELED"], str]:
    """How the run ended. A run that Kubeflow skipped did what it had to: nothing."""
    message = there.error.message if there.error else ""
    match there.state:
        case "SUCCEEDED" | "SKIPPED":
            return "SUCCEEDED", ""
        case "CANCELED":
            return "CANCELED", message or "the run was canceled on the cluster"
        case _:
            return "FAILED", message


def known_of(
    there: ClusterRun, *, endpoint: str, host: str, url: str, namespace: str, bucket: str | None
) -> Known:
    """What can be known of a run that was started elsewhere."""
    config: Mapping[str, object] = there.runtime_config.parameters if there.runtime_config else {}
    given = config.get("bucket")
    reference = there.pipeline_version_reference
    return Known(
        name=there.display_name or there.run_id,
        run_id=RunId(there.run_id),
        endpoint=endpoint,
        host=host,
        namespace=namespace,
        url=url,
        bucket=str(given) if isinstance(given, str) and given else bucket or "",
        pipeline_id=reference.pipeline_id if reference else "",
        version_id=reference.pipeline_version_id if reference else "",
    )


def adopt(api: ClusterApi, known: Known, root: Path) -> Path:
    """A folder below the root for a run that was started elsewhere, with its first event. Raises NotFound."""
    folder = root / "runs" / known.run_id
    known = replace(known, name=known.run_id)
    watch, there = open_watch(api, known)
    remember(folder, known)
    event = replace(watch.started(there), pipeline=there.display_name or known.run_id)
    with hold(folder), Journal(folder, resume=True) as journal:
        if journal.run is None:
            journal.write(event)
    return folder
