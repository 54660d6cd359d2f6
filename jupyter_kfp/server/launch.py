"""The process of a run that was started from JupyterLab. It is nobody's child for long: it outlives the server.

Started by `start.start` as `python -m jupyter_kfp.server.launch FOLDER LOCK`: the lock of the run's folder
is a file descriptor that it holds while it lives.
Says each phase in `prepare.jsonl`, then runs the pipeline, which has its own events. What stops it before that is told
as the end of the run.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..errors import JupyterKfpError
from .problems import problem_of
from .requested import CONTAINERS, LOCAL, PREPARE, Request, moment, read_request

if TYPE_CHECKING:
    from ..pipeline import Pipeline

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """The run was cancelled before it began."""


class Preparation:
    """Tells what happens before the run's own first event."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def phase(self, name: str, message: str = "") -> None:
        """What comes now: convert, build, compile, clean or submit."""
        self._tell({"event": "phase", "phase": name, "message": message})

    def output(self, text: str) -> None:
        """Something to show while a phase lasts."""
        self._tell({"event": "output", "text": text})

    def finished(self, status: str, problem: dict[str, Any] | None = None) -> None:
        """The end of a run that never began; nothing where it did begin, for then its own events tell."""
        if not (self._folder / "events.jsonl").exists():
            self._tell({"event": "run-finished", "status": status, **(problem or {"message": ""})})

    def _tell(self, event: dict[str, Any]) -> None:
        line = json.dumps({**event, "version": 1, "time": moment()})
        with (self._folder / PREPARE).open("ab") as file:
            file.write(line.encode() + b"\n")


def perform(folder: Path, request: Request, tell: Preparation) -> None:
    """Do what is asked. Raises JupyterKfpError."""
    from ..dataflow import analyse
    from ..notebook import read_notebook

    tell.phase("convert")
    pipeline = analyse(read_notebook(Path(request.notebook)))
    if request.where == LOCAL:
        _run_here(folder, request, pipeline)
    elif request.where == CONTAINERS:
        _run_in_containers(folder, request, pipeline, tell)
    else:
        raise JupyterKfpError(
            f"there is no endpoint `{request.where}`",
            fix="choose this machine, or an endpoint that is set up",
        )


def _run_here(folder: Path, request: Request, pipeline: Pipeline) -> None:
    from ..local import run

    run(
        pipeline,
        place=folder,
        parameters=request.parameters,
        from_step=request.from_step,
        only_step=request.only_step,
        cache=request.cache,
    )


def _run_in_containers(folder: Path, request: Request, pipeline: Pipeline, tell: Preparation) -> None:
    from ..errors import FindingsError
    from ..findings import Level
    from ..images import find_builder
    from ..images.build import Options
    from ..local import run_project
    from ..local.places import project_in_containers

    if errors := [found for found in pipeline.findings if found.level is Level.ERROR]:
        raise FindingsError(errors, where=str(pipeline.notebook))
    tell.phase("build")
    builder = find_builder("auto", to_run=True)
    options = Options(index_url=os.environ.get("PIP_INDEX_URL"))
    with project_in_containers(pipeline, builder, options) as (project, executor):
        run_project(
            pipeline,
            project,
            place=folder,
            executor=executor,
            parameters=request.parameters,
            from_step=request.from_step,
            only_step=request.only_step,
            cache=request.cache,
        )


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def main(folder: Path) -> int:
    """The process's exit status. Nobody waits for it: the events tell."""
    tell = Preparation(folder)
    from ..local import RunCanceled, RunFailed
    from ..local.processes import VARIABLE, end_marked

    mark = f"prepare-{folder.name}"
    os.environ[VARIABLE] = mark  # inherited by what is started, so that all of it can be found and ended
    try:
        for number in STOPPING:
            signal.signal(number, _stop)
        request = read_request(folder)
        if request is None:
            raise JupyterKfpError("this is not the folder of a run that was asked for", where=str(folder))
        perform(folder, request, tell)
    except (RunFailed, RunCanceled):
        return 1
    except (Stopped, KeyboardInterrupt):
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        end_marked(mark, grace=2.0)
        tell.finished("CANCELED", {"message": "the run was stopped before it began"})
        return 1
    except JupyterKfpError as error:
        tell.finished("FAILED", dict(problem_of(error)))
        return 1
    except BaseException as error:
        traceback.print_exc()
        tell.finished(
            "FAILED",
            {
                "message": f"something went wrong that should not have: {type(error).__name__}: {error}",
                "fix": "this is a fault of jupyter-kfp; prepare.log in the run's folder has the traceback",
                "code": "fault",
            },
        )
        return 1
    return 0


if __name__ == "__main__":
    os.set_inheritable(int(sys.argv[2]), False)  # the lock is this process's, not that of what it starts
    sys.exit(main(Path(sys.argv[1])))
