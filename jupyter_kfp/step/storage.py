"""Where runs keep their state: a folder, or a bucket. Objects are written once; a run's files may be replaced.

In: a root (`gs://bucket/prefix` or a path). Out: one small interface, `Root`. google-cloud-storage is imported
only for `gs://`. Its emulator is used where STORAGE_EMULATOR_HOST is set, as Google's own client does.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NewType, Protocol

from .errors import SetupError, StateError
from .manifest import Digest, digest_of
from .objects import ObjectFolder, damaged, missing

if TYPE_CHECKING:
    from collections.abc import Iterable

Uri = NewType("Uri", str)
WORKERS = 16
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


def open_root(uri: str) -> Root:
    """The root of that uri. Raises SetupError where it cannot be used."""
    if uri.startswith("gs://"):
        return BucketRoot(uri)
    if "://" in uri and not uri.startswith("file://"):
        raise SetupError(f"{uri!r} is no place for state", fix="use gs://bucket/prefix, or a folder")
    return FolderRoot(Path(uri.removeprefix("file://")))


def object_uri(root: Root, digest: Digest) -> Uri:
    """The uri of an object."""
    return Uri(f"{root.uri}/objects/{digest}")


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


class BucketRoot:
    """A bucket of Google Cloud Storage, or a prefix in one."""

    def __init__(self, uri: str) -> None:
        try:
            from google.cloud import storage
        except ImportError:
            raise SetupError(
                "google-cloud-storage is not installed here", fix="pip install google-cloud-storage"
            ) from None
        name, _, prefix = uri.removeprefix("gs://").partition("/")
        if not name:
            raise SetupError(f"{uri!r} names no bucket", fix="use gs://bucket/prefix")
        self._prefix = prefix.strip("/")
        self.uri = Uri(f"gs://{name}/{self._prefix}".rstrip("/"))
        emulated = "STORAGE_EMULATOR_HOST" in os.environ
        self._client = storage.Client(project="emulated") if emulated else storage.Client()
        self._bucket = self._client.bucket(name)

    def _blob(self, digest: Digest) -> Any:  # noqa: ANN401
        key = f"objects/{digest}"
        return self._bucket.blob(f"{self._prefix}/{key}" if self._prefix else key)

    def objects_near(self, scratch: Path) -> ObjectFolder:
        """A folder in scratch; objects are brought there."""
        return ObjectFolder(scratch / "objects")

    def read(self, digest: Digest) -> bytes:
        """A small object, checked."""
        from google.api_core.exceptions import GoogleAPIError, NotFound

        try:
            data: bytes = self._blob(digest).download_as_bytes()
        except NotFound:
            raise missing(digest, self.uri) from None
        except GoogleAPIError as error:
            raise self._refused(error) from error
        if digest_of(data) != digest:
            raise damaged(digest, self.uri)
        return data

    def fetch(self, digests: Iterable[Digest], folder: ObjectFolder) -> None:
        """Download, several at a time; large ones in slices side by side."""
        folder.path.mkdir(parents=True, exist_ok=True)
        wanted = [digest for digest in dict.fromkeys(digests) if not folder.has(digest)]
        with ThreadPoolExecutor(WORKERS) as pool:
            for _ in pool.map(lambda digest: self._download(digest, folder), wanted):
                pass

    def _download(self, digest: Digest, folder: ObjectFolder) -> None:
        from google.api_core.exceptions import GoogleAPIError, NotFound

        temporary = folder.path / f".part-{digest}"
        try:
            self._blob(digest).download_to_filename(str(temporary))
        except NotFound:
            raise missing(digest, self.uri) from None
        except GoogleAPIError as error:
            raise self._refused(error) from error
        except OSError as error:
            raise StateError(
                f"cannot write state to {folder.path}: {error.strerror or error}",
                fix="free space, or give the step more disk",
            ) from error
        else:
            temporary.replace(folder.file(digest))
        finally:
            temporary.unlink(missing_ok=True)

    def keep(self, digests: Iterable[Digest], folder: ObjectFolder) -> None:
        """Upload, several at a time, each only if it is not there."""
        with ThreadPoolExecutor(WORKERS) as pool:
            for _ in pool.map(lambda digest: self._upload(digest, folder), dict.fromkeys(digests)):
                pass

    def _upload(self, digest: Digest, folder: ObjectFolder) -> None:
        from google.api_core.exceptions import GoogleAPIError, PreconditionFailed

        blob = self._blob(digest)
        path = folder.file(digest)
        try:
            if path.stat().st_size > 1 << 20 and blob.exists():
                return
            blob.upload_from_filename(
                str(path), content_type="application/octet-stream", if_generation_match=0
            )
        except PreconditionFailed:
            return  # it is there already
        except GoogleAPIError as error:
            raise self._refused(error) from error

    def publish(self, path: Path, uri: str) -> Uri:
        """Upload over what is there."""
        from google.api_core.exceptions import GoogleAPIError

        name, _, key = uri.removeprefix("gs://").partition("/")
        try:
            self._client.bucket(name).blob(key).upload_from_filename(
                str(path), content_type=CONTENT_TYPES.get(path.suffix, "application/octet-stream")
            )
        except GoogleAPIError as error:
            raise self._refused(error) from error
        return Uri(uri)

    def _refused(self, error: Exception) -> StateError:
        return StateError(
            f"{self.uri} answers: {getattr(error, 'message', None) or error}",
            fix="check that the bucket exists and that the step's service account may read and write objects in it",
        )
