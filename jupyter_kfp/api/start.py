"""Run a notebook as a pipeline on this machine.

The run is a process of its own (`launch.py`), so that it can be waited for, followed and stopped from anywhere, and
outlives the kernel that started it. What stops it before it begins is raised here.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FindingsError, JupyterKfpError, ParameterError
from ..findings import Finding, Level
from .loaded import Loaded, UnsoundNotebook, load
from .run import Run, ignore
from .waiting import finish

if TYPE_CHECKING:
    from ..local import Event
    from ..pipeline import JsonValue, Pipeline

PACKAGES = Path(__file__).parents[2]
"""Where this package is: the user's folder as working directory would come first on the module search path."""


@dataclass(frozen=True)
class Order:
    """What the process of a run is asked for."""

    pipeline: Pipeline
    parameters: Mapping[str, JsonValue]
    root: Path | None = None
    output: Path | None = None
    from_step: str | None = None
    only_step: str | None = None
    cache: bool = True
    jobs: int | None = None
    containers: bool = False


def run(
    notebook: Path | str | Loaded | None = None,
    /,
    *,
    parameters: Mapping[str, JsonValue] | None = None,
    output: Path | str | None = None,
    root: Path | str | None = None,
    from_step: str | None = None,
    only_step: str | None = None,
    cache: bool = True,
    jobs: int | None = None,
    containers: bool = False,
    wait: bool = True,
    on_event: Callable[[Event], None] = ignore,
    **values: JsonValue,
) -> Run:
    """Run a notebook as a pipeline on this machine; gives the run, which has succeeded.

    Further keyword arguments are parameters of the pipeline: `run("nb.ipynb", lr=0.1)`. One that is called like an
    option goes into `parameters`. Without a path the notebook that the code stands in is run, as it was last saved.
    `output` is a folder to keep the run in, `root` the folder that runs share (`.jupyter-kfp` beside the notebook).
    `from_step` runs that step and what depends on it, `only_step` only that one. Without `cache` every step runs.
    `containers` runs each step in its image. With `wait=False` the run is given as soon as it has begun.
    Ctrl-C stops the run.

    Raises UnsoundNotebook, ParameterError or another JupyterKfpError before anything runs; RunFailed where a step
    failed, RunStopped where the run was stopped.
    """
    order = _order(
        load(notebook), parameters, values, output, root, from_step, only_step, cache, jobs, containers
    )
    started = start(order)
    if not wait:
        return started
    try:
        return started.wait(on_event=on_event)
    except KeyboardInterrupt:
        started.cancel()
        started.wait(check=False)
        raise


async def run_async(
    notebook: Path | str | Loaded | None = None,
    /,
    *,
    parameters: Mapping[str, JsonValue] | None = None,
    output: Path | str | None = None,
    root: Path | str | None = None,
    from_step: str | None = None,
    only_step: str | None = None,
    cache: bool = True,
    jobs: int | None = None,
    containers: bool = False,
    on_event: Callable[[Event], None] = ignore,
    **values: JsonValue,
) -> Run:
    """As `run`, without holding up the event loop. Where the task is cancelled, so is the run.

    `on_event` is called in a thread of its own.
    """
    order = await finish(
        lambda: _order(
            load(notebook), parameters, values, output, root, from_step, only_step, cache, jobs, containers
        )
    )
    started = await finish(lambda: start(order))
    try:
        return await started.wait_async(on_event=on_event)
    except asyncio.CancelledError:
        started.cancel()
        raise


def named(
    notebook: Path, parameters: Mapping[str, JsonValue] | None, values: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """All parameters given. Raises ParameterError where one is given in both ways."""
    given = dict(parameters or {})
    if twice := [name for name in values if name in given]:
        raise ParameterError(
            f"parameter `{twice[0]}` is given twice", where=str(notebook), fix="give it once"
        )
    return given | dict(values)


def _order(
    loaded: Loaded,
    parameters: Mapping[str, JsonValue] | None,
    values: Mapping[str, JsonValue],
    output: Path | str | None,
    root: Path | str | None,
    from_step: str | None,
    only_step: str | None,
    cache: bool,
    jobs: int | None,
    containers: bool,
) -> Order:
    from ..parameters import check_parameters

    pipeline = loaded.sound()
    given = check_parameters(pipeline, named(loaded.notebook, parameters, values))
    return Order(
        pipeline=replace(pipeline, notebook=pipeline.notebook.absolute()),
        parameters={str(name): value for name, value in given.items()},
        root=None if root is None else Path(root).absolute(),
        output=None if output is None else Path(output).absolute(),
        from_step=from_step,
        only_step=only_step,
        cache=cache,
        jobs=jobs,
        containers=containers,
    )


def start(order: Order) -> Run:
    """Start the run's process; gives the run once it has begun. Raises JupyterKfpError where it does not."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.launch"],
        cwd=PACKAGES,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin:
            process.stdin.write(pickle.dumps(order))
        with process.stdout:
            told = process.stdout.readline()
    except BaseException:  # Ctrl-C: the run has not begun, or nobody knows it
        process.terminate()
        process.wait()
        raise
    # It outlives whoever started it, and is waited for so that it does not stay as a zombie.
    threading.Thread(target=process.wait, name=f"waits for {process.pid}", daemon=True).start()
    answer: dict[str, Any] = (
        json.loads(told) if told else {"message": "the run's process died before it began"}
    )
    if "folder" in answer:
        return Run(answer["folder"], pipeline=order.pipeline)
    raise _problem(answer)


def describe_problem(error: JupyterKfpError) -> dict[str, Any]:
    """An error as JSON, for the process that waits to hear of it."""
    from dataclasses import asdict

    findings = error.findings if isinstance(error, FindingsError) else ()
    return {
        "message": error.message,
        "where": error.where,
        "fix": error.fix,
        "findings": [{**asdict(found), "level": found.level.value} for found in findings],
    }


def _problem(answer: Mapping[str, Any]) -> JupyterKfpError:
    where, fix = answer.get("where", ""), answer.get("fix", "")
    if answer.get("findings"):
        findings = [Finding(**{**found, "level": Level(found["level"])}) for found in answer["findings"]]
        return UnsoundNotebook(findings, where=where)
    return JupyterKfpError(answer["message"], where=where, fix=fix)
