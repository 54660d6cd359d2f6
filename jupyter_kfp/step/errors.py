"""Errors of a step, each with what happened and what to do. Shown without a traceback, in the notebook too."""

from __future__ import annotations

from typing import Literal

Kind = Literal["cell", "state", "conflict", "internal"]


class StepError(Exception):
    """Something that stops a step, told for the person who can mend it."""

    kind: Kind = "internal"

    def __init__(self, message: str, *, fix: str = "") -> None:
        self.message = message
        self.fix = fix
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message}\n  fix: {self.fix}" if self.fix else self.message

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback of ours."""
        return [f"{type(self).__name__}: {self}"]


class StateError(StepError):
    """State that cannot be loaded or stored."""

    kind: Kind = "state"


class GraphError(StateError):
    """A gradient is asked for across steps. Raised in a cell, so that it is known again by name and text."""

    def __init__(self) -> None:
        super().__init__(
            "the graph of a tensor stays in the step that computed it: no gradient flows back into that step",
            fix="call `backward()` in the step that computes the tensor",
        )


class LoggingError(StateError):
    """Something is logged where a handler or filter is missing that could not travel. Raised in a cell, as above."""

    def __init__(self) -> None:
        super().__init__(
            "a handler or filter of logging that an earlier step set up stays in that step: what is logged here would "
            "be lost",
            fix="tag the cell that sets up logging `setup`",
        )


class ConflictError(StepError):
    """Steps that ran side by side although one depends on what the other did."""

    kind: Kind = "conflict"


class SetupError(StepError):
    """The step cannot start: a kernel, a package or a flag is missing."""
