"""What main.py and the kernel tell each other: `session.json` in, `result.json` out, both in one folder.

The folder is the session's own (mode 0700); the environment variable `JUPYTER_KFP_SESSION` names it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from .definitions import Definition

VARIABLE = "JUPYTER_KFP_SESSION"
SESSION = "session.json"
RESULT = "result.json"
RESULTS = "results"


@dataclass(frozen=True)
class Session:
    """What the kernel has to know. `state`: file of the merged manifest; `objects`: folder of objects."""

    step: str
    order: int
    parents: tuple[str, ...]
    loads: tuple[str, ...] | Literal["*"]
    saves: tuple[str, ...] | Literal["*"]
    metrics: tuple[str, ...]
    definitions: tuple[Definition, ...]
    keeps_random_state: bool
    state: str
    objects: str
    root: str  # the working directory's
    depth: int
    package_path: str  # what stands first on the module path because of us
    replaced: dict[str, str | None]  # environment variables that we set, with what they were
    loop: bool = False  # the step runs for an item of a loop
    results: tuple[str, ...] = ()  # names whose values are stored as files of their own

    def write(self, folder: Path) -> None:
        """Into a session's folder."""
        (folder / SESSION).write_text(json.dumps(asdict(self)))

    @staticmethod
    def read(folder: Path) -> Session:
        """From a session's folder."""
        fields = json.loads((folder / SESSION).read_text())
        for name in ("parents", "metrics", "results"):
            fields[name] = tuple(fields[name])
        for name in ("loads", "saves"):
            fields[name] = fields[name] if isinstance(fields[name], str) else tuple(fields[name])
        fields["definitions"] = tuple(
            Definition(each["name"], each["source"], tuple(each["needs"]), each["cell"])
            for each in fields["definitions"]
        )
        return Session(**fields)


@dataclass(frozen=True)
class Result:
    """What the kernel gave back: the digest of the manifest and what is new, or what went wrong."""

    manifest: str = ""  # digest
    new_objects: tuple[str, ...] = ()
    metrics: dict[str, Any] | None = None
    error: dict[str, str] | None = None  # kind, name, message, fix
    lost: dict[str, str] | None = None  # names that could not be loaded, and why
    results: dict[str, dict[str, Any]] | None = None  # what the files in `results/` are, by name
    classification: dict[str, dict[str, Any]] | None = (
        None  # confusion matrix and ROC curve, as Kubeflow has them
    )

    def write(self, folder: Path) -> None:
        """Into a session's folder."""
        (folder / RESULT).write_text(json.dumps(asdict(self)))

    @staticmethod
    def read(folder: Path) -> Result | None:
        """From a session's folder; None where the kernel gave none."""
        path = folder / RESULT
        if not path.exists():
            return None
        fields = json.loads(path.read_text())
        return Result(**{**fields, "new_objects": tuple(fields["new_objects"])})
