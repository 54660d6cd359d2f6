"""`jupyter kfp run`: the notebook as a pipeline on this machine, with a display of its steps."""

from __future__ import annotations

import contextlib
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .options import builder_option, examples, notebook_argument, script_options
from .output import count, printable, say, say_json
from .trouble import FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..images.builders import BuilderName
    from ..local.record import Run, StepRun
    from ..pipeline import Pipeline
    from .output import Json


@click.command(
    epilog=examples(
        "run iris.ipynb",
        "run iris.ipynb -p test_size=0.3 -p kernel=rbf --output last-run",
        "run iris.ipynb --from train",
        "run iris.ipynb --containers",
    )
)
@notebook_argument
@click.option("--output", metavar="DIR", type=click.Path(path_type=Path), help="Make DIR the run's folder.")
@click.option(
    "-p",
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="Set a parameter; may be given often.",
)
@click.option(
    "--from",
    "first",
    metavar="STEP",
    help="Run this step and those that wait for it; reuse the others' last results.",
)
@click.option("--only", metavar="STEP", help="Run this step alone; reuse the others' last results.")
@click.option("--no-cache", is_flag=True, help="Run every step, also those that nothing has changed for.")
@click.option("--jobs", metavar="N", type=click.IntRange(min=1), help="Run at most N steps side by side.")
@click.option(
    "--containers", is_flag=True, help="Run each step in its container; images are built as needed."
)
@click.option("--one-image", is_flag=True, help="With --containers: one image for all steps.")
@builder_option
@click.option(
    "--network",
    default="none",
    show_default=True,
    metavar="NAME",
    help="With --containers: what steps reach, such as `host`.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show what the cells print.")
@script_options
def command(
    notebook: Path,
    output: Path | None,
    parameters: tuple[str, ...],
    first: str | None,
    only: str | None,
    no_cache: bool,
    jobs: int | None,
    containers: bool,
    one_image: bool,
    builder: BuilderName | Literal["auto"],
    network: str,
    verbose: bool,
    as_json: bool,
) -> int:
    """Run the notebook as a pipeline on this machine.

    Each step runs in a process and a folder of its own; steps that do not wait for each other run side by side.
    A step whose code, inputs and parameters are those of an earlier run is not run again. The exit status is 0
    only if every step succeeded.
    """
    if one_image and not containers:
        raise click.UsageError("--one-image goes with --containers.")
    if first is not None and only is not None:
        raise click.UsageError("--from and --only do not go together.")
    from .. import local
    from ..parameters import parse_parameters
    from .progress import progress
    from .understand import understand

    understood = understand(notebook)
    pipeline = understood.sound(quiet=as_json)
    values = parse_parameters(pipeline, parameters)
    status = 0
    try:
        with (
            understood.locating(),
            _in_containers(pipeline, builder, one_image, network, as_json, verbose)
            if containers
            else contextlib.nullcontext(functools.partial(local.run, pipeline)) as start,
            progress(silent=as_json, show_output=verbose) as show,
        ):
            run = start(
                parameters={str(name): value for name, value in values.items()},
                output=output,
                from_step=first,
                only_step=only,
                cache=not no_cache,
                jobs=jobs,
                on_event=show,
            )
    except local.RunFailed as error:
        run, status = error.run, FAILED
    except local.RunCanceled as error:
        run, status = error.run, error.exit_status
    if as_json:
        say_json("run", status == 0, run_json(run))
    else:
        tell(run)
    return status


@contextlib.contextmanager
def _in_containers(
    pipeline: Pipeline,
    builder: BuilderName | Literal["auto"],
    one_image: bool,
    network: str,
    as_json: bool,
    verbose: bool,
) -> Iterator[Callable[..., Run]]:
    """Build the images; gives what runs the pipeline in them."""
    from .. import local
    from ..images import find_builder
    from ..images.build import Options
    from ..local.places import project_in_containers
    from .build_progress import build_progress

    chosen = find_builder(builder, to_run=True)
    options = Options(index_url=os.environ.get("PIP_INDEX_URL"))
    with contextlib.ExitStack() as stack:
        with build_progress(silent=as_json, show_output=verbose) as show:
            project, executor = stack.enter_context(
                project_in_containers(
                    pipeline, chosen, options, one_image=one_image, network=network, on_event=show
                )
            )
        yield functools.partial(local.run_project, pipeline, project, executor=executor)


def tell(run: Run) -> None:
    """The outcome: what was run, the metrics and the run's folder on stdout; a failure on stderr."""
    from ..durations import duration
    from .progress import headline
    from .runs_text import tell_failure

    good = run.status.value == "SUCCEEDED"
    took = f" in {duration(run.seconds)}" if run.seconds is not None else ""
    say(headline(f"{printable(run.pipeline)}: {_tally(run)}{took}", good))
    for name, value in run.metrics.items():
        say(f"  {printable(name)} = {value:g}")
    say(f"  {printable(str(_short(run.folder)))}")
    tell_failure(run)


def _tally(run: Run) -> str:
    """`4 steps done (2 cached)`, or `2 of 4 steps done`."""
    done = sum(step.status.value == "SUCCEEDED" for step in run.steps)
    cached = sum(step.cached for step in run.steps)
    total = count(len(run.steps), "step")
    text = f"{total} done" if done == len(run.steps) else f"{done} of {total} done"
    return f"{text} ({cached} cached)" if cached else text


def _short(folder: Path) -> Path:
    """Relative to the working directory where it lies in it."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def run_json(run: Run) -> dict[str, Json]:
    """A run for a script."""
    return {
        "run": run.id,
        "status": run.status.value,
        "pipeline": run.pipeline,
        "notebook": run.notebook,
        "folder": str(run.folder),
        "seconds": run.seconds,
        "parameters": {str(name): value for name, value in run.parameters.items()},
        "metrics": {str(name): value for name, value in run.metrics.items()},
        "message": run.message,
        "steps": [_step_json(run, step) for step in run.steps],
    }


def _step_json(run: Run, step: StepRun) -> Json:
    from dataclasses import asdict

    return {
        "name": step.name,
        "status": step.status.value,
        "cached": step.cached,
        "seconds": step.seconds,
        "metrics": {str(name): value for name, value in step.metrics.items()},
        "folder": str(run.step_folder(step.name)),
        "failure": asdict(step.failure) if step.failure else None,
        "reason": step.reason,
    }
