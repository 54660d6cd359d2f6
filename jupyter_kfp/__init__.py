"""jupyter-kfp: one tagged notebook becomes a Kubeflow pipeline."""

from __future__ import annotations

__version__ = "0.1.0"


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where `jupyter labextension develop` finds the built lab extension."""
    return [{"src": "labextension", "dest": "jupyter-kfp"}]


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    """What Jupyter Server loads; imported only then, so that `import jupyter_kfp` stays light."""
    from .server.app import KfpExtension

    return [{"module": "jupyter_kfp", "app": KfpExtension}]
