"""Where a step runs: the seam between the scheduler and processes, and later containers.

An executor starts a step's `main.py` with its flags and gives a handle to wait for it and to stop it. All else (order,
cache, retries, what failed) is the scheduler's.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from ..errors import JupyterKfpError
from . import processes
from .plan import NodeName

PIECE = 65536  # bytes of output read at once
LAST_WORDS = 5.0  # seconds to wait for output that something which escaped us may still hold open


@dataclass(frozen=True)
class Task:
    """One attempt at a step."""

    name: NodeName
    folder: Path  # the step folder, with main.py
    arguments: tuple[str, ...]  # main.py's flags
    scratch: Path  # an empty folder of its own, for whatever the attempt needs
    environment: Mapping[str, str] = field(default_factory=dict)  # variables beside the user's own
    folders: tuple[Path, ...] = ()  # those that the flags name: a container has to see them


class Handle(Protocol):
    """A step that was started."""

    def wait(self, timeout: float | None = None) -> int | None:
        """Its exit status once it has ended, with nothing of it left: negative for a signal's number.

        None where it still runs after `timeout` seconds.
        """

    def stop(self, grace: float) -> None:
        """End it and all that it started: by force after `grace` seconds. Any thread may call this, and again."""


class Executor(Protocol):
    """Starts steps."""

    @property
    def surroundings(self) -> str:
        """What names the place that steps run in, where results from elsewhere are not taken for its own.

        Empty for the kernel's own environment on this machine.
        """

    def __enter__(self) -> Executor:
        """Make ready to start steps."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """End whatever still runs."""

    def start(self, task: Task, output: Callable[[str], None]) -> Handle:
        """Start the step. `output` takes what it prints, by whole lines, from another thread.

        Raises JupyterKfpError where it cannot be started.
        """


class ProcessExecutor:
    """Each step a process of this machine, in this Python, in a session and a folder of its own.

    A guard process ends the steps where the runner itself is killed.
    """

    surroundings = ""

    def __init__(self) -> None:
        self.mark = secrets.token_hex(8)
        self._guard: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()

    def __enter__(self) -> ProcessExecutor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._guard is None:
            return
        if error is not None:
            processes.end_marked(self.mark)
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait()

    def start(self, task: Task, output: Callable[[str], None]) -> ProcessHandle:
        """Start `main.py`. Raises JupyterKfpError where the system refuses, such as for too long an argument."""
        mark = f"{self.mark}/{task.name}"
        command = [sys.executable, "-u", str(task.folder / "main.py"), *task.arguments]
        try:
            with self._starting:
                self._guard = self._guard or self._start_guard()
            process = subprocess.Popen(
                command,
                cwd=task.scratch,
                env={**os.environ, **task.environment, processes.VARIABLE: mark},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise JupyterKfpError(f"cannot start the step: {error}", where=f"step {task.name}") from error
        return ProcessHandle(process, mark, output)

    def _start_guard(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", processes.__file__, self.mark],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )


class ProcessHandle:
    """A step's process, and whatever carries its mark."""

    def __init__(self, process: subprocess.Popen[bytes], mark: str, output: Callable[[str], None]) -> None:
        self._process = process
        self._mark = mark
        assert process.stdout is not None
        self._reader = threading.Thread(target=pass_on, args=(process.stdout, output), daemon=True)
        self._reader.start()

    def wait(self, timeout: float | None = None) -> int | None:
        """See `Handle.wait`."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        processes.end_marked(self._mark, [self._process.pid])
        self._reader.join(LAST_WORDS)
        return status

    def stop(self, grace: float) -> None:
        """See `Handle.stop`. main.py is asked, since it knows how to end its kernel; then all is ended by force."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        processes.end_marked(self._mark, [self._process.pid])


def pass_on(stream: IO[bytes], output: Callable[[str], None]) -> None:
    """Pass on whole lines, and the rest in the end; a line that does not end, piece by piece."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    waiting = ""
    with stream:
        while piece := os.read(stream.fileno(), PIECE):
            waiting += decoder.decode(piece)
            cut = len(waiting) if len(waiting) > PIECE else waiting.rfind("\n") + 1
            if cut:
                output(waiting[:cut])
                waiting = waiting[cut:]
    if waiting:
        output(waiting)
