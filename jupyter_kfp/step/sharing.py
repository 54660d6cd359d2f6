"""Which values belong together: names that reach one changeable object are stored as one object.

In: the pickles of single values. Out: groups of names, and the memory that their arrays share.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import functools
import pathlib
import re
import sys
import types
import uuid
from typing import TYPE_CHECKING, Any

from . import arrays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .pickling import Met, Pickled

_PLAIN = (
    str, bytes, int, float, complex, type(None), type(...), type(NotImplemented), tuple, frozenset, range, slice,
    types.CodeType, types.BuiltinFunctionType, types.ModuleType, types.MappingProxyType, datetime.date,
    datetime.time, datetime.timedelta, datetime.tzinfo, decimal.Decimal, fractions.Fraction, uuid.UUID, re.Pattern,
    pathlib.PurePath, enum.Enum,
)  # fmt: skip
_BY_REFERENCE = (types.FunctionType, functools._lru_cache_wrapper)  # mostly; those by value are noted
_IDENTITY_KEPT = tuple(each for each in _PLAIN if each not in (int, float, complex, type(None)))
"""Within one object pickle keeps the identity of these; nothing else of them can be shared."""


class Identity:
    """Tells the objects whose identity matters: those that can change, or that are only ever compared by `is`."""

    def __init__(self) -> None:
        self._by_type: dict[type, bool] = {}

    def matters(self, obj: Any, met: Met) -> bool:  # noqa: ANN401
        """Whether two names that reach `obj` have to be stored together."""
        kind = type(obj)
        if kind in _BY_REFERENCE or isinstance(obj, type):
            return id(obj) in met.by_value
        known = self._by_type.get(kind)
        if known is None:
            known = self._by_type[kind] = not (issubclass(kind, _PLAIN) or _is_plain_elsewhere(kind))
        return known and id(obj) not in met.members

    def ids(self, pickled: Pickled) -> set[int]:
        """The ids of all such objects that a pickle met."""
        return {key for key, (_, obj) in pickled.memo.items() if self.matters(obj, pickled.met)}


def _is_plain_elsewhere(kind: type) -> bool:
    np = arrays.numpy()
    if np is not None and issubclass(kind, (np.generic, np.dtype, np.ufunc)):
        return True
    pandas = sys.modules.get("pandas")
    base = getattr(getattr(getattr(pandas, "api", None), "extensions", None), "ExtensionDtype", None)
    if base is not None and issubclass(kind, base):
        return True
    return str(kind.__module__).startswith("pandas._libs.tslibs")


def find_groups(
    values: Mapping[str, Any],
    pickles: Mapping[str, Pickled],
    blocks: Iterable[arrays.Block],
    identity: Identity,
) -> list[list[str]]:
    """The names in groups that have to be stored together, each group and all of them sorted."""
    parent = {name: name for name in pickles}

    def find(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    first_with: dict[int, str] = {}

    def join(key: int, name: str) -> None:
        parent[find(name)] = find(first_with.setdefault(key, name))

    for name, pickled in pickles.items():
        for key in (*identity.ids(pickled), *pickled.met.nans):
            join(key, name)
        if isinstance(values[name], _IDENTITY_KEPT):
            join(id(values[name]), name)
        for met in pickled.met.arrays:
            join(id(met.array), name) if met.block is None else None
    names_of: dict[int, list[str]] = {}
    for name, pickled in pickles.items():
        for met in pickled.met.arrays:
            names_of.setdefault(id(met.array), []).append(name)
    for block in blocks:
        for array in (*block.members, block.owner):
            for name in names_of.get(id(array), ()):
                join(id(block), name)
    groups: dict[str, list[str]] = {}
    for name in sorted(pickles):
        groups.setdefault(find(name), []).append(name)
    return sorted(groups.values())
