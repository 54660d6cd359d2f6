"""Open a package of any form, and put changed YAML back so that nothing else in it changes.

In: the path of a .yaml, .tar.gz, .tgz or .zip. Out: the YAML of its pipeline, and a function from new YAML to the
bytes of a package that is otherwise the same: other members, their order, modes and times. Nothing is unpacked to
disk. Sizes are limited while reading, so that an archive cannot unfold to more than is looked at.
"""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from .pack import PackageError

LARGEST = 32 * 2**20
"""Bytes of the package and of its YAML: what Kubeflow takes as an upload."""

LARGEST_UNPACKED = 64 * 2**20
MOST_MEMBERS = 10_000
_BLOCK = 512
_TRUST = "take packages only from people you trust"


@dataclass(frozen=True)
class Opened:
    """A package that was read. `rebuild` gives the package's bytes with other YAML in it."""

    form: Literal["yaml", "tar", "zip"]
    content: bytes  # the whole file
    yaml: bytes
    others: int  # how many other members there are
    rebuild: Callable[[bytes], bytes]


def open_package(path: Path) -> Opened:
    """Read the package. Raises PackageError: not there, too large, torn, unsafe, or without one pipeline."""
    where = str(path)
    try:
        if not path.is_file():
            raise PackageError("there is no such file", where=where, fix="give the path of a package")
        size = path.stat().st_size
        if size > LARGEST:
            raise _too_large(where)
        content = path.read_bytes()
    except OSError as error:
        raise PackageError(f"the file cannot be read: {error.strerror}", where=where) from None
    try:
        if content.startswith(b"\x1f\x8b"):
            return _open_tar(content, where)
        if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _open_zip(content, where)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise _torn(where, str(error)) from None
    except (NotImplementedError, RuntimeError) as error:
        raise PackageError(f"the archive cannot be read: {error}", where=where) from None
    if path.name.lower().endswith((".tar.gz", ".tgz", ".zip")):
        raise _torn(where, "it does not begin as one")
    return Opened("yaml", content, content, 0, lambda changed: changed)


def _open_tar(content: bytes, where: str) -> Opened:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        raw = file.read(LARGEST_UNPACKED + 1)
        time = file.mtime or 0
    if len(raw) > LARGEST_UNPACKED:
        raise _bomb(where)
    if len(raw) % _BLOCK or not raw.strip(b"\0"):
        raise _torn(where, "it ends in the middle")
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
        members = []
        for member in archive:
            members.append(member)
            if len(members) > MOST_MEMBERS:
                raise _bomb(where)
            _check_name(member.name, where)
            if member.islnk() or member.issym():
                _check_name(member.linkname, where)
            elif not (member.isreg() or member.isdir()):
                raise PackageError(f"{member.name!r} is a device", where=where, fix=_TRUST)
    end = max(
        (m.offset_data + -(-m.size // _BLOCK) * _BLOCK if m.isreg() else m.offset_data) for m in members
    )
    if end > len(raw):
        raise _torn(where, "it ends in the middle")
    name = _pipeline_of([member.name for member in members if member.isreg()], where)
    chosen = next(member for member in members if member.isreg() and member.name == name)
    if chosen.issparse() or "size" in chosen.pax_headers:
        raise PackageError(f"{name} is stored in a way that cannot be changed in place", where=where)
    yaml = raw[chosen.offset_data : chosen.offset_data + chosen.size]
    _check_size(yaml, where)

    def rebuild(changed: bytes) -> bytes:
        header = _resized(raw[chosen.offset_data - _BLOCK : chosen.offset_data], len(changed))
        rest = chosen.offset_data + -(-chosen.size // _BLOCK) * _BLOCK
        padding = b"\0" * (-len(changed) % _BLOCK)
        tar = raw[: chosen.offset_data - _BLOCK] + header + changed + padding + raw[rest:]
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=time) as zipped:
            zipped.write(tar)
        return packed.getvalue()

    return Opened("tar", content, yaml, sum(member.isreg() for member in members) - 1, rebuild)


def _resized(header: bytes, size: int) -> bytes:
    """The member's header with another size and the checksum of that; POSIX ustar, fields in octal."""
    sized = header[:124] + f"{size:011o}\0".encode() + header[136:148] + b" " * 8 + header[156:]
    return sized[:148] + f"{sum(sized):06o}\0 ".encode() + sized[156:]


def _open_zip(content: bytes, where: str) -> Opened:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise _bomb(where)
        left = LARGEST_UNPACKED
        unpacked: list[tuple[zipfile.ZipInfo, bytes]] = []
        for member in members:
            _check_name(member.filename, where)
            if member.create_system == 3 and stat.S_ISLNK(member.external_attr >> 16):
                raise PackageError(f"{member.filename!r} is a link", where=where, fix=_TRUST)
            with archive.open(member) as file:
                data = file.read(left + 1)
            left -= len(data)
            if left < 0:
                raise _bomb(where)
            unpacked.append((member, data))
        comment = archive.comment
    name = _pipeline_of([member.filename for member in members if not member.is_dir()], where)
    yaml = next(data for member, data in unpacked if member.filename == name)
    _check_size(yaml, where)

    def rebuild(changed: bytes) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for member, data in unpacked:
                archive.writestr(_like(member), changed if member.filename == name else data)
            archive.comment = comment
        return packed.getvalue()

    return Opened("zip", content, yaml, len([m for m in members if not m.is_dir()]) - 1, rebuild)


def _like(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """A fresh entry with the same name, time, mode, method and comment."""
    fresh = zipfile.ZipInfo(member.filename, member.date_time)
    for name in ("compress_type", "comment", "extra", "create_system", "external_attr", "internal_attr"):
        setattr(fresh, name, getattr(member, name))
    return fresh


def _pipeline_of(names: list[str], where: str) -> str:
    """The one pipeline file: `pipeline.yaml`, else the only YAML there is."""
    if len(set(names)) != len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise PackageError(f"the archive holds {double!r} twice", where=where, fix="pack it again")
    yamls = [name for name in names if name.lower().endswith((".yaml", ".yml"))]
    named = [name for name in yamls if PurePosixPath(name).stem.lower() == "pipeline"]
    for candidates in (named, yamls):
        if len(candidates) == 1:
            return candidates[0]
        if len(candidates) > 1:
            shown = ", ".join(repr(name) for name in sorted(candidates)[:5])
            raise PackageError(
                f"the archive holds more than one pipeline: {shown}",
                where=where,
                fix="pack one pipeline.yaml",
            )
    raise PackageError("the archive holds no pipeline.yaml", where=where, fix="pack a pipeline.yaml")


def _check_name(name: str, where: str) -> None:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not name or name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":"):
        raise PackageError(f"the archive's member {name!r} points out of it", where=where, fix=_TRUST)


def _check_size(yaml: bytes, where: str) -> None:
    if len(yaml) > LARGEST:
        raise _too_large(where)


def _too_large(where: str) -> PackageError:
    return PackageError(
        f"the package is larger than {LARGEST // 2**20} MiB, which Kubeflow does not take",
        where=where,
        fix="split the pipeline",
    )


def _bomb(where: str) -> PackageError:
    return PackageError(
        f"the archive unfolds to more than {LARGEST_UNPACKED // 2**20} MiB or {MOST_MEMBERS} members",
        where=where,
        fix=_TRUST,
    )


def _torn(where: str, why: str) -> PackageError:
    return PackageError(
        f"the archive is torn or not one{': ' + why if why else ''}",
        where=where,
        fix="compile or fetch it again",
    )
