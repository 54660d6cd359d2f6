"""The way in that the commands share: read the notebook, analyse it, refuse it where it has errors."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import FindingsError
from ..findings import Level
from .findings_text import format_finding, tally
from .output import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ..findings import Finding
    from ..notebook.cells import Notebook
    from ..pipeline import Pipeline


class UnsoundNotebookError(FindingsError):
    """A notebook with errors. Raised by `Understood`; carries the code that the findings point into."""

    def __init__(self, findings: Iterable[Finding], understood: Understood) -> None:
        super().__init__(tuple(findings), where=understood.name)
        self.sources = understood.sources


@dataclass(frozen=True)
class Understood:
    """A notebook as read and as analysed. `name` is the path as the user gave it."""

    name: str
    notebook: Notebook
    pipeline: Pipeline

    @property
    def sources(self) -> Mapping[str, str]:
        """Cell ids to their code."""
        return {cell.id: cell.source for cell in self.notebook.cells}

    def sound(self, *, quiet: bool) -> Pipeline:
        """The pipeline, if no finding is an error; UnsoundNotebookError otherwise.

        Warnings go to stderr, unless `quiet`.
        """
        findings = self.pipeline.findings
        if errors := [found for found in findings if found.level is Level.ERROR]:
            raise UnsoundNotebookError(errors, self)
        if not quiet:
            self.warn(findings)
        return self.pipeline

    @contextlib.contextmanager
    def locating(self) -> Iterator[None]:
        """Let errors that another room finds be shown with the code that they are about."""
        try:
            yield
        except FindingsError as error:
            raise UnsoundNotebookError(error.findings, self) from error

    def warn(self, findings: Iterable[Finding]) -> None:
        """Print warnings to stderr, and how many hints there are."""
        hints = []
        for found in findings:
            if found.level is Level.HINT:
                hints.append(found)
            else:
                say(format_finding(found, self.name, self.sources), error=True)
        if hints:
            say(f"{tally(hints)}: `jupyter kfp check` shows them", error=True)


def understand(path: Path) -> Understood:
    """Read and analyse the notebook at `path`. NotebookError where it is none."""
    from ..dataflow import analyse
    from ..notebook import read_notebook

    notebook = read_notebook(path)
    return Understood(name=str(path), notebook=notebook, pipeline=analyse(notebook))
