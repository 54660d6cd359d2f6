"""Kernels that cost milliseconds: forked from a warm process instead of started.

In: cells and where to run them. Out: each cell's outputs as nbformat has them. See `server.py` for what is inside.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupyter_kfp.step

RUNTIME = Path(jupyter_kfp.step.__file__).parent
SERVER = Path(__file__).parent / "server.py"
TIMEOUT = 120.0  # seconds for all cells of one kernel


@dataclass(frozen=True)
class Source:
    """A cell to run. `may_fail`: the ones below are run even if it raises."""

    text: str
    may_fail: bool = False


@dataclass(frozen=True)
class Given:
    """What a cell gave."""

    count: int
    outputs: list[dict[str, Any]]

    @property
    def failed(self) -> bool:
        return any(output["output_type"] == "error" for output in self.outputs)


@dataclass(frozen=True)
class Ran:
    """What came of the cells that ran, and how the kernel ended where it did so early."""

    cells: tuple[Given, ...]
    died: str = ""


class Kernels:
    """The fork server, started when the first kernel is asked for. Use as a context manager.

    `plain`: cells are run by `exec` alone, without IPython's magics and displays, in half the time.
    `warm`: modules that every kernel has imported before its cells, for tests where that makes no difference.
    """

    def __init__(self, *, plain: bool = False, warm: Sequence[str] = ()) -> None:
        self._plain = plain
        self._warm = warm
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait(timeout=30)
            self._process.stdout.close()
            self._process = None

    def run(
        self,
        cells: Sequence[Source],
        folder: Path,
        environment: Mapping[str, str] = {},
        path: str = "",
        timeout: float = TIMEOUT,
    ) -> Ran:
        """Run the cells in a kernel of their own, until one fails. `path` stands second on its module path."""
        with tempfile.TemporaryDirectory(prefix="kernel-") as answers:
            answer = Path(answers) / "answer.json"
            base = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
            request = {
                "cells": [(cell.text, cell.may_fail) for cell in cells],
                "folder": str(folder),
                "environment": {
                    **base,
                    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
                    **environment,
                },
                "path": path,
                "answer": str(answer),
                "plain": self._plain,
            }
            died = self._serve(request, timeout)
            if answer.exists():
                given = json.loads(answer.read_text())
                return Ran(tuple(Given(each["count"], each["outputs"]) for each in given))
            error = answer.with_name("answer.json.error")
            if error.exists():
                raise RuntimeError(f"the engine failed:\n{error.read_text()}")
            return Ran((), died)

    def _serve(self, request: dict[str, Any], timeout: float) -> str:
        """How the kernel ended."""
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        pid = int(process.stdout.readline())
        late = not select.select([process.stdout], [], [], timeout)[0]
        if late:
            os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(int(process.stdout.readline()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # what its cells have left running
        return f"ran longer than {timeout:.0f} s" if late else f"ended with status {status}"

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-Xfrozen_modules=off", str(SERVER), str(RUNTIME), *self._warm],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            bufsize=0,
        )
