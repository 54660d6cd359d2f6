"""jupyter-kfp from Python: what the command line does, as a dozen names.

In: the path of a notebook, or nothing for the one that the code stands in. Out: values with a picture of themselves in
a notebook. Errors are JupyterKfpError. `import jupyter_kfp` has the same names, imported when they are used.
"""

from .loaded import Graph, Loaded, UnsoundNotebook, load
from .place import NoNotebook, this_notebook
from .run import Run, RunStopped, StepOutputs, open_run
from .start import run, run_async
from .submit import submit, submit_async
from .write import compile, convert

__all__ = [
    "Graph",
    "Loaded",
    "NoNotebook",
    "Run",
    "RunStopped",
    "StepOutputs",
    "UnsoundNotebook",
    "compile",
    "convert",
    "load",
    "open_run",
    "run",
    "run_async",
    "submit",
    "submit_async",
    "this_notebook",
]
