"""How long the quick commands take, beside bare Python. Goal: `--help` within 0.3 s of it.

python benchmarks/start.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from _measure import PROGRAM, best, chain, machine, python, run, write

TIMES = 10


def main() -> None:
    """Print a row for each command."""
    print(f"start of commands, best of {TIMES} ({machine()})")
    bare = best(lambda: python("pass"), TIMES)
    print(f"{'python -c pass':32} {bare}")
    with tempfile.TemporaryDirectory() as folder:
        notebook = str(write(chain(4), Path(folder, "small.ipynb")))
        commands = [["--help"], ["run", "--help"], ["check", notebook], ["graph", notebook]]
        for command in commands:
            taken = best(lambda command=command: run([PROGRAM, *command]), TIMES)
            name = " ".join(["jupyter kfp", *command]).replace(notebook, "small.ipynb")
            print(f"{name:32} {taken - bare} more")


if __name__ == "__main__":
    main()
