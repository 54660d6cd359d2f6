"""How the server and its worker talk: JSON in frames, a length of four bytes before each."""

from __future__ import annotations

import json
import struct
from typing import IO, Any

LENGTH = struct.Struct(">I")


def pack(content: object) -> bytes:
    """One frame. Half characters are escaped, as they came."""
    body = json.dumps(content).encode("ascii")
    return LENGTH.pack(len(body)) + body


def decode(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """What is in a frame."""
    return json.loads(body)


def read(stream: IO[bytes]) -> Any | None:  # noqa: ANN401
    """The next frame's content; None where the other side has gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return decode(stream.read(LENGTH.unpack(head)[0]))
