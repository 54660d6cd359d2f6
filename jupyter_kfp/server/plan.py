"""Whether a run can begin: asked before its process is started, so that a mistake is told at once. In the worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..dataflow import analyse
from ..errors import FindingsError, JupyterKfpError
from ..findings import Level
from ..notebook import parse_notebook
from ..parameters import check_parameters


def check_plan(body: dict[str, Any]) -> str:
    """The name of the pipeline. Raises FindingsError, ParameterError or another JupyterKfpError."""
    path = Path(body["path"])
    pipeline = analyse(parse_notebook(body["notebook"], path))
    if errors := [found for found in pipeline.findings if found.level is Level.ERROR]:
        raise FindingsError(errors, where=str(path))
    check_parameters(pipeline, body["parameters"])
    steps = [str(step.name) for step in pipeline.steps]
    for name in body["steps"]:
        if name not in steps:
            raise JupyterKfpError(
                f"there is no step `{name}`", where=str(path), fix=f"the steps are {', '.join(steps)}"
            )
    return pipeline.name
