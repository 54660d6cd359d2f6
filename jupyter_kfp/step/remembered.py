"""What a function with `functools.lru_cache` remembers: read out of one, and put into another.

The cache itself is out of Python's reach, but the garbage collector tells what it refers to. Results go in by calling
the function while its code is another, that answers with what was remembered.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import pickle
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import TypeAlias

    Call: TypeAlias = tuple[tuple[Any, ...], dict[str, Any], Any]  # arguments, named ones, result
    Remembered: TypeAlias = tuple[list[Call], int, int]  # and hits and misses, as `cache_info` counts them


def read(cached: Any) -> Remembered | None:  # noqa: ANN401
    """What it remembers, None where that is nothing. Raises PicklingError where it could not be filled again."""
    info = cached.cache_info()
    if not info.misses and not info.hits:
        return None
    if not isinstance(cached.__wrapped__, types.FunctionType):
        raise pickle.PicklingError("a cache of results of a function that is not written in Python")
    typed = cached.cache_parameters()["typed"]
    calls = [(*_arguments(key, typed), result) for key, result in _entries(cached, info)]
    return calls, info.hits, info.misses


def _entries(cached: Any, info: Any) -> list[tuple[Hashable, Any]]:  # noqa: ANN401
    """Keys and results, the one first that is forgotten first (`lru_cache_tp_traverse` in _functoolsmodule.c).

    A bounded cache tells of its links before all else, each as key, result and, where that is a heap type, its type.
    """
    found = gc.get_referents(cached)
    if found[0] is type(cached):
        del found[0]
    if info.maxsize is None:
        own = vars(cached)
        known = next(each for each in found if type(each) is dict and each is not own)
        return list(known.items())
    each = 3 if info.currsize and getattr(found[2], "__name__", "") == "_lru_list_elem" else 2
    return [(found[place], found[place + 1]) for place in range(0, each * info.currsize, each)]


def _arguments(key: Hashable, typed: bool) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The call that a key of the cache stands for (`lru_cache_make_key` in CPython's _functoolsmodule.c)."""
    if type(key) is not tuple:
        return (key,), {}
    mark = _mark()
    parts = list(key)
    place = next((index for index, part in enumerate(parts) if part is mark), None)
    if place is None:
        return tuple(parts[: len(parts) // 2] if typed else parts), {}
    rest = parts[place + 1 :]
    if typed:  # two for each named one, then the types of all
        rest = rest[: 2 * ((len(rest) - place) // 3)]
    return tuple(parts[:place]), dict(zip(rest[::2], rest[1::2], strict=True))


@functools.lru_cache(None)
def _mark() -> object:
    """What stands in a key between arguments and named ones."""

    @functools.lru_cache(None)
    def probe(**named: int) -> None:
        return None

    probe(a=1)
    (key, _), = _entries(probe, probe.cache_info())  # fmt: skip
    mark: object = key[0]  # type: ignore[index]
    return mark


def fill(cached: Any, known: Remembered) -> None:  # noqa: ANN401
    """Let it remember that, without a call of the user's code."""
    calls, hits, misses = known
    function = cached.__wrapped__
    answers = [result for _, _, result in reversed(calls)]
    code = function.__code__
    function.__code__ = _answering(code, answers.pop)
    try:
        for args, named, _ in calls:
            cached(*args, **named)
        for _ in range(misses - len(calls)):  # calls that raised, or were forgotten
            with contextlib.suppress(IndexError):  # there is no answer: it counts, and is not remembered
                cached(cached)
    finally:
        function.__code__ = code
    if calls:
        args, named, _ = calls[-1]
        for _ in range(hits):
            cached(*args, **named)


_ANSWER = 7070707
"""Stands for the function that answers, in the code that is made below."""


def _answering(code: types.CodeType, answer: Callable[[], Any]) -> types.CodeType:
    """Code that fits a function with `code`, closure and all, and gives what `answer` gives."""
    free = ", ".join(code.co_freevars)
    lines = [
        f"def around({free}):",
        "    def inside(*args, **named):",
        f"        return ({_ANSWER}).__call__()",
    ]
    lines += [f"        ({free},)"] * bool(free)
    made: Any = compile("\n".join(lines), "<remembered>", "exec", dont_inherit=True)
    for _ in range(2):
        made = next(each for each in made.co_consts if isinstance(each, types.CodeType))
    constants = tuple(answer if each == _ANSWER else each for each in made.co_consts)
    done: types.CodeType = made.replace(co_consts=constants)
    return done
