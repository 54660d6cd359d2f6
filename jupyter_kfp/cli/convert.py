"""`jupyter kfp convert`: the step folders and pipeline.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import examples, notebook_argument, registry_option, script_options
from .output import count, printable, say, say_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..ci import Service
    from ..images import ImageName
    from ..notebook.cells import StepName
    from ..pipeline import Pipeline
    from ..project import Project
    from .output import Json


@click.command(
    epilog=examples(
        "convert iris.ipynb",
        "convert iris.ipynb -o build/iris",
        "convert iris.ipynb --ci github --registry europe-docker.pkg.dev/project/repository",
    )
)
@notebook_argument
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to write; `NAME-pipeline` where not given.",
)
@click.option(
    "--ci",
    "service",
    type=click.Choice(("cloudbuild", "github", "gitlab")),
    help="Also write a CI file that builds changed steps, pushes and compiles.",
)
@registry_option
@script_options
def command(
    notebook: Path, output: Path | None, service: Service | None, registry: str | None, as_json: bool
) -> None:
    """Write the pipeline down: a folder per step, and pipeline.py.

    Each step's folder is a whole container context: Dockerfile, main.py, step.ipynb, requirements.txt. Everything
    can be read, changed and put under version control; nothing is run.
    """
    from .findings_text import finding_json
    from .understand import understand

    understood = understand(notebook)
    pipeline = understood.sound(quiet=as_json)
    folder = output if output is not None else Path(f"{notebook.stem}-pipeline")
    with understood.locating():
        project, ci_file = _write(pipeline, folder, service, registry)
    steps = [step.name for step in pipeline.steps]
    if as_json:
        findings = [finding_json(found) for found in (*pipeline.findings, *project.findings)]
        content: dict[str, Json] = {
            "notebook": understood.name,
            "folder": str(folder),
            "steps": steps,
            "findings": findings,
            **({"ci": str(folder / ci_file)} if ci_file else {}),
        }
        say_json("convert", True, content)
    else:
        understood.warn(project.findings)
        more = f", {ci_file}" if ci_file else ""
        say(f"{printable(str(folder))}: {count(len(steps), 'step')}, pipeline.py{more}")


def _write(
    pipeline: Pipeline, folder: Path, service: Service | None, registry: str | None
) -> tuple[Project, str | None]:
    """Write the project; gives the path of its CI file too, relative to the folder."""
    if service is None and registry is None:
        from ..package import render_dsl
        from ..project import write_project

        return write_project(pipeline, folder, extra_files={"pipeline.py": render_dsl(pipeline)}), None
    from ..images import write_with_images
    from ..project import read_environment

    environment = read_environment(pipeline.kernel.name)
    ci_file = None

    def ci_files(project: Project, images: Mapping[StepName, ImageName]) -> dict[str, str]:
        from ..ci import gather_facts, render_ci

        nonlocal ci_file
        if service is None:
            return {}
        facts = gather_facts(pipeline, folder, images, python=environment.minor, registry=registry)
        ci_file, text = render_ci(service, facts)
        return {ci_file: text}

    written = write_with_images(pipeline, folder, registry=registry, environment=environment, more=ci_files)
    return written.project, ci_file
