"""Objects that there is one of, which an import gives again: functions and classes of libraries, sentinels, globals.

In: an object or its class. Out: where it is found, or whether it may be such a one.
"""

from __future__ import annotations

import sys
import types
from typing import Any

_SINGLE_TYPES: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("random", "Random"): (("random", "_inst"),),
    ("numpy.random.mtrand", "RandomState"): (("numpy.random.mtrand", "_rand"),),
    ("os", "_Environ"): (("os", "environ"), ("os", "environb")),
    ("matplotlib", "RcParams"): (
        ("matplotlib", "rcParams"), ("matplotlib", "rcParamsDefault"), ("matplotlib", "rcParamsOrig"),
    ),
}  # fmt: skip


def importable_place(value: Any) -> tuple[str, str] | None:  # noqa: ANN401
    """Module and name of a function or class that an import gives; None for all else."""
    if not isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
        return None
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if not isinstance(module, str) or module in ("__main__", "builtins") or "." in name:
        return None
    found = getattr(sys.modules.get(module), name, None)
    return (module, name) if found is value and isinstance(name, str) else None


def may_be_member(kind: type) -> bool:
    if (kind.__module__, kind.__qualname__) in _SINGLE_TYPES:
        return True
    return (
        _inherits(kind, "__reduce_ex__")
        and _inherits(kind, "__reduce__")
        and kind.__module__ not in ("builtins", "__main__")
        and not hasattr(kind, "__getnewargs__")
        and not hasattr(kind, "__getnewargs_ex__")
        and kind.__module__ in sys.modules
    )


def keeps_its_dict(kind: type) -> bool:
    """Whether objects of that class are taken apart as Python does it by itself, into their dict alone."""
    return (
        kind.__dictoffset__ != 0
        and _inherits(kind, "__reduce_ex__")
        and _inherits(kind, "__reduce__")
        and getattr(kind, "__getstate__", None) is getattr(object, "__getstate__", None)
        and not any(hasattr(kind, name) for name in ("__setstate__", "__getnewargs__", "__getnewargs_ex__"))
        and not any(vars(each).get("__slots__") for each in kind.__mro__)
        and not any(
            issubclass(kind, each)
            for each in (types.ModuleType, dict, list, set, tuple, str, int, float, bytes)
        )
    )


def _inherits(kind: type, name: str) -> bool:
    return getattr(kind, name) is getattr(object, name)


def place_of(obj: Any) -> tuple[str, str] | None:  # noqa: ANN401
    """Module and name of an object that there is one of: a sentinel, a global generator, the environment."""
    kind = type(obj)
    known = _SINGLE_TYPES.get((kind.__module__, kind.__qualname__))
    if known is not None:
        for module_name, name in known:
            module = sys.modules.get(module_name)
            if module is not None and getattr(module, name, None) is obj:
                return module_name, name
        return None
    if getattr(obj, "__dict__", None) or any(getattr(each, "__slots__", ()) for each in kind.__mro__):
        return None
    module = sys.modules.get(kind.__module__)
    for name, value in list(vars(module).items()) if module is not None else ():
        if value is obj:
            return kind.__module__, name
    return None
