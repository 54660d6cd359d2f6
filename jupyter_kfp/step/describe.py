"""A line about a value for people: its type and a preview. Never runs code of the value's own class."""

from __future__ import annotations

from typing import Any

PREVIEW = 80
_LITERALS = (bool, int, float, complex, str, bytes, type(None))


def type_name(value: Any) -> str:  # noqa: ANN401
    """The type as people write it, such as `pandas.DataFrame`."""
    kind = type(value)
    module = kind.__module__
    if module in ("builtins", "__main__"):
        return kind.__qualname__
    if module.startswith(("pandas.", "numpy.", "polars.")):
        module = module.partition(".")[0]
    return f"{module}.{kind.__qualname__}"


def preview(value: Any) -> str:  # noqa: ANN401
    """A few words on the content, for the types that can be asked without risk."""
    kind = type(value)
    if kind in _LITERALS:
        text = repr(value[:PREVIEW] if kind in (str, bytes) else value)
        return text if len(text) <= PREVIEW else text[: PREVIEW - 1] + "…"
    if kind in (list, tuple, dict, set, frozenset):
        return _count(len(value), "item")
    name = type_name(value)
    if name in ("pandas.DataFrame", "polars.DataFrame"):
        rows, columns = value.shape
        return f"{_count(rows, 'row')} × {_count(columns, 'column')}"
    if name in ("pandas.Series", "polars.Series"):
        return f"{_count(len(value), 'row')} of {value.dtype}"
    if name == "numpy.ndarray":
        return f"{' × '.join(map(str, value.shape)) or 'a single value'} of {value.dtype}"
    return ""


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
