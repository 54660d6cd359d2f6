"""Options of the commands that go to a cluster, and what they share: endpoint, images, root of the runs here."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import click

from .output import printable, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..cluster import Chosen
    from ..images.builders import BuilderName
    from ..notebook.cells import StepName
    from ..pipeline import Pipeline
    from ..project.code_archive import Code
    from .understand import Understood

F = TypeVar("F", bound="Callable[..., object]")


def endpoint_option(function: F) -> F:
    """Which cluster."""
    return click.option(
        "--endpoint", metavar="NAME", help="Which of the configured clusters; `doctor` shows what is set."
    )(function)


def parameter_option(function: F) -> F:
    """Values of the pipeline's parameters."""
    return click.option(
        "-p",
        "--parameter",
        "parameters",
        metavar="NAME=VALUE",
        multiple=True,
        help="Set a parameter; may be given often.",
    )(function)


def image_option(function: F) -> F:
    """Images that are there already."""
    return click.option(
        "--image",
        "images",
        metavar="STEP=IMAGE",
        multiple=True,
        help="The image of a step; may be given often. Others are named by their content, in the registry.",
    )(function)


def given_images(pipeline: Pipeline, given: tuple[str, ...]) -> dict[StepName, str]:
    """The images in `["step=image", …]`. Raises UsageError."""
    steps = {str(step.name): step.name for step in pipeline.steps}
    images: dict[StepName, str] = {}
    for text in given:
        name, _, image = text.partition("=")
        if not image:
            raise click.UsageError(f"`{text}` is not of the form STEP=IMAGE")
        if name not in steps:
            raise click.UsageError(f"there is no step `{name}`; the steps are {', '.join(steps)}")
        images[steps[name]] = image
    return images


def images_for(
    understood: Understood,
    pipeline: Pipeline,
    chosen: Chosen,
    given: tuple[str, ...],
    *,
    build: bool,
    builder: BuilderName | Literal["auto"],
    quiet: bool,
    verbose: bool,
    one_image: bool = False,
) -> tuple[Mapping[StepName, str], Mapping[StepName, Code]]:
    """The image of each step: those given, the others by their content in the endpoint's registry, built where asked.
    With it the code of each step whose image does not hold it.

    Raises EndpointError without a registry, BuildFailed, and ClusterError where an image is not there.
    """
    from ..cluster.submit import check_images

    images = given_images(pipeline, given)
    others = [step.name for step in pipeline.steps if step.name not in images]
    if not others:
        return images, {}
    from ..cluster import EndpointError

    registry = chosen.endpoint.registry
    ready = all(step.settings.build is False for step in pipeline.steps if step.name in others)
    if registry is None and not ready:
        raise EndpointError(
            "no registry is set, so there is no place for the images of the steps",
            where=f"endpoint {chosen.name}",
            fix="set `registry`, such as europe-docker.pkg.dev/project/repository, or give each step's --image",
        )
    from ..images import build_images, find_builder, write_with_images
    from ..images.build import Options
    from .build_progress import build_progress

    tool = find_builder(builder) if build else None
    with tempfile.TemporaryDirectory(prefix="jupyter-kfp-") as scratch, understood.locating():
        written = write_with_images(
            pipeline, Path(scratch, "project"), registry=registry, one_image=one_image
        )
        if not quiet:
            understood.warn(written.project.findings)
        named = {step: str(written.images[step]) for step in others}
        if tool is not None:
            options = Options(push=True, index_url=os.environ.get("PIP_INDEX_URL"))
            with (
                written.contexts(others) as (folders, names),
                build_progress(silent=quiet, show_output=verbose) as show,
            ):
                build_images(folders, names, tool, options, on_event=show)
    if tool is None:
        check_images(named, teller(quiet))
    code = {step: one for step, one in written.code.items() if step in named}
    return {**named, **images}, code


def teller(quiet: bool) -> Callable[[str], None]:
    """What says on stderr what is being done."""
    return (lambda text: None) if quiet else (lambda text: say(printable(text), error=True))


@contextlib.contextmanager
def connected(name: str | None) -> Iterator[tuple[Chosen, ClusterApi]]:
    """The endpoint, and the API behind it. Raises EndpointError; nothing is asked yet."""
    from ..cluster import load_endpoint, open_api

    chosen = load_endpoint(name)
    with open_api(chosen) as api:
        yield chosen, api


if TYPE_CHECKING:
    from ..cluster.interface import ClusterApi
