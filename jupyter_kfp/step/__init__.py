"""What runs inside a step: state, storage, papermill. Copied into every step folder as `jupyter_kfp_step`.

`load` and `save` are called by the cells of step.ipynb and need the standard library and cloudpickle;
`run_step` is called by main.py; `stage_files` and `conflicts` by whoever starts steps. Each is imported when used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import ConflictError, SetupError, StateError, StepError
    from .kernel import load, save
    from .manifest import Conflict, Manifest, conflicts
    from .run import run_step
    from .stage import stage_files

_HOMES = {
    "load": "kernel",
    "save": "kernel",
    "run_step": "run",
    "stage_files": "stage",
    "conflicts": "manifest",
    "Conflict": "manifest",
    "Manifest": "manifest",
    "StepError": "errors",
    "StateError": "errors",
    "ConflictError": "errors",
    "SetupError": "errors",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    except ModuleNotFoundError as error:
        if error.name == "cloudpickle":
            message = "cloudpickle is not installed in this kernel; the state of steps needs it"
            raise ImportError(f"{message}\n  fix: pip install cloudpickle") from None
        raise


__all__ = [
    "Conflict",
    "ConflictError",
    "Manifest",
    "SetupError",
    "StateError",
    "StepError",
    "conflicts",
    "load",
    "run_step",
    "save",
    "stage_files",
]
