"""`convert` of a large notebook, beside importing what it needs. Goal: at most one second more for 200 steps.

python benchmarks/convert.py
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from _measure import PROGRAM, best, chain, machine, python, run, write

IMPORTS = "import jupyter_kfp.notebook, jupyter_kfp.dataflow, jupyter_kfp.project, jupyter_kfp.package"
TIMES = 3


def main() -> None:
    """Print a row for each size."""
    print(f"convert, best of {TIMES} ({machine()})")
    importing = best(lambda: python(IMPORTS), TIMES)
    print(f"importing what it needs: {importing}")
    print("steps  cells  beyond importing")
    for steps in (10, 50, 200):
        with tempfile.TemporaryDirectory() as folder:
            notebook = write(chain(steps), Path(folder, "large.ipynb"))

            def convert(folder: str = folder, notebook: Path = notebook) -> None:
                shutil.rmtree(Path(folder, "large-pipeline"), ignore_errors=True)
                run([PROGRAM, "convert", str(notebook)], Path(folder))

            taken = best(convert, TIMES)
        print(f"{steps:5}  {3 * steps + 2:5}  {taken - importing}")


if __name__ == "__main__":
    main()
