"""What the steps of a run left in its bucket, read and brought home.

In: the run's place in the bucket. Out: manifests, metrics, failures, and files in the run's folder here. Nothing is
unpickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..local.atomic import cannot_write, write_atomic
from ..local.events import Failure, Metric
from ..notebook.cells import StepName
from ..step.errors import StepError
from ..step.storage import Root, open_root
from .errors import ClusterError

WORKERS = 8
_FAILURE: TypeAdapter[Failure] = TypeAdapter(Failure)


@dataclass(frozen=True)
class Left:
    """What a step that succeeded left."""

    manifest: str  # uri of its state; empty where it left none
    metrics: Mapping[str, Metric]


@dataclass(frozen=True)
class Results:
    """The files of one run: `uri` is `<root>/runs/<run>`."""

    root: Root
    uri: str

    @classmethod
    def open(cls, bucket: str, run: str) -> Results:
        """Raises ClusterError where the bucket cannot be used."""
        with _telling():
            root = open_root(bucket)
        return cls(root, f"{root.uri}/runs/{run}")

    def left(self, folder: str) -> Left | None:
        """What a step left in `folder` (relative to the run's); None where it did not run to its end in this run."""
        with _telling():
            state = self.root.read_file(f"{self.uri}/{folder}/state.json")
            if state is None:
                return None
            metrics = self.root.read_file(f"{self.uri}/{folder}/metrics.json")
        digest = hashlib.sha256(state).hexdigest()
        return Left(f"{self.root.uri}/objects/{digest}", _metrics(metrics))

    def failure(self, step: StepName, folder: str, numbers: Mapping[str, int]) -> Failure | None:
        """Why a step failed, as it told itself. `numbers`: of its cells, by id."""
        with _telling():
            told = self.root.read_file(f"{self.uri}/{folder}/error.json")
        if told is None:
            return None
        try:
            fields = {key: value for key, value in json.loads(told).items() if value is not None}
            failure = replace(_FAILURE.validate_python(fields), step=step)
        except (ValueError, AttributeError, ValidationError):
            return None
        if failure.cell is None or failure.cell_number is not None:
            return failure
        frame = failure.frame
        for cell, number in numbers.items():
            frame = frame.replace(f"cell {cell!r}, line", f"cell {number}, line")
        return replace(failure, cell_number=numbers.get(failure.cell), frame=frame)

    def read(self, path: str) -> bytes | None:
        """A file of the run; None where it is not there (yet)."""
        with _telling():
            return self.root.read_file(f"{self.uri}/{path}")

    def fetch(self, target: Path, *, below: str = "") -> tuple[Path, ...]:
        """Bring the files of the run to `target`, at the same relative paths; files that are there are replaced.

        `below`: only those in that folder, such as `steps/train`. Raises ClusterError, and JupyterKfpError where a file
        cannot be written.
        """
        with _telling():
            uris = self.root.files_below(f"{self.uri}/{below}".rstrip("/"))
        with ThreadPoolExecutor(WORKERS) as pool:
            return tuple(pool.map(lambda uri: self._bring(uri, target), uris))

    def _bring(self, uri: str, target: Path) -> Path:
        relative = PurePosixPath(uri.removeprefix(f"{self.uri}/"))
        if relative.is_absolute() or ".." in relative.parts:
            raise ClusterError(
                "a file of the run lies outside of its folder", where=uri, fix="delete that object"
            )
        with _telling():
            content = self.root.read_file(uri)
        path = target.joinpath(*relative.parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, content or b"")
        except OSError as error:
            raise cannot_write(error, path) from error
        return path


def _metrics(content: bytes | None) -> dict[str, Metric]:
    try:
        told: Any = json.loads(content) if content else {}
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    return {
        str(name): float("nan") if value is None else value
        for name, value in told.items()
        if value is None or isinstance(value, int | float)
    }


class _telling:  # noqa: N801
    """Turns errors of the storage into those of a cluster."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, at: Any) -> None:  # noqa: ANN401
        if isinstance(error, StepError):
            raise ClusterError(error.message, fix=error.fix) from error
