"""Which Jupyter kernel of this machine runs the steps, and what its environment is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from ..errors import JupyterKfpError
from ..project import Environment, KernelEnvironmentError, read_environment

DEFAULT = "python3"


@dataclass(frozen=True)
class ChosenKernel:
    """A kernel that is installed here. `instead_of` names the one that was asked for and is not."""

    name: str
    environment: Environment
    instead_of: str | None = None

    @property
    def fingerprint(self) -> str:
        """A digest: another Python, other packages or other versions of them give another one."""
        packages = {
            package: [found.version, found.origin.address if found.origin else ""]
            for package, found in self.environment.distributions.items()
        }
        facts = [self.name, self.environment.python, packages]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def choose_kernel(asked: str) -> ChosenKernel:
    """The kernel asked for, or else `python3`.

    Raises JupyterKfpError where neither is installed, KernelEnvironmentError where the one found does not start.
    """
    try:
        return ChosenKernel(asked, read_environment(asked))
    except KernelEnvironmentError:
        if _is_installed(asked):
            raise
    if not _is_installed(DEFAULT):
        raise JupyterKfpError(
            f"no Jupyter kernel `{asked}` is installed on this machine, nor `{DEFAULT}`",
            fix="install one: pip install ipykernel",
        )
    return ChosenKernel(DEFAULT, read_environment(DEFAULT), asked)


def _is_installed(name: str) -> bool:
    from jupyter_client.kernelspec import (  # half a second: only where it is needed
        KernelSpecManager,
        NoSuchKernel,
    )

    try:
        KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        return False
    return True
