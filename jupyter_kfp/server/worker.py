"""The worker: a process that does what takes time, so that the server does not stand still meanwhile.

Started by `analyst.Analyst` as `python -m jupyter_kfp.server.worker ROOT`; reads a frame `{"call", "body"}` after the
other from standard input, answers each on standard output with `{"answer"}` or `{"problem"}`, and ends with its input.
Works in the server's root, so that paths in messages are relative to it.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import JupyterKfpError
from . import frames
from .analysis import describe_analysis, describe_suggestion
from .plan import check_plan
from .problems import problem_of

Call = Callable[[dict[str, Any]], object]


def _analysis(body: dict[str, Any]) -> object:
    return describe_analysis(body["path"], body["notebook"])


def _suggest(body: dict[str, Any]) -> object:
    return describe_suggestion(body["path"], body["notebook"])


def _action(name: str) -> Call:
    """One of `actions`, imported when it is asked for: analysing must start quickly."""

    def act(body: dict[str, Any]) -> object:
        from . import actions

        return getattr(actions, name)(body)

    return act


def _cluster(name: str) -> Call:
    """One of `cluster_runs`."""

    def act(body: dict[str, Any]) -> object:
        from . import cluster_runs

        return getattr(cluster_runs, name)(body)

    return act


def _debug(body: dict[str, Any]) -> object:
    from .debugging import debug

    return debug(body)


def _endpoints(body: object) -> object:
    from .endpoint_shapes import endpoint_shapes

    return endpoint_shapes()


CALLS: Mapping[str, Call] = {
    "ready": lambda body: None,
    "analysis": _analysis,
    "suggest": _suggest,
    "plan": check_plan,
    "endpoints": _endpoints,
    "convert": _action("convert"),
    "compile": _action("compile_"),
    "clean": _action("clean"),
    "cancel": _cluster("cancel_there"),
    "fetch": _cluster("fetch"),
    "debug": _debug,
}


def answer(request: Mapping[str, Any]) -> dict[str, object]:
    """Do what is asked; what goes wrong is told, not raised."""
    try:
        return {"answer": CALLS[request["call"]](request["body"])}
    except JupyterKfpError as error:
        return {"problem": problem_of(error)}
    except RecursionError:
        return {"problem": {"message": "the code is nested too deeply to be analysed", "code": "too-deep"}}
    except Exception as error:
        traceback.print_exc()  # into the server's log
        return {
            "problem": {
                "message": f"something went wrong that should not have: {type(error).__name__}: {error}",
                "fix": "this is a fault of jupyter-kfp; the server's log has the traceback",
                "code": "fault",
            }
        }


def main() -> None:
    """Serve until standard input ends."""
    asked, told = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not come between the frames
    os.chdir(sys.argv[1])
    while (request := frames.read(asked)) is not None:
        told.write(frames.pack(answer(request)))
        told.flush()


if __name__ == "__main__":
    main()
