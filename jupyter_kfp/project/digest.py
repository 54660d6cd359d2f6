"""The content digest of a step folder: the tag of its image, and the key of what was built from it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NewType

Digest = NewType("Digest", str)
"""A sha256, as 64 hexadecimal digits."""

PASSING = frozenset(
    {"__pycache__", ".ipynb_checkpoints", ".DS_Store", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
)
"""What programs leave in a folder in passing: none of its content."""


def step_digest(folder: Path) -> Digest:
    """The digest over names and contents of all files below the folder.

    Times, modes and owners do not count, nor do byte code and the like. A symbolic link counts as the path in it.
    Raises OSError where a file cannot be read.
    """
    return digest_of({path: content_of(folder / path) for path in files_below(folder)})


def digest_of(files: Mapping[str, bytes]) -> Digest:
    """The digest of a folder that holds these files."""
    digest = hashlib.sha256()
    for path in sorted(files):
        name = path.encode("utf-8", "surrogateescape")
        # Lengths in front, so that no two trees give one stream of bytes.
        digest.update(b"%d %d\n" % (len(name), len(files[path])) + name + files[path])
    return Digest(digest.hexdigest())


def content_of(file: Path) -> bytes:
    """What the file holds; of a symbolic link, the path in it."""
    return os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()


def counts(path: str) -> bool:
    """Whether a file at that path is of a folder's content, and not what a program left in passing."""
    return not path.endswith(".pyc") and PASSING.isdisjoint(path.split("/"))


def files_below(folder: Path) -> Iterator[str]:
    """All files and symbolic links below the folder, as relative paths with `/`, without what is left in passing."""
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in PASSING]
        links = [name for name in folders if os.path.islink(os.path.join(here, name))]  # noqa: PTH114, PTH118
        relative = Path(here).relative_to(folder).as_posix()
        for name in (*names, *links):
            if counts(name):
                yield name if relative == "." else f"{relative}/{name}"
