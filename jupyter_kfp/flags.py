"""The flags of a step's main.py: what `project` writes, and what `package` and `local` pass.

In comes a step of a pipeline; out go the names of its flags, without `=` and value. No two flags of a step are equal,
whatever its parameters, metrics and parents are called.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

from .pipeline import Name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .notebook.cells import StepName
    from .pipeline import Pipeline

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
        "item",
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


def step_flags(pipeline: Pipeline, step_name: str) -> StepFlags:
    """The flags of that step. KeyError where there is no such step."""
    step = pipeline.step(step_name)
    # A step that runs when all others have ended receives no state: they may have failed.
    parents = () if step.settings.on_exit else pipeline.parents(step_name)
    states = {parent: Flag(f"--{parent}-state") for parent in parents}
    metrics = {name: Flag(f"--metric-{_dashed(name)}-path") for name in step.metrics}
    results = {Name(name): Flag(f"--result-{_dashed(name)}-path") for name in step.settings.results}
    taken = OWN_FLAGS.union(states.values(), metrics.values(), results.values())
    parameters: dict[Name, Flag] = {}
    for name in step.parameters:
        flag = _free(name, taken)
        taken |= {flag}
        parameters[name] = flag
    return StepFlags(parameters=parameters, states=states, metrics=metrics, results=results)


def _free(name: Name, taken: frozenset[Flag]) -> Flag:
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
