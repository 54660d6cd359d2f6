"""Which notebook the code stands in.

A kernel is not told; editors leave traces. VS Code binds `__vsc_ipynb_file__` in the kernel, Jupyter Server sets
`JPY_SESSION_NAME` for it (`get_kernel_env` in its session manager). Elsewhere the user says it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..errors import JupyterKfpError

SUFFIX = ".ipynb"


class NoNotebook(JupyterKfpError):  # noqa: N818
    """It cannot be found out in which notebook the code stands."""


def this_notebook() -> Path:
    """The notebook that the code stands in. Raises NoNotebook."""
    for trace in (_namespace().get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(trace, str) and trace.endswith(SUFFIX) and Path(trace).is_file():
            return Path(trace)
    raise NoNotebook(
        "this editor does not say which notebook the code stands in",
        fix='give its path: "notebook.ipynb"',
    )


def _namespace() -> dict[str, object]:
    """The names of the IPython session; none where the code runs outside of IPython."""
    ipython = sys.modules.get("IPython")  # where it is not imported there is no session
    shell = ipython.get_ipython() if ipython is not None else None
    return shell.user_ns if shell is not None else {}
