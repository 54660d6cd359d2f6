"""A notebook of one step of a run, with its real inputs, beside the run's other documents.

In: the run's folder, where the run's documents go, the step. Out: the notebook. Runs in a process of its own: the
inputs may be large.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..cluster.debug import rehearse, script_of_executed, script_of_folder, states_before
from ..errors import JupyterKfpError
from ..local import Run, read_run
from ..notebook import StepName


def debug(body: Mapping[str, Any]) -> str:
    """The notebook's path. That of an earlier asking where it is still there: the user may have worked in it.

    Raises JupyterKfpError where there is no such step, or its inputs are gone.
    """
    run, step = read_run(Path(body["folder"])), StepName(body["step"])
    if step not in [each.name for each in run.steps]:
        names = ", ".join(each.name for each in run.steps)
        raise JupyterKfpError(f"the run has no step `{step[:100]}`", fix=f"its steps are {names}")
    plain = StepName(step.partition("[")[0])
    out = Path(body["documents"], f"debug-{step.replace('[', '-').replace(']', '')}")
    there = sorted(out.glob(f"work/**/{plain}.ipynb"))
    if there:
        return str(there[0])
    folder = run.folder / "project" / "steps" / plain
    if folder.is_dir():
        script = script_of_folder(folder)
    else:
        script = script_of_executed((run.step_folder(step) / "output.ipynb").read_bytes())
    made = rehearse(
        script,
        step,
        out,
        states=states_before(run, step),
        files=run.files,
        parameters=_parameters(folder, run),
        title=f"Step {step} of run {run.id}",
    )
    return str(made.notebook)


def _parameters(folder: Path, run: Run) -> dict[str, Any]:
    """Those of the run's values that the step reads."""
    try:
        read = json.loads((folder / "step.json").read_bytes())["parameters"]
    except (OSError, ValueError, KeyError):
        read = []
    return {str(name): value for name, value in run.parameters.items() if name in read}
