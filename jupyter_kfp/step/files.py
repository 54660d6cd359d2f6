"""Files that cells write: seen by comparing the working directory before and after, stored as objects.

In: a working directory, the file entries of the manifest. Out: the directory laid out before the cells run; the
entries of what was written, changed or deleted since. Symbolic links are never followed. Paths are relative to
the folder the cells run in, with `/`; they may climb (`../data.csv`) but never out of the working directory.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import shutil
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .manifest import FileEntry
    from .objects import ObjectFolder

WORKERS = 8
IGNORED = {"__pycache__", ".ipynb_checkpoints"}
_FIRST_TIME = 1_000_000_000  # seconds; files are dated from here on, in the order in which they were written


@dataclass(frozen=True)
class Seen:
    """What tells that a path was changed."""

    kind: str  # "file", "folder", "link"
    size: int
    modified: int  # nanoseconds
    changed: int  # nanoseconds, of content or mode
    inode: int
    mode: int


@dataclass(frozen=True)
class Workdir:
    """A working directory, and the folder in it that cells run in, `depth` folders down."""

    root: Path
    depth: int

    @property
    def folder(self) -> Path:
        """Where the cells run."""
        return self.root.joinpath(*("notebook",) * self.depth)

    def path(self, relative: str) -> Path:
        """The path of an entry. Raises StateError where it would lie outside."""
        joined = posixpath.normpath(posixpath.join("/".join(("notebook",) * self.depth), relative))
        if posixpath.isabs(relative) or joined.startswith("..") or "\0" in relative:
            raise StateError(f"the file {relative!r} lies outside of the working directory")
        return self.root / joined

    def relative(self, path: Path) -> str:
        """The entry's path."""
        return Path(os.path.relpath(path, self.folder)).as_posix()


def lay_out(workdir: Workdir, entries: Mapping[str, FileEntry], folder: ObjectFolder) -> None:
    """Put files, folders and links where the steps before left them, oldest first.

    Raises StateError where an object is missing or damaged.
    """
    workdir.folder.mkdir(parents=True, exist_ok=True)
    live = {path: entry for path, entry in entries.items() if not entry.get("deleted")}
    for path, entry in sorted(live.items()):
        if entry.get("folder"):
            workdir.path(path).mkdir(parents=True, exist_ok=True)
    files = {path: entry for path, entry in live.items() if "object" in entry}
    for path in files:
        workdir.path(path).parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(lambda item: _put(workdir.path(item[0]), item[1], folder), files.items()):
            pass
    by_age = sorted(files, key=lambda path: (files[path]["order"], files[path].get("rank", 0), path))
    for position, path in enumerate(by_age):
        when = _FIRST_TIME * 10**9 + position * 10**6
        os.utime(workdir.path(path), ns=(when, when))
    for path, entry in sorted(live.items()):
        if "link" in entry:
            target = workdir.path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            target.symlink_to(entry["link"])


def _put(target: Path, entry: FileEntry, folder: ObjectFolder) -> None:
    source = folder.check_file(entry["object"])
    target.unlink(missing_ok=True)
    if not _clone(source, target):
        shutil.copyfile(source, target)
    target.chmod(entry.get("mode", 0o644) | stat.S_IRUSR)


def _clone(source: Path, target: Path) -> bool:
    """Let the file system share the blocks until one side writes, where it can."""
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    with source.open("rb") as old, target.open("wb") as new:
        try:
            fcntl.ioctl(new.fileno(), 0x40049409, old.fileno())  # FICLONE
        except OSError:
            return False
    return True


def look(workdir: Workdir) -> dict[str, Seen]:
    """Every file, folder and link under the working directory, without following links."""
    return {workdir.relative(Path(path)): seen for path, seen in _walk(workdir.root)}


def _walk(top: Path) -> Iterator[tuple[str, Seen]]:
    stack = [str(top)]
    while stack:
        try:
            entries = list(os.scandir(stack.pop()))
        except (PermissionError, FileNotFoundError):
            continue
        for entry in entries:
            if entry.name in IGNORED:
                continue
            with contextlib.suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                kind = _kind(status.st_mode)
                if kind == "folder":
                    stack.append(entry.path)
                    yield entry.path, Seen(kind, 0, 0, 0, 0, stat.S_IMODE(status.st_mode))
                elif kind:
                    yield (
                        entry.path,
                        Seen(
                            kind, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino,
                            stat.S_IMODE(status.st_mode),
                        ),
                    )  # fmt: skip


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else ""


def store_changes(
    workdir: Workdir, before: Mapping[str, Seen], known: Mapping[str, FileEntry], folder: ObjectFolder,
    step: str, order: int,
) -> dict[str, FileEntry]:  # fmt: skip
    """Store what the cells wrote, changed or deleted. `known`: the entries that were laid out."""
    now = look(workdir)
    common: FileEntry = {"step": step, "order": order}
    entries: dict[str, FileEntry] = {
        path: {**common, "deleted": True} for path in before if path not in now and path not in (".", "")
    }
    written = [path for path, seen in now.items() if seen.kind == "file" and before.get(path) != seen]
    written.sort(key=lambda path: (now[path].modified, path))
    with ThreadPoolExecutor(WORKERS) as pool:
        stored = list(pool.map(lambda path: folder.write_file(workdir.path(path)), written))
    for rank, (path, (digest, size)) in enumerate(zip(written, stored, strict=True)):
        entry: FileEntry = {**common, "object": digest, "size": size, "mode": now[path].mode, "rank": rank}
        old = known.get(path, {})
        if old.get("object") != digest or old.get("mode") != entry["mode"] or old.get("deleted"):
            entries[path] = entry
    for path, seen in now.items():
        if seen.kind == "folder" and path not in before and not _above(path):
            entries[path] = {**common, "folder": True}
        elif seen.kind == "link" and before.get(path) != seen:
            target = _link_inside(workdir, path)
            if target is not None:
                entries[path] = {**common, "link": target}
    return entries


def _above(path: str) -> bool:
    return set(path.split("/")) <= {"..", "."}


def _link_inside(workdir: Workdir, path: str) -> str | None:
    """The link's target if it is relative and stays in the working directory; others do not travel."""
    place = workdir.path(path)
    target = place.readlink()
    root = os.path.realpath(workdir.root)
    resolved = os.path.realpath(place)
    inside = resolved == root or resolved.startswith(root + os.sep)
    return target.as_posix() if inside and not target.is_absolute() else None
