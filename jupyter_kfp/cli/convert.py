"""`jupyter kfp convert`: the step folders and pipeline.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import examples, notebook_argument, script_options
from .output import count, printable, say, say_json

if TYPE_CHECKING:
    from .output import Json


@click.command(epilog=examples("convert iris.ipynb", "convert iris.ipynb -o build/iris"))
@notebook_argument
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to write; `NAME-pipeline` where not given.",
)
@script_options
def command(notebook: Path, output: Path | None, as_json: bool) -> None:
    """Write the pipeline down: a folder per step, and pipeline.py.

    Each step's folder is a whole container context: Dockerfile, main.py, step.ipynb, requirements.txt. Everything
    can be read, changed and put under version control; nothing is run.
    """
    from ..package import render_dsl
    from ..project import write_project
    from .findings_text import finding_json
    from .understand import understand

    understood = understand(notebook)
    pipeline = understood.sound(quiet=as_json)
    folder = output if output is not None else Path(f"{notebook.stem}-pipeline")
    with understood.locating():
        dsl = render_dsl(pipeline)
        project = write_project(pipeline, folder, extra_files={"pipeline.py": dsl})
    steps = [step.name for step in pipeline.steps]
    if as_json:
        findings = [finding_json(found) for found in (*pipeline.findings, *project.findings)]
        content: dict[str, Json] = {
            "notebook": understood.name,
            "folder": str(folder),
            "steps": steps,
            "findings": findings,
        }
        say_json("convert", True, content)
    else:
        understood.warn(project.findings)
        say(f"{printable(str(folder))}: {count(len(steps), 'step')}, pipeline.py")
