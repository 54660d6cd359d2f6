"""The pickler and the unpickler of state.

On top of cloudpickle's: definitions by reference, other functions of the notebook with the live namespace as
their globals and their closures' cells kept, arrays by their memory, references into objects that were loaded.
In: a value. Out: pickle bytes in pieces, buffers, and what was met on the way.
"""

from __future__ import annotations

import builtins
import contextlib
import copyreg
import dis
import enum
import functools
import importlib
import io
import math
import pickle
import sys
import types
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import cloudpickle

from . import arrays, rebuild, remembered, tensors
from .deep_stack import with_deep_stack
from .definitions import DefinitionId, Definitions, class_state, state_of_members
from .reducers import (
    DICT_VIEWS,
    reduce_arrow_array,
    reduce_cached_property,
    reduce_cell,
    reduce_code,
    reduce_dict_view,
    reduce_exception,
    reduce_file,
    reduce_memmap,
    reduce_memoryview,
    reduce_row,
    refuse_finaliser,
)
from .set_order import frozen, frozen_order
from .singles import keeps_its_dict, may_be_member, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .manifest import Digest

OUT_OF_BAND = 4096  # buffers of at least this many bytes are objects of their own
_REBUILD = (rebuild.__name__, "jupyter_kfp_step.rebuild")


@dataclass(frozen=True)
class Reference:
    """A place in a stored object: its digest and the index in the unpickler's memo (below 0: a NaN's)."""

    object: Digest
    index: int


@dataclass
class Met:
    """What pickling a value met."""

    needs: dict[str, None] = field(default_factory=dict)
    definitions: dict[DefinitionId, Any] = field(default_factory=dict)
    refs: dict[Digest, None] = field(default_factory=dict)
    arrays: list[arrays.Met] = field(default_factory=list)
    by_value: set[int] = field(default_factory=set)
    members: set[int] = field(default_factory=set)
    nans: dict[int, tuple[float, int]] = field(
        default_factory=dict
    )  # by id: `nan in [nan]` asks for identity


@dataclass
class Pickled:
    """A pickled value. `memo` holds every object met, so that ids stay true as long as it lives."""

    pieces: list[bytes]
    buffers: list[pickle.PickleBuffer]
    memo: dict[int, tuple[int, Any]]
    met: Met

    @property
    def size(self) -> int:
        """Bytes in all, buffers too."""
        return sum(map(len, self.pieces)) + sum(buffer.raw().nbytes for buffer in self.buffers)


class _Pieces(list[bytes]):
    """A file for the pickler that keeps large byte strings as they are, without a copy."""

    def write(self, data: Any) -> int:  # noqa: ANN401
        self.append(data if type(data) is bytes else bytes(data))
        return len(data)


@dataclass
class Scope:
    """Where values live: the notebook's namespace, its definitions, and one view per pandas block."""

    namespace: dict[str, Any]
    definitions: Definitions
    block_views: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    storages: dict[tuple[int, int], Any] = field(
        default_factory=dict
    )  # memory of tensors, as arrays of bytes


class _NeedsIds(Exception):  # noqa: N818
    """This value has to be pickled with `persistent_id`, which is slower."""


class StatePickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles values of one namespace."""

    def __init__(self, file: Any, scope: Scope, blocks: Mapping[int, arrays.Block]) -> None:  # noqa: ANN401
        self.buffers: list[pickle.PickleBuffer] = []
        self.met = Met()
        self._scope = scope
        self._blocks = blocks
        self._block_of: dict[int, Any] = {}  # by the array's id: the pandas block or array it is in
        self._plans: dict[type, Callable[[Any], Any] | None] = {}
        super().__init__(file, protocol=5, buffer_callback=self._take_buffer)

    def dump(self, obj: Any) -> None:  # noqa: ANN401
        """As `pickle.Pickler.dump`; a RecursionError stays one."""
        pickle.Pickler.dump(self, obj)

    def _take_buffer(self, buffer: pickle.PickleBuffer) -> bool:
        if buffer.raw().nbytes < OUT_OF_BAND:
            return True
        self.buffers.append(buffer)
        return False

    def reducer_override(self, obj: Any) -> Any:  # noqa: ANN401
        """How each object that is no plain builtin is taken apart. Decided once per type."""
        kind = type(obj)
        try:
            plan = self._plans[kind]
        except KeyError:
            plan = self._plans[kind] = self._plan(kind)
        return NotImplemented if plan is None else plan(obj)

    def _plan(self, kind: type) -> Callable[[Any], Any] | None:
        np = arrays.numpy()
        if issubclass(kind, type):
            return self._reduce_class
        if kind is types.FunctionType:
            return self._reduce_function
        if kind is types.CellType:
            return reduce_cell
        if kind is types.CodeType:
            return self._reduce_code
        if np is not None and kind is np.ndarray:
            return self._reduce_array
        if np is not None and kind in (np.recarray, np.matrix):
            return self._reduce_kind_of_array
        if np is not None and kind is np.ma.MaskedArray:
            return self._reduce_masked
        if np is not None and kind is np.void:
            return reduce_row
        if np is not None and kind is np.memmap:
            return reduce_memmap
        if tensors.is_optimizer_type(kind):
            return tensors.reduce_optimizer
        module = str(kind.__module__)  # None where a library makes classes as it goes, as SymPy does
        if module.startswith("torch.") or module == "torch":
            return self._reduce_tensor if tensors.is_tensor_type(kind) else None
        if module == "pyarrow.lib" and issubclass(kind, sys.modules["pyarrow.lib"].Array):
            return reduce_arrow_array
        if module.startswith("pandas.") and copies_on_write():
            return self._reduce_pandas
        if kind is functools.cached_property:
            return reduce_cached_property
        if kind is functools._lru_cache_wrapper:
            return self._reduce_cache
        if issubclass(kind, BaseException):
            return reduce_exception
        if issubclass(kind, io.IOBase):
            return reduce_file
        if kind in DICT_VIEWS:
            return reduce_dict_view
        if kind is memoryview:
            return reduce_memoryview
        if kind.__module__ == "__main__" and hasattr(kind, "__del__"):
            return refuse_finaliser
        if kind is types.SimpleNamespace:
            return self._reduce_namespace
        if keeps_its_dict(kind):
            return self._reduce_instance
        return self._reduce_member if may_be_member(kind) else None

    def _by_definition(self, identity: DefinitionId, obj: Any) -> Any:  # noqa: ANN401
        self.met.definitions[identity] = obj
        return rebuild.definition, (str(identity),)

    def _reduce_class(self, cls: type) -> Any:  # noqa: ANN401
        identity = self._scope.definitions.identify(cls)
        if identity is not None:
            return self._by_definition(identity, cls)
        # such as numpy.rec, which names its classes and is not imported
        if isinstance(cls.__module__, str) and cls.__module__ not in sys.modules:
            with contextlib.suppress(ImportError):
                importlib.import_module(cls.__module__)
        reduced = super().reducer_override(cls)
        if reduced is not NotImplemented and reduced[0] is not type:
            self.met.by_value.add(id(cls))
            if reduced[0] is rebuild.make_skeleton:
                return rebuild.bare_class, *reduced[1:]
            if isinstance(cls, enum.EnumMeta):
                return (
                    *reduced[:2],
                    (reduced[2], state_of_members(cls)),
                    None,
                    None,
                    rebuild.set_enumeration,
                )
        return reduced

    def _reduce_cache(self, cached: Any) -> Any:  # noqa: ANN401
        identity = self._scope.definitions.identify(cached)
        if identity is not None:
            return self._by_definition(identity, cached)
        if getattr(sys.modules.get(cached.__module__), cached.__qualname__, None) is cached and (
            cached.__module__ not in ("__main__", self._scope.namespace.get("__name__"))
        ):
            return NotImplemented
        self.met.by_value.add(id(cached))
        options = cached.cache_parameters()
        args = (cached.__wrapped__, options["maxsize"], options["typed"])
        return rebuild.cached, args, remembered.read(cached), None, None, rebuild.fill_cache

    def _reduce_function(self, function: types.FunctionType) -> Any:  # noqa: ANN401
        identity = self._scope.definitions.identify(function)
        if identity is not None:
            return self._by_definition(identity, function)
        scope: str | dict[str, Any] = ""
        if function.__globals__ is self._scope.namespace:
            owner = self._class_of(function)
            if owner is not None:
                return rebuild.attribute, (owner, function.__name__)
            self.met.needs.update(dict.fromkeys(global_names(function.__code__, self._scope.namespace)))
        elif super().reducer_override(function) is NotImplemented:
            return NotImplemented
        else:
            scope = self._scope_of(function)
        self.met.by_value.add(id(function))
        state = {
            "__dict__": dict(vars(function)),
            "__defaults__": function.__defaults__,
            "__kwdefaults__": function.__kwdefaults__,
            "__qualname__": function.__qualname__,
            "__module__": function.__module__,
            "__doc__": function.__doc__,
        }
        annotate = getattr(
            function, "__annotate__", None
        )  # from Python 3.14 on annotations are evaluated late
        if annotate is not None:
            state["__annotate__"] = annotate
        elif function.__annotations__:
            state["__annotations__"] = function.__annotations__
        args = (function.__code__, scope, function.__name__, function.__closure__)
        return rebuild.function, args, state, None, None, rebuild.set_function

    def _scope_of(self, function: types.FunctionType) -> str | dict[str, Any]:
        """The globals of a function that are not the notebook's: a module's, or a dict of its own."""
        name = function.__globals__.get("__name__", "")
        module = sys.modules.get(name)
        if module is not None and vars(module) is function.__globals__ and name != "__main__":
            return str(name)
        if not isinstance(self, ReferringPickler):
            raise _NeedsIds
        return function.__globals__

    def _class_of(self, function: types.FunctionType) -> type | None:
        """The notebook's class that the function is a method of, if that class travels as source."""
        owner_name, _, name = function.__qualname__.rpartition(".")
        owner = self._scope.namespace.get(owner_name)
        if not isinstance(owner, type) or self._scope.definitions.identify(owner) is None:
            return None
        found = vars(owner).get(name)
        same = getattr(found, "__func__", found) is function and name == function.__name__
        state = class_state(owner, self._scope.definitions[self._scope.definitions.identify(owner)])  # type: ignore[index]
        return owner if same and name not in state else None

    def _reduce_code(self, code: types.CodeType) -> Any:  # noqa: ANN401
        return reduce_code(code)

    def _reduce_array(self, array: Any) -> Any:  # noqa: ANN401
        plain = arrays.is_plain(array)
        if not plain and not arrays.is_object_array(array):
            return NotImplemented
        low, high = arrays.bounds(array)
        holder = self._block_of.get(id(array))
        self.met.arrays.append(arrays.Met(array, low, high, None if holder is None else id(holder), holder))
        block = self._blocks.get(id(array))
        if block is not None:
            return arrays.reduce_view(array, block)
        return arrays.reduce_alone(array) if plain else NotImplemented

    def _reduce_kind_of_array(self, array: Any) -> Any:  # noqa: ANN401
        """A record array or matrix is a view of an array: it may share its memory with others."""
        np = arrays.numpy()
        base = array.view(np.ndarray)
        if base.dtype.type is np.record:
            base = base.view(np.dtype((np.void, base.dtype)))
        _, base = self._scope.block_views.setdefault(id(array), (array, base))
        return rebuild.kind_of_array, (base, type(array))

    def _reduce_masked(self, array: Any) -> Any:  # noqa: ANN401
        """Values and mask are two arrays, and a view of a masked array looks at both."""
        np = arrays.numpy()
        _, base = self._scope.block_views.setdefault(id(array), (array, array.view(np.ndarray)))
        own = {key: value for key, value in vars(array).items() if key not in ("_mask", "_basedict")}
        return rebuild.masked_array, (base,), (array._mask, own), None, None, rebuild.set_mask

    def _reduce_pandas(self, obj: Any) -> Any:  # noqa: ANN401
        """Mark the arrays inside pandas objects: where pandas copies on write they must not be made to share."""
        values = getattr(obj, "values", None) if hasattr(type(obj), "mgr_locs") else None
        if values is not None and type(values) is arrays.numpy().ndarray:
            func, (_, placement, ndim) = obj.__reduce__()
            _, own = self._scope.block_views.setdefault(id(obj), (obj, values.view()))
            self._block_of[id(own)] = obj
            return func, (own, placement, ndim)
        if type(obj).__name__ == "SingleBlockManager":  # its state holds the values without their block
            self._block_of[id(obj.blocks[0].values)] = obj.blocks[0]
            return NotImplemented
        # What a groupby has worked out is no change of it, and is worked out again.
        if "_cache" in getattr(obj, "__dict__", {}) and "groupby" in type(obj).__module__:
            func, args, state = obj.__reduce_ex__(5)[:3]
            return func, args, {key: each for key, each in state.items() if key != "_cache"}
        inner = (
            [vars(obj).get(name) for name in ("_data", "_mask", "_codes")] if hasattr(obj, "__dict__") else []
        )
        if hasattr(type(obj), "_ndarray"):
            inner.append(obj._ndarray)
        for array in inner:
            if type(array) is arrays.numpy().ndarray:
                self._block_of[id(array)] = obj
        # pandas puts the chunks of an Arrow array together before it gives them away, and masks get lost there.
        arrow = getattr(obj, "__dict__", {}).get("_pa_array")
        if arrow is not None and arrow.num_chunks == 1:
            state = {**vars(obj), "_pa_array": arrow.chunk(0)}
            return copyreg.__newobj__, (type(obj),), state  # type: ignore[attr-defined]
        # Nor is what an array of dates has worked out: its unit, once somebody asks.
        if hasattr(type(obj), "_ndarray") and "_cache" in getattr(obj, "__dict__", {}):
            func, args, (*first, own) = obj.__reduce_ex__(5)[:3]
            own = {key: each for key, each in own.items() if key != "_cache"}
            return (
                func,
                args,
                (*first, own) if own else tuple(first),
            )  # as pandas has it where there is nothing
        return NotImplemented

    def _reduce_tensor(self, tensor: Any) -> Any:  # noqa: ANN401
        return tensors.reduce_tensor(tensor, self._scope.storages)

    def _reduce_member(self, obj: Any) -> Any:  # noqa: ANN401
        place = place_of(obj)
        if place is None:
            return NotImplemented
        self.met.members.add(id(obj))
        return rebuild.member, place

    def _reduce_instance(self, obj: Any) -> Any:  # noqa: ANN401
        """Where a name stands for the object's dict, as after `d = vars(x)`, it stays the same dict."""
        if id(vars(obj)) not in self._named_dicts:
            return self._reduce_member(obj) if may_be_member(type(obj)) else NotImplemented
        return copyreg.__newobj__, (type(obj),), vars(obj), None, None, rebuild.adopt_dict  # type: ignore[attr-defined]

    def _reduce_namespace(self, space: types.SimpleNamespace) -> Any:  # noqa: ANN401
        """Its dict cannot be replaced, so one that a name stands for cannot be kept the same."""
        if id(vars(space)) in self._named_dicts:
            raise pickle.PicklingError("another name stands for the __dict__ of a SimpleNamespace")
        return NotImplemented

    @functools.cached_property
    def _named_dicts(self) -> set[int]:
        return {id(value) for value in self._scope.namespace.values() if type(value) is dict}


class ReferringPickler(StatePickler):
    """A pickler that stores references into loaded objects, and keeps the identity of NaNs."""

    def __init__(
        self,
        file: Any,  # noqa: ANN401
        scope: Scope,
        blocks: Mapping[int, arrays.Block],
        refs: Mapping[int, Reference],
    ) -> None:
        self._refs = refs
        self._frozen_sets: dict[int, tuple[frozenset[Any], int]] = {}
        super().__init__(file, scope, blocks)

    def persistent_id(self, obj: Any) -> tuple[Any, ...] | None:  # noqa: ANN401
        """What stands for an object that is not stored here."""
        ref = self._refs.get(id(obj))
        if ref is not None:
            self.met.refs[ref.object] = None
            return "ref", str(ref.object), ref.index
        if type(obj) is float and obj != obj:
            np = arrays.numpy()
            if obj is math.nan:
                return "member", "math", "nan"
            if np is not None and obj is np.nan:
                return "member", "numpy", "nan"
            return "nan", self.met.nans.setdefault(id(obj), (obj, len(self.met.nans)))[1]
        if obj is vars(builtins):
            return ("builtins",)
        if type(obj) is frozenset and obj:
            return self._frozen(obj)
        return None

    def _frozen(self, obj: frozenset[Any]) -> tuple[Any, ...] | None:
        """A frozenset that would have another order is made in another way; its elements stand in the id, once."""
        known = self._frozen_sets.get(id(obj))
        if known is not None:
            return ("frozen", known[1])
        ordered = frozen_order(obj)
        if ordered is None:
            return None
        self._frozen_sets[id(obj)] = (obj, len(self._frozen_sets))
        return ("frozen", len(self._frozen_sets) - 1, *ordered)


class StateUnpickler(pickle.Unpickler):
    """Loads what the picklers above stored, into one namespace."""

    def __init__(
        self,
        file: Any,  # noqa: ANN401
        buffers: Sequence[Any],
        scope: Scope,
        refs: Callable[[Digest, int], Any],
    ) -> None:
        self._scope = scope
        self._refs = refs
        self.nans: dict[int, float] = {}
        self._frozen_sets: dict[int, frozenset[Any]] = {}
        super().__init__(file, buffers=buffers)

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401
        """The objects that a pickle names; those of the notebook come from its namespace."""
        if module in _REBUILD:
            if name == "definition":
                return self._scope.definitions.resolve
            if name == "function":
                return partial(rebuild.function_in, self._scope.namespace)
            return getattr(rebuild, name)
        if module == "__main__":
            first, *rest = name.split(".")
            found = self._scope.namespace[first]
            for part in rest:
                found = getattr(found, part)
            return found
        return super().find_class(module, name)

    def persistent_load(self, pid: tuple[Any, ...]) -> Any:  # noqa: ANN401
        """The object that `persistent_id` stood for."""
        match pid:
            case ("ref", digest, index):
                return self._refs(digest, index)
            case ("member", module, name):
                return rebuild.member(module, name)
            case ("frozen", number):
                return self._frozen_sets[number]
            case ("frozen", number, size, elements, spent):
                return self._frozen_sets.setdefault(number, frozen(size, elements, spent))
            case ("nan", number):
                return self.nans.setdefault(number, float("nan"))
            case _:
                return vars(builtins)


def pickle_value(
    value: Any,  # noqa: ANN401
    scope: Scope,
    *,
    blocks: Mapping[int, arrays.Block] | None = None,
    refs: Mapping[int, Reference] | None = None,
) -> Pickled:
    """Pickle one value. Raises whatever its parts raise when they cannot be pickled."""

    def run(ids: Mapping[int, Reference] | None) -> Pickled:
        pieces = _Pieces()
        if ids is None:
            pickler = StatePickler(pieces, scope, blocks or {})
        else:
            pickler = ReferringPickler(pieces, scope, blocks or {}, ids)
        pickler.dump(value)
        return Pickled(list(pieces), pickler.buffers, pickler.memo.copy(), pickler.met)

    try:
        done = with_deep_stack(lambda: run(refs))
        again = refs is None and (
            any(nan in piece for piece in done.pieces for nan in _NANS)
            or any(type(obj) is frozenset and frozen_order(obj) for _, obj in done.memo.values())
        )
    except _NeedsIds:
        again = True
    except Exception:
        if refs is not None:
            raise
        again = True  # it may hold the dict of `builtins`, as the globals of `exec` do
    return with_deep_stack(lambda: run({})) if again else done


def global_names(code: types.CodeType, namespace: Mapping[str, Any]) -> list[str]:
    """The global names that a function's code, and the code inside it, reads or writes."""
    names: dict[str, None] = {}
    for instruction in dis.get_instructions(code):
        if instruction.opname in _GLOBAL_OPS:
            name = instruction.argval
            if name in namespace or not hasattr(builtins, name):
                names[name] = None
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names.update(dict.fromkeys(global_names(constant, namespace)))
    return list(names)


def copies_on_write() -> bool:
    """Whether pandas keeps count itself of who looks at a block of memory."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not hasattr(pandas, "__version__"):
        return False
    if int(pandas.__version__.split(".")[0]) >= 3:
        return True
    return bool(pandas.options.mode.copy_on_write)


_GLOBAL_OPS = {"LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
_NANS = (b"G\x7f\xf8\0\0\0\0\0\0", b"G\xff\xf8\0\0\0\0\0\0")
