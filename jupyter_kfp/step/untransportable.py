"""Why a value cannot be handed to another step, said for a person.

In: a value that cannot be pickled. Out: the innermost part that stands in the way, and the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEEPEST = 20
PARTS = 1000  # of one container, at most

_REASONS = {
    "TextIOWrapper": "an open file",
    "BufferedReader": "an open file",
    "BufferedWriter": "an open file",
    "BufferedRandom": "an open file",
    "FileIO": "an open file",
    "generator": "a generator, which stops in the middle of its code",
    "async_generator": "an asynchronous generator",
    "coroutine": "a coroutine, which stops in the middle of its code",
    "lock": "a lock of this process",
    "RLock": "a lock of this process",
    "Thread": "a thread of this process",
    "socket": "a connection of this process",
    "SSLSocket": "a connection of this process",
    "Connection": "a connection of this process",
    "Cursor": "a database cursor of this process",
    "Task": "a task of this process's event loop",
    "Future": "a task of this process's event loop",
    "Popen": "a process that this one started",
    "frame": "a frame of running code",
    "ThreadPoolExecutor": "a pool of threads of this process",
    "ProcessPoolExecutor": "a pool of processes of this one",
}


def reason_for(value: Any, path: str, try_pickle: Callable[[Any], Any]) -> str:  # noqa: ANN401
    """The path to the part that cannot be pickled, its type, and why."""
    part, where = value, path
    error = _error_of(value, try_pickle)
    for _ in range(DEEPEST):
        inner = next(
            (
                (child, label, found)
                for child, label in _parts(part)
                if (found := _error_of(child, try_pickle)) is not None
            ),
            None,
        )
        if inner is None:
            break
        part, label, error = inner
        where += label
    kind = type(part).__name__
    why = _REASONS.get(kind) or f"a {kind} that cannot be pickled ({type(error).__name__}: {error})"
    return f"{where} is {why}"


def _error_of(value: Any, try_pickle: Callable[[Any], Any]) -> Exception | None:  # noqa: ANN401
    try:
        try_pickle(value)
    except Exception as error:
        return error
    return None


def _parts(value: Any) -> Iterator[tuple[Any, str]]:  # noqa: ANN401
    if isinstance(value, dict):
        for number, (key, part) in enumerate(value.items()):
            if number < PARTS:
                yield part, f"[{key!r}]" if isinstance(key, (str, int)) else f"[<{type(key).__name__}>]"
    elif isinstance(value, (list, tuple)):
        for number, part in enumerate(value[:PARTS]):
            yield part, f"[{number}]"
    elif not isinstance(value, type):
        for cell in getattr(value, "__closure__", None) or ():
            try:
                yield cell.cell_contents, " (its closure)"
            except ValueError:
                continue
        attributes = getattr(value, "__dict__", None)
        if isinstance(attributes, dict):
            for name, part in attributes.items():
                yield part, f".{name}"
