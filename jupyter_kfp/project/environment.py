"""The environment of a notebook's kernel: which distribution a module comes from, and at which version.

In comes the name of a kernelspec, out goes an `Environment`, read by the kernel's own interpreter (`inventory.py`):
it may be another venv or conda environment than ours. An import's name is never taken for a package's name. Nothing
is fetched.
"""

from __future__ import annotations

import enum
import json
import os
import re
import string
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NewType
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

from ..errors import JupyterKfpError
from . import inventory
from .plain import shortened

Package = NewType("Package", str)
"""The normalised name of a distribution, such as `scikit-learn`."""

KERNEL_NAME = re.compile(r"[a-z0-9._-]*[a-z0-9_-][a-z0-9._-]*")
SECONDS = 120  # an environment on a slow network drive takes its time


class KernelEnvironmentError(JupyterKfpError):
    """The kernel is not installed, or its Python does not answer. Raised by `read_environment`."""


class OriginKind(enum.Enum):
    """How a distribution came into the environment, where not from an index."""

    EDITABLE = "an editable install"
    FOLDER = "installed from a folder"
    REPOSITORY = "installed from a repository"
    WHEEL = "installed from a local file"
    ADDRESS = "installed from an address"


@dataclass(frozen=True)
class Origin:
    """Where a distribution came from. `address` holds no password; `file` is the local wheel."""

    kind: OriginKind
    address: str
    file: Path | None = None


@dataclass(frozen=True)
class Distribution:
    """An installed distribution."""

    name: Package
    version: str
    requires: tuple[str, ...] = ()  # requirements as its metadata has them, with markers
    requires_python: str | None = None
    origin: Origin | None = None  # None: an index, or conda
    conda: bool = False


@dataclass(frozen=True)
class Environment:
    """What is installed where a kernel runs."""

    python: str  # "3.11.4"
    distributions: Mapping[Package, Distribution]
    owners: Mapping[
        str, tuple[Package, ...]
    ]  # dotted module → distributions; empty for a namespace shared by several
    standard: frozenset[str] = field(default_factory=lambda: frozenset(sys.stdlib_module_names))
    unowned: Mapping[str, str] = field(
        default_factory=dict
    )  # module of no distribution → conda package, or ""

    @property
    def minor(self) -> str:
        """The Python version as an image's tag has it: `3.11`."""
        return ".".join(self.python.split(".")[:2])

    def packages_of(self, module: str) -> tuple[Package, ...]:
        """The distributions that a dotted module comes from; empty where none does, or for a mere namespace."""
        parts = module.split(".")
        for length in range(len(parts), 0, -1):
            owners = self.owners.get(".".join(parts[:length]))
            if owners is not None:
                return owners
        return ()

    def is_namespace(self, module: str) -> bool:
        """Whether the module is only a folder that several distributions put packages into."""
        return self.owners.get(module) == ()


def read_environment(kernel_name: str) -> Environment:
    """The environment of the kernelspec of that name. Raises KernelEnvironmentError."""
    command, variables = _python_of(kernel_name)
    if command is None:
        return own_environment()
    return _from_json(_ask(command, variables, kernel_name))


def own_environment() -> Environment:
    """The environment that this process runs in."""
    return _from_json(inventory.take_inventory())


def _python_of(kernel_name: str) -> tuple[Sequence[str] | None, Mapping[str, str]]:
    """The command that starts the kernel's Python, None where that is our own, and the kernel's variables."""
    spec = _kernelspec(kernel_name)
    command = _before_module(spec.argv)
    if command is None:
        raise KernelEnvironmentError(
            f"the kernel `{shortened(kernel_name, 60)}` starts in a way that does not tell which Python it runs",
            where=str(spec.file),
            fix="let its argv end in `python -m ipykernel_launcher -f {connection_file}`",
        )
    if not spec.variables and len(command) == 1 and _is_own(command[0]):
        return None, {}
    return command, {name: _substituted(value) for name, value in spec.variables.items()}


@dataclass(frozen=True)
class _KernelSpec:
    file: Path
    argv: Sequence[str]
    variables: Mapping[str, str]


def _kernelspec(kernel_name: str) -> _KernelSpec:
    """The kernelspec of that name. Raises KernelEnvironmentError where there is none."""
    # Looked up where jupyter_client looks: importing that takes longer than all the rest of a conversion.
    if KERNEL_NAME.fullmatch(kernel_name):
        from jupyter_core.paths import jupyter_path

        for folder in jupyter_path("kernels"):
            file = Path(folder) / kernel_name / "kernel.json"
            if file.is_file():
                return _read_kernelspec(file)
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        # It knows of kernels that have no file: that of this interpreter, those of plugins.
        spec = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        raise KernelEnvironmentError(
            f"the notebook's kernel `{shortened(kernel_name, 60)}` is not installed here",
            fix="install it (`python -m ipykernel install --user --name NAME` in its environment), or choose "
            "another kernel for the notebook",
        ) from None
    return _KernelSpec(Path(spec.resource_dir) / "kernel.json", spec.argv, spec.env)


def _read_kernelspec(file: Path) -> _KernelSpec:
    try:
        content = json.loads(file.read_bytes())
        return _KernelSpec(file, [str(word) for word in content["argv"]], dict(content.get("env", {})))
    except (OSError, ValueError, KeyError, TypeError):
        raise KernelEnvironmentError(
            "the kernel's description cannot be read", where=str(file), fix="install the kernel again"
        ) from None


def _before_module(argv: Sequence[str]) -> list[str] | None:
    """`["conda", "run", "-n", "x", "python"]` of `conda run -n x python -m ipykernel_launcher …`."""
    for place in range(len(argv) - 1, 0, -1):
        if argv[place] == "-m" and argv[place + 1 : place + 2]:
            # Options of Python's own, such as -Xfrozen_modules=off, do not matter here.
            command = list(argv[:place])
            while len(command) > 1 and command[-1].startswith("-X"):
                command.pop()
            return command
    return None


def _is_own(executable: str) -> bool:
    """Whether jupyter_client would start this very interpreter."""
    own = Path(sys.executable)
    if executable in {"python", "python3", f"python{sys.version_info.major}.{sys.version_info.minor}"}:
        return True
    path = Path(os.path.abspath(executable))  # noqa: PTH100 — links must stay: a venv's python is one
    return path == own or (path.parent == own.parent and path.exists() and path.samefile(own))


def _substituted(value: str) -> str:
    return string.Template(value).safe_substitute(os.environ)


def _ask(command: Sequence[str], variables: Mapping[str, str], kernel_name: str) -> Mapping[str, Any]:
    # One line without line ends: `conda run` takes no others.
    code = f"import runpy; runpy.run_path({str(inventory.__file__)!r}, run_name='__main__')"
    where = f"kernel {kernel_name}"
    fix = f"check that `{command[0]}` starts, or install the kernel again"
    try:
        done = subprocess.run(
            [*command, "-c", code],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )
    except OSError as error:
        raise KernelEnvironmentError(
            f"its Python does not start: {error.strerror}", where=where, fix=fix
        ) from None
    except subprocess.TimeoutExpired:
        raise KernelEnvironmentError(
            f"its Python did not answer within {SECONDS} s", where=where, fix=fix
        ) from None
    _, mark, text = done.stdout.partition(inventory.MARK)
    if done.returncode or not mark:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise KernelEnvironmentError(f"its Python could not be asked: {last}", where=where, fix=fix)
    answer: Mapping[str, Any] = json.loads(text.partition("\n")[0])
    return answer


def _from_json(content: Mapping[str, Any]) -> Environment:
    return Environment(
        python=content["python"],
        distributions={
            Package(name): _distribution(Package(name), described)
            for name, described in content["distributions"].items()
        },
        owners={
            module: tuple(Package(name) for name in names) for module, names in content["owners"].items()
        },
        standard=frozenset(content["stdlib"]) | sys.stdlib_module_names,
        unowned=content["unowned"],
    )


def _distribution(name: Package, described: Mapping[str, Any]) -> Distribution:
    conda = described["installer"] == "conda"
    return Distribution(
        name=name,
        version=described["version"],
        requires=tuple(described["requires"]),
        requires_python=described["requires_python"],
        # conda's own builds leave the address of the machine that built them.
        origin=None if conda else _origin(described),
        conda=conda,
    )


def _origin(described: Mapping[str, Any]) -> Origin | None:
    if described["develop"]:
        return Origin(OriginKind.EDITABLE, described["develop"])
    direct = described["direct_url"]
    if not isinstance(direct, dict) or not isinstance(direct.get("url"), str):
        return None
    url = direct["url"]
    file = Path(url2pathname(urlsplit(url).path)) if url.startswith("file:") else None
    shown = str(file) if file else _without_password(url)
    if "vcs_info" in direct:
        commit = re.sub(r"[^0-9A-Za-z]", "", str(direct["vcs_info"].get("commit_id", "")))
        return Origin(OriginKind.REPOSITORY, f"{shown}@{commit}" if commit else shown)
    if "dir_info" in direct:
        editable = direct["dir_info"].get("editable", False)
        return Origin(OriginKind.EDITABLE if editable else OriginKind.FOLDER, shown)
    return Origin(OriginKind.WHEEL if file else OriginKind.ADDRESS, shown, file)


def _without_password(url: str) -> str:
    """The address without user, password, query and fragment: any may hold a token."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
