"""Results: the values that the settings mark (`results: {model: Model}`), each as a file of its own.

In: the namespace after the cells. Out: a file per result in the format that fits its type, and what it is. The
formats: tables as parquet (as CSV where pyarrow is not installed), NumPy arrays as npy, text as txt, bytes as bin,
figures as png, JSON's own types as json, and everything else, models among them, as one pickle of protocol 5.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .describe import type_name
from .errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PICKLE_PROTOCOL = 5


@dataclass(frozen=True)
class Stored:
    """A result as a file. `size` is in bytes, `digest` its sha256."""

    name: str
    type: str
    format: str
    file: str
    size: int
    digest: str

    @property
    def metadata(self) -> dict[str, Any]:
        """What Kubeflow shows and records of it."""
        return {key: value for key, value in asdict(self).items() if key != "file"}


def store_results(
    namespace: Mapping[str, Any], names: Iterable[str], folder: Path
) -> dict[str, dict[str, Any]]:
    """Write the results into `folder`; gives what each is, by name. Raises StateError, and then names the result."""
    stored = {}
    for name in names:
        if name not in namespace:
            raise StateError(
                f"the result {name!r} was not bound in this step",
                fix=f"bind {name} in the step, or take it out of the step's results",
            )
        value = namespace[name]
        try:
            ending, content = _content(value)
        except Exception as error:  # whatever its class raises
            raise StateError(
                f"the result {name!r} ({type_name(value)}) cannot be stored: {type(error).__name__}: {error}",
                fix="mark another value as the result, such as the part of it that you need",
            ) from error
        folder.mkdir(parents=True, exist_ok=True)
        file = f"{name}.{ending}"
        (folder / file).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        stored[name] = asdict(Stored(name, type_name(value), ending, file, len(content), digest))
    return stored


def _content(value: Any) -> tuple[str, bytes]:  # noqa: ANN401
    """The ending of its file, and the file."""
    kind = type_name(value)
    out = io.BytesIO()
    if kind == "pandas.DataFrame":
        with contextlib.suppress(ImportError, ValueError, TypeError):  # no pyarrow; columns of mixed types
            if all(isinstance(column, str) for column in value.columns):
                value.to_parquet(out)
                return "parquet", out.getvalue()
        return "csv", value.to_csv(index=not _counts_rows(value)).encode()
    if kind == "polars.DataFrame":
        value.write_parquet(out)
        return "parquet", out.getvalue()
    if kind == "numpy.ndarray" and not value.dtype.hasobject:
        import numpy as np

        np.save(out, value, allow_pickle=False)
        return "npy", out.getvalue()
    if kind == "matplotlib.figure.Figure":
        value.savefig(out, format="png")
        return "png", out.getvalue()
    if type(value) is str:
        return "txt", value.encode()
    if type(value) in (bytes, bytearray):
        return "bin", bytes(value)
    if type(value) in (dict, list, int, float, bool, type(None)):
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            text = json.dumps(value, allow_nan=False, ensure_ascii=False, indent=2)
            if json.loads(text) == value:
                return "json", text.encode()
    import cloudpickle

    return "pkl", cloudpickle.dumps(value, protocol=PICKLE_PROTOCOL)


def _counts_rows(frame: Any) -> bool:  # noqa: ANN401
    return type(frame.index).__name__ == "RangeIndex"


def read_stored(described: Mapping[str, Mapping[str, Any]]) -> dict[str, Stored]:
    """What `store_results` gave, as it comes back from JSON."""
    return {name: Stored(**each) for name, each in described.items()}


def file_of(folder: Path, stored: Stored) -> Path:
    """The result's file, which never lies outside of `folder`."""
    return folder / Path(stored.file).name
