"""The functions that pickles name: how a function, a closure's cell, an array or a view is put together again.

`StateUnpickler` gives `definition`, `function` and `namespace_dict` their surroundings; the rest stands alone.
"""

from __future__ import annotations

import functools
import importlib
import io
import linecache
import os
import types
import weakref
from typing import TYPE_CHECKING, Any

import cloudpickle

from . import remembered
from .errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable

INLINE = "<notebook cell "
OWN_COPY = 1 << 20  # arrays up to this many bytes get memory of their own; larger ones stay mapped


def definition(identity: str) -> Any:  # noqa: ANN401
    """The function or class that a listed source gives."""
    raise RuntimeError(f"definition {identity} can only be loaded as part of a step's state")


def function(code: types.CodeType, scope: Any, name: str, cells: Any) -> types.FunctionType:  # noqa: ANN401
    """A function whose globals are the live namespace. `scope`: "" for it, a module's name, or a dict."""
    raise RuntimeError(f"function {name} can only be loaded as part of a step's state")


def function_in(
    namespace: dict[str, Any],
    code: types.CodeType,
    scope: str | dict[str, Any],
    name: str,
    cells: tuple[types.CellType, ...] | None,
) -> types.FunctionType:
    """The same, with the namespace given."""
    if isinstance(scope, dict):
        scope.setdefault("__builtins__", importlib.import_module("builtins").__dict__)
        where = scope
    else:
        where = vars(importlib.import_module(scope)) if scope else namespace
    return types.FunctionType(code, where, name, None, cells)


def set_function(made: types.FunctionType, state: dict[str, Any]) -> None:
    """Fill in what may lead back to the function itself."""
    vars(made).update(state.pop("__dict__"))
    for attribute, value in state.items():
        setattr(made, attribute, value)


def code(filename: str, source: str, *args: Any) -> types.CodeType:  # noqa: ANN401
    """A code object; tracebacks and `inspect.getsource` show the cell that it came from."""
    remember_source(filename, source)
    return types.CodeType(*args)


def remember_source(filename: str, source: str) -> None:
    """Make a text that is no file known as the source of that file name."""
    if source:
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)


def cell() -> types.CellType:
    """An empty cell of a closure."""
    return types.CellType()


def set_cell(made: types.CellType, contents: tuple[Any]) -> None:
    """Fill a cell."""
    made.cell_contents = contents[0]


def masked_array(base: Any) -> Any:  # noqa: ANN401
    """A masked array over that memory, with no mask yet."""
    import numpy as np

    return base.view(np.ma.MaskedArray)


def set_mask(made: Any, state: tuple[Any, dict[str, Any]]) -> None:  # noqa: ANN401
    """Give a masked array its mask, the very array, and its attributes."""
    made._mask, own = state
    vars(made).update(own)


def adopt_dict(made: Any, own: dict[str, Any]) -> None:  # noqa: ANN401
    """Make this very dict the object's, as somebody else holds it too."""
    made.__dict__ = own


def closed_file(name: str, mode: str, encoding: str | None) -> Any:  # noqa: ANN401
    """A file that has been closed. It keeps its name and mode; using it raises as it did."""
    raw: Any = io.FileIO(os.devnull, "r+" if set("wax+") & set(mode) else "r")
    raw.name = name
    if "+" in mode:
        file: Any = io.BufferedRandom(raw)
    else:
        file = io.BufferedReader(raw) if "r" in mode else io.BufferedWriter(raw)
    if encoding is not None:
        file = io.TextIOWrapper(file, encoding=encoding)
        file.mode = mode
    file.close()
    return file


def cached(function: Any, maxsize: int | None, typed: bool) -> Any:  # noqa: ANN401
    """A function that remembers its results, and does not know any yet."""
    return functools.lru_cache(maxsize, typed)(function)


def fill_cache(made: Any, known: remembered.Remembered) -> None:  # noqa: ANN401
    """Let it remember what it did."""
    remembered.fill(made, known)


make_skeleton = cloudpickle.cloudpickle._make_skeleton_class


def bare_class(
    meta: type,
    name: str,
    bases: tuple[type, ...],
    content: dict[str, Any],
    tracked: str,
    extra: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """A class before it has its attributes; what the notebook does when a class is made has been done already."""
    real = types.resolve_bases(bases)
    above = dict.fromkeys(each for base in real for each in base.__mro__ if each.__module__ == "__main__")
    hooks = {each: vars(each)["__init_subclass__"] for each in above if "__init_subclass__" in vars(each)}
    for each in hooks:
        setattr(each, "__init_subclass__", classmethod(lambda cls, **_: None))  # noqa: B010
    try:
        if meta.__module__ != "__main__":
            return make_skeleton(meta, name, bases, content, tracked, extra)
        builtin = next(each for each in meta.__mro__ if each.__module__ != "__main__")
        made: Any = builtin.__new__(meta, name, real, dict(content))
        return cloudpickle.cloudpickle._lookup_class_or_track(tracked, made)
    finally:
        for each, hook in hooks.items():
            setattr(each, "__init_subclass__", hook)  # noqa: B010


def set_enumeration(cls: Any, state: tuple[Any, dict[str, dict[str, Any]]]) -> None:  # noqa: ANN401
    """Give an enumeration its attributes, and its members theirs."""
    attributes, members = state
    cloudpickle.cloudpickle._class_setstate(cls, attributes)
    set_members(cls, members)


def set_members(cls: Any, members: dict[str, dict[str, Any]]) -> None:  # noqa: ANN401
    """Give the members of an enumeration what they hold beside their value."""
    for name, own in members.items():
        vars(cls.__members__[name]).update(own)


def dict_view(shown: dict[Any, Any], name: str) -> Any:  # noqa: ANN401
    """`keys`, `values` or `items` of that dict."""
    return getattr(shown, name)()


def cached_property(get: Callable[[Any], Any], name: str | None) -> functools.cached_property[Any]:
    """A property that is worked out once, under the name that its class gave it."""
    made = functools.cached_property(get)
    made.attrname = name
    return made


def arrow_array(kind: Any, length: int, buffers: list[Any], offset: int) -> Any:  # noqa: ANN401
    """An Arrow array over these buffers. How many are missing is left open: were it 0, Arrow would drop the mask."""
    return importlib.import_module("pyarrow").Array.from_buffers(kind, length, buffers, -1, offset)


def bare_exception(make: Any, args: tuple[Any, ...]) -> BaseException:  # noqa: ANN401
    """An exception before its state, causes and traceback are set."""
    made = make(*args)
    assert isinstance(made, BaseException)
    return made


def new_exception(
    kind: type[BaseException], builtin: type[BaseException], args: tuple[Any, ...]
) -> BaseException:
    """An exception without a call of its class, which may ask for other arguments than those that it passes on."""
    made = kind.__new__(kind, *args)
    builtin.__init__(made, *args)
    made.args = args
    return made


def kind_of_array(base: Any, kind: type) -> Any:  # noqa: ANN401
    """An array as a record array or a matrix."""
    return base.view(kind)


Frame = tuple[str, str, int]
"""Of a traceback: file name, name of the code, line."""


def set_exception(
    made: BaseException, state: tuple[dict[str, Any] | None, dict[str, Any], tuple[Frame, ...]]
) -> None:
    """Give an exception its attributes, what it came from, and a traceback that reads the same."""
    attributes, chain, frames = state
    if attributes:
        made.__setstate__(attributes)
    for name, value in chain.items():
        setattr(made, name, value)
    made.__traceback__ = traceback_of(frames)


def frames_of(traceback: types.TracebackType | None) -> tuple[Frame, ...]:
    """The lines of a traceback; the frames' variables do not travel."""
    frames = []
    while traceback is not None:
        code_object = traceback.tb_frame.f_code
        frames.append((code_object.co_filename, code_object.co_name, traceback.tb_lineno))
        traceback = traceback.tb_next
    return tuple(frames)


def traceback_of(frames: tuple[Frame, ...]) -> types.TracebackType | None:
    """A traceback with these lines, made by running a stub under each name."""
    following: types.TracebackType | None = None
    for filename, name, line in reversed(frames):
        stub = compile("\n" * (line - 1) + "raise Exception", filename, "exec").replace(co_name=name)
        try:
            exec(stub, {})  # noqa: S102 - a stub of one statement
        except Exception as error:
            made = error.__traceback__.tb_next if error.__traceback__ else None
            if made is not None:
                following = types.TracebackType(following, made.tb_frame, made.tb_lasti, line)
    return following


def attribute(owner: type, name: str) -> Any:  # noqa: ANN401
    """A function that stands in a class, as it stands there."""
    found = vars(owner)[name]
    return getattr(found, "__func__", found)


def member(module: str, name: str) -> Any:  # noqa: ANN401
    """An object that a module keeps one of."""
    return getattr(importlib.import_module(module), name)


def array(
    memory: Any,  # noqa: ANN401
    dtype: Any,  # noqa: ANN401
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int,
    writeable: bool,
    owns: bool,
) -> Any:  # noqa: ANN401
    """An array over raw memory, with its strides. A small one that owned its memory owns it again."""
    import numpy as np

    if len(memory) == 0:
        made = np.empty(shape, dtype) if owns else np.ndarray(shape, dtype, bytearray(0), 0, strides)
    else:
        made = np.ndarray(shape, dtype, memory, offset, strides)
        if owns and made.nbytes <= OWN_COPY:
            made = made.copy(order="K")
    if made.flags.writeable and not writeable:
        made.flags.writeable = False
    return made


def view(
    owner: Any,  # noqa: ANN401
    dtype: Any,  # noqa: ANN401
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int,
    writeable: bool,
) -> Any:  # noqa: ANN401
    """An array over the memory of another one, `offset` bytes behind its first byte."""
    import numpy as np

    if dtype.hasobject:
        made = np.lib.stride_tricks.as_strided(
            owner.reshape(-1, order="A")[offset // owner.itemsize :], shape, strides
        )
    else:
        made = np.ndarray(shape, dtype, flat_bytes(owner), offset, strides)
    if made.flags.writeable and not writeable:
        made.flags.writeable = False
    return made


def flat_bytes(owner: Any) -> Any:  # noqa: ANN401
    """A contiguous array (in C or Fortran order) as bytes, without a copy."""
    import numpy as np

    return (owner if owner.flags.c_contiguous else owner.T).reshape(-1).view(np.uint8)


def tensor(
    memory: Any,  # noqa: ANN401
    dtype: str,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int,
    requires_grad: bool,
    is_parameter: bool,
) -> Any:  # noqa: ANN401
    """A PyTorch tensor over the memory of an array of bytes. Strides and offset count elements."""
    torch = importlib.import_module("torch")
    kind = getattr(torch, dtype)
    if len(memory):
        made = torch.from_numpy(memory).view(kind).as_strided(shape, strides, offset)
    else:
        made = torch.empty(shape, dtype=kind)
    if is_parameter:
        return torch.nn.Parameter(made, requires_grad)
    return made.requires_grad_(requires_grad) if requires_grad else made.detach()


def computed_tensor(
    memory: Any,  # noqa: ANN401
    dtype: str,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int,
    operation: str,
) -> Any:  # noqa: ANN401
    """A tensor that was computed from parameters. It prints as it did; the graph behind it is not there."""
    torch = importlib.import_module("torch")

    class Stayed(torch.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, value: Any, _: Any) -> Any:  # noqa: ANN401
            ctx.mark_dirty(value)
            return value

        @staticmethod
        def backward(ctx: Any, *_: Any) -> Any:  # noqa: ANN401
            raise GraphError

    value = tensor(memory, dtype, shape, strides, offset, False, False).data
    with torch.enable_grad():
        made = Stayed.apply(value, torch.empty(0, requires_grad=True))
    type(made.grad_fn).__name__ = operation
    return made


def set_attributes(made: Any, attributes: dict[str, Any]) -> None:  # noqa: ANN401
    """Give an object what the user hung on it."""
    vars(made).update(attributes)


def set_optimizer(made: Any, state: dict[str, Any]) -> None:  # noqa: ANN401
    """Give an optimizer all that it held; where a scheduler counted its steps, they are counted again."""
    made.__setstate__(state["held"])
    if not state["marks"]:
        return
    step = type(made).step
    reference = weakref.ref(made)

    @functools.wraps(step)
    def counted(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        optimizer: Any = reference()
        optimizer._opt_called = True
        return step.__get__(optimizer, type(optimizer))(*args, **kwargs)

    for mark in state["marks"]:
        setattr(counted, mark, True)
    made.step = counted


def set_tensor(made: Any, state: dict[str, Any]) -> None:  # noqa: ANN401
    """Give a tensor its gradient and its attributes."""
    made.grad = state["grad"]
    vars(made).update(state["attributes"])
