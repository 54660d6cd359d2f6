"""Errors of the other rooms as the JSON that the front end shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import FindingsError, JupyterKfpError, NotebookError, ParameterError

if TYPE_CHECKING:
    from .shapes import Problem

CODES = ((FindingsError, "findings"), (NotebookError, "notebook"), (ParameterError, "parameter"))


def problem_of(error: JupyterKfpError) -> Problem:
    """What happened, where, what to do; with the findings where there are."""
    problem: Problem = {"message": error.message}
    if error.where:
        problem["where"] = error.where
    if error.fix:
        problem["fix"] = error.fix
    for kind, code in CODES:
        if isinstance(error, kind):
            problem["code"] = code
    if isinstance(error, FindingsError):
        from .finding_shapes import finding_shape

        problem["findings"] = [finding_shape(found) for found in error.findings]
    return problem
