"""Write a project whose pipeline.py names the images that its step folders become."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..notebook.cells import StepName
from ..package import render_dsl
from ..pipeline import Pipeline
from ..project import Environment, Project, StepFolder, read_environment, write_project
from ..project.code_archive import Code, pack_code
from .names import ImageName, checked_registry, image_name, image_names, ready_image
from .one_image import write_one_image


@dataclass(frozen=True)
class Written:
    """A project, the images of its steps, and the code of those steps whose image does not hold it."""

    project: Project
    images: Mapping[StepName, ImageName]
    code: Mapping[StepName, Code]
    ready: frozenset[StepName]  # the steps whose image is not built

    one_image: bool = False

    @contextlib.contextmanager
    def contexts(
        self, steps: Collection[str] | None = None
    ) -> Iterator[tuple[Sequence[StepFolder], Mapping[StepName, ImageName]]]:
        """What there is to build for these steps (for all where not given): container contexts, and their images."""
        folders = [
            step
            for step in self.project.steps
            if (steps is None or step.name in steps) and step.name not in self.ready
        ]
        if not self.one_image or not folders:
            yield folders, self.images
            return
        with TemporaryDirectory(prefix="jupyter-kfp-") as beside:
            every = [step for step in self.project.steps if step.name not in self.ready]
            one = write_one_image(every, Path(beside, "image")).folder
            yield [one], {one.name: self.images[folders[0].name]}


MoreFiles = Callable[[Project, Mapping[StepName, ImageName]], Mapping[str, str]]
"""Further files of a project (relative path → text), once the images that are built from it have names."""


def write_with_images(
    pipeline: Pipeline,
    out: Path,
    *,
    registry: str | None = None,
    environment: Environment | None = None,
    more: MoreFiles | None = None,
    one_image: bool = False,
) -> Written:
    """Write the project. An image's name holds the digest of its step folder, so the folders come first.

    A step whose setting `build` is false takes its `image` as it is, and its code from the bucket. `one_image`: so do
    all others, in the image that `write_one_image` makes.
    Raises what `write_project` and `render_dsl` do, and JupyterKfpError where `registry` is none.
    """
    if registry is not None:
        checked_registry(registry)
    environment = environment or read_environment(pipeline.kernel.name)
    before = write_project(
        pipeline, out, environment=environment, extra_files={"pipeline.py": render_dsl(pipeline)}
    )
    settings = {step.name: step.settings for step in pipeline.steps}
    ready = {name: ready_image(name, one.image) for name, one in settings.items() if one.build is False}
    folders = [step for step in before.steps if step.name not in ready]
    built = image_names(pipeline.name, folders, registry)
    if one_image and folders:
        with TemporaryDirectory(prefix="jupyter-kfp-") as scratch:
            one = write_one_image(folders, Path(scratch, "image")).folder
            built = dict.fromkeys(built, image_name(pipeline.name, one.name, one.digest, registry))
    images = {step.name: ImageName(ready.get(step.name) or built[step.name]) for step in before.steps}
    apart = {step.name: step.folder for step in before.steps if one_image or step.name in ready}
    code = {name: pack_code(folder) for name, folder in apart.items()}
    dsl = render_dsl(
        pipeline,
        {str(step): str(image) for step, image in images.items()},
        code={str(step): one.digest for step, one in code.items()},
    )
    files = {"pipeline.py": dsl, **(more(before, built) if more else {})}
    project = write_project(pipeline, out, environment=environment, extra_files=files)
    return Written(project, images, code, frozenset(ready), one_image)
