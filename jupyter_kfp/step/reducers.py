"""How objects of one kind are taken apart: `rebuild` puts them together again. Or why they cannot travel.

In: an object. Out: what `__reduce__` gives, or NotImplemented where the object's own way is right.
"""

from __future__ import annotations

import collections
import functools
import gc
import hashlib
import io
import linecache
import operator
import pickle
import sys
import types
from typing import Any

import cloudpickle

from . import arrays, rebuild

DICT_VIEWS = tuple(
    type(getattr(made, name)())
    for made in (dict[str, int](), collections.OrderedDict[str, int]())
    for name in ("keys", "values", "items")
)


def reduce_cell(cell: types.CellType) -> Any:  # noqa: ANN401
    try:
        contents = (cell.cell_contents,)
    except ValueError:
        return rebuild.cell, ()
    return rebuild.cell, (), contents, None, None, rebuild.set_cell


def reduce_code(code: types.CodeType) -> Any:  # noqa: ANN401
    """A code object under a file name that does not depend on the process, with its cell's text."""
    source = ""
    entry = linecache.cache.get(code.co_filename)
    if entry is not None and len(entry) == 4 and entry[1] is None:
        source = "".join(entry[2])
        if not code.co_filename.startswith("<"):
            digest = hashlib.sha256(source.encode()).hexdigest()[:12]
            code = code.replace(co_filename=f"{rebuild.INLINE}{digest}>")
    _, args = cloudpickle.Pickler.dispatch_table[types.CodeType](code)
    return rebuild.code, (code.co_filename, source, *args)


def reduce_exception(error: BaseException) -> Any:  # noqa: ANN401
    """An exception with what it came from, which pickle forgets."""
    reduced = error.__reduce_ex__(5)
    chain = {
        name: value
        for name in ("__cause__", "__context__", "__suppress_context__")
        if (value := getattr(error, name))
    }
    frames = rebuild.frames_of(error.__traceback__)
    made: tuple[Any, ...]
    if type(error).__reduce__ is _builtin_kind(type(error)).__reduce__ and reduced[0] is type(error):
        made = (rebuild.new_exception, (type(error), _builtin_kind(type(error)), error.args))
    elif not chain and not frames:
        return NotImplemented
    else:
        made = (rebuild.bare_exception, reduced[:2])
    return (
        *made,
        (reduced[2] if len(reduced) > 2 else None, chain, frames),
        None,
        None,
        rebuild.set_exception,
    )


def _builtin_kind(kind: type[BaseException]) -> type[BaseException]:
    """The exception of Python's own that a class is a kind of."""
    return next(each for each in kind.__mro__ if each.__module__ == "builtins")


def refuse_finaliser(obj: Any) -> Any:  # noqa: ANN401
    """What runs when an object goes away would run in another step, or twice, or never."""
    raise pickle.PicklingError(f"{type(obj).__name__}.__del__ would run at another time than in the notebook")


def reduce_file(file: io.IOBase) -> Any:  # noqa: ANN401
    """A file that was closed stays a closed file; an open one cannot travel."""
    kind = type(file)
    for name in ("stdout", "stderr", "stdin"):
        if file in (getattr(sys, name), getattr(sys, f"__{name}__")):
            return rebuild.member, ("sys", name)
    if kind in (io.StringIO, io.BytesIO):
        return NotImplemented
    if kind in (io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom) and file.closed:
        name = getattr(file, "name", "")
        encoding = getattr(file, "encoding", None)
        known = name if isinstance(name, (str, bytes)) else ""
        return rebuild.closed_file, (known, getattr(file, "mode", "r"), encoding)
    raise pickle.PicklingError("an open file")


def reduce_memmap(array: Any) -> Any:  # noqa: ANN401
    """An array that shows a file; where writes to it go to the file or to shared memory it cannot travel."""
    if array.mode not in ("r", None):  # None: one that was loaded is in memory alone
        raise pickle.PicklingError(f"it writes to the file {array.filename}")
    return NotImplemented


def reduce_row(row: Any) -> Any:  # noqa: ANN401
    """A row of a structured array looks at the array's memory."""
    base = row.base
    if type(base) is not arrays.numpy().ndarray:
        return NotImplemented
    if base.ndim != 1 or base.dtype != row.dtype:
        raise pickle.PicklingError("a row of a structured array of several dimensions")
    place = row.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    return operator.getitem, (base, place // base.strides[0])


def reduce_dict_view(view: Any) -> Any:  # noqa: ANN401
    """`d.keys()` goes on showing `d`."""
    (shown,) = gc.get_referents(view)
    return rebuild.dict_view, (shown, type(view).__name__.rpartition("_")[2])


def reduce_arrow_array(array: Any) -> Any:  # noqa: ANN401
    """With its mask of missing values, though none is missing: memory that `info` and `memory_usage` count."""
    of = sys.modules["pyarrow"].types
    text = (of.is_string, of.is_large_string, of.is_binary, of.is_large_binary)
    if array.null_count or not any(known(array.type) for known in (of.is_primitive, *text)):
        return NotImplemented
    mask, *rest = array.buffers()
    if mask is None:
        return NotImplemented
    return rebuild.arrow_array, (array.type, len(array), [mask, *rest], array.offset)


def reduce_cached_property(made: functools.cached_property[Any]) -> Any:  # noqa: ANN401
    """Without its lock, which it has before Python 3.12."""
    return rebuild.cached_property, (made.func, made.attrname)


def reduce_memoryview(view: memoryview) -> Any:  # noqa: ANN401
    """Over the same memory as before; slices of one cannot travel."""
    whole = memoryview(view.obj)
    if (whole.nbytes, whole.format, whole.shape, whole.readonly) != (
        view.nbytes, view.format, view.shape, view.readonly
    ):  # fmt: skip
        raise pickle.PicklingError("a slice of a memoryview")
    return memoryview, (view.obj,)
