"""NumPy arrays: their memory, their strides, and which of them look at the same memory.

In: the arrays that a first pickling met. Out: for arrays whose memory overlaps, the one block that all are
views of. Arrays that nothing else overlaps are stored alone, so a small slice does not drag its owner along.
"""

from __future__ import annotations

import pickle
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import rebuild

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

WASTE = 4  # a strided view keeps its strides where its memory spans at most this many times its bytes …
SMALL = 1 << 20  # … or at most this many bytes


@dataclass(frozen=True)
class Met:
    """An array that pickling met. `block`: the pandas block it is in; None for one that cells may hold."""

    array: Any
    low: int
    high: int
    block: Hashable = None
    holder: Any = None  # that block itself

    @property
    def is_shared(self) -> bool:
        """Whether other pandas objects look at the block now, so that the next to write copies it first."""
        refs = getattr(self.holder, "refs", None)
        return refs is not None and bool(refs.has_reference())


@dataclass
class Block:
    """Memory that several arrays look at. `owner` holds it: one of the arrays, or bytes made for it."""

    low: int
    high: int
    owner: Any
    members: list[Any] = field(default_factory=list)


def numpy() -> Any:  # noqa: ANN401
    """NumPy, if this process has it."""
    return sys.modules.get("numpy")


def is_plain(obj: Any) -> bool:  # noqa: ANN401
    """Whether it is an array whose memory is its whole content."""
    np = numpy()
    if np is None or type(obj) not in (np.ndarray, np.memmap):
        return False
    return obj.dtype.kind in "biufcmMSUV" and not obj.dtype.hasobject


def is_object_array(obj: Any) -> bool:  # noqa: ANN401
    """Whether it is an array of Python objects."""
    np = numpy()
    return np is not None and type(obj) is np.ndarray and obj.dtype == object


def bounds(array: Any) -> tuple[int, int]:  # noqa: ANN401
    """The addresses of the array's first byte and of the one behind its last."""
    low = high = array.__array_interface__["data"][0]
    if array.size == 0:
        return low, low
    for length, stride in zip(array.shape, array.strides, strict=True):
        if stride < 0:
            low += (length - 1) * stride
        else:
            high += (length - 1) * stride
    return low, high + array.itemsize


class _Memory:
    """An address range, for NumPy to look at; keeps its array alive."""

    def __init__(self, low: int, size: int, keeps: Any) -> None:  # noqa: ANN401
        self.keeps = keeps
        self.__array_interface__ = {
            "data": (low, False), "shape": (size,), "strides": (1,), "typestr": "|u1", "version": 3,
        }  # fmt: skip


def raw_memory(low: int, high: int, keeps: Any) -> Any:  # noqa: ANN401
    """That memory as an array of bytes, without a copy."""
    return numpy().asarray(_Memory(low, high - low, keeps))


def reduce_alone(array: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """How an array that shares its memory with no other is pickled: raw memory, and how to look at it."""
    owns = array.flags.owndata
    low, high = bounds(array)
    if high - low > SMALL and high - low > WASTE * array.nbytes:
        array, owns = array.copy(order="K"), True
        low, high = bounds(array)
    start = array.__array_interface__["data"][0]
    memory = pickle.PickleBuffer(raw_memory(low, high, array)) if high > low else b""
    return rebuild.array, (
        memory, array.dtype, array.shape, array.strides, start - low, array.flags.writeable, owns,
    )  # fmt: skip


def reduce_view(array: Any, block: Block) -> tuple[Any, ...]:  # noqa: ANN401
    """How a view of shared memory is pickled."""
    start = array.__array_interface__["data"][0]
    low = bounds(block.owner)[0]
    return rebuild.view, (
        block.owner, array.dtype, array.shape, array.strides, start - low, array.flags.writeable,
    )  # fmt: skip


def find_blocks(met: Iterable[Met], loaded: Iterable[Met] = ()) -> list[Block]:
    """Memory that several arrays look at.

    `loaded` are arrays of stored objects: a new view of one is stored as a view of it. Arrays inside pandas
    objects share nothing with each other where pandas copies on write (it keeps count itself, and the count
    would be lost); an array that cells took out of one (`df.values`) does share with it.
    """
    stored = {id(each.array) for each in loaded}
    blocks = []
    for run in _runs((*loaded, *met)):
        block = _block(run, stored)
        if block is not None:
            blocks.append(block)
    return blocks


def _runs(met: Iterable[Met]) -> Iterator[list[Met]]:
    """Arrays whose memory overlaps, where there are several."""
    every = sorted({id(each.array): each for each in met}.values(), key=lambda each: each.low)
    run: list[Met] = []
    end = 0
    for each in every:
        if each.low == each.high:
            continue
        if run and each.low < end:
            run.append(each)
            end = max(end, each.high)
            continue
        if len(run) > 1:
            yield run
        run, end = [each], each.high
    if len(run) > 1:
        yield run


def find_contested(met: Iterable[Met]) -> list[tuple[list[Met], list[Met]]]:
    """Memory that several pandas objects look at, and arrays that cells took out of them: blocks and arrays.

    Whether the arrays see what a later step writes depends on how many look then, which no step can tell.
    """
    found = []
    for run in _runs(met):
        inside, outside = [e for e in run if e.block is not None], [e for e in run if e.block is None]
        if outside and _is_contested(inside):
            found.append((inside, outside))
    return found


def _is_contested(inside: list[Met]) -> bool:
    return len({each.block for each in inside}) > 1 or any(each.is_shared for each in inside)


def _block(run: list[Met], stored: set[int]) -> Block | None:
    if _is_contested([each for each in run if each.block is not None]):  # each gets its own memory
        run = [each for each in run if each.block is None]
    if len(run) < 2 or all(each.block is not None for each in run) or all(id(e.array) in stored for e in run):
        return None
    low, high = min(each.low for each in run), max(each.high for each in run)
    writes = any(each.array.flags.writeable for each in run)
    owner = next(
        (
            each.array
            for each in sorted(
                run, key=lambda each: (id(each.array) not in stored, not each.array.flags.owndata)
            )
            if (each.low, each.high) == (low, high)
            and (each.array.flags.c_contiguous or each.array.flags.f_contiguous)
            and each.block is None
            and (each.array.flags.writeable or not writes)
        ),
        None,
    )
    if owner is None:
        if run[0].array.dtype.hasobject:
            owner = _ultimate_owner(run[0].array)
        else:
            owner = raw_memory(low, high, [each.array for each in run])
    return Block(low, high, owner, [each.array for each in run if each.array is not owner])


def _ultimate_owner(array: Any) -> Any:  # noqa: ANN401
    while isinstance(array.base, numpy().ndarray):
        array = array.base
    return array
