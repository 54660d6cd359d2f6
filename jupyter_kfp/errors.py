"""Errors that reach a user.

Each says what happened, where, and what to do. The command line prints `str(error)` and exits with 1; the
server turns it into JSON; nobody sees a traceback for a mistake of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .findings import Finding


class JupyterKfpError(Exception):
    """Something that stops the work, told for the person who can mend it.

    `message` says what happened, `where` names file, cell or step, `fix` says what to do.
    """

    def __init__(self, message: str, *, where: str = "", fix: str = "") -> None:
        self.message = message
        self.where = where
        self.fix = fix
        super().__init__(message)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n  fix: {self.fix}" if self.fix else text


class NotebookError(JupyterKfpError):
    """The file is not a notebook that can be read. Raised by `notebook.read_notebook`."""


class FindingsError(JupyterKfpError):
    """The notebook has findings of level error. Raised by whatever needs a sound pipeline."""

    def __init__(self, findings: Sequence[Finding], *, where: str = "") -> None:
        self.findings = tuple(findings)
        count = len(self.findings)
        super().__init__(f"{count} error{'s' if count != 1 else ''} to mend first", where=where)


class ParameterError(JupyterKfpError):
    """A parameter that does not exist, or a value of the wrong type."""


class StepFailed(JupyterKfpError):  # noqa: N818 - what happened to the step, not a fault of the tool
    """A user's cell raised, or a step could not give what it should. Ends a run with status 1."""
