"""The process of a run that was started from Python: `python -m jupyter_kfp.api.launch`.

In: an `Order`, pickled by `start.py`, on standard input. Out: one line of JSON on standard output, with the folder of
the run once it has begun, or what hindered it. From then on the run's folder tells.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import JupyterKfpError
from .start import Order, describe_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..local import Event, Run


def main() -> int:
    """The process's exit status. Nobody waits for it."""
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what else prints must not come between

    def tell(answer: dict[str, Any]) -> None:
        if not told.closed:
            with contextlib.suppress(BrokenPipeError):  # nobody listens any more
                told.write(json.dumps(answer) + "\n")
                told.close()

    from ..local import RunCanceled, RunFailed

    try:
        order: Order = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
        with _starter(order) as begin:
            begin(on_event=_telling_the_folder(order, tell))
    except (RunFailed, RunCanceled):
        return 1
    except JupyterKfpError as error:
        tell(describe_problem(error))
        return 1
    except BaseException as error:
        tell({"message": f"something went wrong that should not have: {type(error).__name__}: {error}"})
        raise
    return 0


def _telling_the_folder(order: Order, tell: Callable[[dict[str, Any]], None]) -> Callable[[Event], None]:
    """Says where the run is once it can be stopped: from the first event of a step on the runner heeds signals."""
    from ..local.events import RunStarted, Warned
    from ..local.root import default_root

    root = order.root or default_root(order.pipeline.notebook)

    folder = ""

    def see(event: Event) -> None:
        nonlocal folder
        if isinstance(event, RunStarted):
            folder = str(order.output or root / "runs" / event.run)
        elif not isinstance(event, Warned):
            tell({"folder": folder})

    return see


@contextlib.contextmanager
def _starter(order: Order) -> Iterator[Callable[..., Run]]:
    """What runs the pipeline; in containers, their images are built first."""
    from functools import partial

    from .. import local

    how: dict[str, Any] = {
        "root": order.root,
        "output": order.output,
        "parameters": order.parameters,
        "from_step": order.from_step,
        "only_step": order.only_step,
        "cache": order.cache,
        "jobs": order.jobs,
    }
    if not order.containers:
        yield partial(local.run, order.pipeline, **how)
        return
    from ..images import find_builder
    from ..images.build import Options
    from ..local.places import project_in_containers

    builder = find_builder("auto", to_run=True)
    options = Options(index_url=os.environ.get("PIP_INDEX_URL"))
    with project_in_containers(order.pipeline, builder, options) as (project, executor):
        yield partial(local.run_project, order.pipeline, project, executor=executor, **how)


if __name__ == "__main__":
    sys.exit(main())
