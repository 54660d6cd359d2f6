"""So that one submission starts one run: what is about to be asked for is written down before it is asked.

In: all that a run depends on. Out: the name under which the run is started. A submission whose answer was lost, or
whose process was killed, finds its note again, and with the name the run that it may have started. Kubeflow has no such
thing itself: it gives each request a new run.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ..local.atomic import cannot_write

FOLDER = "submissions"
FRESH = timedelta(days=1)  # an older note is not taken up: the run that it may have started is another matter


@dataclass(frozen=True)
class Note:
    """A submission on its way. `earlier`: one like it was begun before and did not come to its end."""

    name: str
    earlier: bool


def submission_key(parts: Mapping[str, Any]) -> str:
    """A digest of all that a run depends on."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@contextlib.contextmanager
def note(root: Path, key: str, pipeline: str) -> Iterator[Note]:
    """The note of a submission, held until the block ends; gone where the block came to its end.

    Others that submit the same wait. Raises JupyterKfpError where it cannot be written.
    """
    file = root / FOLDER / f"{key}.json"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _locked(file)
    except OSError as error:
        raise cannot_write(error, file) from error
    try:
        name = _noted(descriptor)
        made = name or new_name(pipeline, datetime.now(timezone.utc))
        if name is None:
            os.ftruncate(descriptor, 0)
            told = {"name": made, "at": datetime.now(timezone.utc).isoformat()}
            os.pwrite(descriptor, json.dumps(told).encode(), 0)
            os.fsync(descriptor)
        yield Note(made, earlier=name is not None)
        file.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def new_name(pipeline: str, at: datetime) -> str:
    """Sortable by time (UTC), readable, unique: `2026-11-24T101500-iris-3f2a51c0`."""
    slug = re.sub(r"[^a-z0-9]+", "-", pipeline.lower()).strip("-")[:40] or "pipeline"
    return f"{at:%Y-%m-%dT%H%M%S}-{slug}-{secrets.token_hex(4)}"


def _locked(file: Path) -> int:
    """The file, open and locked. Whoever had it before may have taken it away: then a new one is made."""
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        os.close(descriptor)


def _noted(descriptor: int) -> str | None:
    """The name in a fresh note; None where there is none."""
    try:
        told = json.loads(os.pread(descriptor, 4096, 0))
        age = datetime.now(timezone.utc) - datetime.fromisoformat(told["at"])
        return str(told["name"]) if age < FRESH else None
    except (ValueError, KeyError, TypeError):
        return None
