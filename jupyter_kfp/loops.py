"""`foreach` of a step: its items, which steps run in one loop, and who gathers what they hand on.

The package turns loops into the DSL, the local runner runs them; both ask here, so that they agree.
"""

from __future__ import annotations

from collections.abc import Mapping

from .errors import JupyterKfpError
from .notebook.cells import StepName
from .pipeline import JsonValue, Name, Pipeline, Step


def loop_items(step: Step) -> tuple[Mapping[Name, JsonValue], ...]:
    """What each item of the step's loop sets, by parameter; empty where the step runs once.

    Raises JupyterKfpError where the setting does not fit the step.
    """
    loop = step.settings.foreach
    if not loop:
        return ()
    where = f"step {step.name}"
    if unread := [name for name in loop if name not in step.parameters]:
        raise JupyterKfpError(
            f"foreach names {unread[0]}, which is not a parameter that the step reads",
            where=where,
            fix="name a parameter of the parameters cell that the step's cells use",
        )
    lengths = {len(values) for values in loop.values()}
    if len(lengths) > 1:
        raise JupyterKfpError(
            "the lists of foreach are not of one length", where=where, fix="give each the same number"
        )
    if lengths == {0}:
        raise JupyterKfpError("foreach has no values", where=where, fix="give it one at least")
    if step.settings.on_exit:
        raise JupyterKfpError(
            "a step that runs on exit cannot run for each item", where=where, fix="remove foreach or on_exit"
        )
    return tuple(
        dict(zip(map(Name, loop), values, strict=True)) for values in zip(*loop.values(), strict=True)
    )


def same_loop(one: Step, other: Step) -> bool:
    """Whether both run for the same items, so that each item of one goes with that of the other."""
    return bool(one.settings.foreach) and one.settings.foreach == other.settings.foreach


def gathered(pipeline: Pipeline, step: Step) -> tuple[StepName, ...]:
    """The steps before it whose state it receives as a list, one for each item."""
    parents = (pipeline.step(name) for name in pipeline.parents(step.name))
    return tuple(parent.name for parent in parents if parent.settings.foreach and not same_loop(parent, step))
