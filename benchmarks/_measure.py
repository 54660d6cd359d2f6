"""What the benchmarks share: a clock for commands, and notebooks of any size.

Commands run in fresh processes. The best of several runs is taken: other work on the machine only adds to a time.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = str(Path(sys.executable).parent / "jupyter-kfp")


@dataclass(frozen=True, order=True)
class Taken:
    """Seconds. `cpu` counts all processors and processes; other work on the machine hardly changes it."""

    wall: float
    cpu: float

    def __sub__(self, other: Taken) -> Taken:
        return Taken(self.wall - other.wall, self.cpu - other.cpu)

    def __str__(self) -> str:
        return f"{self.wall:6.2f} s ({self.cpu:5.2f} s of processor time)"


def best(action: Callable[[], object], times: int) -> Taken:
    """The quickest of so many calls, on the clock and in processor time."""
    runs = [_taken(action) for _ in range(times)]
    return Taken(min(taken.wall for taken in runs), min(taken.cpu for taken in runs))


def _taken(action: Callable[[], object]) -> Taken:
    wall, before = time.perf_counter(), os.times()
    action()
    after = os.times()
    return Taken(time.perf_counter() - wall, sum(after[:4]) - sum(before[:4]))


def run(command: Sequence[str], folder: Path | None = None) -> None:
    """Run a command to its end, without its output; CalledProcessError where it fails."""
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def python(code: str, folder: Path | None = None) -> None:
    """Run Python code in a fresh interpreter."""
    run([sys.executable, "-c", code], folder)


def machine() -> str:
    """What the figures were taken on."""
    return (
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.system()} {platform.machine()}"
    )


def chain(steps: int) -> dict[str, object]:
    """A notebook of so many steps of three cells; each reads what the two before it made."""
    cells = [_cell("seed = 1", "parameters"), _cell("import math\n\n\ndef half(x):\n    return x / 2")]
    for number in range(steps):
        before = [f"value_{back}" for back in (number - 1, number - 2) if back >= 0]
        total = " + ".join(["seed", *before])
        cells += [
            _cell(f"value_{number} = half({total})", f"step:step-{number}"),
            _cell(f"squares_{number} = [value_{number} ** 2 for _ in range(3)]\nsquares_{number}.append(1)"),
            _cell(f"print(math.sqrt(abs(sum(squares_{number}))))"),
        ]
    return _notebook(cells)


def write(notebook: dict[str, object], path: Path) -> Path:
    """Put the notebook at `path`."""
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def _cell(source: str, *tags: str) -> dict[str, object]:
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _notebook(cells: list[dict[str, object]]) -> dict[str, object]:
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": numbered, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
