"""A tick each second while something goes on, in a thread that waits and does nothing else between two of them.

In: what is to be done at a tick. It changes widgets from the kernel, so that every front end shows it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECOND = 1.0


@contextmanager
def ticking(tick: Callable[[], bool], *, every: float = SECOND) -> Iterator[None]:
    """Call `tick` every so many seconds until the block is left, or it gives False. It is not called any more then."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(every) and tick():
            pass

    thread = threading.Thread(target=run, name="jupyter-kfp clock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
