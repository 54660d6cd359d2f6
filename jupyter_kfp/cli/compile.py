"""`jupyter kfp compile`: the package that Kubeflow or Vertex AI takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import examples, notebook_argument, script_options
from .output import count, printable, say, say_json

if TYPE_CHECKING:
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
@script_options
def command(
    notebook: Path, output: Path | None, target: Target, images: tuple[str, ...], as_json: bool
) -> None:
    """Compile the pipeline into a package.

    The same notebook gives the same bytes. What the target cannot carry is said as a warning; what it cannot
    express is an error, and nothing is written.
    """
    from ..package import compile_package
    from .findings_text import finding_json
    from .understand import understand

    understood = understand(notebook)
    pipeline = understood.sound(quiet=as_json)
    out = output if output is not None else Path(f"{notebook.stem}.yaml")
    with understood.locating():
        package = compile_package(pipeline, out, target=target, images=_images(pipeline, images))
    if as_json:
        found = [finding_json(one) for one in (*pipeline.findings, *package.findings)]
        content: dict[str, Json] = {
            "notebook": understood.name,
            "package": str(package.path),
            "target": package.target,
            "size": package.size,
            "steps": [step.name for step in pipeline.steps],
            "findings": found,
        }
        say_json("compile", True, content)
    else:
        understood.warn(package.findings)
        steps = count(len(pipeline.steps), "step")
        say(f"{printable(str(package.path))}: {steps}, {package.size / 1024:.0f} KiB, for {package.target}")


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
