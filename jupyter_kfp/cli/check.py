"""`jupyter kfp check`: the findings, as a compiler prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import examples, notebook_argument, script_options
from .output import count, printable, say, say_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog=examples("check iris.ipynb", "check iris.ipynb --json | jq '.findings[].code'"))
@notebook_argument
@script_options
def command(notebook: Path, as_json: bool) -> int:
    """Say what would keep the notebook from running as a pipeline.

    Each finding names cell, line and reason, and says how to mend it. Nothing is run or written. The exit status
    is 1 if one of the findings is an error.
    """
    from ..findings import Level
    from .findings_text import finding_json, format_finding, tally
    from .understand import understand

    understood = understand(notebook)
    pipeline = understood.pipeline
    sound = all(found.level is not Level.ERROR for found in pipeline.findings)
    if as_json:
        say_json(
            "check",
            sound,
            {
                "notebook": understood.name,
                "pipeline": pipeline.name,
                "steps": [step.name for step in pipeline.steps],
                "findings": [finding_json(found) for found in pipeline.findings],
            },
        )
    else:
        for found in pipeline.findings:
            say(format_finding(found, understood.name, understood.sources))
        say(
            f"{printable(understood.name)}: {count(len(pipeline.steps), 'step')}, "
            f"{tally(pipeline.findings) or 'no findings'}"
        )
    return 0 if sound else 1
