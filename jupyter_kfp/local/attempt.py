"""One node of a run: its earlier result where it counts, else its main.py, tried as often as its settings say."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ..errors import JupyterKfpError
from ..notebook.cells import StepName
from ..parameters import parameter_text
from ..pipeline import JsonValue, Name
from ..project import step_digest
from ..step.manifest import Digest
from . import cache
from .atomic import cannot_write
from .cache import Entry, Key, Uri
from .events import Metric, StepCached, StepFinished, StepOutput, StepRetried, StepStarted, StoredResult
from .executor import Executor, Handle, Task
from .failures import read_failure, timed_out
from .plan import Node, NodeName, Way
from .processes import GRACE
from .root import LEFT_BY_A_STEP, RESULTS
from .scheduler import Done, Failed, Inbox, Inputs, Outcome, Stopped

LOG_TAIL = 4000  # characters of a dead step's last words
_METRICS: TypeAdapter[dict[str, Metric]] = TypeAdapter(dict[str, Metric])
_RESULTS: TypeAdapter[dict[Name, StoredResult]] = TypeAdapter(dict[Name, StoredResult])


@dataclass(frozen=True)
class Surroundings:
    """What all nodes of a run have in common."""

    root: Path
    run: str
    folder: Path  # the run's
    kernel: str
    environment: str  # digest of the kernel's
    files: Uri | None  # manifest of the notebook's data files
    given: Mapping[Name, JsonValue]  # parameters that the user gave
    reuse: bool  # earlier results are looked for


class NodeWork:
    """Does the work of nodes, each call in a thread of its own, and can be told to stop all of them."""

    def __init__(
        self, surroundings: Surroundings, ways: Mapping[NodeName, Way], executor: Executor, inbox: Inbox
    ) -> None:
        self._around = surroundings
        self._ways = ways
        self._executor = executor
        self._inbox = inbox
        self._lock = threading.Lock()
        self._handles: set[Handle] = set()
        self._stopping = threading.Event()

    def __call__(self, node: Node, inputs: Inputs) -> Outcome:
        """Come to the node's result. Raises JupyterKfpError where the run cannot go on."""
        around, way = self._around, self._ways[node.name]
        folder = around.folder / node.place
        key = result_key(around, node, inputs)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if way is Way.REUSE or (
                way is Way.AS_NEEDED and around.reuse and node.step.settings.cache is not False
            ):
                entry = cache.find(around.root, key)
                if entry is not None and cache.restore(around.root, entry, folder):
                    return Done(_cached(around, node, key, entry, _read_results(folder)))
            if way is Way.REUSE:
                raise no_result(node)
            return self._try(node, inputs, folder, key)
        except OSError as error:
            raise cannot_write(error, folder) from error

    def stop(self, grace: float = GRACE) -> None:
        """End the nodes that run, side by side, and start no other."""
        with self._lock:
            self._stopping.set()
            handles = list(self._handles)
        for handle in handles:
            threading.Thread(target=handle.stop, args=(grace,), daemon=True).start()

    def _try(self, node: Node, inputs: Inputs, folder: Path, key: Key) -> Outcome:
        last = 1 + (node.step.settings.retries or 0)
        attempt = 1
        while True:
            outcome = self._attempt(node, inputs, folder, key, attempt)
            if not isinstance(outcome, Failed) or attempt >= last:
                return outcome
            self._inbox.put(StepRetried(step=_step(node), attempt=attempt, failure=outcome.failure))
            if self._stopping.wait(_pause(node, attempt)):
                return Stopped()
            attempt += 1

    def _attempt(self, node: Node, inputs: Inputs, folder: Path, key: Key, attempt: int) -> Outcome:
        for name in LEFT_BY_A_STEP:
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder / RESULTS, ignore_errors=True)
        with _scratch(self._around.folder / "scratch" / node.name) as scratch:
            log = _Tail()
            status, late = self._run(node, inputs, scratch, log, attempt)
            if status is None:
                return Stopped()
            if not (folder / "log.txt").exists():
                (folder / "log.txt").write_text(log.text, encoding="utf-8")
            if late:
                return Failed(timed_out(_step(node), folder, node.step.settings.timeout or 0, log.text))
            manifest = _read_uri(scratch / "state")
        if status != 0 or manifest is None:
            return Failed(read_failure(node.step, folder, status, log.text))
        return self._keep(node, folder, key, manifest)

    def _keep(self, node: Node, folder: Path, key: Key, manifest: Uri) -> Done:
        metrics = _read_metrics(folder)
        cache.keep(
            self._around.root,
            key,
            step=node.step.name,
            run=self._around.run,
            manifest=manifest,
            folder=folder,
            metrics=metrics,
        )
        return Done(
            StepFinished(
                step=_step(node), manifest=manifest, key=key, metrics=metrics, results=_read_results(folder)
            )
        )

    def _run(
        self, node: Node, inputs: Inputs, scratch: Path, log: _Tail, attempt: int
    ) -> tuple[int | None, bool]:
        """main.py's exit status, None where the run was stopped; and whether the step took too long."""

        def output(text: str) -> None:
            log.add(text)
            self._inbox.put(StepOutput(step=_step(node), text=text))

        task = Task(
            name=node.name,
            folder=node.folder,
            arguments=arguments(self._around, node, inputs, scratch),
            scratch=scratch,
            environment=node.step.settings.environment,
            folders=(self._around.root, self._around.folder),
        )
        with self._lock:
            if self._stopping.is_set():
                return None, False
            self._inbox.put(StepStarted(step=_step(node), attempt=attempt))
            handle = self._executor.start(task, output)
            self._handles.add(handle)
        status = handle.wait(node.step.settings.timeout)
        late = status is None and not self._stopping.is_set()
        if status is None:
            handle.stop(GRACE)
            status = handle.wait()
        with self._lock:
            self._handles.discard(handle)
        stopped = self._stopping.is_set() and status != 0 and not late
        return (None if stopped else status), late


def arguments(around: Surroundings, node: Node, inputs: Inputs, scratch: Path) -> tuple[str, ...]:
    """The flags of the node's main.py (docs/step-contract.md)."""
    flags = {
        "--bucket": str(around.root),
        "--run": around.run,
        "--run-folder": str(around.folder / node.run_folder),
        "--state-path": str(scratch / "state"),
        "--workdir": str(scratch / "work"),
        "--kernel": around.kernel,
    }
    if around.files is not None:
        flags["--files"] = around.files
    for parent, uri in inputs.items():
        flags[node.flags.states[parent]] = uri if isinstance(uri, str) else json.dumps(uri)
    for name, value in _values(around, node).items():
        flags[node.flags.parameters[name]] = parameter_text(value)
    return tuple(f"{flag}={value}" for flag, value in flags.items())


def result_key(around: Surroundings, node: Node, inputs: Inputs) -> Key:
    """The key of the node's result in this run."""
    settings = node.step.settings
    outside = {
        name: os.environ[name] for name in (*settings.secrets, *settings.config_maps) if name in os.environ
    }
    return cache.result_key(
        folder=step_digest(node.folder),
        parents={parent: _digests(uri) for parent, uri in inputs.items()},
        parameters=_values(around, node),
        files=cache.digest_of(around.files) if around.files else None,
        environment=around.environment,
        variables={**outside, **settings.environment},
    )


def no_result(node: Node) -> JupyterKfpError:
    """The error where an earlier result is needed that is not there."""
    return JupyterKfpError(
        f"there is no earlier result of step {node.name} for its present code and inputs",
        fix="run the pipeline once without --from and --only",
    )


def _pause(node: Node, attempt: int) -> float:
    """Seconds to wait after that attempt has failed."""
    backoff = node.step.settings.backoff
    return min(backoff.seconds * backoff.factor ** (attempt - 1), backoff.longest) if backoff else 0.0


def _step(node: Node) -> StepName:
    """The node's name, as events have it."""
    return StepName(node.name)


def _values(around: Surroundings, node: Node) -> dict[Name, JsonValue]:
    values = {**around.given, **node.values}
    return {name: values[name] for name in node.flags.parameters if name in values}


def _digests(uri: Uri | tuple[Uri, ...]) -> Digest | list[Digest]:
    return cache.digest_of(Uri(uri)) if isinstance(uri, str) else [cache.digest_of(one) for one in uri]


def _cached(
    around: Surroundings, node: Node, key: Key, entry: Entry, results: Mapping[Name, StoredResult]
) -> StepCached:
    manifest = str(cache.object_path(around.root, entry.manifest))
    return StepCached(
        step=_step(node), manifest=manifest, key=key, run=entry.run, metrics=entry.metrics, results=results
    )


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """An empty folder, taken away in the end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_uri(path: Path) -> Uri | None:
    with contextlib.suppress(OSError):
        return Uri(path.read_text(encoding="utf-8").strip()) or None
    return None


def _read_metrics(folder: Path) -> dict[str, Metric]:
    try:
        return _METRICS.validate_python(json.loads((folder / "metrics.json").read_bytes()))
    except (OSError, ValueError, ValidationError):
        return {}


def _read_results(folder: Path) -> dict[Name, StoredResult]:
    try:
        return _RESULTS.validate_json((folder / "results.json").read_bytes())
    except (OSError, ValidationError):
        return {}


class _Tail:
    """The last of what a step printed."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, text: str) -> None:
        self.text = (self.text + text)[-LOG_TAIL:]
