"""Why a step failed, told for a person: from the error.json that it left, or from how its process ended."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ..notebook.cells import StepName
from ..pipeline import Step
from .events import Failure

WRONG_FLAGS = 2
_ADAPTER: TypeAdapter[Failure] = TypeAdapter(Failure)


def read_failure(step: Step, folder: Path, status: int, log: str) -> Failure:
    """The failure of a step that ended with `status` and left its files in `folder`. `log` is what it printed last."""
    try:
        told = json.loads((folder / "error.json").read_bytes())
        failure = _ADAPTER.validate_python({key: value for key, value in told.items() if value is not None})
    except (OSError, ValueError, AttributeError, ValidationError):
        return _from_status(step.name, folder, status, log)
    if failure.cell is None or failure.cell_number is not None:
        return failure
    return _numbered(failure, step)


def _numbered(failure: Failure, step: Step) -> Failure:
    """With cells as people count them: a step knows its cells by their ids only, so that it does not change with
    the cells above it."""
    frame = failure.frame
    for cell in step.cells:
        frame = frame.replace(f"cell {cell.id!r}, line", f"cell {cell.number}, line")
    number = next((cell.number for cell in step.cells if cell.id == failure.cell), None)
    return replace(failure, cell_number=number, frame=frame)


def _from_status(step: StepName, folder: Path, status: int, log: str) -> Failure:
    notebook = folder / "output.ipynb"
    number = -status if status < 0 else status - 128 if status > 128 else 0
    if number == signal.SIGKILL:
        kind, name = "killed", "Killed"
        message = "the system ended the step's process with SIGKILL, most likely because memory ran out"
        fix = "make the step's data smaller, split the step, or run fewer steps side by side (--jobs 1)"
    elif number:
        kind, name = "killed", "Killed"
        message = f"the step's process was ended by signal {number} ({_signal_name(number)})"
        fix = "see the step's log"
    elif status == WRONG_FLAGS:
        kind, name = "internal", "WrongFlags"
        message = "the step's main.py does not take the flags that it was given"
        fix = "run jupyter kfp convert again"
    elif status == 0:
        kind, name = "internal", "NoState"
        message = "the step ended well but handed on no state"
        fix = "see the step's log"
    else:
        kind, name = "internal", "ProcessEnded"
        message = f"the step's process ended with status {status} and did not say why"
        fix = "see the step's log"
    return Failure(
        step=step,
        kind=kind,  # type: ignore[arg-type]
        name=name,
        message=message,
        fix=fix,
        log=log,
        notebook=str(notebook) if notebook.exists() else "",
    )


def timed_out(step: StepName, folder: Path, seconds: float, log: str) -> Failure:
    """The failure of a step that took longer than its `timeout` setting."""
    notebook = folder / "output.ipynb"
    return Failure(
        step=step,
        kind="timeout",
        name="Timeout",
        message=f"the step took longer than its timeout of {seconds:g} s",
        fix="raise the step's timeout in its settings",
        log=log,
        notebook=str(notebook) if notebook.exists() else "",
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
