"""The code of a step as one archive, for a step whose image holds none: it is fetched from the bucket at the start.

In comes a step folder, out goes a tar of what the folder's Dockerfile would copy into an image. The same folder gives
the same bytes: names in order, no times, no owners, and no compression, whose bytes depend on the library.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

from .digest import Digest, files_below

COPIED = ("main.py", "step.ipynb", "step.json", "jupyter_kfp_step", "modules")


@dataclass(frozen=True)
class Code:
    """The archive, and the sha256 of it, by which the bucket keeps it."""

    content: bytes
    digest: Digest


def pack_code(folder: Path) -> Code:
    """The archive of a step folder."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(files_below(folder)):
            if path.split("/", 1)[0] in COPIED:
                data = (folder / path).read_bytes()
                member = tarfile.TarInfo(path)
                member.size = len(data)
                member.mode = 0o644
                archive.addfile(member, io.BytesIO(data))
    data = content.getvalue()
    return Code(data, Digest(hashlib.sha256(data).hexdigest()))
