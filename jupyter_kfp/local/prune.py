"""Clean-up: old runs, and the objects and results that no kept run needs any more.

Safe beside running runs: they are left alone, and objects go only while no run is at work in the root. A folder that
the user chose for a run is never touched, only the root's link to it goes.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import JupyterKfpError
from ..step.manifest import Digest
from .atomic import cannot_write
from .cache import Uri, digest_of, object_path, read_entry
from .journal import is_alive, runs
from .record import Run
from .root import NEW, in_use

DIGEST = re.compile(rb"\b[0-9a-f]{64}\b")
GONE = ".gone-"  # begins the name of a run's folder while it is being removed


@dataclass(frozen=True)
class Pruned:
    """What was removed. `complete` is False where objects had to stay because a run is at work in the root."""

    runs: tuple[str, ...]
    objects: int
    bytes: int
    complete: bool


def remove(root: Path | str, run: str) -> None:
    """Remove one run, by its id. Raises JupyterKfpError where it is at work or does not exist."""
    place = Path(root) / "runs" / run
    if run in ("", ".", "..") or "/" in run or not (place.is_symlink() or place.is_dir()):
        raise JupyterKfpError(f"there is no run {run}", where=str(root))
    if not place.is_symlink() and is_alive(place):
        raise JupyterKfpError(f"run {run} is at work", where=str(root), fix="stop it first")
    try:
        _remove(place)
    except OSError as error:
        raise cannot_write(error, place) from error


def prune(root: Path | str, *, keep: int = 10) -> Pruned:
    """Remove all runs but the `keep` newest and those at work, then every object and result that none of them needs."""
    root = Path(root)
    try:
        gone, kept = _prune_runs(root, keep)
        with in_use(root, alone=True) as alone:
            count, size = _prune_objects(root, kept) if alone else (0, 0)
    except OSError as error:
        raise cannot_write(error, root) from error
    return Pruned(runs=gone, objects=count, bytes=size, complete=alone)


def _prune_runs(root: Path, keep: int) -> tuple[tuple[str, ...], list[Run]]:
    """The names of the runs removed, and the runs kept."""
    found = runs(root)
    kept = [run for number, run in enumerate(found) if number < keep or is_alive(run.folder)]
    names = {run.id for run in kept}
    gone = []
    for place in (root / "runs").iterdir():
        # A folder in which somebody works may be that of a run that has only just begun.
        if place.name not in names and (place.is_symlink() or not is_alive(place)):
            _remove(place)
            gone.append(place.name)
    return tuple(sorted(gone)), kept


def _remove(place: Path) -> None:
    if place.is_symlink():
        place.unlink()
        return
    gone = place.with_name(GONE + secrets.token_hex(4))
    place.rename(gone)  # from here on nobody takes it for a run
    shutil.rmtree(gone)


def _prune_objects(root: Path, kept: Iterable[Run]) -> tuple[int, int]:
    """Number and bytes of the objects removed. Only for who has the root alone."""
    needed: set[Digest] = set()
    keys: set[str] = set()
    for run in kept:
        keys.update(step.key for step in run.steps)
        for uri in [run.files, *(step.manifest for step in run.steps)]:
            needed |= _behind(root, uri)
    for path in (root / "cache").iterdir():
        entry = read_entry(path) if path.stem in keys else None
        if entry is None:
            path.unlink()
        else:
            needed |= {*entry.files.values(), *_behind(root, entry.manifest)}
    for leftover in root.glob(f"{NEW}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    count = size = 0
    for path in (root / "objects").iterdir():
        if path.name not in needed:
            size += path.stat().st_size
            path.unlink()
            count += 1
    return count, size


def _behind(root: Path, uri: str) -> set[Digest]:
    """The manifest and every digest in it, of whatever it may be: rather too many than one too few."""
    if not uri:
        return set()
    digest = digest_of(Uri(uri))
    try:
        text = object_path(root, digest).read_bytes()
    except OSError:
        return {digest}
    return {digest, *(Digest(found.decode()) for found in DIGEST.findall(text))}
