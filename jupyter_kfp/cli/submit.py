"""`jupyter kfp submit`: the notebook as a pipeline on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .cluster_options import endpoint_option, image_option, images_for, parameter_option, teller
from .options import builder_option, examples, notebook_argument, script_options
from .output import count, printable, say, say_json
from .trouble import FAILED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..cluster import Chosen, Submitted
    from ..images.builders import BuilderName
    from ..notebook.cells import StepName
    from ..pipeline import JsonValue, Pipeline
    from ..project.code_archive import Code
    from .output import Json


@click.command(
    epilog=examples(
        "submit iris.ipynb",
        "submit iris.ipynb -p test_size=0.3 --build --wait",
        "submit iris.ipynb --endpoint team --experiment flowers --dry-run",
    )
)
@notebook_argument
@parameter_option
@endpoint_option
@click.option("--experiment", metavar="NAME", help="The experiment that the run is listed under.")
@click.option("--namespace", metavar="NAME", help="The Kubernetes namespace of your profile.")
@click.option("--bucket", metavar="URI", help="Where the run keeps its state: gs://bucket/prefix.")
@click.option("--registry", metavar="ADDRESS", help="Where the images of the steps are.")
@click.option("--service-account", metavar="NAME", help="The service account that the steps run as.")
@image_option
@click.option("--build", is_flag=True, help="Build and push the images that are not there yet.")
@click.option(
    "--one-image",
    is_flag=True,
    help="One image for all steps; their code goes to the bucket, not into images.",
)
@builder_option
@click.option(
    "--no-cache", is_flag=True, help="Run every step, also those with a result in the cluster's cache."
)
@click.option("--new", is_flag=True, help="Start another run even if an earlier submission was interrupted.")
@click.option("--wait", is_flag=True, help="Follow the run to its end; the exit status is that of the run.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; nothing is changed on the cluster.")
@click.option("-v", "--verbose", is_flag=True, help="Show what the builder prints.")
@script_options
def command(
    notebook: Path,
    parameters: tuple[str, ...],
    endpoint: str | None,
    experiment: str | None,
    namespace: str | None,
    bucket: str | None,
    registry: str | None,
    service_account: str | None,
    images: tuple[str, ...],
    build: bool,
    one_image: bool,
    builder: BuilderName | Literal["auto"],
    no_cache: bool,
    new: bool,
    wait: bool,
    dry_run: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Run the notebook as a pipeline on a cluster.

    What is missing there is brought first: data files, and the package, unless one of the same content is there. Then
    one run is started; the same submission after an interruption finds the run that it had started. The run goes on
    without this machine: `jupyter kfp runs show` looks at it from anywhere.
    """
    from ..cluster import load_endpoint
    from ..cluster.submit import for_pipeline, submit
    from ..parameters import parse_parameters
    from .understand import understand

    if dry_run and (wait or build):
        raise click.UsageError("--dry-run changes nothing: leave out --wait and --build")
    understood = understand(notebook)
    pipeline = understood.sound(quiet=as_json)
    values = {str(name): value for name, value in parse_parameters(pipeline, parameters).items()}
    given = {
        "experiment": experiment,
        "namespace": namespace,
        "bucket": bucket,
        "registry": registry,
        "service_account": service_account,
    }
    chosen = for_pipeline(load_endpoint(endpoint, given), pipeline)
    with understood.locating():
        named, code = images_for(
            understood,
            pipeline,
            chosen,
            images,
            build=build,
            builder=builder,
            quiet=as_json,
            verbose=verbose,
            one_image=one_image,
        )
        if dry_run:
            _dry_run(pipeline, chosen, named, code, values, cache=not no_cache, as_json=as_json)
            return 0
        submitted = submit(
            pipeline,
            chosen,
            named,
            code=code,
            parameters=values,
            cache=not no_cache,
            new=new,
            tell=teller(as_json),
        )
    if not as_json:
        _tell(submitted)
    if not wait:
        if as_json:
            say_json("submit", True, _json(submitted))
        return 0
    return _wait(chosen, submitted, as_json)


def _tell(submitted: Submitted) -> None:
    if submitted.taken_up:
        say("an earlier submission of the same had started this run; --new starts another", error=True)
    say(printable(submitted.known.url))
    say(f"{printable(submitted.known.name)}  (jupyter kfp runs show {printable(submitted.known.name)})")


def _wait(chosen: Chosen, submitted: Submitted, as_json: bool) -> int:
    from .run import run_json
    from .runs_text import follow_to_end, tell_run

    run = follow_to_end(chosen, submitted.known, submitted.folder, silent=as_json)
    good = run.status.value == "SUCCEEDED"
    if as_json:
        say_json("submit", good, {**_json(submitted), **run_json(run)})
    else:
        tell_run(run)
    return 0 if good else FAILED


def _json(submitted: Submitted) -> dict[str, Json]:
    known = submitted.known
    return {
        "run": known.name,
        "run_id": known.run_id,
        "url": known.url,
        "endpoint": known.endpoint,
        "folder": str(submitted.folder),
        "pipeline_id": known.pipeline_id,
        "version_id": known.version_id,
        "new_version": submitted.new_version,
        "taken_up": submitted.taken_up,
    }


def _dry_run(
    pipeline: Pipeline,
    chosen: Chosen,
    images: Mapping[StepName, str],
    code: Mapping[StepName, Code],
    values: Mapping[str, JsonValue],
    *,
    cache: bool,
    as_json: bool,
) -> None:
    from ..cluster import kind_of, open_api
    from ..cluster.submit import EXPERIMENT, compile_for, say_hello, warn
    from ..parameters import check_parameters

    package = compile_for(pipeline, images, code, target=kind_of(chosen.endpoint).target, cache=cache)
    warn(package, teller(as_json))
    given = check_parameters(pipeline, values)
    everything = {str(one.name): given.get(one.name, one.default) for one in pipeline.parameters}
    with open_api(chosen) as api:
        say_hello(api, teller(as_json))
    endpoint = chosen.endpoint
    if as_json:
        content: dict[str, Json] = {
            "dry_run": True,
            "endpoint": chosen.name,
            "host": chosen.host,
            "version": package.version,
            "size": len(package.content),
            "experiment": endpoint.experiment or EXPERIMENT,
            "bucket": endpoint.bucket,
            "images": {str(step): image for step, image in images.items()},
            "parameters": everything,
            "data_files": list(pipeline.data_files),
        }
        say_json("submit", True, content)
        return
    say(
        f"{printable(package.version)}: {count(len(pipeline.steps), 'step')}, {len(package.content) / 1024:.0f} KiB"
    )
    say(f"  experiment  {printable(endpoint.experiment or EXPERIMENT)}")
    say(f"  bucket      {printable(endpoint.bucket or '')}")
    for name, value in everything.items():
        say(f"  parameter   {printable(name)} = {printable(repr(value))}")
    for file in pipeline.data_files:
        say(f"  data file   {printable(file)}")
    for step, image in images.items():
        say(f"  image       {printable(step)}  {printable(image)}")
    say("nothing was changed")
