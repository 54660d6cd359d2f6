"""`jupyter kfp clean`: take out of packages what legacy compilers added."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import examples, script_options
from .output import count, listing, printable, say, say_json

if TYPE_CHECKING:
    from ..package import Cleaned
    from .output import Json


@click.command(
    epilog=examples(
        "clean pipeline.tar.gz",
        "clean pipeline.yaml -o clean.yaml --keep evaluate",
        "clean --check --diff packages/*.zip",
    )
)
@click.argument(
    "packages", metavar="PACKAGE...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False)
)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Write here, not in place: a file, or a folder that exists.",
)
@click.option(
    "--keep", metavar="STEP", multiple=True, help="Leave the artifacts of this step; may be given often."
)
@click.option(
    "--check", is_flag=True, help="Write nothing; the exit status is 1 if there is something to clean."
)
@click.option("--diff", is_flag=True, help="Show the change.")
@script_options
def command(
    packages: tuple[Path, ...],
    output: Path | None,
    keep: tuple[str, ...],
    check: bool,
    diff: bool,
    as_json: bool,
) -> int:
    """Remove artifacts that a step declares and does not write.

    KFP's compilers before 0.1.29 declare artifacts for a UI page and for metrics on every step, and steps that
    write neither then fail. They are taken out, and from packages of our own what a step declares and has no flag for;
    nothing else changes. Packages may be of any compiler, as .yaml,
    .tar.gz or .zip. If one of several cannot be cleaned, none is written.
    """
    from ..package import clean_package

    outs = _outs(packages, output)
    if len(packages) > 1 and not check:
        for package in packages:
            clean_package(package, keep=keep, check=True)
    results = [
        clean_package(package, out, keep=keep, check=check)
        for package, out in zip(packages, outs, strict=True)
    ]
    found = check and any(cleaned.changed for cleaned in results)
    if as_json:
        say_json("clean", not found, {"packages": [_json(cleaned, diff=diff) for cleaned in results]})
    else:
        for cleaned in results:
            _tell(cleaned, check=check)
            if diff and cleaned.changed:
                for line in cleaned.diff.splitlines():
                    say(_coloured(printable(line)))
    return 1 if found else 0


def _outs(packages: tuple[Path, ...], output: Path | None) -> list[Path | None]:
    if output is None:
        return [None] * len(packages)
    if output.is_dir():
        names = [package.name for package in packages]
        if len(set(names)) < len(names):
            raise click.UsageError("two packages have one name, and would be written to one file")
        return [output / name for name in names]
    if len(packages) > 1:
        raise click.UsageError(f"{output} is not a folder, and there are {len(packages)} packages")
    return [output]


def _tell(cleaned: Cleaned, *, check: bool) -> None:
    name = printable(str(cleaned.path))
    if not cleaned.changed:
        say(f"{name}: nothing to clean")
        return
    artifacts = sum(len(names) for names in cleaned.removed.values())
    done = "would lose" if check else "lost"
    steps = listing(printable(step) for step in cleaned.removed)
    say(f"{name}: {done} {count(artifacts, 'artifact')} of {steps}")


def _coloured(line: str) -> str:
    if line.startswith("-"):
        return click.style(line, fg="red")
    return click.style(line, fg="green") if line.startswith("+") else line


def _json(cleaned: Cleaned, *, diff: bool) -> dict[str, Json]:
    told: dict[str, Json] = {
        "package": str(cleaned.path),
        "changed": cleaned.changed,
        "removed": {step: list(names) for step, names in cleaned.removed.items()},
        "kept": {step: list(names) for step, names in cleaned.kept.items()},
    }
    if diff:
        told["diff"] = cleaned.diff
    return told
