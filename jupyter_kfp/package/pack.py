"""Write a package: `.yaml`, `.tar.gz` or `.zip`, the same bytes for the same text.

Archives hold one `pipeline.yaml`. Times and owners are fixed, as Kubeflow's own SDK fixed them: 1970 and root in a
tar, 1980 in a zip, which has no earlier time.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
import zipfile
from pathlib import Path

from ..errors import JupyterKfpError

MEMBER = "pipeline.yaml"
_MODE = 0o644
_FIRST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class PackageError(JupyterKfpError):
    """A package that cannot be written, read or cleaned as asked."""


def pack(text: str, out: Path) -> bytes:
    """The bytes of a package of that text, in the form that the name of `out` asks for."""
    content = text.encode()
    name = out.name.lower()
    if name.endswith((".yaml", ".yml")):
        return content
    if name.endswith((".tar.gz", ".tgz")):
        return _tar(content)
    if name.endswith(".zip"):
        return _zip(content)
    raise PackageError(
        f"{out.name} has none of the endings of a package",
        where=str(out),
        fix="name it .yaml, .tar.gz or .zip",
    )


def write_whole(out: Path, content: bytes) -> None:
    """Put `content` at `out` at once: whoever reads it sees the old file or the new one."""
    out = out.resolve()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        mode = out.stat().st_mode & 0o7777 if out.exists() else 0o666 & ~_umask()
        handle, beside = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).chmod(mode)
            Path(beside).replace(out)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise PackageError(
            f"the file cannot be written: {error.strerror}",
            where=str(out),
            fix="choose another place with -o",
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _tar(content: bytes) -> bytes:
    member = tarfile.TarInfo(MEMBER)
    member.size, member.mode, member.mtime = len(content), _MODE, 0
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _zip(content: bytes) -> bytes:
    member = zipfile.ZipInfo(MEMBER, _FIRST_ZIP_TIME)
    member.compress_type, member.external_attr, member.create_system = zipfile.ZIP_DEFLATED, _MODE << 16, 3
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(member, content)
    return packed.getvalue()
