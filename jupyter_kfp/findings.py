"""Findings: what the analysis has to say about a cell, with the fix.

Codes are stable; `docs/findings.md` explains each. A code's level and title stand in `CODES`, once.

JK1xx the notebook, its tags and settings · JK2xx names and data flow · JK3xx values that cannot travel ·
JK4xx files, modules and the environment · JK5xx packages and targets · JK6xx conflicts seen while running
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .notebook.cells import Cell


class Level(enum.Enum):
    """How grave a finding is. Only errors stop a conversion."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True)
class Code:
    """What a finding code stands for."""

    level: Level
    title: str


CODES: dict[str, Code] = {
    # The notebook, its tags and settings: `notebook`
    "JK101": Code(Level.ERROR, "a tag that is not known"),
    "JK102": Code(Level.ERROR, "a step name that cannot be used"),
    "JK103": Code(Level.WARNING, "a step name spelt in two ways"),
    "JK104": Code(Level.ERROR, "a step that waits for itself"),
    "JK105": Code(Level.ERROR, "a step that waits for one that does not exist"),
    "JK106": Code(Level.ERROR, "steps that wait for each other"),
    "JK107": Code(Level.ERROR, "a step that waits for a later one"),
    "JK108": Code(Level.HINT, "a notebook without step tags"),
    "JK109": Code(Level.ERROR, "a kernel that is not Python"),
    "JK110": Code(Level.ERROR, "a second parameters cell"),
    "JK111": Code(Level.WARNING, "a step without code"),
    "JK112": Code(Level.WARNING, "a tag on a cell that is not code"),
    "JK113": Code(Level.HINT, "cells without ids"),
    "JK114": Code(Level.ERROR, "a cell id that stands twice"),
    "JK115": Code(Level.ERROR, "tags that exclude each other"),
    "JK116": Code(Level.WARNING, "a tag without effect"),
    "JK117": Code(Level.ERROR, "a setting with a wrong value"),
    "JK118": Code(Level.ERROR, "a setting that is not known"),
    "JK119": Code(Level.WARNING, "settings of a step that does not exist"),
    "JK120": Code(Level.WARNING, "a Kale setting without a counterpart"),
    "JK121": Code(Level.ERROR, "a Kale reference to another notebook"),
    "JK122": Code(Level.ERROR, "nothing to run"),
    # Names and data flow: `dataflow`
    "JK201": Code(Level.ERROR, "a cell that is not Python"),
    "JK202": Code(Level.ERROR, "a `return` or `yield` outside of a function"),
    "JK203": Code(Level.WARNING, "code that cannot be seen through"),
    "JK204": Code(Level.WARNING, "a name that no cell above binds"),
    "JK205": Code(Level.ERROR, "a name that only a skipped cell binds"),
    "JK206": Code(Level.ERROR, "the history of one session"),
    "JK207": Code(Level.ERROR, "a magic that needs one session"),
    "JK208": Code(Level.WARNING, "a star import that cannot be resolved"),
    "JK209": Code(Level.ERROR, "cells of a step too far apart"),
    "JK210": Code(Level.ERROR, "a parameters cell that is not simple"),
    "JK211": Code(Level.ERROR, "a setup cell that needs a step"),
    "JK212": Code(Level.ERROR, "a change of a library that later steps would not see"),
    "JK213": Code(Level.WARNING, "a module whose name is not known before the run"),
    "JK214": Code(Level.WARNING, "a setup cell that does more than set up"),
    "JK215": Code(Level.HINT, "a parameter that a step binds anew"),
    # Values that cannot travel: `dataflow`
    "JK301": Code(Level.ERROR, "a value that cannot travel"),
    "JK302": Code(Level.WARNING, "a value that may not travel"),
    # Files, modules, network: `dataflow`
    "JK401": Code(Level.WARNING, "an absolute path"),
    "JK402": Code(Level.WARNING, "a file that is not beside the notebook"),
    "JK403": Code(Level.WARNING, "a local module that keeps state"),
    "JK404": Code(Level.WARNING, "a command that needs the network"),
    "JK405": Code(Level.HINT, "a call that needs the network"),
    # The environment of the notebook's kernel, and images: `project`
    "JK450": Code(Level.ERROR, "a module that the kernel's environment does not have"),
    "JK451": Code(Level.HINT, "a module that may be missing"),
    "JK452": Code(Level.WARNING, "a package that was not installed from an index"),
    "JK453": Code(Level.WARNING, "a module that belongs to no package"),
    "JK454": Code(Level.WARNING, "a package without a version to pin"),
    "JK455": Code(Level.WARNING, "a `%pip install` that cannot be written down"),
    "JK456": Code(Level.WARNING, "packages that do not fit each other"),
    "JK457": Code(Level.ERROR, "not the name of an image"),
    "JK458": Code(Level.WARNING, "an image without a tag or digest"),
    "JK459": Code(Level.HINT, "packages installed by conda"),
    # Packages and what their targets can carry: `package`
    "JK501": Code(Level.WARNING, "a package that is large for Kubeflow"),
    "JK502": Code(Level.WARNING, "many steps for one Kubeflow run"),
    "JK503": Code(Level.WARNING, "a setting that the target cannot carry"),
    "JK504": Code(Level.ERROR, "a default that Kubeflow would change"),
    "JK505": Code(Level.WARNING, "a default that arrives in another form"),
    "JK506": Code(Level.WARNING, "a text that Kubeflow's own compiler writes wrongly"),
    "JK511": Code(Level.ERROR, "a condition that cannot be read"),
    "JK512": Code(Level.ERROR, "a condition that Kubeflow would read otherwise"),
    "JK513": Code(Level.ERROR, "a step under conditions that do not lie in each other"),
    "JK514": Code(Level.ERROR, "a step on exit that cannot run on its own"),
    "JK515": Code(Level.ERROR, "a loop that cannot be made"),
}


@dataclass(frozen=True)
class Finding:
    """One thing to say about a notebook, a step or a cell."""

    code: str  # "JK101"
    level: Level
    message: str  # what and why, one sentence
    fix: str  # what to do, one sentence
    cell: str | None = None  # cell id
    cell_number: int | None = None  # among the code cells, from 1
    line: int | None = None  # in the cell, from 1
    column: int | None = None  # from 1
    step: str | None = None
    name: str | None = None  # the Python name, tag or path it is about


def finding(
    code: str,
    message: str,
    fix: str,
    *,
    cell: Cell | None = None,
    line: int | None = None,
    column: int | None = None,
    step: str | None = None,
    name: str | None = None,
) -> Finding:
    """A finding of a known code, at the level that `CODES` gives it."""
    return Finding(
        code=code,
        level=CODES[code].level,
        message=message,
        fix=fix,
        cell=cell.id if cell else None,
        cell_number=cell.number if cell else None,
        line=line,
        column=column,
        step=step,
        name=name,
    )
