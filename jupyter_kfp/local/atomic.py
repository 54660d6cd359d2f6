"""Files that are whole or not there: written beside, then renamed."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..errors import JupyterKfpError


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A path for the new content; renamed to `path` at the end, or taken away where that is not reached."""
    beside = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        yield beside
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def write_atomic(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one go. Raises OSError; then the old file is still there, whole."""
    with _beside(path) as part:
        part.write_bytes(content)


def copy_atomic(source: Path, target: Path) -> None:
    """Copy a file's content to `target` in one go. Raises OSError."""
    with _beside(target) as part:
        shutil.copyfile(source, part)


def cannot_write(error: OSError, path: Path) -> JupyterKfpError:
    """The error, told for a person."""
    return JupyterKfpError(
        f"cannot write: {error.strerror or error}",
        where=str(error.filename or path),
        fix="make room or choose another folder",
    )
