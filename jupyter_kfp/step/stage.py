"""Bring the notebook's data files to where steps find them.

In: a root, a folder, relative paths. Out: the uri of a manifest that holds only files; main.py's `--files`.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .manifest import FileEntry, Manifest, empty_manifest, encode
from .storage import Uri, object_uri, open_root

if TYPE_CHECKING:
    from collections.abc import Iterable


def stage_files(root: str, folder: str | Path, relative_paths: Iterable[str]) -> Uri:
    """Store files beside a notebook and give the uri of their manifest.

    `relative_paths` are relative to `folder`, with `/`; a folder stands for all files in it, links are not
    followed out of it. Raises FileNotFoundError for a path that is not there, StateError where storing fails.
    """
    base = Path(folder)
    paths: dict[str, Path] = {}
    for relative in relative_paths:
        path = base / relative
        if path.is_dir():
            for inner in sorted(each for each in path.rglob("*") if each.is_file() and not each.is_symlink()):
                paths[Path(os.path.relpath(inner, base)).as_posix()] = inner
        else:
            paths[Path(os.path.normpath(relative)).as_posix()] = path
    place = open_root(root)
    with tempfile.TemporaryDirectory(prefix="jkfp-") as scratch:
        objects = place.objects_near(Path(scratch))
        manifest: Manifest = empty_manifest()
        by_age = sorted(paths, key=lambda each: (paths[each].stat().st_mtime_ns, each))
        for rank, relative in enumerate(by_age):
            digest, size = objects.write_file(paths[relative])
            entry: FileEntry = {
                "step": "", "order": -1, "object": digest, "size": size, "rank": rank,
                "mode": paths[relative].stat().st_mode & 0o777,
            }  # fmt: skip
            manifest["files"][relative] = entry
        digest, _ = objects.write([encode(manifest)])
        place.keep([*(entry["object"] for entry in manifest["files"].values()), digest], objects)
    return object_uri(place, digest)
