"""Files: which steps read what others wrote, and which files beside the notebook cells name.

Paths are as the cells write them, made plain (`./a//b` → `a/b`); `*` stands for what is not known, `**` for any path.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .effects import ANY_PATH, Place
from .layout import Layout

MOST_FILES = 20_000
URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True)
class FileEdge:
    """A later step reads or writes a file that an earlier one wrote."""

    source: int
    target: int
    path: str
    writer_cell: int
    reader_cell: int
    place: Place


@dataclass(frozen=True)
class DataFiles:
    """Files beside the notebook that cells name."""

    files: tuple[str, ...]
    depth: int  # how many folders the paths climb
    missing: tuple[tuple[int, str, Place], ...]  # cell, path
    absolute: tuple[tuple[int, str, Place], ...]


def plain(path: str) -> str:
    """The path in one spelling."""
    if URL.match(path):
        return path
    return posixpath.normpath(path.replace("\\", "/")) if path else path


def overlap(left: str, right: str) -> bool:
    """Whether the two may name the same file, or one a folder with the other in it."""
    a, b = plain(left), plain(right)
    if ANY_PATH in (a, b) or a == b or "." in (a, b):
        return True
    if "*" in a or "*" in b or "?" in a or "?" in b:
        if _matches(a, b) or _matches(b, a):
            return True
        head_a, head_b = re.split(r"[*?\[]", a)[0], re.split(r"[*?\[]", b)[0]
        return head_a.startswith(head_b) or head_b.startswith(head_a)
    return a.startswith(b + "/") or b.startswith(a + "/")


def _matches(pattern: str, path: str) -> bool:
    return fnmatch.fnmatchcase(path, pattern)


def file_edges(layout: Layout) -> list[FileEdge]:
    """Edges between steps by way of files, in notebook order."""
    writes: list[tuple[int, int, str]] = []
    found: list[FileEdge] = []
    # Where a cell makes a link, one file may be written and read by two names.
    linked = any("links" in placed.effects.order for placed in layout.cells)
    seen: set[tuple[int, int, str]] = set()
    for index, placed in enumerate(layout.cells):
        if placed.home < 0:
            continue
        uses: dict[str, Place] = {**placed.effects.file_writes, **placed.effects.file_reads}
        for path, place in uses.items():
            for cell, home, written in writes:
                key = (home, placed.home, path)
                if home != placed.home and key not in seen and (linked or overlap(path, written)):
                    seen.add(key)
                    shown = path if path != ANY_PATH else written
                    found.append(FileEdge(home, placed.home, shown, cell, index, place))
        writes += [(index, placed.home, path) for path in placed.effects.file_writes]
    return found


def module_edges(layout: Layout, imports: Iterable[tuple[int, int, tuple[str, ...]]]) -> list[FileEdge]:
    """Edges between steps where one wrote the module that a later one imports.

    `imports`: for each step its order, its first cell, and the dotted modules that anything in it imports.
    """
    found: list[FileEdge] = []
    for order, first, modules in imports:
        roots = {module.partition(".")[0] for module in modules}
        for index, placed in enumerate(layout.cells[: layout.steps[order].cells[-1]]):
            if placed.home < 0 or placed.home == order:
                continue
            for path in placed.effects.file_writes:
                parts = plain(path).removesuffix(".py").split("/")
                if roots.intersection(parts) and (path.endswith(".py") or "*" in path):
                    place = Place(1, f"import {parts[-1]}")
                    found.append(FileEdge(placed.home, order, path, index, first, place))
    return found


def find_data_files(layout: Layout, folder: Path) -> DataFiles:
    """The files beside the notebook that cells read, and the paths that lead elsewhere."""
    found: dict[str, None] = {}
    missing: list[tuple[int, str, Place]] = []
    absolute: list[tuple[int, str, Place]] = []
    depth = 0
    written: list[str] = []
    changes_folder = any("cwd" in p.effects.order for p in layout.cells)
    for index, placed in enumerate(layout.cells):
        reads = placed.effects.file_reads
        for path, place in {**placed.effects.file_writes, **reads}.items():
            name = plain(path)
            if path == ANY_PATH or URL.match(path) or name in ("", "*") or name.startswith("~"):
                continue
            if name.startswith("/") or re.match(r"^[A-Za-z]:[/\\]", path):
                absolute.append((index, path, place))
                continue
            if not name.startswith("*"):
                depth = max(depth, _climbs(name))
            if path not in reads:
                continue
            files = list(_existing(folder, name))
            found.update(dict.fromkeys(files))
            if (
                not files
                and not changes_folder
                and "*" not in name
                and not any(overlap(name, w) for w in written)
            ) and path not in placed.effects.file_writes:
                missing.append((index, path, place))
        written += placed.effects.file_writes
    return DataFiles(tuple(sorted(found)), depth, tuple(missing), tuple(absolute))


def _climbs(path: str) -> int:
    return sum(1 for part in path.split("/") if part == "..")


def _existing(folder: Path, name: str) -> Iterable[str]:
    """The files that the path names, as paths relative to the notebook's folder."""
    try:
        if "*" in name or "?" in name:
            if name.startswith("*") or name.count("..") > 2:
                return
            targets = sorted(folder.glob(name)) if not name.startswith("..") else []
        else:
            targets = [folder / name] if (folder / name).exists() else []
        for target in targets:
            if target.is_file():
                yield _name(folder, target, name)
            elif target.is_dir() and name not in (".", ".."):
                yield from _all_below(target, folder, name)
    except (OSError, ValueError, NotImplementedError):
        return


def _all_below(target: Path, folder: Path, name: str) -> Iterable[str]:
    count = 0
    for path in sorted(target.rglob("*")):
        if path.is_file() and ".jupyter-kfp" not in path.parts and "__pycache__" not in path.parts:
            yield _name(folder, path, name)
            count += 1
            if count >= MOST_FILES:
                return


def _name(folder: Path, target: Path, name: str) -> str:
    try:
        return target.relative_to(folder).as_posix()
    except ValueError:
        return posixpath.normpath(posixpath.relpath(target.as_posix(), folder.as_posix()))


def literal(paths: Mapping[str, Place]) -> tuple[str, ...]:
    """Those of the paths that are relative and known."""
    return tuple(
        sorted(
            {
                plain(p)
                for p in paths
                if "*" not in p and not URL.match(p) and not p.startswith(("/", "~")) and p
            }
        )
    )
