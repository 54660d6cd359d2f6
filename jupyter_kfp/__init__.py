"""jupyter-kfp: one tagged notebook becomes a Kubeflow pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import (
        Loaded,
        Run,
        compile,
        convert,
        load,
        open_run,
        run,
        run_async,
        submit,
        submit_async,
    )
    from .errors import JupyterKfpError
    from .magics import load_ipython_extension, unload_ipython_extension
    from .widgets import panel

__version__ = "0.1.0"

__all__ = [
    "JupyterKfpError",
    "Loaded",
    "Run",
    "compile",
    "convert",
    "load",
    "load_ipython_extension",
    "open_run",
    "panel",
    "run",
    "run_async",
    "submit",
    "submit_async",
    "unload_ipython_extension",
]

_ROOMS = {
    "JupyterKfpError": "errors",
    "load_ipython_extension": "magics",
    "panel": "widgets",
    "unload_ipython_extension": "magics",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """The Python API, imported when it is used (PEP 562), so that `import jupyter_kfp` stays light."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_ROOMS.get(name, 'api')}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where `jupyter labextension develop` finds the built lab extension."""
    return [{"src": "labextension", "dest": "jupyter-kfp"}]


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    """What Jupyter Server loads; imported only then, so that `import jupyter_kfp` stays light."""
    from .server.app import KfpExtension

    return [{"module": "jupyter_kfp", "app": KfpExtension}]
