"""Where runs keep their state: a folder, or a bucket. Objects are written once; a run's files may be replaced.

In: a root (`gs://bucket/prefix` or a path). Out: one small interface, `Root`. What a bucket needs is imported only for
`gs://`: Google's library (`bucket.py`), or its command line where the library has no credentials (`bucket_tools.py`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NewType, Protocol

from .errors import SetupError
from .manifest import Digest
from .objects import ObjectFolder, missing

if TYPE_CHECKING:
    from collections.abc import Iterable

Uri = NewType("Uri", str)
CONTENT_TYPES = {
    ".json": "application/json",
    ".ipynb": "application/x-ipynb+json",
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


class Root(Protocol):
    """A place for objects and for the files of runs."""

    uri: Uri

    def objects_near(self, scratch: Path) -> ObjectFolder:
        """The folder to read and write objects in: the root's own, or one in `scratch`."""

    def read(self, digest: Digest) -> bytes:
        """A small object, checked. Raises StateError."""

    def fetch(self, digests: Iterable[Digest], folder: ObjectFolder) -> None:
        """Bring objects into the folder. Raises StateError where one is missing."""

    def keep(self, digests: Iterable[Digest], folder: ObjectFolder) -> None:
        """Take objects from the folder; those that are there already are left alone."""

    def publish(self, path: Path, uri: str) -> Uri:
        """Put a file of a run to its place, over what is there."""

    def read_file(self, uri: str) -> bytes | None:
        """A file of a run; None where it is not there. Raises StateError."""

    def files_below(self, uri: str) -> list[Uri]:
        """The files of a run below a place, sorted; none where the place is not there. Raises StateError."""


def open_root(uri: str) -> Root:
    """The root of that uri. Raises SetupError where it cannot be used."""
    if uri.startswith("gs://"):
        from .bucket import open_bucket

        return open_bucket(uri)
    if "://" in uri and not uri.startswith("file://"):
        raise SetupError(f"{uri!r} is no place for state", fix="use gs://bucket/prefix, or a folder")
    return FolderRoot(Path(uri.removeprefix("file://")))


def object_uri(root: Root, digest: Digest) -> Uri:
    """The uri of an object."""
    return Uri(f"{root.uri}/objects/{digest}")


def split_bucket(uri: str) -> tuple[str, str]:
    """Bucket and prefix of `gs://bucket/prefix`. Raises SetupError where no bucket is named."""
    name, _, prefix = uri.removeprefix("gs://").partition("/")
    if not name:
        raise SetupError(f"{uri!r} names no bucket", fix="use gs://bucket/prefix")
    return name, prefix.strip("/")


def split_object_uri(uri: str) -> tuple[str, Digest]:
    """Root and digest of an object's uri. Raises SetupError where it is none."""
    head, _, name = uri.strip().rpartition("/")
    root, _, folder = head.rpartition("/")
    if folder != "objects" or len(name) != 64 or not set(name) <= set("0123456789abcdef"):
        raise SetupError(f"{uri!r} is not the uri of a step's state", fix="give <root>/objects/<sha256>")
    return root, Digest(name)


class FolderRoot:
    """A folder on this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.uri = Uri(str(self.path))
        self._objects = ObjectFolder(self.path / "objects")

    def objects_near(self, scratch: Path) -> ObjectFolder:
        """The root's own objects; nothing has to be brought."""
        return self._objects

    def read(self, digest: Digest) -> bytes:
        """A small object, checked."""
        return self._objects.check_file(digest).read_bytes()

    def fetch(self, digests: Iterable[Digest], folder: ObjectFolder) -> None:
        """Copy objects to a folder that is not the root's own."""
        for digest in digests:
            if not self._objects.has(digest):
                raise missing(digest, str(self._objects.path))
            if not folder.has(digest):
                folder.write_file(self._objects.file(digest))

    def keep(self, digests: Iterable[Digest], folder: ObjectFolder) -> None:
        """Copy objects from a folder that is not the root's own."""
        for digest in digests:
            if not self._objects.has(digest):
                self._objects.write_file(folder.file(digest))

    def publish(self, path: Path, uri: str) -> Uri:
        """Copy beside, then rename."""
        target = Path(uri)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=target.parent)
        os.close(handle)
        shutil.copyfile(path, name)
        Path(name).chmod(0o644)
        Path(name).replace(target)
        return Uri(str(target))

    def read_file(self, uri: str) -> bytes | None:
        """The file's content."""
        try:
            return Path(uri).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def files_below(self, uri: str) -> list[Uri]:
        """Paths of files; links are not followed."""
        return sorted(Uri(str(path)) for path in Path(uri).rglob("*") if path.is_file())
