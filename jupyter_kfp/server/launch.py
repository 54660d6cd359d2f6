"""The process of a run that was started from JupyterLab. It is nobody's child for long: it outlives the server.

Started by `start.start` as `python -m jupyter_kfp.server.launch FOLDER LOCK`: the lock of the run's folder
is a file descriptor that it holds while it lives.
Says each phase in `prepare.jsonl`, then runs the pipeline, which has its own events. What stops it before that is told
as the end of the run.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

from ..errors import JupyterKfpError
from .perform import perform
from .preparation import Preparation
from .problems import problem_of
from .requested import FOLLOW, read_request

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """The run was cancelled before it began."""


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
        tell.finished("FAILED", problem_of(error))
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


def follow_on(folder: Path) -> int:
    """Follow a run on a cluster whose follower is gone."""
    from .cluster_runs import follow

    try:
        follow(folder)
    except JupyterKfpError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    if sys.argv[2] == FOLLOW:
        sys.exit(follow_on(Path(sys.argv[1])))
    os.set_inheritable(int(sys.argv[2]), False)  # the lock is this process's, not that of what it starts
    sys.exit(main(Path(sys.argv[1])))
