"""Objects on disk: written once under their digest, checked whenever they are read.

In: bytes, buffers, files. Out: digests; and back. A value's object is framed: a JSON header line, then the
pickle. Its large buffers are objects of their own, raw bytes, mapped copy-on-write.
"""

from __future__ import annotations

import errno
import hashlib
import json
import mmap
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import StateError
from .manifest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CHUNK = 1 << 22
HASHERS = 4


@dataclass(frozen=True)
class Header:
    """The first line of a framed object. `step` keeps equal values of two steps apart: they are two objects."""

    step: str
    buffers: tuple[Digest, ...] = ()
    refs: tuple[Digest, ...] = ()
    needs: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()


class ObjectFolder:
    """A folder of objects, each a file named by its digest."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def file(self, digest: Digest) -> Path:
        """Where that object is, or would be."""
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise StateError(f"{digest!r} is not the digest of an object")
        return self.path / digest

    def has(self, digest: Digest) -> bool:
        """Whether the object is there."""
        return self.file(digest).exists()

    def write(self, chunks: Iterable[Any]) -> tuple[Digest, int]:
        """Store bytes that come in pieces. Gives digest and size. Raises StateError where the disk is full."""
        sha = hashlib.sha256()
        size = 0
        self.path.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=self.path)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in chunks:
                    sha.update(chunk)
                    file.write(chunk)
                    size += len(chunk)
            digest = Digest(sha.hexdigest())
            self._settle(temporary, digest)
        except OSError as error:
            raise _disk_error(error, self.path) from error
        finally:
            temporary.unlink(missing_ok=True)
        return digest, size

    def write_buffers(self, buffers: Sequence[memoryview]) -> list[Digest]:
        """Store raw buffers; those that are there already are only digested. Several at a time."""
        with ThreadPoolExecutor(HASHERS) as pool:
            return list(pool.map(self._write_buffer, buffers))

    def _write_buffer(self, buffer: memoryview) -> Digest:
        digest = digest_of_buffer(buffer)
        if not self.has(digest):
            self.path.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".new-", dir=self.path)
            temporary = Path(name)
            try:
                with os.fdopen(handle, "wb", buffering=0) as file:
                    for chunk in _chunks(buffer):
                        written = 0
                        while written < len(chunk):
                            written += file.write(chunk[written:])
                self._settle(temporary, digest)
            except OSError as error:
                raise _disk_error(error, self.path) from error
            finally:
                temporary.unlink(missing_ok=True)
        return digest

    def _settle(self, temporary: Path, digest: Digest) -> None:
        temporary.chmod(0o444)
        temporary.replace(self.file(digest))

    def write_file(self, source: Path) -> tuple[Digest, int]:
        """Store a file's content, streamed."""
        with source.open("rb") as file:
            return self.write(iter(lambda: file.read(CHUNK), b""))

    def write_framed(self, header: Header, pieces: Iterable[Any]) -> tuple[Digest, int]:
        """Store a pickle behind its header."""
        line = json.dumps(asdict(header), sort_keys=True, separators=(",", ":")).encode() + b"\n"
        return self.write((line, *pieces))

    def read_framed(self, digest: Digest) -> tuple[Header, bytes]:
        """Header and pickle of a value's object, checked. Raises StateError where it is missing or damaged."""
        data = self._read(digest)
        line, _, payload = data.partition(b"\n")
        fields = json.loads(line)
        header = Header(
            step=fields["step"], **{key: tuple(value) for key, value in fields.items() if key != "step"}
        )
        return header, payload

    def _read(self, digest: Digest) -> bytes:
        try:
            data = self.file(digest).read_bytes()
        except FileNotFoundError:
            raise missing(digest, str(self.path)) from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise damaged(digest, str(self.path))
        return data

    def map_buffers(self, digests: Sequence[Digest]) -> list[mmap.mmap]:
        """The buffers in memory, copy-on-write, each checked against its digest."""
        maps = [self._map(digest) for digest in digests]
        with ThreadPoolExecutor(HASHERS) as pool:
            for digest, actual in zip(digests, pool.map(_digest_of_map, maps), strict=True):
                if actual != digest:
                    raise damaged(digest, str(self.path))
        return maps

    def _map(self, digest: Digest) -> mmap.mmap:
        try:
            with self.file(digest).open("rb") as file:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except FileNotFoundError:
            raise missing(digest, str(self.path)) from None
        except ValueError:  # an empty file cannot be mapped; no buffer is empty
            raise damaged(digest, str(self.path)) from None

    def check_file(self, digest: Digest) -> Path:
        """The object's file, after checking its content, streamed."""
        path = self.file(digest)
        try:
            with path.open("rb") as file:
                sha = hashlib.sha256()
                for chunk in iter(lambda: file.read(CHUNK), b""):
                    sha.update(chunk)
        except FileNotFoundError:
            raise missing(digest, str(self.path)) from None
        if sha.hexdigest() != digest:
            raise damaged(digest, str(self.path))
        return path


def digest_of_buffer(buffer: memoryview) -> Digest:
    """The digest of raw memory. The lock of the interpreter is free meanwhile."""
    return Digest(hashlib.sha256(buffer).hexdigest())


def _digest_of_map(mapped: mmap.mmap) -> Digest:
    with memoryview(mapped) as view:
        return digest_of_buffer(view)


def _chunks(buffer: memoryview) -> Iterator[memoryview]:
    for start in range(0, len(buffer), CHUNK):
        yield buffer[start : start + CHUNK]


def missing(digest: Digest, where: str) -> StateError:
    """An object that a manifest names is not there."""
    return StateError(
        f"object {digest} is missing in {where}",
        fix="run the steps before this one again; somebody or a lifecycle rule has deleted their state",
    )


def damaged(digest: Digest, where: str) -> StateError:
    """An object's content does not fit its digest."""
    return StateError(
        f"object {digest} in {where} is damaged: its content does not fit its digest",
        fix="delete that object and run the steps before this one again",
    )


def _disk_error(error: OSError, path: Path) -> StateError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StateError(
            f"no space left in {path} for the state", fix="free space, or give the step more disk"
        )
    return StateError(f"cannot write state to {path}: {error.strerror}", fix="make that folder writable")
