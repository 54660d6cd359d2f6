"""The Pipeline: the one model in the middle.

`dataflow.analyse` makes it from a notebook; every other room reads it. Plain frozen data, nothing here acts.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NewType, TypeAlias

from .findings import Finding
from .notebook.cells import Cell, CellId, Kernel, StepName
from .notebook.settings import PipelineSettings, StepSettings

Name = NewType("Name", str)
"""A Python name bound in the notebook's global namespace."""

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
ParameterType: TypeAlias = Literal["bool", "int", "float", "str", "list", "dict"]


@dataclass(frozen=True)
class Parameter:
    """A name bound in the `parameters` cell: an argument of the pipeline."""

    name: Name
    type: ParameterType
    default: JsonValue
    doc: str = ""  # the comment that stands behind or above its binding


class ReplayKind(enum.Enum):
    """Why a piece of an earlier cell is run again in a step."""

    IMPORT = "import"
    DEFINITION = "definition"
    SETUP = "setup"


@dataclass(frozen=True)
class Replay:
    """A piece of an earlier cell that runs again at the start of a step, in notebook order."""

    kind: ReplayKind
    source: str
    cell: CellId
    line: int  # of its first line in that cell, from 1
    names: tuple[Name, ...]  # what it binds


@dataclass(frozen=True)
class Definition:
    """A `def` or `class` simple enough to travel as its source instead of as a pickled value."""

    name: Name
    source: str
    cell: CellId
    line: int
    needs: tuple[Name, ...]  # global names that it reads, when defined or when called


class ReasonKind(enum.Enum):
    """Why one step waits for another."""

    STATE = "state"  # it reads a name that the other bound or may have changed
    AFTER = "after"  # the user's `after:` tag
    FILE = "file"  # it reads or writes a file that the other wrote
    ORDER = "order"  # both have effects whose order counts (random draws, environment, …)
    CAUTION = "caution"  # the analysis cannot know; kept in notebook order to be safe


@dataclass(frozen=True)
class Reason:
    """One reason of an edge. `subject` is the name, path or effect; `detail` a sentence for people."""

    kind: ReasonKind
    subject: str
    detail: str


@dataclass(frozen=True)
class Edge:
    """`target` waits for `source` and receives its state."""

    source: StepName
    target: StepName
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Step:
    """A named, ordered group of code cells; becomes one container."""

    name: StepName
    order: int  # its place in the notebook, from 0
    title: str  # the markdown heading above it, or its name
    cells: tuple[Cell, ...]
    replays: tuple[Replay, ...] = ()
    parameters: tuple[Name, ...] = ()  # the pipeline's parameters that it reads
    loads: tuple[Name, ...] = ()  # names taken from the incoming state
    loads_all: bool = False  # the analysis cannot know which: take every name there is
    saves: tuple[Name, ...] = ()  # names handed on
    saves_all: bool = False
    keeps_random_state: bool = True  # surroundings are loaded before and stored after the cells
    metrics: tuple[Name, ...] = ()
    definitions: tuple[Definition, ...] = ()  # definitions that run here, of its own or replayed
    imports: tuple[str, ...] = ()  # dotted modules imported by anything that runs here
    local_modules: tuple[str, ...] = ()  # files beside the notebook, relative posix paths, packages expanded
    reads_files: tuple[str, ...] = ()  # literal relative paths
    writes_files: tuple[str, ...] = ()
    installs: tuple[str, ...] = ()  # requirements of `%pip install` cells, not run in the step
    settings: StepSettings = field(default_factory=StepSettings)


@dataclass(frozen=True)
class Pipeline:
    """A notebook, understood. Steps stand in notebook order; edges point forward."""

    name: str
    notebook: Path
    parameters_cell: Cell | None
    parameters: tuple[Parameter, ...]
    steps: tuple[Step, ...]
    edges: tuple[Edge, ...]
    findings: tuple[Finding, ...]
    settings: PipelineSettings
    kernel: Kernel
    data_files: tuple[str, ...] = ()  # files beside the notebook that cells name, relative posix paths
    folder_depth: int = 0  # how many parent folders the relative paths climb (`../data.csv` → 1)

    def step(self, name: str) -> Step:
        """The step of that name; KeyError where there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def parents(self, name: str) -> tuple[StepName, ...]:
        """The steps that `name` waits for, in notebook order."""
        sources = {edge.source for edge in self.edges if edge.target == name}
        return tuple(step.name for step in self.steps if step.name in sources)
