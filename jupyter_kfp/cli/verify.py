"""`jupyter kfp verify`: the notebook and its pipeline, compared cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import examples, notebook_argument, script_options
from .output import count, listing, printable, say, say_json
from .trouble import FAILED

if TYPE_CHECKING:
    from ..verify import Case, Difference, Verification
    from ..verify.compare import Part
    from .output import Json

LINES = 12
"""Lines of each side that a difference shows."""


@click.command(epilog=examples("verify iris.ipynb", "verify iris.ipynb --cuts 5 --seed 1"))
@notebook_argument
@click.option(
    "--cuts",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    help="Also cut at N other, random boundaries.",
)
@click.option(
    "--seed", metavar="S", type=int, default=0, show_default=True, help="Seed of the random boundaries."
)
@click.option("--keep", metavar="DIR", type=click.Path(path_type=Path), help="Keep copies and runs in DIR.")
@script_options
def command(notebook: Path, cuts: int, seed: int, keep: Path | None, as_json: bool) -> int:
    """Compare the notebook, run top to bottom, with its pipeline.

    Both run in scratch folders. Every cell's outputs must be the same but for what cannot be: memory addresses,
    timings and the like, which are named where they were found. The exit status is 0 only if the pipeline gave
    the same as the notebook, and no other cut gave something else (a clear refusal is allowed there).
    """
    from ..local import RunCanceled
    from ..verify import verify
    from .understand import understand

    understand(notebook).sound(quiet=as_json)
    try:
        found = verify(
            notebook, cuts=cuts, seed=seed, keep=keep, on_case=(lambda case: None) if as_json else _tell_case
        )
    except RunCanceled as error:
        raise click.Abort from error
    if as_json:
        say_json("verify", found.kept, verification_json(found))
    else:
        _tell_end(found)
    return 0 if found.kept else FAILED


def _tell_case(case: Case) -> None:
    from ..verify import Outcome

    colour = {Outcome.IDENTICAL: "green", Outcome.REFUSED: "yellow", Outcome.DIFFERS: "red"}[case.outcome]
    outcome = click.style(case.outcome.value, fg=colour, bold=True)
    say(f"{printable(case.title)}: {outcome} ({count(case.steps, 'step')})")
    if case.difference is not None:
        _tell_difference(case.difference)
    for line in case.reason.splitlines():
        say(f"  {printable(line)}")


def _tell_difference(difference: Difference) -> None:
    """The cell, and the first parts that differ, side by side."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    first = difference.cell.source.strip().splitlines()[0]
    say(f"  cell {difference.cell.number}: {printable(first)}")
    table = Table(box=box.SIMPLE_HEAD, expand=True)
    sides = (difference.straight, difference.pipeline)
    for title, part in zip(("notebook", "pipeline"), sides, strict=True):
        table.add_column(f"{title} ({printable(part.kind)})" if part else f"{title} (nothing)", ratio=1)
    table.add_row(*(Text("\n".join(_shown(part))) for part in sides))
    Console(color_system=None, highlight=False, markup=False).print(table)


def _shown(part: Part | None) -> list[str]:
    if part is None:
        return []
    if part.kind.startswith("image/"):
        return [f"a picture ({len(part.text):,} characters)"]
    lines = [printable(line) for line in part.text.splitlines()]
    return lines if len(lines) <= LINES else [*lines[:LINES], f"… {len(lines) - LINES} more lines"]


def _tell_end(found: Verification) -> None:
    if found.failure:
        say(f"the notebook itself stops: {printable(found.failure)}")
    for cell in sorted(
        {cell.number: cell for case in found.cases for cell in case.unrepeatable}.values(),
        key=lambda cell: cell.number,
    ):
        first = cell.source.strip().splitlines()[0]
        say(
            f"cell {cell.number} is not compared, since two runs of the notebook differ there: {printable(first)}"
        )
    rules = sorted({rule for case in found.cases for rule in case.rules})
    if rules:
        say(f"not compared, since it cannot be equal: {listing(rules)}")


def verification_json(found: Verification) -> dict[str, Json]:
    """A verification for a script."""
    return {
        "notebook": str(found.notebook),
        "failure": found.failure or None,
        "cases": [_case_json(case) for case in found.cases],
    }


def _case_json(case: Case) -> Json:
    difference = case.difference
    return {
        "title": case.title,
        "outcome": case.outcome.value,
        "steps": case.steps,
        "rules": sorted(case.rules),
        "reason": case.reason or None,
        "findings": [found.code for found in case.findings],
        "unrepeatable": [cell.number for cell in case.unrepeatable],
        "difference": None
        if difference is None
        else {
            "cell": difference.cell.id,
            "cell_number": difference.cell.number,
            "notebook": _part_json(difference.straight),
            "pipeline": _part_json(difference.pipeline),
        },
    }


def _part_json(part: Part | None) -> Json:
    return None if part is None else {"kind": part.kind, "text": part.text}
