"""Digests of base images, so that a Dockerfile gets just the image that its tag meant when the lock was made.

In comes the name of an image, out goes the same with a digest. Who asks for the digest is not decided here; those that
are known stay in the Dockerfiles and are found there again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

FindDigest = Callable[[str], str]
"""Gives the digest (`sha256:…`) of an image, by its name with a tag."""

_PINNED = re.compile(r"^FROM (\S+)@(sha256:[0-9a-f]{64})$", re.MULTILINE)


def pin_base(image: str, known: dict[str, str], find: FindDigest | None) -> str:
    """The image with its digest, where that is known or can be found. `known`, by image, takes what is found."""
    if "@" in image:
        return image
    if find is not None and image not in known:
        known[image] = find(image)
    return f"{image}@{known[image]}" if image in known else image


def digests_in(out: Path) -> dict[str, str]:
    """The digests in the Dockerfiles of a project, by image."""
    known: dict[str, str] = {}
    for file in sorted(out.glob("steps/*/Dockerfile")):
        try:
            known |= dict(_PINNED.findall(file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError):
            continue
    return known
