"""Find and end every process that belongs to a mark: a step's, with all that it started.

A process group is not enough: a kernel makes a session of its own, and a cell may start what it likes. So a step's
processes carry a mark in their environment, which what they start inherits; what drops it is found as their child or
as a member of their session.

Run as a script, this file is the guard of a run: it waits until the runner is gone (its end of the pipe on standard
input closes, however it died), then ends what carries the run's mark.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

import psutil

VARIABLE = "JUPYTER_KFP_MARK"
GRACE = 10.0  # seconds between asking a step to stop and ending it
PATIENCE = 5.0  # seconds that what was killed may take to be gone


def marked(mark: str, sessions: Iterable[int] = ()) -> list[psutil.Process]:
    """The living processes of that mark or of marks below it, those of the sessions, and all their descendants."""
    wanted = set(sessions)
    children: dict[int, list[psutil.Process]] = {}
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            children.setdefault(process.ppid(), []).append(process)
            if (wanted and os.getsid(process.pid) in wanted) or _carries(process, mark):
                found[process.pid] = process
    waiting = list(found)
    while waiting:
        for child in children.get(waiting.pop(), []):
            if child.pid not in found:
                found[child.pid] = child
                waiting.append(child.pid)
    return list(found.values())


def _carries(process: psutil.Process, mark: str) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        value: str = process.environ().get(VARIABLE, "")
        return value == mark or value.startswith(mark + "/")
    return False


def end_marked(mark: str, sessions: Iterable[int] = (), grace: float = 0.0) -> None:
    """End them all: SIGTERM, and SIGKILL to what is left after `grace` seconds (at once where 0)."""
    sessions = tuple(sessions)
    deadline = time.monotonic() + grace
    number = signal.SIGTERM if grace else signal.SIGKILL
    asked: set[int] = set()
    # Looked for again until none is left: what is ended may have started something meanwhile. What cannot be killed
    # (it waits for a disk) is not waited for without end.
    while (left := marked(mark, sessions)) and time.monotonic() < deadline + PATIENCE:
        if time.monotonic() > deadline:
            number = signal.SIGKILL
        if number is signal.SIGKILL:
            _send(left, number)
        else:
            _send([process for process in left if process.pid not in asked], number)
            asked.update(process.pid for process in left)
        time.sleep(0.02)


def _send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def guard(mark: str) -> None:
    """Wait until standard input closes, then end what carries the mark."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end_marked(mark, grace=GRACE)


if __name__ == "__main__":
    guard(sys.argv[1])
