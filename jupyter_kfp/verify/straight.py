"""The straight run: the notebook's own cells, top to bottom, in one kernel.

It is what a pipeline has to equal. In comes a notebook in a scratch copy of its folder; out come each cell's outputs.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import JupyterKfpError
from ..notebook.cells import CellId, Notebook, Role
from .compare import Output


class StraightRunError(JupyterKfpError):
    """The notebook cannot be run top to bottom at all: no kernel, or the kernel died."""


@dataclass(frozen=True)
class Failure:
    """The cell that ended a run, and its error."""

    cell: CellId
    number: int
    name: str
    message: str


@dataclass(frozen=True)
class Outputs:
    """What the cells of one run gave, by cell id; `failure` where a cell ended it."""

    cells: Mapping[CellId, tuple[Output, ...]]
    failure: Failure | None = None


def run_straight(notebook: Notebook, folder: Path) -> Outputs:
    """Run every cell but the `skip` ones, in notebook order, with `folder` as the working directory.

    Raises StraightRunError where the kernel does not start or dies.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    skipped = {cell.id for cell in notebook.with_role(Role.SKIP)}
    content = nbformat.read(notebook.path, as_version=4)  # type: ignore[no-untyped-call]
    content.cells = [cell for cell in content.cells if cell.get("id") not in skipped]
    sources = {cell.id: cell.source for cell in notebook.cells}
    for cell in content.cells:  # as steps run them: the extension behind `%%step` is loaded in none of them
        cell.source = sources.get(cell.get("id"), cell.source)
    with tempfile.TemporaryDirectory(prefix="jupyter-kfp-") as sockets:
        client = NotebookClient(
            content,
            timeout=None,
            kernel_name=notebook.kernel.name,
            resources={"metadata": {"path": str(folder)}},
        )
        km = client.create_kernel_manager()
        if os.name == "posix":  # other users of the machine cannot listen on a socket in a 0700 folder
            km.transport, km.ip = "ipc", str(Path(sockets) / "kernel")
        try:
            # The order of sets follows the hash seed: steps run under the same one.
            client.execute(env=dict(os.environ, PYTHONHASHSEED="0"))
        except CellExecutionError:
            pass  # told below, from the outputs
        except (DeadKernelError, RuntimeError, OSError) as error:
            raise StraightRunError(
                f"the notebook could not be run top to bottom: {error}",
                where=str(notebook.path),
                fix="run it in JupyterLab to see what ends its kernel",
            ) from error
    return collect(content, notebook)


def collect(content: Mapping[str, Any], notebook: Notebook) -> Outputs:
    """The outputs of the notebook's own cells that ran, whatever else stands in the executed notebook."""
    known = {cell.id: cell for cell in notebook.cells}
    outputs: dict[CellId, tuple[Output, ...]] = {}
    failure: Failure | None = None
    for raw in content["cells"]:
        cell = known.get(raw.get("id"))
        if raw["cell_type"] != "code" or cell is None or raw.get("execution_count") is None:
            continue  # not of the notebook, or never run
        outputs[cell.id] = tuple(raw["outputs"])
        for output in raw["outputs"]:
            if output["output_type"] == "error" and "raises-exception" not in cell.tags:
                failure = Failure(cell.id, cell.number, output["ename"], output["evalue"])
    return Outputs(outputs, failure)
