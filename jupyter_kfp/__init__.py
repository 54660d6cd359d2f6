"""jupyter-kfp: one tagged notebook becomes a Kubeflow pipeline."""

__version__ = "0.1.0"
