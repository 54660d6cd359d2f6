"""Work on values that are nested deeper than the stack: a list in a list, ten thousand times."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_DEEP_STACK = 512 << 20
_DEEP_RECURSION = 100_000


def with_deep_stack(action: Callable[[], T]) -> T:
    """Do it; where the stack is not deep enough, again in a thread that has a deeper one."""
    try:
        return action()
    except RecursionError:
        pass
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(action())
        except BaseException as error:
            errors.append(error)

    limit = sys.getrecursionlimit()
    stack = threading.stack_size(_DEEP_STACK)
    sys.setrecursionlimit(max(limit, _DEEP_RECURSION))
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(stack)
    if errors:
        raise errors[0]
    return results[0]
