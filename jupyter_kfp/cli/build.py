"""`jupyter kfp build`: the images of the steps."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .options import builder_option, examples, notebook_argument, registry_option, script_options
from .output import count, printable, say, say_json

if TYPE_CHECKING:
    from ..images import Image
    from ..images.builders import BuilderName
    from .output import Json


@click.command(
    epilog=examples(
        "build iris.ipynb",
        "build iris.ipynb --registry europe-docker.pkg.dev/project/repository --push",
        "build iris.ipynb --step train --builder podman",
    )
)
@notebook_argument
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The project's folder; `NAME-pipeline` where not given.",
)
@registry_option
@click.option("--push", is_flag=True, help="Push the images to the registry.")
@builder_option
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=1), default=2, show_default=True, help="Images at a time."
)
@click.option("--step", "only", metavar="STEP", multiple=True, help="Only this step; may be given often.")
@click.option("--one-image", is_flag=True, help="One image for all steps, with dependencies and no code.")
@click.option("--platform", metavar="OS/CPU", help="What the images are for, such as linux/amd64.")
@click.option(
    "--pip-config",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True),
    help="A pip.conf for the build alone, such as one with a password.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show what the builder prints.")
@script_options
def command(
    notebook: Path,
    output: Path | None,
    registry: str | None,
    push: bool,
    builder: BuilderName | Literal["auto"],
    jobs: int,
    only: tuple[str, ...],
    one_image: bool,
    platform: str | None,
    pip_config: Path | None,
    verbose: bool,
    as_json: bool,
) -> None:
    """Write the pipeline down and build the images of its steps.

    An image's tag is the digest of its step folder: what has not changed is neither built nor pushed again. Another
    package index: set PIP_INDEX_URL. For the registry, sign in its own way (`gcloud auth configure-docker HOST`).
    """
    from ..images import build_images, find_builder, write_with_images
    from ..images.build import Options
    from .build_progress import build_progress
    from .understand import understand

    if push and registry is None:
        raise click.UsageError("--push needs --registry: where the images go")
    understood = understand(notebook)
    pipeline = understood.sound(quiet=as_json)
    steps = [str(step.name) for step in pipeline.steps]
    if unknown := [name for name in only if name not in steps]:
        raise click.UsageError(f"there is no step `{unknown[0]}`; the steps are {', '.join(steps)}")
    chosen = find_builder(builder)
    out = output if output is not None else Path(f"{notebook.stem}-pipeline")
    with understood.locating():
        written = write_with_images(pipeline, out, registry=registry, one_image=one_image)
    if not as_json:
        understood.warn(written.project.findings)
    options = Options(
        push=push,
        jobs=jobs,
        index_url=os.environ.get("PIP_INDEX_URL"),
        pip_config=pip_config,
        platform=platform,
    )
    with (
        written.contexts(only or None) as (folders, names),
        build_progress(silent=as_json, show_output=verbose) as show,
    ):
        images = build_images(folders, names, chosen, options, on_event=show)
    if as_json:
        content: dict[str, Json] = {
            "notebook": understood.name,
            "folder": str(out),
            "builder": chosen.name,
            "images": [_image_json(image) for image in images],
        }
        say_json("build", True, content)
    else:
        _tell(images)


def _tell(images: tuple[Image, ...]) -> None:
    for image in images:
        say(f"{printable(image.step)}  {printable(image.name)}")
    built = sum(image.built for image in images)
    pushed = sum(image.pushed for image in images)
    done = f"{built} built, {len(images) - built} there already"
    say(f"{count(len(images), 'image')}: {done}{f', {pushed} pushed' if pushed else ''}")


def _image_json(image: Image) -> Json:
    return {"step": image.step, "image": image.name, "built": image.built, "pushed": image.pushed}
