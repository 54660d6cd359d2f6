"""What the server extension costs. Goals: the server starts within 50 ms of before; 200 cells are analysed within 150
ms from request to answer, and meanwhile the event loop is free.

python benchmarks/server.py
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time

from _measure import chain, machine

from jupyter_kfp.server.analyst import Analyst

TIMES = 9
LOADING = """
import time
import jupyter_server.serverapp
begun = time.perf_counter()
import jupyter_kfp.server.app
print(time.perf_counter() - begun)
"""


def main() -> None:
    """Print the figures."""
    print(f"best and middle of {TIMES} ({machine()})")
    show("loading the extension", [loading() for _ in range(TIMES)])
    asyncio.run(analysing())


def loading() -> float:
    """Seconds that a server which is starting takes for the extension."""
    told = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True, check=True)
    return float(told.stdout)


async def analysing() -> None:
    """A notebook of 200 cells, another character typed each time."""
    with tempfile.TemporaryDirectory() as root:
        analyst = Analyst(root)
        node = chain(66)
        begun = time.perf_counter()
        await analyst.warm_up()
        show("starting the worker", [time.perf_counter() - begun])
        late: list[float] = []
        watching = asyncio.ensure_future(watch(late))
        taken = []
        for number in range(TIMES + 1):
            node["cells"][100]["source"] += f"\nx = {number}"
            begun = time.perf_counter()
            await analyst.ask("analysis", {"path": "a.ipynb", "notebook": node})
            taken.append(time.perf_counter() - begun)
        watching.cancel()
        show("first analysis of 200 cells", taken[:1])
        show("analysis of 200 cells, while typing", taken[1:])
        show("event loop held up at most", [max(late)])
        await analyst.close()


async def watch(late: list[float]) -> None:
    """How much later than asked for the event loop comes back."""
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0.002)
        late.append(time.perf_counter() - begun - 0.002)


def show(what: str, seconds: list[float]) -> None:
    """A row."""
    print(f"{what:36} {1000 * min(seconds):7.0f} ms {1000 * sorted(seconds)[len(seconds) // 2]:7.0f} ms")


if __name__ == "__main__":
    main()
