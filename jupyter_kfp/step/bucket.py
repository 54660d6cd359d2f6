"""A bucket of Google Cloud Storage, through Google's library.

In: `gs://bucket/prefix`. Out: a `Root`. An object is created only where none is (`if_generation_match=0`), which makes
it safe to try again: whoever comes second finds it there. The library checks what travels by CRC32C. Few large objects
travel in slices, many small ones side by side. Credentials, and STORAGE_EMULATOR_HOST, are as in Google's own tools.
"""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .bucket_errors import refused
from .errors import SetupError, StateError
from .manifest import Digest, digest_of
from .objects import ObjectFolder, damaged, missing
from .storage import CONTENT_TYPES, Root, Uri, split_bucket

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

WORKERS = 16
LARGE = 64 << 20  # bytes; from here on one object travels in slices
SLICE = 32 << 20
SMALL = 1 << 20  # bytes; up to here it is quicker to send an object than to ask whether it is there
SECONDS = 300  # that a request is tried again for
ANYTHING = "application/octet-stream"


def open_bucket(uri: str) -> Root:
    """The root at `gs://bucket/prefix`. Raises SetupError where there are no credentials and no gcloud either."""
    try:
        from google.auth.exceptions import DefaultCredentialsError
        from google.cloud import storage
    except ImportError:
        raise SetupError(
            "google-cloud-storage is not installed here", fix="pip install google-cloud-storage"
        ) from None
    name, prefix = split_bucket(uri)
    emulated = "STORAGE_EMULATOR_HOST" in os.environ
    try:
        client = storage.Client(project="emulated") if emulated else _client(storage)
    except DefaultCredentialsError as error:
        from .bucket_tools import ToolRoot, find_tool

        tool = find_tool()
        if tool is None:
            raise SetupError(
                f"there are no Google credentials here for {uri}",
                fix="run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS",
            ) from error
        return ToolRoot(uri, tool)
    return BucketRoot(client, name, prefix)


def _client(storage: Any) -> Any:  # noqa: ANN401
    """A client; objects need no project, which people's credentials often lack."""
    try:
        return storage.Client()
    except OSError:  # "Project was not passed and could not be determined from the environment."
        return storage.Client(project="none")


class BucketRoot:
    """A bucket, or a prefix in one."""

    def __init__(self, client: Any, name: str, prefix: str) -> None:  # noqa: ANN401
        from google.cloud.storage.retry import DEFAULT_RETRY

        self._client = client
        self._bucket = client.bucket(name)
        self._prefix = prefix
        self._retry = DEFAULT_RETRY.with_timeout(SECONDS)
        self.uri = Uri(f"gs://{name}/{prefix}".rstrip("/"))

    def _blob(self, digest: Digest) -> Any:  # noqa: ANN401
        key = f"objects/{digest}"
        return self._bucket.blob(f"{self._prefix}/{key}" if self._prefix else key)

    def _blob_at(self, uri: str) -> Any:  # noqa: ANN401
        name, _, key = uri.removeprefix("gs://").partition("/")
        return self._client.bucket(name).blob(key)

    def objects_near(self, scratch: Path) -> ObjectFolder:
        """A folder in scratch; objects are brought there."""
        return ObjectFolder(scratch / "objects")

    def read(self, digest: Digest) -> bytes:
        """A small object, checked."""
        with self._telling(digest):
            data: bytes = self._blob(digest).download_as_bytes(retry=self._retry)
        if digest_of(data) != digest:
            raise damaged(digest, self.uri)
        return data

    def fetch(self, digests: Iterable[Digest], folder: ObjectFolder) -> None:
        """Download, several at a time; where there are few, large ones in slices."""
        folder.path.mkdir(parents=True, exist_ok=True)
        wanted = [digest for digest in dict.fromkeys(digests) if not folder.has(digest)]
        few = len(wanted) < WORKERS
        with ThreadPoolExecutor(WORKERS) as pool:
            for _ in pool.map(lambda digest: self._download(digest, folder, few), wanted):
                pass

    def _download(self, digest: Digest, folder: ObjectFolder, sliced: bool) -> None:
        temporary = folder.path / f".part-{digest}"
        blob = self._blob(digest)
        try:
            with self._telling(digest):
                if sliced:
                    blob.reload(retry=self._retry)
                if sliced and (blob.size or 0) > LARGE:
                    _download_sliced(blob, temporary)
                else:
                    blob.download_to_filename(str(temporary), checksum="crc32c", retry=self._retry)
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
        from google.api_core.exceptions import PreconditionFailed

        blob = self._blob(digest)
        path = folder.file(digest)
        size = path.stat().st_size
        with self._telling(), contextlib.suppress(PreconditionFailed):  # it is there already
            if size > SMALL and blob.exists(retry=self._retry):
                return
            if size > LARGE and _upload_sliced(path, blob):
                return
            blob.upload_from_filename(
                str(path), content_type=ANYTHING, if_generation_match=0, checksum="crc32c", retry=self._retry
            )

    def publish(self, path: Path, uri: str) -> Uri:
        """Upload over what is there."""
        with self._telling():
            self._blob_at(uri).upload_from_filename(
                str(path),
                content_type=CONTENT_TYPES.get(path.suffix, ANYTHING),
                checksum="crc32c",
                retry=self._retry,
            )
        return Uri(uri)

    def read_file(self, uri: str) -> bytes | None:
        """The file's content."""
        from google.api_core.exceptions import NotFound

        with self._telling():
            try:
                content: bytes = self._blob_at(uri).download_as_bytes(retry=self._retry)
            except NotFound as error:
                if "bucket" in str(error).lower() and "does not exist" in str(error):
                    raise
                return None
        return content

    def files_below(self, uri: str) -> list[Uri]:
        """The objects whose names begin with the place."""
        name, _, key = uri.removeprefix("gs://").partition("/")
        with self._telling():
            blobs = self._client.list_blobs(name, prefix=f"{key.rstrip('/')}/", retry=self._retry)
            return sorted(Uri(f"gs://{name}/{blob.name}") for blob in blobs)

    def versioned(self) -> bool:
        """Whether the bucket keeps old versions of what is replaced or deleted. Raises StateError."""
        with self._telling():
            self._bucket.reload(retry=self._retry)
        return bool(self._bucket.versioning_enabled)

    @contextlib.contextmanager
    def _telling(self, digest: Digest | None = None) -> Iterator[None]:
        """Turn what the library raises into a StateError; `digest`: the object that is asked for."""
        from google.api_core.exceptions import GoogleAPIError, NotFound, PreconditionFailed
        from google.auth.exceptions import GoogleAuthError

        try:
            yield
        except PreconditionFailed:
            raise
        except NotFound as error:
            if digest is not None and "bucket does not exist" not in str(error):
                raise missing(digest, self.uri) from None
            raise refused(error, self.uri) from error
        except (GoogleAPIError, GoogleAuthError) as error:
            raise refused(error, self.uri) from error
        except Exception as error:
            # The classes of requests and of google-resumable-media, which both come with the library.
            if type(error).__module__.partition(".")[0] not in ("requests", "google"):
                raise
            raise refused(error, self.uri) from error


def _download_sliced(blob: Any, path: Path) -> None:  # noqa: ANN401
    from google.cloud.storage import transfer_manager

    transfer_manager.download_chunks_concurrently(
        blob, str(path), chunk_size=SLICE, worker_type=transfer_manager.THREAD, max_workers=WORKERS // 2
    )


def _upload_sliced(path: Path, blob: Any) -> bool:  # noqa: ANN401
    """Send the slices side by side (XML multipart upload); whether it could be done.

    That way knows no precondition; the same digest is the same content, so writing it twice does no harm. Where it is
    not allowed (it needs storage.multipartUploads.create) or not known (emulators), the object goes in one stream.
    """
    from google.cloud.storage import transfer_manager

    try:
        transfer_manager.upload_chunks_concurrently(
            str(path),
            blob,
            content_type=ANYTHING,
            chunk_size=SLICE,
            worker_type=transfer_manager.THREAD,
            max_workers=WORKERS // 2,
        )
    except Exception:  # whatever it is, the other way tells it better
        return False
    return True
