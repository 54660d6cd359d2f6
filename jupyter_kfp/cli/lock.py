"""`jupyter kfp lock`: the requirements of each step, from the environment of the notebook's kernel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .options import builder_option, examples, notebook_argument, script_options
from .output import count, listing, printable, say, say_json
from .trouble import FAILED

if TYPE_CHECKING:
    from ..images.builders import BuilderName
    from .output import Json


@click.command(epilog=examples("lock iris.ipynb", "lock iris.ipynb --check", "lock iris.ipynb --hashes"))
@notebook_argument
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The project's folder; `NAME-pipeline` where not given.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail where requirements are stale.")
@click.option("--hashes", is_flag=True, help="Add the hashes that the index has (by uv or pip-tools).")
@click.option(
    "--digests", is_flag=True, help="Pin base images by digest (asked of the builder, which may pull)."
)
@builder_option
@script_options
def command(
    notebook: Path,
    output: Path | None,
    check: bool,
    hashes: bool,
    digests: bool,
    builder: BuilderName | Literal["auto"],
    as_json: bool,
) -> int:
    """Write the project with the requirements of each step as they are now.

    They are the packages that the step's code imports and what those need, at the versions of the notebook's kernel.
    Nothing is fetched (--hashes asks the index, --digests the registry); the same environment gives the same bytes.
    With --check the exit status is 1 where the notebook or the environment has changed since.
    """
    if check and (hashes or digests):
        raise click.UsageError("--check goes with neither --hashes nor --digests.")
    from ..images import find_builder
    from ..package import render_dsl
    from ..project import hash_maker, read_environment, stale, write_project
    from .understand import understand

    understood = understand(notebook)
    pipeline = understood.sound(quiet=as_json)
    folder = output if output is not None else Path(f"{notebook.stem}-pipeline")
    environment = read_environment(pipeline.kernel.name)
    with understood.locating():
        changed = [str(step) for step in stale(folder, pipeline, environment=environment)]
        if not check:
            files = {"pipeline.py": render_dsl(pipeline)}
            project = write_project(
                pipeline,
                folder,
                environment=environment,
                extra_files=files,
                add_hashes=hash_maker(environment.minor) if hashes else None,
                find_digest=find_builder(builder).digest_of if digests else None,
            )
            if not as_json:
                understood.warn(project.findings)
    fresh = not (check and changed)
    if as_json:
        content: dict[str, Json] = {"notebook": understood.name, "folder": str(folder), "changed": changed}
        say_json("lock", fresh, content)
    elif not check:
        what = f"new in {listing(changed)}" if changed else "as they were"
        say(f"{printable(str(folder))}: requirements of {count(len(pipeline.steps), 'step')}, {what}")
    elif changed:
        say(f"requirements are stale: {listing(changed)}\n  fix: jupyter kfp lock {notebook}", error=True)
    else:
        say(f"{printable(str(folder))}: the requirements are those of the kernel's environment")
    return 0 if fresh else FAILED
