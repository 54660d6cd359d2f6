"""What a CI file says of a project: names, places and versions, each known to be harmless wherever it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal, get_args

from .. import __version__
from ..errors import JupyterKfpError
from ..images import ImageName
from ..images.names import checked_registry
from ..notebook.cells import StepName
from ..package import pipeline_name
from ..pipeline import Pipeline

Service = Literal["github", "gitlab", "cloudbuild"]
SERVICES: tuple[Service, ...] = get_args(Service)
CI: Mapping[Service, str] = {"github": "GitHub Actions", "gitlab": "GitLab CI", "cloudbuild": "Cloud Build"}

# Each service expands `$` and `{{ }}` in its own way, and patterns have their own signs: a path holds none of them.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._-][A-Za-z0-9._ -]*(/[A-Za-z0-9._-][A-Za-z0-9._ -]*)*")


@dataclass(frozen=True)
class CiFacts:
    """What a CI file is made from."""

    pipeline: str  # in the letters of a slug
    folder: str  # of the project, relative to the repository; `.` where it is the whole of it
    images: Mapping[StepName, str]  # without the registry: `iris-train:3f2a…`
    registry: str | None  # None: the service's own
    python: str  # minor version, such as 3.11
    packages: tuple[str, ...]  # what compiling, cleaning and submitting need, pinned
    notebook: str | None = None  # relative to the repository; None where it is not in it


def gather_facts(
    pipeline: Pipeline,
    project: Path,
    images: Mapping[StepName, ImageName],
    *,
    python: str,
    registry: str | None = None,
) -> CiFacts:
    """The facts of a project. Raises JupyterKfpError where its path cannot stand in a CI file."""
    folder = _folder_in_repository(project.resolve())
    if folder != "." and not _PLAIN_PATH.fullmatch(folder):
        raise JupyterKfpError(
            f"{folder!r} cannot be written into a CI file",
            fix="give a folder of plain letters, digits, -, _ and . with --output",
        )
    return CiFacts(
        pipeline=pipeline_name(pipeline.name),
        folder=folder,
        images={step: image.rpartition("/")[2] for step, image in images.items()},
        registry=checked_registry(registry) if registry is not None else None,
        python=python,
        notebook=_notebook_in_repository(pipeline.notebook.resolve(), project.resolve()),
        packages=(f"kfp=={metadata.version('kfp')}", f"jupyter-kfp=={__version__}", *_kubernetes()),
    )


def _kubernetes() -> tuple[str, ...]:
    try:
        return (f"kfp-kubernetes=={metadata.version('kfp-kubernetes')}",)
    except metadata.PackageNotFoundError:
        return ()


def _folder_in_repository(project: Path) -> str:
    """Relative to the nearest folder above that git keeps; the project's own name where there is none."""
    root = _repository(project)
    return project.name if root is None else project.relative_to(root).as_posix()


def _notebook_in_repository(notebook: Path, project: Path) -> str | None:
    root = _repository(project)
    if root is None or not notebook.is_relative_to(root):
        return None
    path = notebook.relative_to(root).as_posix()
    return path if _PLAIN_PATH.fullmatch(path) else None


def _repository(project: Path) -> Path | None:
    return next((above for above in (project, *project.parents) if (above / ".git").exists()), None)
