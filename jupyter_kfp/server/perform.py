"""What the process of a run does: run the pipeline here, in containers, on a cluster; or build its images."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import JupyterKfpError
from .actions import project_folder, understood
from .requested import CONTAINERS, LOCAL, Request

if TYPE_CHECKING:
    from typing import Any

    from ..images import Event, Image
    from ..pipeline import Pipeline
    from .preparation import Preparation


def perform(folder: Path, request: Request, tell: Preparation) -> None:
    """Do what is asked for. Raises JupyterKfpError."""
    tell.phase("convert")
    pipeline = understood(request.notebook)
    if request.kind == "build":
        _build(request, pipeline, tell)
    elif request.where == LOCAL:
        _run_here(folder, request, pipeline)
    elif request.where == CONTAINERS:
        _run_in_containers(folder, request, pipeline, tell)
    else:
        from .cluster_runs import run_there

        with _telling(tell) as show:
            run_there(request, pipeline, tell, show)


def _run_here(folder: Path, request: Request, pipeline: Pipeline) -> None:
    from ..local import run

    run(pipeline, **_how(folder, request))


def _run_in_containers(folder: Path, request: Request, pipeline: Pipeline, tell: Preparation) -> None:
    from ..images import find_builder
    from ..images.build import Options
    from ..local import run_project
    from ..local.places import project_in_containers

    tell.phase("build")
    builder = find_builder("auto", to_run=True)
    options = Options(index_url=os.environ.get("PIP_INDEX_URL"))
    with (
        _telling(tell) as show,
        project_in_containers(pipeline, builder, options, on_event=show) as (project, executor),
    ):
        run_project(pipeline, project, executor=executor, **_how(folder, request))


def _how(folder: Path, request: Request) -> dict[str, Any]:
    return {
        "place": folder,
        "parameters": request.parameters,
        "from_step": request.from_step,
        "only_step": request.only_step,
        "cache": request.cache,
    }


def _build(request: Request, pipeline: Pipeline, tell: Preparation) -> None:
    from ..images import build_images, find_builder, write_with_images
    from ..images.build import Options

    options = request.options
    wanted, steps = options.get("steps", []), [str(step.name) for step in pipeline.steps]
    if unknown := [name for name in wanted if name not in steps]:
        raise JupyterKfpError(f"there is no step `{unknown[0]}`", fix=f"the steps are {', '.join(steps)}")
    builder = find_builder(options.get("builder", "auto"))
    out = project_folder(request.notebook, options.get("output"))
    written = write_with_images(pipeline, out, registry=options.get("registry"))
    tell.phase("build")
    with written.contexts(wanted or None) as (folders, names), _telling(tell) as show:
        images = build_images(
            folders,
            names,
            builder,
            Options(push=options.get("push", False), index_url=os.environ.get("PIP_INDEX_URL")),
            on_event=show,
        )
    tell.finished("SUCCEEDED", {"message": _tally(images)})


def _tally(images: tuple[Image, ...]) -> str:
    built, pushed = sum(image.built for image in images), sum(image.pushed for image in images)
    text = f"{len(images)} image{'s' if len(images) != 1 else ''}: {built} built, {len(images) - built} there already"
    return f"{text}, {pushed} pushed" if pushed else text


@contextlib.contextmanager
def _telling(tell: Preparation) -> Iterator[Any]:
    """Tells events of building; the lines that a builder prints are too many."""
    from ..images.events import ImageOutput, to_json

    def show(event: Event) -> None:
        if not isinstance(event, ImageOutput):
            tell.line(to_json(event))

    yield show
