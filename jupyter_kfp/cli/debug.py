"""`jupyter kfp debug`: one step of a run in a notebook, with the inputs that it had."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .cluster_options import endpoint_option
from .options import examples, script_options
from .output import printable, say, say_json
from .runs import root_option

if TYPE_CHECKING:
    from ..local import Run
    from ..pipeline import Pipeline


@click.command(epilog=examples("debug last train", "debug 2026-11-24T101500-iris-3f2a51c0 train -o look"))
@click.argument("text", metavar="RUN")
@click.argument("step", metavar="STEP")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A new folder; `debug-RUN-STEP` where not given.",
)
@click.option(
    "--notebook",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The notebook of the run, where it is not at its old place.",
)
@endpoint_option
@root_option
@script_options
def command(
    text: str,
    step: str,
    output: Path | None,
    notebook: Path | None,
    endpoint: str | None,
    root: Path,
    as_json: bool,
) -> None:
    """Make a notebook of one step of a run, with its real inputs.

    The notebook has the step's cells; its first code cell loads what the step was given in that run, from the bucket or
    from this machine. Files that the cells read lie beside it.
    """
    from ..cluster.debug import find_script, rehearse, states_before
    from ..notebook.cells import StepName
    from .runs import run_as_seen

    run = run_as_seen(text, endpoint, root)
    names = [str(each.name) for each in run.steps]
    if step not in names:
        raise click.UsageError(f"there is no step `{step}`; the steps are {', '.join(names)}")
    name = StepName(step)
    pipeline = _pipeline(run, notebook)
    states = states_before(run, name)
    out = output if output is not None else Path(f"debug-{run.id}-{step}".replace("[", "-").replace("]", ""))
    with find_script(run, name, pipeline, _executed(run, name) if run.url else None) as (script, same):
        made = rehearse(
            script,
            name,
            out,
            states=states,
            files=run.files,
            parameters={str(key): value for key, value in run.parameters.items()},
            title=f"Step {step} of run {run.id}",
        )
    if as_json:
        say_json("debug", True, {"run": run.id, "step": step, "notebook": str(made.notebook), "same": same})
        return
    if not same:
        say("warning: the notebook has changed since the run; the cells are those of now", error=True)
    say(printable(str(made.notebook)))


def _pipeline(run: Run, notebook: Path | None) -> Pipeline | None:
    from .understand import understand

    path = notebook or (Path(run.notebook) if run.notebook else None)
    if path is None or (notebook is None and not path.is_file()):
        return None
    return understand(path).sound(quiet=True)


def _executed(run: Run, step: str) -> bytes | None:
    """The notebook that the step executed on the cluster."""
    from ..cluster import Results, recall

    known = recall(run.folder)
    if known is None:
        return None
    return Results.open(known.bucket, known.run_id).read(f"{run.step(step).folder}/output.ipynb")
