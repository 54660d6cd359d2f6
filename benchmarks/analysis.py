"""Reading and analysing notebooks of growing size. Goal: linear in the cells; 1,000 cells within a second.

python benchmarks/analysis.py
"""

from __future__ import annotations

import json
from pathlib import Path

from _measure import best, chain, machine

from jupyter_kfp.dataflow import analyse
from jupyter_kfp.notebook import parse_notebook

TIMES = 3


def main() -> None:
    """Print a row for each size."""
    print(f"reading and analysis, best of {TIMES} ({machine()})")
    print("cells   seconds   milliseconds a cell")
    for steps in (33, 100, 333, 1000):
        text = json.dumps(chain(steps))
        cells = 3 * steps + 2
        taken = best(lambda text=text: analyse(parse_notebook(json.loads(text), Path("large.ipynb"))), TIMES)
        print(f"{cells:5}  {taken.wall:8.2f}  {1000 * taken.wall / cells:20.2f}")


if __name__ == "__main__":
    main()
