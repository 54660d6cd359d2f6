"""What this machine knows of a run on a cluster: `cluster.json` in the run's folder, beside its events.

In: what a submission gave. Out: the same, read back; and runs found by what a person calls them. Holds no secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ..local.atomic import cannot_write, write_atomic
from ..notebook.cells import StepName
from .errors import ClusterError
from .records import RunId
from .spec import TaskName

FILE = "cluster.json"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class Known:
    """A run on a cluster, and where it is."""

    version: int = 1
    name: str  # what it is called here and on the cluster
    run_id: RunId
    endpoint: str  # the name of the endpoint
    host: str
    namespace: str = ""
    url: str  # its page
    bucket: str  # the root that its state is in
    pipeline_id: str = ""
    version_id: str = ""
    tasks: Mapping[TaskName, StepName] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(
        default_factory=dict
    )  # the package's argument → the notebook's parameter
    cells: Mapping[StepName, Mapping[str, int]] = field(default_factory=dict)  # step → cell id → number

    @property
    def files(self) -> str:
        """Where the steps leave their reports."""
        return f"{self.bucket}/runs/{self.run_id}"


_ADAPTER: TypeAdapter[Known] = TypeAdapter(Known)


def remember(folder: Path, known: Known) -> None:
    """Write it down, whole or not at all. Raises JupyterKfpError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / FILE, _ADAPTER.dump_json(known, indent=2) + b"\n")
    except OSError as error:
        raise cannot_write(error, folder) from error


def recall(folder: Path) -> Known | None:
    """What was written down; None where the folder is not that of a run on a cluster."""
    try:
        return _ADAPTER.validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def find_known(root: Path, text: str) -> Path | None:
    """The folder of the run that `text` means: its name, its id, or the beginning of one; `last` is the newest.

    Raises ClusterError where several begin so.
    """
    places = root / "runs"
    folders = sorted(
        (place for place in places.iterdir() if (place / FILE).is_file()) if places.is_dir() else ()
    )
    if text == "last":
        return folders[-1] if folders else None
    found = [
        folder
        for folder in folders
        if folder.name.startswith(text) or ((known := recall(folder)) and known.run_id.startswith(text))
    ]
    exact = [folder for folder in found if folder.name == text]
    meant = exact or found
    if len(meant) > 1:
        some = ", ".join(folder.name for folder in meant[:4])
        raise ClusterError(
            f"several runs begin with {text}", where=str(places), fix=f"give more of it: {some}"
        )
    return meant[0] if meant else None


def is_run_id(text: str) -> bool:
    """Whether it is an id as Kubeflow gives it."""
    return bool(_ID.fullmatch(text))
