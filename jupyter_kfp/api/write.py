"""The notebook written down: as step folders, as a package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import JupyterKfpError
from .loaded import Loaded, load

if TYPE_CHECKING:
    from ..package import Package, Target
    from ..project import Project


def convert(notebook: Path | str | Loaded | None = None, /, output: Path | str | None = None) -> Project:
    """Write a folder per step and pipeline.py below `output` (`NAME-pipeline` in the working directory).

    Gives the project: its `folder`, `steps` and `findings`. Raises UnsoundNotebook or another JupyterKfpError; then
    nothing is written.
    """
    from ..package import render_dsl
    from ..project import write_project

    loaded = load(notebook)
    pipeline = loaded.sound()
    folder = Path(f"{loaded.notebook.stem}-pipeline") if output is None else Path(output)
    return write_project(pipeline, folder, extra_files={"pipeline.py": render_dsl(pipeline)})


def compile(
    notebook: Path | str | Loaded | None = None,
    /,
    output: Path | str | None = None,
    *,
    target: Target = "kubeflow",
    images: Mapping[str, str] | None = None,
) -> Package:
    """Write the package that Kubeflow (or "vertex", "kubernetes") takes: `output`, a .yaml, .tar.gz or .zip.

    `images`: that of each step, by name. Gives the package: its `path`, `size` and `findings`. Raises UnsoundNotebook
    or another JupyterKfpError; then nothing is written.
    """
    from ..package import compile_package

    loaded = load(notebook)
    pipeline = loaded.sound()
    known_steps(loaded, images or {})
    out = Path(f"{loaded.notebook.stem}.yaml") if output is None else Path(output)
    return compile_package(pipeline, out, target=target, images=images)


def known_steps(loaded: Loaded, images: Mapping[str, str]) -> None:
    """Raises JupyterKfpError where an image is for a step that does not exist."""
    if unknown := [name for name in images if name not in loaded.steps]:
        raise JupyterKfpError(
            f"there is no step {unknown[0]!r}",
            where=str(loaded.notebook),
            fix=f"the steps are {', '.join(loaded.steps)}",
        )
