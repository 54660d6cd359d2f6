"""Write a folder of generated files, whole or not at all, and leave alone what is not ours.

In come the files, out goes the folder: written beside and renamed. What is there already and unchanged stays as it is,
with its times, so that builders and git see no change. Files that a user added are kept at their places; a folder that
we did not make is refused. `project.json` lists what is ours.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TypeAlias

from ..errors import JupyterKfpError
from .digest import PASSING

RECORD = "project.json"
VERSION = 1

# Modes are part of an image's layers, and another user reads these files there.
FILE_MODE, FOLDER_MODE = 0o644, 0o755

Inner: TypeAlias = str
"""A relative path with `/` between its parts; it climbs out of nothing."""

Files: TypeAlias = Mapping[Inner, bytes]


class ProjectFolderError(JupyterKfpError):
    """The project folder cannot be written: not ours, or a user's file stands in the way. Raised by `write_tree`."""


def write_tree(out: Path, files: Files, about: Mapping[str, object], alike: str = "") -> tuple[Inner, ...]:
    """Make `out` hold these files, what users added to it, and the record of what is ours. Give what users added.

    `about` goes into the record. Equal files at equal paths below folders named `alike` may be one file of several
    names. Raises ProjectFolderError, and then nothing has changed.
    """
    record = {**about, "version": VERSION, "made by": "jupyter-kfp", "files": sorted(files)}
    files = {**files, RECORD: (json.dumps(record, indent=2, sort_keys=True) + "\n").encode()}
    out = Path(os.path.realpath(out))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _restore(out)
        ours = _ours(out)
        beside = out.parent / f".{out.name}.new-{secrets.token_hex(4)}"
        try:
            _build(beside, files, out, alike)
            kept = tuple(_carry(out, beside, "", files, ours)) if out.exists() else ()
            _swap(beside, out)
            return kept
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise ProjectFolderError(
            f"it cannot be written: {error.strerror}", where=str(out), fix="choose another folder"
        ) from error


def _restore(out: Path) -> None:
    """Put back what a write that was killed between two renames left aside."""
    if not out.exists():
        left = [path for path in out.parent.glob(f".{_escaped(out.name)}.old-*") if _is_record(path / RECORD)]
        if left:
            left[0].rename(out)


def _escaped(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _is_record(file: Path) -> bool:
    try:
        return bool(json.loads(file.read_bytes())["made by"] == "jupyter-kfp")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _ours(out: Path) -> Collection[Inner]:
    """The files in `out` that an earlier write made. Raises ProjectFolderError where the folder is not ours."""
    if not out.exists():
        return ()
    if not out.is_dir():
        raise ProjectFolderError("it is a file, not a folder", where=str(out), fix="choose another folder")
    if not any(out.iterdir()):
        return ()
    if not _is_record(out / RECORD):
        raise ProjectFolderError(
            f"the folder holds files that jupyter-kfp did not make (it has no {RECORD} of ours)",
            where=str(out),
            fix="choose another folder, or empty this one",
        )
    listed = json.loads((out / RECORD).read_bytes()).get("files", [])
    return {RECORD, *(path for path in listed if isinstance(path, str))}


def _build(beside: Path, files: Files, out: Path, alike: str) -> None:
    # Thousands of files: plain strings, since paths as objects would take longer than the writing.
    new, old = str(beside), str(out)
    exists = out.exists()
    made: set[str] = set()
    first: dict[tuple[str, bytes], str] = {}
    _make_folders(new, made)
    for path, content in files.items():
        folder, _, _ = path.rpartition("/")
        _make_folders(f"{new}/{folder}" if folder else new, made)
        target = f"{new}/{path}"
        shared = (path.partition(f"/{alike}/")[2], content) if alike else ("", content)
        if exists and _holds(f"{old}/{path}", content):
            _link(f"{old}/{path}", target)
            os.chmod(target, FILE_MODE)  # noqa: PTH101
        elif shared in first:
            _link(first[shared], target)
        else:
            with open(target, "xb", buffering=0) as file:  # noqa: PTH123
                _write_all(file, content)
                os.fchmod(file.fileno(), FILE_MODE)
        if shared[0]:
            first.setdefault(shared, target)


def _write_all(file: FileIO, content: bytes) -> None:
    while content:  # one that is not buffered may take a part only
        content = content[file.write(content) :]


def _make_folders(folder: str, made: set[str]) -> None:
    if folder not in made:
        parent = folder.rpartition("/")[0]
        if made:
            _make_folders(parent, made)
        os.mkdir(folder)  # noqa: PTH102
        os.chmod(folder, FOLDER_MODE)  # noqa: PTH101
        made.add(folder)


def _holds(file: str, content: bytes) -> bool:
    try:
        found = os.lstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_size != len(content):
            return False
        with open(file, "rb") as opened:  # noqa: PTH123
            return opened.read() == content
    except OSError:
        return False


def _carry(old: Path, new: Path, path: Inner, files: Files, ours: Collection[Inner]) -> Iterator[Inner]:
    """Take what users added in the folder `old / path` over to `new`; give its files."""
    for entry in sorted(os.scandir(old / path), key=lambda entry: entry.name):
        here = f"{path}/{entry.name}" if path else entry.name
        target = new / here
        if entry.is_dir(follow_symlinks=False):
            if here in files:
                raise _in_the_way(old / here)
            if not (entry.name in PASSING and here.startswith("steps/")):
                if not any(os.scandir(entry.path)):
                    target.mkdir(parents=True, exist_ok=True)
                yield from _carry(old, new, here, files, ours)
        elif here in ours:
            continue
        elif here in files or target.is_dir() or any(str(parent) in files for parent in Path(here).parents):
            raise _in_the_way(old / here)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(entry.path, str(target))
            yield here


def _in_the_way(file: Path) -> ProjectFolderError:
    return ProjectFolderError(
        "this was not made by jupyter-kfp and stands where one of its files goes",
        where=str(file),
        fix="move or rename it",
    )


def _link(old: str, new: str) -> None:
    """The same file under another name, or a copy with its times where the file system has no such names."""
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}:
            raise
        shutil.copy2(old, new, follow_symlinks=False)


def _swap(beside: Path, out: Path) -> None:
    """Put `beside` where `out` is. Between two renames there is an instant without `out`; `_restore` knows of it."""
    if not out.exists():
        beside.rename(out)
        return
    aside = out.parent / f".{out.name}.old-{secrets.token_hex(4)}"
    out.rename(aside)
    try:
        beside.rename(out)
    except OSError:
        aside.rename(out)
        raise
    shutil.rmtree(aside, ignore_errors=True)
