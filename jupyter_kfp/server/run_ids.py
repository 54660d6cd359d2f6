"""How a run is called in addresses: its folder's name and, unless it is at the server's root, the folder above it.

    2026-11-24T101500-iris-3f2a~bm90ZWJvb2tz

The name stands for itself, so any server with the same root finds the run again, and nothing has to be remembered.
"""

from __future__ import annotations

import base64
import binascii
import re

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,200}")


def run_id(name: str, folder: str) -> str:
    """`folder`: where the notebook is, relative to the server's root."""
    if not folder:
        return name
    return (
        f"{name}~{base64.urlsafe_b64encode(folder.encode('utf-8', 'surrogateescape')).decode().rstrip('=')}"
    )


def read_run_id(text: str) -> tuple[str, str] | None:
    """Name and folder; None where it is no run's id."""
    name, mark, coded = text.partition("~")
    if NAME.fullmatch(name) is None or (mark and not coded):
        return None
    try:
        folder = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)
        return name, folder.decode("utf-8", "surrogateescape")
    except (binascii.Error, UnicodeDecodeError):
        return None
