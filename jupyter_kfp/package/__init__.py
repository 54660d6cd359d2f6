"""From the Pipeline to a package that Kubeflow, Vertex AI or kubectl takes, and cleaning of any package.

In: a Pipeline and the images of its steps, or the path of a package. Out: the generated `pipeline.py`, a package,
findings. kfp is imported only to compile.
"""

from .clean import Cleaned, clean_package
from .compile import Package, compile_package
from .dsl import render_dsl
from .interface import argument_names, pipeline_name, task_names
from .pack import PackageError
from .targets import TARGETS, Target, check_target

__all__ = [
    "TARGETS",
    "Cleaned",
    "Package",
    "PackageError",
    "Target",
    "argument_names",
    "check_target",
    "clean_package",
    "compile_package",
    "pipeline_name",
    "render_dsl",
    "task_names",
]
