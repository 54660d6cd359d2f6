"""Run a notebook as a pipeline on a cluster: images, package and data are brought there, then one run is started."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .loaded import Loaded, load
from .run import Run, ignore
from .start import named
from .waiting import finish
from .write import known_steps

if TYPE_CHECKING:
    from ..cluster import Chosen
    from ..local import Event
    from ..notebook.cells import StepName
    from ..pipeline import JsonValue, Pipeline
    from ..project.code_archive import Code


def submit(
    notebook: Path | str | Loaded | None = None,
    /,
    *,
    parameters: Mapping[str, JsonValue] | None = None,
    endpoint: str | None = None,
    experiment: str | None = None,
    namespace: str | None = None,
    bucket: str | None = None,
    registry: str | None = None,
    service_account: str | None = None,
    images: Mapping[str, str] | None = None,
    build: bool = False,
    cache: bool = True,
    new: bool = False,
    wait: bool = False,
    root: Path | str | None = None,
    on_event: Callable[[Event], None] = ignore,
    **values: JsonValue,
) -> Run:
    """Run a notebook as a pipeline on a cluster; gives the run, which goes on without this machine.

    Further keyword arguments are parameters of the pipeline. One that is called like an option goes into `parameters`.
    `endpoint` is one of the configured clusters; `experiment`, `namespace`, `bucket`, `registry` and `service_account`
    come instead of what is configured for it. `images` are those of steps, by name; others are named by their content
    in the registry, and built and pushed where `build` is True. Without `cache` every step runs. `new` starts another
    run even where an earlier submission of the same was interrupted. With `wait` the run is followed to its end.

    Raises UnsoundNotebook, ParameterError, EndpointError, SignInError, ClusterError; with `wait` also RunFailed and
    RunStopped.
    """
    from ..cluster import load_endpoint
    from ..cluster import submit as submit_pipeline
    from ..cluster.submit import for_pipeline

    loaded = load(notebook)
    pipeline = loaded.sound()
    known_steps(loaded, images or {})
    given = {
        "experiment": experiment,
        "namespace": namespace,
        "bucket": bucket,
        "registry": registry,
        "service_account": service_account,
    }
    chosen = for_pipeline(load_endpoint(endpoint, given), pipeline)
    by_step, code = _images(pipeline, chosen, images or {}, build=build)
    submitted = submit_pipeline(
        pipeline,
        chosen,
        by_step,
        code=code,
        parameters=named(loaded.notebook, parameters, values),
        cache=cache,
        new=new,
        root=None if root is None else Path(root),
    )
    run = Run(submitted.folder, pipeline=pipeline)
    return run.wait(on_event=on_event) if wait else run


async def submit_async(
    notebook: Path | str | Loaded | None = None,
    /,
    *,
    wait: bool = False,
    on_event: Callable[[Event], None] = ignore,
    **options: object,
) -> Run:
    """As `submit`, with its options, without holding up the event loop."""
    run = await finish(lambda: submit(notebook, **options))  # type: ignore[arg-type]
    return await run.wait_async(on_event=on_event) if wait else run


def _images(
    pipeline: Pipeline, chosen: Chosen, given: Mapping[str, str], *, build: bool
) -> tuple[Mapping[StepName, str], Mapping[StepName, Code]]:
    """The image of each step: those given, the others by their content in the endpoint's registry; and the code of
    those whose image does not hold it.

    Raises EndpointError without a registry, BuildFailed, and ClusterError where an image is not there.
    """
    named_by_user = {step.name: given[step.name] for step in pipeline.steps if step.name in given}
    others = [step.name for step in pipeline.steps if step.name not in given]
    if not others:
        return named_by_user, {}
    from ..cluster import EndpointError
    from ..cluster.images_there import look_for
    from ..cluster.submit import check_images
    from ..images import build_images, find_builder, write_with_images
    from ..images.build import Options

    registry = chosen.endpoint.registry
    if registry is None and not all(
        step.settings.build is False for step in pipeline.steps if step.name in others
    ):
        raise EndpointError(
            "no registry is set, so there is no place for the images of the steps",
            where=f"endpoint {chosen.name}",
            fix="set `registry`, such as europe-docker.pkg.dev/project/repository, or give `images`",
        )
    with tempfile.TemporaryDirectory(prefix="jupyter-kfp-") as scratch:
        written = write_with_images(pipeline, Path(scratch, "project"), registry=registry)
        by_content = {step: str(written.images[step]) for step in others}
        ours = [image for step, image in by_content.items() if step not in written.ready]
        found = look_for(ours) if build else None
        if found is not None and (found.missing or found.unknown):
            options = Options(push=True, index_url=os.environ.get("PIP_INDEX_URL"))
            with written.contexts(others) as (folders, names):
                build_images(folders, names, find_builder("auto"), options)
    if not build:
        check_images(by_content)
    code = {step: one for step, one in written.code.items() if step in by_content}
    return {**by_content, **named_by_user}, code
