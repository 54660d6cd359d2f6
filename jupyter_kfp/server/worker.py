"""The worker: a process that analyses notebooks, so that the server does not stand still meanwhile.

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

CALLS: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "analysis": lambda body: describe_analysis(body["path"], body["notebook"]),
    "suggest": lambda body: describe_suggestion(body["path"], body["notebook"]),
    "plan": check_plan,
    "ready": lambda body: None,
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
                "message": f"the analysis failed: {type(error).__name__}: {error}",
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
