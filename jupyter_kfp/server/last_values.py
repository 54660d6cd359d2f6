"""Types and sizes of what steps handed on when the notebook last ran as a pipeline here. Runs in the worker.

In: the notebook's path. Out: for a step and a name its type and size, from the manifests in run folders; nothing where
it never ran. Read while a user types, so files are read again only when they have changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = ".jupyter-kfp"
LOOKED_AT = 10
"""Runs in which a step's last result is looked for."""
LARGEST = 4 << 20
"""Bytes of a manifest that is read while a user types."""


@dataclass(frozen=True)
class Value:
    """What a name was bound to."""

    type: str
    size: int | None


LastValue = Callable[[str, str], "Value | None"]
"""By step and name."""


def last_values(notebook: Path) -> LastValue:
    """What the newest runs of that notebook say."""
    file = notebook.absolute()
    runs = list(_runs(file))

    def find(step: str, name: str) -> Value | None:
        for run in runs:
            manifest = run / "steps" / step / "state.json"
            if (at := _changed(manifest)) is not None:
                return _values(manifest, at).get(name)
        return None

    return find


def _runs(notebook: Path) -> Iterable[Path]:
    """Folders of the notebook's runs, newest first: their names begin with the time."""
    try:
        places = sorted((notebook.resolve().parent / FOLDER / "runs").iterdir(), reverse=True)
    except OSError:
        return
    for place in places[:LOOKED_AT]:
        told = place / "run.json"
        if (at := _changed(told)) is not None and _notebook_of(told, at) in (
            str(notebook),
            str(notebook.resolve()),
        ):
            yield place


def _changed(file: Path) -> int | None:
    """When the file was changed; None where it is not there or too large."""
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns if status.st_size <= LARGEST else None


@lru_cache(maxsize=256)
def _notebook_of(file: Path, at: int) -> str:
    return str(_read(file).get("notebook", ""))


@lru_cache(maxsize=256)
def _values(file: Path, at: int) -> Mapping[str, Value]:
    names = _read(file).get("names")
    if not isinstance(names, dict):
        return {}
    return {
        name: Value(entry["type"], entry.get("size") if isinstance(entry.get("size"), int) else None)
        for name, entry in names.items()
        if isinstance(entry, dict) and isinstance(entry.get("type"), str)
    }


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
