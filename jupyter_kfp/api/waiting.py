"""Work that others wait for, in a thread of its own.

The thread is a daemon: who gives up waiting, and a program that ends, is not held up by it, as an executor would.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def begin(work: Callable[[], T]) -> Future[T]:
    """Start `work`; its result or error is in the future."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # told to whoever waits, whatever it is
            if not future.cancelled():
                future.set_exception(error)
        else:
            if not future.cancelled():
                future.set_result(result)

    threading.Thread(target=run, name="jupyter-kfp", daemon=True).start()
    return future


async def finish(work: Callable[[], T]) -> T:
    """The result of `work`, without holding up the event loop. Cancelled, it is not waited for any longer."""
    return await asyncio.shield(asyncio.wrap_future(begin(work)))
