"""`jupyter kfp init`: default settings in `notebook.metadata.jupyter_kfp`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import examples, notebook_argument, script_options
from .output import count, printable, say, say_json

if TYPE_CHECKING:
    from pathlib import Path

    from ..notebook.cells import Notebook
    from ..notebook.settings import PipelineSettings

EXPERIMENT = "Default"
"""What Kubeflow calls the experiment of runs that name none."""


@click.command(epilog=examples("init iris.ipynb"))
@notebook_argument
@script_options
def command(notebook: Path, as_json: bool) -> None:
    """Write default settings into the notebook.

    They go into the notebook's metadata, where JupyterLab's sidebar and any editor can change them. Settings that
    are there already are kept. Cells without an id of their own get one; nothing else of the notebook is touched.
    """
    from ..notebook import read_notebook, write_ids, write_settings

    read = read_notebook(notebook)
    ids = write_ids(notebook)
    settings = default_settings(read)
    added = [
        name
        for name in type(settings).model_fields
        if getattr(settings, name) != getattr(read.settings, name)
    ]
    if added:
        write_settings(notebook, settings)
    if as_json:
        content = settings.model_dump(mode="json", exclude_unset=True)
        say_json("init", True, {"notebook": str(notebook), "settings": content, "added": added, "ids": ids})
        return
    if ids:
        say(f"{printable(str(notebook))}: gave {count(ids, 'cell')} an id")
    if added:
        say(f"{printable(str(notebook))}: wrote {', '.join(added)} into metadata.jupyter_kfp")
        for name in added:
            say(f"  {name} = {printable(str(getattr(settings, name)))}")
    else:
        say(f"{printable(str(notebook))}: has its settings already")


def default_settings(notebook: Notebook) -> PipelineSettings:
    """The notebook's settings, with a name, a description and an experiment where it has none."""
    settings = notebook.settings
    heading = next((heading.text for heading in notebook.headings if heading.level == 1), None)
    defaults = {"name": notebook.path.stem, "description": heading, "experiment": EXPERIMENT}
    missing = {name: value for name, value in defaults.items() if value and getattr(settings, name) is None}
    return settings.model_copy(update=missing)
