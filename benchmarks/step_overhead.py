"""A step by its main.py, beside papermill on the same cells. Goal: at most half a second more.

python benchmarks/step_overhead.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from _measure import PROGRAM, best, chain, machine, run, write

TIMES = 5


def main() -> None:
    """Print both times and what a step adds."""
    print(f"one step of three small cells, best of {TIMES} ({machine()})")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notebook = write(chain(1), folder / "small.ipynb")
        run([PROGRAM, "convert", str(notebook)], folder)
        step = folder / "small-pipeline" / "steps" / "step-0"

        papermill = [
            sys.executable,
            "-m",
            "papermill",
            "--no-progress-bar",
            str(notebook),
            str(folder / "out.ipynb"),
        ]
        ours = [sys.executable, "main.py", f"--bucket={folder / 'bucket'}", "--run=benchmark"]
        alone = best(lambda: run(papermill, folder), TIMES)
        whole = best(lambda: run(ours, step), TIMES)
    print(f"papermill      {alone}")
    print(f"python main.py {whole}")
    print(f"a step adds    {whole - alone}")


if __name__ == "__main__":
    main()
