"""Which image each step of a project runs in on this machine; those that are not there yet are built."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..images import Builder, build_images, image_names, ready_image, write_one_image
from ..images.build import Options, ignore
from ..images.events import Event
from ..notebook.cells import StepName
from ..pipeline import Pipeline
from ..project import Project, write_project
from .containers import ContainerExecutor, Place
from .kernels import choose_kernel


def prepare_places(
    pipeline: Pipeline,
    project: Project,
    builder: Builder,
    options: Options | None = None,
    *,
    one_image: Path | None = None,
    on_event: Callable[[Event], None] = ignore,
) -> Mapping[StepName, Place]:
    """Build what has to be built and give the place of each step.

    `one_image`: an empty folder, for the context of an image that all steps share. A step whose setting `build` is
    false runs in the image that it names. Raises BuildFailed, and JupyterKfpError where such a step names none.
    """
    settings = {step.name: step.settings for step in pipeline.steps}
    ready = {name: ready_image(name, one.image) for name, one in settings.items() if one.build is False}
    folders = [folder for folder in project.steps if folder.name not in ready]
    places = {name: Place(image, holds_code=False, settings=settings[name]) for name, image in ready.items()}
    if one_image is not None and folders:
        one = write_one_image(folders, one_image)
        (shared,) = build_images(
            [one.folder], image_names(pipeline.name, [one.folder]), builder, options, on_event=on_event
        )
        return places | {
            name: Place(shared.name, holds_code=False, settings=settings[name]) for name in one.steps
        }
    images = build_images(folders, image_names(pipeline.name, folders), builder, options, on_event=on_event)
    return places | {image.step: Place(image.name, settings=settings[image.step]) for image in images}


@contextlib.contextmanager
def project_in_containers(
    pipeline: Pipeline,
    builder: Builder,
    options: Options | None = None,
    *,
    one_image: bool = False,
    network: str = "none",
    on_event: Callable[[Event], None] = ignore,
) -> Iterator[tuple[Path, ContainerExecutor]]:
    """A project, for as long as the context lasts, and an executor whose images are built: for `run_project`.

    Raises what `write_project` and `prepare_places` do.
    """
    with tempfile.TemporaryDirectory(prefix="jupyter-kfp-") as scratch:
        project = write_project(
            pipeline, Path(scratch, "project"), environment=choose_kernel(pipeline.kernel.name).environment
        )
        shared = Path(scratch, "image") if one_image else None
        places = prepare_places(pipeline, project, builder, options, one_image=shared, on_event=on_event)
        yield project.folder, ContainerExecutor(builder, places, network=network)
