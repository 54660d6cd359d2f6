"""Messages of threads to the main thread, which signals come to as well."""

from __future__ import annotations

import contextlib
import queue
from typing import TypeVar

T = TypeVar("T")

LOOK = 0.5  # seconds between two looks for signals


def next_message(inbox: queue.SimpleQueue[T]) -> T:
    """The next message, waited for. A signal is handled meanwhile.

    No single wait is long: Python handles a signal only between two of its instructions, and one that comes just
    before a wait does not end it.
    """
    while True:
        with contextlib.suppress(queue.Empty):
            return inbox.get(timeout=LOOK)
