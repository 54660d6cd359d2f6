"""Run a pipeline on this machine: everything is checked, then the run's folder is made, then the nodes run.

`run` takes a pipeline, `run_project` one whose step folders are already written. Both give the finished Run, or raise
RunFailed or RunCanceled, which carry it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType

from ..errors import FindingsError, JupyterKfpError, StepFailed
from ..findings import Level
from ..notebook.cells import StepName
from ..parameters import check_parameters
from ..pipeline import JsonValue, Name, Pipeline
from ..project import write_project
from ..step import StepError, stage_files
from . import cache as cached
from .agreement import agreement
from .atomic import cannot_write
from .attempt import NodeWork, Surroundings, no_result, result_key
from .cache import Uri
from .events import Event, PlannedStep, RunFinished, RunStarted, Warned
from .executor import Executor, ProcessExecutor
from .journal import Journal, hold
from .kernels import ChosenKernel, choose_kernel
from .plan import Node, NodeName, Way, choose_ways, plan_nodes
from .processes import GRACE
from .record import Run
from .root import NEW, clear_run, default_root, in_use, link_run, new_run_folder, open_output, open_root
from .scheduler import Doing, Inbox, StopAsked, run_nodes

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class RunFailed(StepFailed):
    """A step failed; `run` is the run as it ended. Its folder tells all."""

    def __init__(self, run: Run) -> None:
        self.run = run
        failure = run.failure
        super().__init__(
            failure.summary() if failure else run.message,
            where=run.notebook,
            fix=failure.fix if failure else "",
        )


class RunCanceled(JupyterKfpError):  # noqa: N818
    """The run was stopped by a signal, such as Ctrl-C; no process of it is left. `run` is the run as it ended."""

    def __init__(self, run: Run, number: int) -> None:
        self.run = run
        self.signal = number
        super().__init__("the run was stopped", where=run.notebook)

    @property
    def exit_status(self) -> int:
        """What a command that was stopped by the signal ends with: 130 for Ctrl-C."""
        return 128 + self.signal


def ignore(event: Event) -> None:
    """What happens to events that nobody wants to see."""


def run(
    pipeline: Pipeline,
    *,
    root: Path | str | None = None,
    output: Path | None = None,
    place: Path | None = None,
    parameters: Mapping[str, JsonValue] | None = None,
    from_step: str | None = None,
    only_step: str | None = None,
    cache: bool = True,
    jobs: int | None = None,
    on_event: Callable[[Event], None] = ignore,
    executor: Executor | None = None,
) -> Run:
    """Run the pipeline on this machine and give the run, which has succeeded.

    `root` is the folder that runs share (`.jupyter-kfp` beside the notebook), `output` a folder to keep this run in
    instead of below the root, `place` the run's folder below the root where the caller has made it and holds its lock.
    `from_step` runs that step and what depends on it, `only_step` only that one; what they need comes from earlier
    runs. Without `cache`, earlier results are not used. `jobs` steps run side by side (as many as there are CPUs, two
    at least). `on_event` sees each event, in the calling thread.

    Raises FindingsError, ParameterError or another JupyterKfpError before anything is written; RunFailed when a step
    failed; RunCanceled when SIGINT, SIGTERM or SIGHUP came.
    """
    if errors := [finding for finding in pipeline.findings if finding.level is Level.ERROR]:
        raise FindingsError(errors, where=str(pipeline.notebook))
    order = _checked(pipeline, root, output, place, parameters, from_step, only_step, cache, jobs)
    with in_use(order.root), _staging(order.root) as project:
        write_project(pipeline, project, environment=order.kernel.environment)
        return _run(order, project, on_event, executor or ProcessExecutor())


def run_project(
    pipeline: Pipeline,
    project: Path,
    *,
    root: Path | str | None = None,
    output: Path | None = None,
    place: Path | None = None,
    parameters: Mapping[str, JsonValue] | None = None,
    from_step: str | None = None,
    only_step: str | None = None,
    cache: bool = True,
    jobs: int | None = None,
    on_event: Callable[[Event], None] = ignore,
    executor: Executor | None = None,
) -> Run:
    """Run step folders that are written already: `project/steps/<step>/`. All else is as for `run`."""
    order = _checked(pipeline, root, output, place, parameters, from_step, only_step, cache, jobs)
    with in_use(order.root), _staging(order.root) as copy:
        try:
            shutil.copytree(project, copy, ignore=shutil.ignore_patterns("__pycache__"))
        except OSError as error:  # shutil.Error too: it is one
            raise JupyterKfpError(f"the project cannot be copied: {error}", where=str(project)) from error
        return _run(order, copy, on_event, executor or ProcessExecutor())


@dataclass(frozen=True)
class _Order:
    """What is asked for, checked."""

    pipeline: Pipeline
    root: Path
    output: Path | None
    place: Path | None
    given: Mapping[Name, JsonValue]
    from_step: str | None
    only_step: str | None
    cache: bool
    jobs: int
    kernel: ChosenKernel

    @property
    def parameters(self) -> dict[Name, JsonValue]:
        """All parameters as they will be."""
        return {parameter.name: parameter.default for parameter in self.pipeline.parameters} | dict(
            self.given
        )


def _checked(
    pipeline: Pipeline,
    root: Path | str | None,
    output: Path | None,
    place: Path | None,
    parameters: Mapping[str, JsonValue] | None,
    from_step: str | None,
    only_step: str | None,
    cache: bool,
    jobs: int | None,
) -> _Order:
    if jobs is not None and jobs < 1:
        raise JupyterKfpError("at least one step has to run at a time", fix="give --jobs 1 or more")
    return _Order(
        pipeline=pipeline,
        given=check_parameters(pipeline, parameters or {}),
        from_step=from_step,
        only_step=only_step,
        cache=cache,
        jobs=jobs or max(2, os.cpu_count() or 2),
        kernel=choose_kernel(pipeline.kernel.name),
        root=open_root(default_root(pipeline.notebook) if root is None else root),
        output=None if output is None else open_output(output),
        place=place,
    )


@contextlib.contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """Where the project is written before the run has a folder: an error leaves nothing behind."""
    try:
        folder = tempfile.mkdtemp(prefix=NEW, dir=root)
    except OSError as error:
        raise cannot_write(error, root) from error
    try:
        yield Path(folder, "project")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(order: _Order, project: Path, on_event: Callable[[Event], None], executor: Executor) -> Run:
    nodes = plan_nodes(order.pipeline, project)
    ways = choose_ways(nodes, from_step=order.from_step, only_step=order.only_step)
    around = Surroundings(
        root=order.root,
        run="",
        folder=project,
        kernel=order.kernel.name,
        environment=executor.surroundings or order.kernel.fingerprint,
        files=_stage_data(order.pipeline, order.root),
        given=order.given,
        reuse=order.cache,
    )
    _check_reused(around, nodes, ways)
    with _new_run(order) as (name, folder):
        try:
            shutil.move(project, folder / "project")
        except OSError as error:
            raise cannot_write(error, folder) from error
        nodes = plan_nodes(order.pipeline, folder / "project")
        around = replace(around, run=name, folder=folder)
        with Journal(folder) as journal:
            try:
                return _perform(order, nodes, ways, around, journal, on_event, executor)
            finally:
                shutil.rmtree(folder / "scratch", ignore_errors=True)


def _stage_data(pipeline: Pipeline, root: Path) -> Uri | None:
    """Put the notebook's data files into the root. Raises JupyterKfpError where one is missing or cannot be stored."""
    if not pipeline.data_files:
        return None
    try:
        return Uri(stage_files(str(root), pipeline.notebook.resolve().parent, pipeline.data_files))
    except FileNotFoundError as error:
        raise JupyterKfpError(
            "a file that cells name is not there",
            where=str(error.filename),
            fix="put it back, or change the cell",
        ) from error
    except StepError as error:
        raise JupyterKfpError(error.message, where=str(pipeline.notebook), fix=error.fix) from error
    except OSError as error:
        raise cannot_write(error, root) from error


def _check_reused(around: Surroundings, nodes: tuple[Node, ...], ways: Mapping[NodeName, Way]) -> None:
    """Raises JupyterKfpError where an earlier result is needed that is not there."""
    found: dict[NodeName, Uri] = {}
    for node in nodes:
        if ways[node.name] is Way.REUSE:
            inputs: dict[StepName, Uri | tuple[Uri, ...]] = {}
            for step, names in node.inputs.items():
                manifests = tuple(found[name] for name in names)
                inputs[step] = manifests if step in node.gathers else manifests[0]
            entry = cached.find(around.root, result_key(around, node, inputs))
            if entry is None:
                raise no_result(node)
            found[node.name] = Uri(entry.manifest)


@contextlib.contextmanager
def _new_run(order: _Order) -> Iterator[tuple[str, Path]]:
    """A run's id and its folder, held by this process. Where nothing came to be in it, it is taken away."""
    if order.place is not None:
        yield order.place.name, order.place
        return
    now = datetime.now(timezone.utc)
    if order.output is None:
        name, folder = new_run_folder(order.root, order.pipeline.name, now)
        try:
            with hold(folder):
                yield name, folder
        finally:
            if not (folder / "events.jsonl").exists():
                shutil.rmtree(folder, ignore_errors=True)
        return
    with hold(order.output):
        try:
            clear_run(order.output)
        except OSError as error:
            raise cannot_write(error, order.output) from error
        yield link_run(order.root, order.pipeline.name, now, order.output), order.output


def _perform(
    order: _Order,
    nodes: tuple[Node, ...],
    ways: Mapping[NodeName, Way],
    around: Surroundings,
    journal: Journal,
    on_event: Callable[[Event], None],
    executor: Executor,
) -> Run:
    def emit(event: Event) -> None:
        journal.write(event)
        on_event(event)

    emit(_started(order, nodes, around))
    for warning in _warnings(order):
        emit(warning)
    inbox: Inbox = queue.SimpleQueue()
    try:
        with executor, _signals(inbox) as count:
            work = NodeWork(around, ways, executor, inbox)
            ending = run_nodes(
                nodes,
                ways,
                Doing(
                    work=work,
                    check=agreement(order.root, nodes),
                    jobs=order.jobs,
                    inbox=inbox,
                    emit=emit,
                    stop_all=lambda: work.stop(GRACE if count() < 2 else 0.0),
                    parameters=order.parameters,
                ),
            )
    except BaseException as error:
        with contextlib.suppress(JupyterKfpError):  # the disk may be full: that is the error to tell
            journal.write(RunFinished(status="FAILED", message=str(error)))
        raise
    if ending.stopped:
        emit(RunFinished(status="CANCELED", message="the run was stopped"))
    else:
        emit(RunFinished(status="FAILED" if ending.failed else "SUCCEEDED"))
    assert journal.run is not None
    if ending.stopped:
        raise RunCanceled(journal.run, ending.stopped)
    if ending.failed:
        raise RunFailed(journal.run)
    return journal.run


def _started(order: _Order, nodes: tuple[Node, ...], around: Surroundings) -> RunStarted:
    notebook = order.pipeline.notebook
    digest = hashlib.sha256(notebook.read_bytes()).hexdigest() if notebook.is_file() else ""
    return RunStarted(
        run=around.run,
        files=around.files or "",
        pipeline=order.pipeline.name,
        notebook=str(notebook),
        notebook_digest=digest,
        parameters=order.parameters,
        steps=tuple(
            PlannedStep(
                name=StepName(node.name),
                title=node.step.title,
                parents=tuple(
                    StepName(parent) for other in nodes if (parent := other.name) in node.waits_for
                ),
                folder=node.place.as_posix(),
            )
            for node in nodes
        ),
    )


def _warnings(order: _Order) -> Iterator[Warned]:
    if order.kernel.instead_of is not None:
        yield Warned(
            message=f"the notebook's kernel {order.kernel.instead_of} is not installed: {order.kernel.name} runs it",
            fix=f"install the kernel {order.kernel.instead_of}, or choose another for the notebook",
        )
    for step in order.pipeline.steps:
        sources = {name: f"secret {secret.secret}" for name, secret in step.settings.secrets.items()}
        sources |= {
            name: f"config map {source.config_map}" for name, source in step.settings.config_maps.items()
        }
        for variable, source in sources.items():
            if variable not in os.environ:
                yield Warned(
                    step=step.name,
                    message=f"{variable} comes from the Kubernetes {source}, which is not here",
                    fix=f"set the environment variable {variable} before the run",
                )
        mounted = [volume.path for volume in step.settings.secret_volumes]
        mounted += [volume.path for volume in step.settings.volumes]
        for path in mounted:
            if not Path(path).exists():
                yield Warned(
                    step=step.name,
                    message=f"the folder {path} comes from a Kubernetes volume, which is not here",
                    fix=f"make the folder {path} on this machine if the step needs it",
                )


@contextlib.contextmanager
def _signals(inbox: Inbox) -> Iterator[Callable[[], int]]:
    """Turn signals into messages. Gives a function that says how many came. Only the main thread can do so."""
    came = 0

    def take(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came += 1
        inbox.put(StopAsked(number))

    if threading.current_thread() is not threading.main_thread():
        yield lambda: 0
        return
    before = {number: signal.signal(number, take) for number in SIGNALS}
    try:
        yield lambda: came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
