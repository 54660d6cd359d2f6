"""Which Jupyter kernel of this machine runs the steps, and what its environment is."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ..errors import JupyterKfpError

DEFAULT = "python3"


@dataclass(frozen=True)
class ChosenKernel:
    """A kernelspec that is installed here. `instead_of` names the one that was asked for and is not."""

    name: str
    environment: str  # digest: another Python or other packages give another one
    instead_of: str | None = None


def choose_kernel(asked: str) -> ChosenKernel:
    """The kernel asked for, or else `python3`. Raises JupyterKfpError where neither is installed."""
    from jupyter_client.kernelspec import (  # half a second: only where a run begins
        KernelSpecManager,
        NoSuchKernel,
    )

    manager = KernelSpecManager()
    for name in (asked, DEFAULT):
        try:
            spec = manager.get_kernel_spec(name)
        except NoSuchKernel:
            continue
        return ChosenKernel(name, _environment(spec.to_dict()), None if name == asked else asked)
    raise JupyterKfpError(
        f"no Jupyter kernel `{asked}` is installed on this machine, nor `{DEFAULT}`",
        fix="install one: pip install ipykernel",
    )


def _environment(spec: dict[str, object]) -> str:
    """A digest of the kernelspec, of the interpreter it starts and of the distributions installed beside that."""
    argv = spec.get("argv")
    command = str(argv[0]) if isinstance(argv, list) and argv else ""
    named_python = Path(command).name.startswith("python") and not Path(command).is_absolute()
    interpreter = Path(sys.executable if named_python else shutil.which(command) or command)
    facts = {
        "spec": {key: spec.get(key) for key in ("argv", "env", "language")},
        "interpreter": str(interpreter.resolve()),
        "python": platform.python_version(),
        "distributions": sorted(
            path.name
            for pattern in ("*.dist-info", "*.egg-info")
            for path in interpreter.parent.parent.glob(f"lib/python3*/site-packages/{pattern}")
        ),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()
