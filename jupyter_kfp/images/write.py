"""Write a project whose pipeline.py names the images that its step folders become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..notebook.cells import StepName
from ..package import render_dsl
from ..pipeline import Pipeline
from ..project import Environment, Project, read_environment, write_project
from .names import ImageName, checked_registry, image_names


@dataclass(frozen=True)
class Written:
    """A project and the images of its steps."""

    project: Project
    images: Mapping[StepName, ImageName]


MoreFiles = Callable[[Project, Mapping[StepName, ImageName]], Mapping[str, str]]
"""Further files of a project (relative path → text), once its images have names."""


def write_with_images(
    pipeline: Pipeline,
    out: Path,
    *,
    registry: str | None = None,
    environment: Environment | None = None,
    more: MoreFiles | None = None,
) -> Written:
    """Write the project. An image's name holds the digest of its step folder, so the folders come first.

    Raises what `write_project` and `render_dsl` do, and JupyterKfpError where `registry` is none.
    """
    if registry is not None:
        checked_registry(registry)
    environment = environment or read_environment(pipeline.kernel.name)
    before = write_project(
        pipeline, out, environment=environment, extra_files={"pipeline.py": render_dsl(pipeline)}
    )
    images = image_names(pipeline.name, before.steps, registry)
    given = {str(step): str(image) for step, image in images.items()}
    files = {"pipeline.py": render_dsl(pipeline, given), **(more(before, images) if more else {})}
    return Written(write_project(pipeline, out, environment=environment, extra_files=files), images)
