"""The flags of a step's main.py: what `project` writes, and what `package` and `local` pass.

In comes a step of a pipeline; out go the names of its flags, without `=` and value. No two flags of a step are equal,
whatever its parameters, metrics and parents are called.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .notebook.cells import StepName
    from .pipeline import Name, Pipeline

Flag = NewType("Flag", str)
"""A flag such as `--learning-rate`."""

OWN_FLAGS = frozenset(
    Flag(f"--{name}")
    for name in (
        "help",
        "bucket",
        "run",
        "files",
        "executor-input",
        "state-path",
        "metrics-path",
        "html-path",
        "run-folder",
        "kernel",
        "workdir",
    )
)
"""The flags that every step's main.py has."""


@dataclass(frozen=True)
class StepFlags:
    """The flags that a step's main.py has beside `OWN_FLAGS`."""

    parameters: Mapping[Name, Flag]  # `--learning-rate`, or `--parameter-…` where that is taken
    states: Mapping[StepName, Flag]  # `--STEP-state`, by parent
    metrics: Mapping[Name, Flag]  # `--metric-NAME-path`
    results: Mapping[Name, Flag]  # `--result-NAME-path`


def step_flags(pipeline: Pipeline, step_name: str, results: tuple[Name, ...] = ()) -> StepFlags:
    """The flags of that step. KeyError where there is no such step."""
    step = pipeline.step(step_name)
    states = {parent: Flag(f"--{parent}-state") for parent in pipeline.parents(step_name)}
    metrics = {name: Flag(f"--metric-{_dashed(name)}-path") for name in step.metrics}
    kept = {name: Flag(f"--result-{_dashed(name)}-path") for name in results}
    taken = OWN_FLAGS | set(states.values()) | set(metrics.values()) | set(kept.values())
    parameters: dict[Name, Flag] = {}
    for name in step.parameters:
        flag = _free(name, taken)
        taken = taken | {flag}
        parameters[name] = flag
    return StepFlags(parameters=parameters, states=states, metrics=metrics, results=kept)


def _free(name: Name, taken: frozenset[Flag] | set[Flag]) -> Flag:
    dashed = _dashed(name)
    # A name that begins with an underscore would make a flag of three dashes; one that begins like the
    # way out could take the flag of another.
    if dashed.startswith(("-", "parameter-")):
        dashed = f"parameter-{dashed}"
    while Flag(f"--{dashed}") in taken:
        dashed = f"parameter-{dashed}"
    return Flag(f"--{dashed}")


def _dashed(name: str) -> str:
    return name.replace("_", "-")
