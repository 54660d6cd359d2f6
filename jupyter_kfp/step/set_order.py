"""The order of a set's elements: kept from one process to the next.

Python gives the elements of a set in the order of its table, which follows from their hashes, the table's size and the
order in which they were added and taken out. A set that is built anew from its elements mostly has another order, and
`list(words)` would differ from the notebook's. In: the sets that a pickle met. Out: how to fill each again so that all
stand in their places; and sets filled that way. Hashes are the same in all steps, which run under one hash seed, but
for those of addresses: sets with such elements have no order that two runs would share, and are left alone.

The places are read from the set itself (`PySetObject` and `set_add_entry` in CPython's setobject.c); where that cannot
be done, as in another Python, nothing is kept. Sets are filled by their public methods alone. A `frozenset` cannot be
filled again once it is there, so the pickle holds its elements and how to make it instead of it.
"""

from __future__ import annotations

import functools
import pickle
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    Layout: TypeAlias = tuple[int, list[int], list[int]]
    """Size of the table; elements, by their number in a set built anew, in the order to add; places that are spent."""

SMALLEST = 8
_IN_A_ROW = 9  # places that are looked at one after the other
_SHIFT = 5
_SAFE = (str, bytes, int, float, complex, tuple)  # comparing one with anything runs no code of the user's


def layouts_of(memo: Mapping[int, tuple[int, Any]]) -> list[bytes]:
    """How to fill the sets of a pickle again, as a pickle to go behind it; nothing where all is well without."""
    found = {}
    for index, obj in memo.values():
        if type(obj) is set:
            layout = _layout(obj)
            if layout is not None:
                found[index] = layout
    return [pickle.dumps(found, protocol=5)] if found else []


def restore_layouts(stored: bytes, memo: Mapping[int, Any]) -> None:
    """Fill the sets of an object again. `memo` is the unpickler's."""
    for index, layout in pickle.loads(stored).items() if stored else ():  # noqa: S301 - our own
        fill(memo[index], layout)


def fill(target: set[Any], layout: Layout) -> None:
    """Give a set built anew from its elements the table that it had."""
    size, order, spent = layout
    elements = list(target)
    try:
        _fill(target, size, [elements[number] for number in order], spent)
    except Exception:  # what comparing two elements raises: then in whatever order
        target.clear()
        target.update(elements)


def frozen_order(found: frozenset[Any]) -> tuple[int, list[Any], list[int]] | None:
    """Size of the table, the elements in the order to add, spent places; None where building it anew is as good."""
    elements = list(found)
    size, fill_count = _table_size(found)
    if not size or not all(map(_is_stable, elements)):
        return None
    anew = frozenset(elements)
    places, spent = _places(found, size)
    if _table_size(anew) == (size, fill_count) and _same(list(anew), elements):
        return None
    order = [elements[number] for number in _adding_order(elements, places, size)]
    try:
        trial = frozen(size, order, spent)
    except Exception:  # what comparing two elements raises
        return None
    return (size, order, spent) if _same(list(trial), elements) else None


def frozen(size: int, elements: list[Any], spent: list[int]) -> frozenset[Any]:
    """A frozenset with a table of that size, to which the elements were added in that order."""
    holders = [_Holder(place) for place in spent]
    waiting = [*holders, *elements]
    if size == SMALLEST:
        made = frozenset(waiting)
    else:
        room = max(size // 4, 5)
        made = frozenset(_with_echoes(waiting[:room], room))
        if waiting[room:]:
            made = made.union(waiting[room:])
    return made.difference(holders) if holders else made


class _Holder:
    """Holds a place for as long as the set is being filled; once it is taken out, the place is spent."""

    def __init__(self, place: int) -> None:
        self.place = place

    def __hash__(self) -> int:
        return self.place


class _Echo:
    """In a dict a key of its own; for a set the same as an element that is in it already.

    A set makes room for all keys of a dict before it takes the first, so echoes make it larger and leave no trace.
    """

    def __init__(self, element: object) -> None:
        self.hash = hash(element)
        self.is_same = False

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return self.is_same


def _fill(target: set[Any], size: int, elements: list[Any], spent: list[int]) -> None:
    holders = [_Holder(place) for place in spent]
    waiting = [*holders, *elements]
    target.clear()
    if size > SMALLEST:
        room = max(size // 4, 5)  # `set_update_dict` takes the power of two above twice what comes
        target.update(_with_echoes(waiting[:room], room))
        del waiting[:room]
    for each in waiting:
        target.add(each)
    for holder in holders:
        target.discard(holder)


def _with_echoes(elements: list[Any], room: int) -> dict[Any, None]:
    """The elements as keys of a dict, with echoes of them that make `room` keys of it."""
    safe = [each for each in elements if isinstance(each, (_Holder, *_SAFE))]
    echoes = [_Echo(safe[number % len(safe)]) for number in range(room - len(elements))]
    keys = dict.fromkeys([*elements, *echoes])
    for echo in echoes:
        echo.is_same = True
    return keys


def _layout(found: set[Any]) -> Layout | None:
    """How to fill it again; None where building it anew is as good, or its order cannot be kept."""
    elements = list(found)
    anew = set(elements)
    size, fill_count = _table_size(found)
    if not size or not all(map(_is_stable, elements)):
        return None
    order_now = list(anew)
    places, spent = _places(found, size)
    as_large = _table_size(anew) == (size, fill_count)
    if as_large and _same(order_now, elements) and _places(anew, size) == (places, spent):
        return None
    if len(places) != len(elements):
        return None
    numbers = {id(each): number for number, each in enumerate(order_now)}
    order = [numbers[id(elements[number])] for number in _adding_order(elements, places, size)]
    layout = (size, order, spent)
    trial = set(elements)
    fill(trial, layout)
    return layout if _same(list(trial), elements) else None


def _same(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def _is_stable(element: Any) -> bool:  # noqa: ANN401
    """Whether its hash is the same in every process."""
    if isinstance(element, (tuple, frozenset)):
        return all(map(_is_stable, element))
    own: Any = type(element).__hash__
    return own is not object.__hash__


def _adding_order(elements: list[Any], places: list[int], size: int) -> list[int]:
    """Numbers of the elements, each after those that stand in its way to its place."""
    at = {place: number for number, place in enumerate(places)}
    order: list[int] = []
    done = [False] * len(elements)
    for begin in range(len(elements)):
        stack = [begin]
        while stack:
            number = stack[-1]
            if done[number]:
                stack.pop()
                continue
            before = [
                at[place]
                for place in _way(hash(elements[number]), places[number], size)
                if place in at and not done[at[place]]
            ]
            if before and len(stack) <= len(elements):
                stack += before
            else:
                done[number] = True
                order.append(number)
                stack.pop()
    return order


def _way(hashed: int, place: int, size: int) -> Iterator[int]:
    """The places that are looked at before that one, for an element of that hash."""
    mask = size - 1
    rest = hashed % (1 << 64)
    here = rest & mask
    for _ in range(size):
        for step in range((_IN_A_ROW if here + _IN_A_ROW <= mask else 0) + 1):
            if here + step == place:
                return
            yield here + step
        rest >>= _SHIFT
        here = (here * 5 + 1 + rest) & mask


# ── the table itself ─────────────────────────────────────────────────────────────────────────────────────────────────


def _table_size(found: set[Any] | frozenset[Any]) -> tuple[int, int]:
    """Places in the set's table, and how many are or were taken; 0 where that cannot be read."""
    if not _is_readable():
        return 0, 0
    fill_count, _, mask, _ = _head(found)
    return mask + 1, fill_count


def _places(found: set[Any] | frozenset[Any], size: int) -> tuple[list[int], list[int]]:
    """The places of the elements, in their order, and those that are spent."""
    import ctypes

    table = (ctypes.c_ssize_t * (2 * size)).from_address(_head(found)[3])
    keys, hashes = table[::2], table[1::2]
    places: list[int] = []
    spent: list[int] = []
    for place, (key, hashed) in enumerate(zip(keys, hashes, strict=True)):
        if key:
            (spent if hashed == -1 else places).append(place)
    return places, spent


def _head(found: set[Any] | frozenset[Any]) -> tuple[int, int, int, int]:
    """fill, used, mask and the address of the table."""
    import ctypes

    fill_count, used, mask, address = (ctypes.c_ssize_t * 4).from_address(id(found) + object.__basicsize__)
    return fill_count, used, mask, address


@functools.lru_cache(None)
def _is_readable() -> bool:
    """Whether sets of this Python are built as we know them: tried on some whose tables are known."""
    if sys.implementation.name != "cpython" or not getattr(sys, "_is_gil_enabled", lambda: True)():
        return False
    try:
        small, large = {0, 1}, set(range(20))
        small.discard(1)
        return (
            _head(small)[:3] == (2, 1, 7)
            and _places(small, 8) == ([0], [1])
            and _head(large)[:3] == (20, 20, 127)
            and _places(large, 128) == (list(range(20)), [])
        )
    except Exception:
        return False
