"""The folders of local runs: the root that runs share, and each run's own.

<root>/
  .gitignore            `*`
  lock                  held shared by runs, alone by clean-up
  objects/<sha256>      state
  cache/<key>.json      results of steps, by all that they depend on
  runs/<run>/           a run's folder, or a link to it where the user chose another place
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ..errors import JupyterKfpError
from .atomic import cannot_write
from .journal import read_run

FOLDER = ".jupyter-kfp"
NEW = ".new-"  # begins the name of a folder below the root that is in the making
LEFT_BY_A_STEP = (
    "output.ipynb",
    "output.html",
    "metrics.json",
    "results.json",
    "classification.json",
    "log.txt",
    "state.json",
    "error.json",
)
RESULTS = "results"  # the folder beside these


def default_root(notebook: Path) -> Path:
    """`.jupyter-kfp` beside the notebook."""
    return notebook.resolve().parent / FOLDER


def open_root(path: Path | str) -> Path:
    """The root as an absolute path; made, readable by its owner only, where it is not there yet.

    Raises JupyterKfpError where it cannot be written, or is an address and not a folder.
    """
    if re.match(r"[a-z][a-z0-9+.-]*://", str(path)):
        raise JupyterKfpError(
            "a local run keeps its state in a folder, not at an address",
            where=str(path),
            fix="give the path of a folder",
        )
    root = Path(path).expanduser().absolute()
    try:
        if not root.is_dir():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("objects", "cache", "runs"):
            (root / name).mkdir(exist_ok=True)
        ignore = root / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        (root / "lock").touch()
    except OSError as error:
        raise cannot_write(error, root) from error
    return root


def new_run_id(pipeline: str, at: datetime) -> str:
    """Sortable by time (UTC), readable, unique: `2026-11-24T101500-iris-3f2a`."""
    slug = re.sub(r"[^a-z0-9]+", "-", pipeline.lower()).strip("-")[:40] or "pipeline"
    return f"{at:%Y-%m-%dT%H%M%S}-{slug}-{secrets.token_hex(2)}"


def new_run_folder(root: Path, pipeline: str, at: datetime) -> tuple[str, Path]:
    """A run's id and its empty folder `<root>/runs/<id>`. Raises JupyterKfpError where it cannot be made."""
    while True:
        name = new_run_id(pipeline, at)
        try:
            (root / "runs" / name).mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise cannot_write(error, root) from error
        return name, root / "runs" / name


def open_output(output: Path) -> Path:
    """The folder that the user chose for a run, as an absolute path; made where it is not there.

    Raises JupyterKfpError where it holds anything but an earlier run, or cannot be made.
    """
    folder = output.expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise JupyterKfpError("this is a file, not a folder", where=str(output), fix="choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        empty = not any(folder.iterdir())
    except OSError as error:
        raise cannot_write(error, output) from error
    if not empty:
        try:
            read_run(folder)
        except JupyterKfpError as error:
            raise JupyterKfpError(
                "the folder holds files that are not a run's", where=str(output), fix="choose an empty folder"
            ) from error
    return folder


def link_run(root: Path, pipeline: str, at: datetime, folder: Path) -> str:
    """The id of a run that lives in a folder of the user's; the root links to it. Raises JupyterKfpError."""
    while True:
        name = new_run_id(pipeline, at)
        try:
            (root / "runs" / name).symlink_to(folder, target_is_directory=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise cannot_write(error, root) from error
        return name


def clear_run(folder: Path) -> None:
    """Take an earlier run's files out of the folder, and no others. Raises OSError."""
    for step in [*folder.glob("steps/*/"), *folder.glob("items/*/steps/*/")]:
        for name in LEFT_BY_A_STEP:
            (step / name).unlink(missing_ok=True)
        shutil.rmtree(step / RESULTS, ignore_errors=True)
        with contextlib.suppress(OSError):  # something else is in it
            step.rmdir()
    for name in ("run.json", "events.jsonl"):
        (folder / name).unlink(missing_ok=True)
    for name in ("project", "scratch"):
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)


@contextlib.contextmanager
def in_use(root: Path, *, alone: bool = False) -> Iterator[bool]:
    """Hold the root: together with other runs, or alone. Gives False where it cannot be had alone now."""
    try:
        lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cannot_write(error, root) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)
