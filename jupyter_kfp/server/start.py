"""Starts a run: makes its folder, then a process of its own that outlives the server.

The lock of the folder is taken here and handed to the process, so there is no moment in which the run looks dead, and
the process's id stands in it from the start.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from datetime import datetime, timezone
from pathlib import Path

from ..local.atomic import cannot_write
from ..local.journal import LOCK
from ..local.root import default_root, new_run_folder, open_root
from .requested import FOLLOW, LOG, Request, write_request

PACKAGES = Path(__file__).parents[2]
"""Where this package is: a folder of the user's as working directory would come first on the module search path."""


def start(request: Request) -> Path:
    """The folder of the run, whose process has been started. Raises JupyterKfpError where it cannot be made."""
    root = open_root(default_root(Path(request.notebook)))
    _, folder = new_run_folder(root, request.pipeline, datetime.now(timezone.utc))
    try:
        write_request(folder, request)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = _launch(folder, lock)
            os.write(lock, f"{process.pid}\n".encode())
        finally:
            os.close(lock)  # the process has it too, and so it stays locked
    except OSError as error:
        raise cannot_write(error, folder) from error
    _reap(process)
    return folder


def follow(folder: Path) -> None:
    """Have a process follow the run on a cluster that the folder is of. It takes the folder's lock itself."""
    _reap(_launch(folder))


def _reap(process: subprocess.Popen[bytes]) -> None:
    threading.Thread(target=process.wait, name=f"waits for {process.pid}", daemon=True).start()


def _launch(folder: Path, lock: int | None = None) -> subprocess.Popen[bytes]:
    with (folder / LOG).open("wb") as log:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                f"{__package__}.launch",
                str(folder),
                FOLLOW if lock is None else str(lock),
            ],
            cwd=PACKAGES,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=() if lock is None else (lock,),
            start_new_session=True,
        )
