"""Where a person's refresh token is kept: the system's keyring, or a file that only its owner can read."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Literal

SERVICE = "jupyter-kfp"
Place = Literal["keyring", "file"]


def keep(client: str, secret: dict[str, Any]) -> Place:
    """Keep what belongs to that OAuth client; over what was kept before."""
    text = json.dumps(secret)
    keyring = _keyring()
    if keyring is not None:
        from keyring.errors import KeyringError

        with contextlib.suppress(KeyringError):
            keyring.set_password(SERVICE, client, text)
            _file(client).unlink(missing_ok=True)
            return "keyring"
    file = _file(client)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=".new-", dir=file.parent)  # made 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    Path(beside).replace(file)
    return "file"


def kept(client: str) -> dict[str, Any] | None:
    """What was kept for that OAuth client; None where there is nothing."""
    text: str | None = None
    keyring = _keyring()
    if keyring is not None:
        from keyring.errors import KeyringError

        with contextlib.suppress(KeyringError):
            text = keyring.get_password(SERVICE, client)
    if text is None:
        with contextlib.suppress(OSError):
            text = _file(client).read_text(encoding="utf-8")
    try:
        content = json.loads(text) if text else None
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def forget(client: str) -> bool:
    """Take away what was kept; whether there was something."""
    there = kept(client) is not None
    keyring = _keyring()
    if keyring is not None:
        from keyring.errors import KeyringError

        with contextlib.suppress(KeyringError):
            keyring.delete_password(SERVICE, client)
    _file(client).unlink(missing_ok=True)
    return there


def _keyring() -> Any:  # noqa: ANN401
    """The keyring module, where the system has a backend that keeps what it is given."""
    import keyring
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    return None if isinstance(backend, (fail.Keyring, null.Keyring)) else keyring


def _file(client: str) -> Path:
    from jupyter_core.paths import jupyter_data_dir

    name = hashlib.sha256(client.encode()).hexdigest()[:32]
    return Path(jupyter_data_dir(), SERVICE, "sign-in", f"{name}.json")
