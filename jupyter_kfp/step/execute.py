"""Run step.ipynb by papermill, in a kernel of its own that nothing outlives.

In: the step's notebook, typed parameters, where to run. Out: the executed notebook, whatever happened; what
cells print goes to two streams while they run.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from .errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

START_TIMEOUT = 120  # seconds for the kernel to answer


@dataclass(frozen=True)
class Executed:
    """What came of it. `failed`: index of the cell that stopped it; `died`: the kernel was gone."""

    notebook: Any
    failed: int | None = None
    died: str = ""


def prepare(path: Path, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """The notebook to run, its parameters put in as papermill does."""
    # jsonschema's check of IRIs compiles a grammar for over a second when it is imported; no notebook has an IRI
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    notebook = load_notebook_node(str(path))
    if parameters:
        notebook = parameterize_notebook(notebook, dict(parameters), kernel_name="python3", language="python")
        for cell in notebook.cells:
            if "injected-parameters" in cell.metadata.get("tags", []):
                cell["id"] = "injected-parameters"
    notebook.metadata.papermill["input_path"] = path.name
    return notebook


def execute(
    notebook: Any,  # noqa: ANN401
    *,
    kernel: str,
    folder: Path,
    scratch: Path,
    environment: Mapping[str, str],
    stdout: TextIO,
    stderr: TextIO,
) -> Executed:
    """Run all cells in `folder`, until one fails. Raises SetupError where the kernel does not start."""
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError
    from papermill.engines import papermill_engines
    from traitlets.config import Config

    manager, started = _manager_class(environment)
    config = Config()
    config.AsyncKernelManager.transport = "ipc"
    config.AsyncKernelManager.connection_file = str(scratch / "k")
    died = ""
    try:
        notebook = papermill_engines.execute_notebook_with_engine(
            None,
            notebook,
            kernel_name=kernel,
            output_path=None,
            progress_bar=False,
            autosave_cell_every=0,
            stdout_file=stdout,
            stderr_file=stderr,
            start_timeout=START_TIMEOUT,
            kernel_manager_class=manager,
            config=config,
            resources={"metadata": {"path": str(folder)}},
            shutdown_kernel="immediate",
            raise_on_iopub_timeout=False,
        )
    except NoSuchKernel as error:
        raise SetupError(
            f"there is no kernel {error.name!r} here", fix="pip install ipykernel, or give --kernel"
        ) from error
    except DeadKernelError:
        died = "the kernel died"
    except RuntimeError as error:
        if "Kernel" not in str(error):
            raise
        died = f"the kernel did not start: {error}"
    finally:
        for pid, exit_code in started:
            died = died and _how_it_died(exit_code)
            _end_group(pid)
    return Executed(notebook, _failed_cell(notebook, bool(died)), died)


def choose_kernel(asked: str | None, listed: str) -> str:
    """The kernelspec to start: the one asked for, the notebook's if it is here, or this Python's own.

    Raises SetupError where this Python has no ipykernel.
    """
    from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager, NoSuchKernel

    if asked:
        return asked
    name = NATIVE_KERNEL_NAME
    with contextlib.suppress(NoSuchKernel):
        KernelSpecManager().get_kernel_spec(listed)
        name = listed
    if name == NATIVE_KERNEL_NAME and importlib.util.find_spec("ipykernel") is None:
        raise SetupError(
            "ipykernel is not installed here, so no kernel can start", fix="pip install ipykernel"
        )
    return name


def _manager_class(environment: Mapping[str, str]) -> tuple[type, list[tuple[int, Any]]]:
    """A kernel manager that adds to the kernel's environment, and a list of what it started."""
    from jupyter_client.manager import AsyncKernelManager

    started: list[tuple[int, Any]] = []

    class StepKernelManager(AsyncKernelManager):
        async def start_kernel(self, *args: Any, **options: Any) -> None:  # type: ignore[override] # noqa: ANN401
            options["env"] = {**os.environ, **environment}
            await AsyncKernelManager.start_kernel(self, *args, **options)
            process: Any = getattr(self.provisioner, "process", None)
            if process is not None:
                started.append((process.pid, process.poll))
            # Only now: two threads that import papermill's and nbconvert's common modules at once meet half of them.
            threading.Thread(target=_import_later, daemon=True).start()

    return StepKernelManager, started


def _end_group(pid: int) -> None:
    """End the kernel and what its cells started; it leads a process group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _how_it_died(poll: Any) -> str:  # noqa: ANN401
    code = poll()
    if code is None or code >= 0:
        return "the kernel died" if code is None else f"the kernel died with exit status {code}"
    name = signal.Signals(-code).name
    hint = {"SIGKILL": ", most likely out of memory", "SIGSEGV": ", a crash in native code"}.get(name, "")
    return f"the kernel died of {name}{hint}"


def _failed_cell(notebook: Any, died: bool) -> int | None:  # noqa: ANN401
    began = None
    for index, cell in enumerate(notebook.cells):
        told = cell.metadata.get("papermill", {})
        if told.get("exception"):
            return index
        if told.get("start_time"):
            began = index
    return began if died else None


def _import_later() -> None:
    """Import what the report needs while the kernel is busy."""
    with contextlib.suppress(ImportError):
        import nbconvert  # noqa: F401
