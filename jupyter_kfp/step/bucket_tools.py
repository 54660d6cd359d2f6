"""A bucket through `gcloud storage`, or `gsutil`: for a workstation where only they are signed in.

In: `gs://bucket/prefix`. Out: a `Root`. One process moves many objects; both tools check what travels themselves, try
again, and never replace an object that is there (`--no-clobber`).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .bucket_errors import told
from .errors import StateError
from .manifest import Digest, digest_of
from .objects import ObjectFolder, damaged, missing
from .storage import CONTENT_TYPES, Uri, split_bucket

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NOTHING = re.compile(
    r"(?i)matched no objects|no urls matched|one or more urls matched no|not found: .*gs://"
)
_NO_BUCKET = re.compile(r"(?i)bucket .*(does not exist|not found)|BucketNotFound")


@dataclass(frozen=True)
class Tool:
    """gcloud or gsutil, and where it is."""

    name: Literal["gcloud", "gsutil"]
    program: str

    def copy(self, target: str, *, keep: bool = False, content_type: str | None = None) -> list[str]:
        """The command that copies the paths it reads from stdin; `keep`: what is there stays."""
        clobber = ["--no-clobber" if self.name == "gcloud" else "-n"] if keep else []
        if self.name == "gcloud":
            kind = [f"--content-type={content_type}"] if content_type else []
            return [self.program, "storage", "cp", *clobber, *kind, "--read-paths-from-stdin", target]
        header = ["-h", f"Content-Type:{content_type}"] if content_type else []
        return [self.program, "-m", *header, "cp", *clobber, "-I", target]

    def other(self, verb: Literal["cat", "ls"], uri: str) -> list[str]:
        """The command that shows an object, or lists names."""
        return [self.program, *(["storage"] if self.name == "gcloud" else []), verb, uri]


def find_tool() -> Tool | None:
    """`gcloud storage` first, `gsutil` next; None where neither is installed."""
    if program := shutil.which("gcloud"):
        return Tool("gcloud", program)
    if program := shutil.which("gsutil"):
        return Tool("gsutil", program)
    return None


class ToolRoot:
    """A bucket, or a prefix in one, that a command line tool reaches."""

    def __init__(self, uri: str, tool: Tool) -> None:
        name, prefix = split_bucket(uri)
        self.uri = Uri(f"gs://{name}/{prefix}".rstrip("/"))
        self._tool = tool

    def objects_near(self, scratch: Path) -> ObjectFolder:
        """A folder in scratch; objects are brought there."""
        return ObjectFolder(scratch / "objects")

    def read(self, digest: Digest) -> bytes:
        """A small object, checked."""
        content = self.read_file(f"{self.uri}/objects/{digest}")
        if content is None:
            raise missing(digest, self.uri)
        if digest_of(content) != digest:
            raise damaged(digest, self.uri)
        return content

    def fetch(self, digests: Iterable[Digest], folder: ObjectFolder) -> None:
        """Bring objects in one call; they appear in the folder once all are there."""
        folder.path.mkdir(parents=True, exist_ok=True)
        wanted = [digest for digest in dict.fromkeys(digests) if not folder.has(digest)]
        if not wanted:
            return
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.path) as beside:
            answer = self._run(
                self._tool.copy(f"{beside}/"), [f"{self.uri}/objects/{digest}" for digest in wanted]
            )
            there = {path.name for path in Path(beside).iterdir()}
            if absent := [digest for digest in wanted if digest not in there]:
                if answer.returncode and not _NOTHING.search(_said(answer)):
                    raise self._refused(answer)
                raise missing(absent[0], self.uri)
            for digest in wanted:
                Path(beside, digest).replace(folder.file(digest))

    def keep(self, digests: Iterable[Digest], folder: ObjectFolder) -> None:
        """Take objects there in one call."""
        paths = [str(folder.file(digest)) for digest in dict.fromkeys(digests)]
        if not paths:
            return
        answer = self._run(self._tool.copy(f"{self.uri}/objects/", keep=True), paths)
        if answer.returncode:
            raise self._refused(answer)

    def publish(self, path: Path, uri: str) -> Uri:
        """Copy over what is there."""
        answer = self._run(self._tool.copy(uri, content_type=CONTENT_TYPES.get(path.suffix)), [str(path)])
        if answer.returncode:
            raise self._refused(answer)
        return Uri(uri)

    def read_file(self, uri: str) -> bytes | None:
        """The file's content."""
        answer = self._run(self._tool.other("cat", uri), ())
        if answer.returncode == 0:
            return answer.stdout
        if _NOTHING.search(_said(answer)) and not _NO_BUCKET.search(_said(answer)):
            return None
        raise self._refused(answer)

    def files_below(self, uri: str) -> list[Uri]:
        """The objects whose names begin with the place."""
        answer = self._run(self._tool.other("ls", f"{uri.rstrip('/')}/**"), ())
        if answer.returncode == 0:
            return sorted(
                Uri(line) for line in answer.stdout.decode().splitlines() if line.startswith("gs://")
            )
        if _NOTHING.search(_said(answer)) and not _NO_BUCKET.search(_said(answer)):
            return []
        raise self._refused(answer)

    def _run(self, command: Sequence[str], paths: Iterable[str]) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                command,
                input="".join(f"{path}\n" for path in paths).encode(),
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise StateError(
                f"{self._tool.program} cannot be started: {error.strerror}",
                fix="mend it, or give the library credentials: `gcloud auth application-default login`",
            ) from error

    def _refused(self, answer: subprocess.CompletedProcess[bytes]) -> StateError:
        text = _said(answer)
        found = re.search(r"(?i)(?:http(?: ?error)?|httperror|status|exception:)\D{0,8}(4\d\d|5\d\d)\b", text)
        status = int(found[1]) if found else 404 if _NO_BUCKET.search(text) else None
        if status is None and re.search(r"(?i)login|credential|not currently have an active account", text):
            status = 401
        error = told(status, text, self.uri)
        return StateError(f"{self._tool.name}: {error.message}", fix=error.fix)


def _said(answer: subprocess.CompletedProcess[bytes]) -> str:
    return answer.stderr.decode("utf-8", "replace")
