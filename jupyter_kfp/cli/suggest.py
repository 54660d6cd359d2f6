"""`jupyter kfp suggest`: step tags, proposed from headings and the data flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import examples, notebook_argument, script_options
from .output import count, printable, say, say_json

if TYPE_CHECKING:
    from pathlib import Path

    from .output import Json


@click.command(epilog=examples("suggest analysis.ipynb", "suggest analysis.ipynb --write"))
@notebook_argument
@click.option("--write", is_flag=True, help="Write the tags into the notebook.")
@script_options
def command(notebook: Path, write: bool, as_json: bool) -> None:
    """Propose step tags for a notebook that has none.

    Steps are cut at markdown headings, where the data flow allows it. Without --write nothing is changed.
    """
    from ..dataflow import suggest
    from ..notebook import read_notebook, write_tags

    read = read_notebook(notebook)
    tags = suggest(read)
    cells = {cell.id: cell for cell in read.cells}
    if write and tags:
        write_tags(notebook, {cell: (*cells[cell].tags, *new) for cell, new in tags.items()})
    if as_json:
        rows: list[Json] = [
            {"cell": cell, "cell_number": cells[cell].number, "tags": list(new)} for cell, new in tags.items()
        ]
        say_json("suggest", True, {"notebook": str(notebook), "written": write and bool(tags), "cells": rows})
        return
    for cell, new in tags.items():
        first = next(iter(cells[cell].source.strip().splitlines()), "")
        say(f"{printable(str(notebook))}:cell {cells[cell].number}: {', '.join(new)}")
        say(f"    {printable(first)}")
    if not tags:
        say(f"{printable(str(notebook))}: nothing to propose")
    elif write:
        say(f"tagged {count(len(tags), 'cell')}")
    else:
        say("`--write` puts these tags into the notebook")
