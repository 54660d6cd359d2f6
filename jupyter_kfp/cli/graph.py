"""`jupyter kfp graph`: the pipeline as a picture, and the reason of each edge."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import examples, notebook_argument, script_options
from .output import count, printable, say, say_json, takes_unicode, write_text

if TYPE_CHECKING:
    from ..pipeline import Pipeline
    from .understand import Understood

FORMATS = ("text", "mermaid", "svg", "json")


@click.command(
    epilog=examples(
        "graph iris.ipynb",
        "graph iris.ipynb --format svg -o iris.svg",
        "graph iris.ipynb --why train.X_train",
    )
)
@notebook_argument
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to draw it."
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE.")
@click.option(
    "--why", metavar="STEP.NAME", help="Say where the name in that step comes from, and why it waits."
)
@script_options
def command(notebook: Path, form: str, output: Path | None, why: str | None, as_json: bool) -> None:
    """Draw the pipeline: its steps, and what they hand on.

    The text form fits a terminal; mermaid goes into Markdown; svg is a picture; json is for scripts.
    """
    from .understand import understand

    understood = understand(notebook)
    if why is not None:
        _tell_why(understood, why, as_json)
        return
    drawing = _draw(understood.pipeline, "json" if as_json else form, output)
    if output is None:
        click.echo(drawing, nl=False)
        return
    write_text(output, drawing)
    say(f"{printable(str(output))}: {count(len(understood.pipeline.steps), 'step')}", error=True)


def _draw(pipeline: Pipeline, form: str, output: Path | None) -> str:
    match form:
        case "mermaid":
            from ..graph.mermaid import draw_mermaid

            return draw_mermaid(pipeline)
        case "svg":
            from ..graph.svg import draw_svg

            drawing = draw_svg(pipeline)
            # a pipe may have any encoding, and the file that it ends in is read as UTF-8
            return drawing if output else drawing.encode("ascii", "xmlcharrefreplace").decode("ascii")
        case "json":
            from ..graph.json_graph import describe_graph

            return json.dumps(describe_graph(pipeline), indent=2) + "\n"
        case _:
            from ..graph.text import draw_text

            return draw_text(
                pipeline,
                unicode=output is not None or takes_unicode(sys.stdout),
                width=shutil.get_terminal_size().columns,
            )


def _tell_why(understood: Understood, why: str, as_json: bool) -> None:
    from ..dataflow import explain

    step, dot, name = why.partition(".")
    if not (step and dot and name):
        raise click.BadParameter("give a step and a name, such as train.X_train", param_hint="--why")
    explanation = explain(understood.notebook, step, name)
    if as_json:
        say_json("graph", True, {"notebook": understood.name, "why": why, "explanation": explanation})
    else:
        for line in explanation.splitlines():
            say(printable(line))
