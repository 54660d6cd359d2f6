"""What the rest of the house knows of a notebook: its cells, and how their tags group them.

Made by `notebook.read_notebook`; nothing here looks into a cell's code.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import NewType

from ..findings import Finding
from .settings import PipelineSettings

CellId = NewType("CellId", str)
StepName = NewType("StepName", str)


class Role(enum.Enum):
    """What a code cell is to the pipeline, as its tags say."""

    STEP = "step"
    PARAMETERS = "parameters"
    SETUP = "setup"
    SKIP = "skip"
    PREAMBLE = "preamble"  # untagged above the first step: `dataflow` decides between setup and step `start`


@dataclass(frozen=True)
class Cell:
    """A code cell."""

    id: CellId
    number: int  # among the notebook's code cells, from 1: what people count
    source: str
    tags: tuple[str, ...] = ()
    role: Role = Role.STEP
    metrics: bool = False  # scalars bound here become the run's metrics


@dataclass(frozen=True)
class Group:
    """The cells that tags put under one step's name, in notebook order."""

    name: StepName
    title: str  # the markdown heading above its first cell, or its name
    cells: tuple[Cell, ...]
    after: tuple[StepName, ...] = ()  # steps named by `after:` tags


@dataclass(frozen=True)
class Heading:
    """A markdown heading."""

    level: int  # 1 to 6
    text: str
    before: int  # number of the code cell that follows it


@dataclass(frozen=True)
class Kernel:
    """The notebook's kernelspec."""

    name: str = "python3"
    display_name: str = "Python 3"
    language: str = "python"


@dataclass(frozen=True)
class Notebook:
    """A notebook as read: every code cell, the groups that its tags make, its settings."""

    path: Path
    kernel: Kernel
    settings: PipelineSettings
    cells: tuple[Cell, ...]  # all code cells that are not empty, in order, whatever their role
    groups: tuple[Group, ...]  # steps in the order of their first cells; without the preamble
    headings: tuple[Heading, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def with_role(self, role: Role) -> tuple[Cell, ...]:
        """The cells of that role, in notebook order."""
        return tuple(cell for cell in self.cells if cell.role is role)
