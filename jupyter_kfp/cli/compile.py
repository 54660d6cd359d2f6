"""`jupyter kfp compile`: the package that Kubeflow or Vertex AI takes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import examples, notebook_argument, registry_option, script_options
from .output import count, printable, say, say_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..package import Target
    from ..pipeline import Pipeline
    from .output import Json

TARGETS = ("kubeflow", "vertex", "kubernetes")


@click.command(
    epilog=examples(
        "compile iris.ipynb",
        "compile iris.ipynb -o iris.tar.gz --image train=registry.example.com/iris/train:1.4",
        "compile iris.ipynb --target vertex -o iris.yaml",
    )
)
@notebook_argument
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The package, a .yaml, .tar.gz or .zip; `NAME.yaml` where not given.",
)
@click.option(
    "--target",
    type=click.Choice(TARGETS),
    default="kubeflow",
    show_default=True,
    help="Who is to run it; `kubernetes` gives manifests for kubectl apply.",
)
@click.option(
    "--image", "images", metavar="STEP=IMAGE", multiple=True, help="The image of a step; may be given often."
)
@registry_option
@click.option(
    "--one-image", is_flag=True, help="One image for all steps; they take their code from the bucket."
)
@script_options
def command(
    notebook: Path,
    output: Path | None,
    target: Target,
    images: tuple[str, ...],
    registry: str | None,
    one_image: bool,
    as_json: bool,
) -> None:
    """Compile the pipeline into a package.

    Images are named by the content of the steps, as `jupyter kfp build` names them. The same notebook and environment
    give the same bytes. What the target cannot carry is said as a warning; what it cannot
    express is an error, and nothing is written.
    """
    from ..package import compile_package
    from .findings_text import finding_json
    from .understand import understand

    understood = understand(notebook)
    pipeline = understood.sound(quiet=as_json)
    out = output if output is not None else Path(f"{notebook.stem}.yaml")
    given = _images(pipeline, images)
    with understood.locating():
        named, code = _by_content(pipeline, given, registry, one_image)
        package = compile_package(pipeline, out, target=target, images={**named, **given}, code=code)
    if as_json:
        found = [finding_json(one) for one in (*pipeline.findings, *package.findings)]
        content: dict[str, Json] = {
            "notebook": understood.name,
            "package": str(package.path),
            "target": package.target,
            "size": package.size,
            "code": dict(code),
            "steps": [step.name for step in pipeline.steps],
            "findings": found,
        }
        say_json("compile", True, content)
    else:
        understood.warn(package.findings)
        steps = count(len(pipeline.steps), "step")
        if code:
            say("steps take their code from the bucket; `jupyter kfp submit` puts it there", error=True)
        say(f"{printable(str(package.path))}: {steps}, {package.size / 1024:.0f} KiB, for {package.target}")


def _by_content(
    pipeline: Pipeline, given: Mapping[str, str], registry: str | None, one_image: bool
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The images of the steps that were not given any, and the digests of code that is not in them."""
    if len(given) == len(pipeline.steps):
        return {}, {}
    from ..images import write_with_images

    with tempfile.TemporaryDirectory(prefix="jupyter-kfp-") as scratch:
        written = write_with_images(
            pipeline, Path(scratch, "project"), registry=registry, one_image=one_image
        )
    code = {str(step): str(one.digest) for step, one in written.code.items() if step not in given}
    return {str(step): str(image) for step, image in written.images.items()}, code


def _images(pipeline: Pipeline, given: tuple[str, ...]) -> dict[str, str]:
    steps = [str(step.name) for step in pipeline.steps]
    images: dict[str, str] = {}
    for text in given:
        step, _, image = text.partition("=")
        if not image:
            raise click.UsageError(f"`{text}` is not of the form STEP=IMAGE")
        if step not in steps:
            raise click.UsageError(f"there is no step `{step}`; the steps are {', '.join(steps)}")
        images[step] = image
    return images
