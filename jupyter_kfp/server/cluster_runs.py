"""Runs on a cluster: submit one, follow it, stop it, bring a file of it home. Each in a process of its own.

A run that was submitted from JupyterLab has two folders: that of what was asked for (`requested.py`), whose event
`submitted` names the other, which `cluster` keeps and which any process can follow.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cluster import (
    EndpointError,
    Known,
    Results,
    follow_run,
    load_endpoint,
    open_api,
    recall,
    submit,
)
from ..cluster.images_there import look_for
from ..cluster.submit import for_pipeline
from ..errors import JupyterKfpError

if TYPE_CHECKING:
    from ..cluster import Chosen
    from ..images import Event
    from ..notebook import StepName
    from ..pipeline import Pipeline
    from ..project.code_archive import Code
    from .preparation import Preparation
    from .requested import Request


def run_there(request: Request, pipeline: Pipeline, tell: Preparation, show: Callable[[Event], None]) -> None:
    """Build and push what is not there, submit, follow. `show` is shown what happens while images are built.

    Raises JupyterKfpError. Where it stops after the submission, the run goes on.
    """
    if request.from_step is not None or request.only_step is not None:
        raise JupyterKfpError(
            "a cluster runs the whole pipeline; what has not changed comes from its cache",
            fix="run from a step on this machine, or run all",
        )
    chosen = for_pipeline(load_endpoint(request.where), pipeline)
    tell.phase("build")
    images, code = _images(pipeline, chosen, show)
    tell.phase("compile")
    submitted = submit(
        pipeline,
        chosen,
        images,
        code=code,
        parameters=request.parameters,
        cache=request.cache,
        tell=_submitting(tell),
    )
    tell.submitted(submitted.folder.name, submitted.known.url)
    follow(submitted.folder)


def _submitting(tell: Preparation) -> Callable[[str], None]:
    """The package is compiled when the first thing is said."""
    said: list[str] = []

    def say(text: str) -> None:
        if not said:
            tell.phase("submit")
        said.append(text)
        tell.message(text)

    return say


def _images(
    pipeline: Pipeline, chosen: Chosen, show: Callable[[Event], None]
) -> tuple[Mapping[StepName, str], Mapping[StepName, Code]]:
    """The image of each step, in the endpoint's registry, and the code of those whose image does not hold it.

    No builder is needed where all are there; those that are not ours (`build` is false) are not looked for.
    """
    from ..images import build_images, find_builder, write_with_images
    from ..images.build import Options

    registry = chosen.endpoint.registry
    if registry is None and not all(step.settings.build is False for step in pipeline.steps):
        raise EndpointError(
            "no registry is set, so there is no place for the images of the steps",
            where=f"endpoint {chosen.name}",
            fix="set `registry`, such as europe-docker.pkg.dev/project/repository",
        )
    with tempfile.TemporaryDirectory(prefix="jupyter-kfp-") as scratch:
        written = write_with_images(pipeline, Path(scratch, "project"), registry=registry)
        images = {step: str(image) for step, image in written.images.items()}
        found = look_for(image for step, image in images.items() if step not in written.ready)
        if found.missing or found.unknown:
            options = Options(push=True, index_url=os.environ.get("PIP_INDEX_URL"))
            with written.contexts() as (folders, names):
                build_images(folders, names, find_builder("auto"), options, on_event=show)
    return images, written.code


def follow(folder: Path) -> None:
    """Follow the run of that folder to its end. Raises JupyterKfpError; the run goes on then."""
    known = _known(folder)
    with open_api(load_endpoint(known.endpoint), namespace=known.namespace) as api:
        follow_run(api, known, folder)


def cancel_there(body: Mapping[str, Any]) -> bool:
    """Ask the cluster to stop the run of `folder`. Raises JupyterKfpError."""
    known = _known(Path(body["folder"]))
    with open_api(load_endpoint(known.endpoint), namespace=known.namespace) as api:
        api.cancel(known.run_id)
    return True


def fetch(body: Mapping[str, Any]) -> int:
    """Bring what the steps left to the run's `folder`; how many files. Raises JupyterKfpError."""
    folder = Path(body["folder"])
    known = _known(folder)
    return len(Results.open(known.bucket, known.run_id).fetch(folder))


def _known(folder: Path) -> Known:
    known = recall(folder)
    if known is None:
        raise JupyterKfpError("this is not the folder of a run on a cluster", where=str(folder))
    return known
