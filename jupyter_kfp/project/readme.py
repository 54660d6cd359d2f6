"""README.md of a project folder: what is in it, and how to run or build one step by hand."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from ..flags import step_flags
from .plain import shortened

if TYPE_CHECKING:
    from ..pipeline import Pipeline


def render_readme(pipeline: Pipeline) -> str:
    """The text of the project's README.md."""
    rows = [_row(pipeline, step.name) for step in pipeline.steps]
    first = pipeline.steps[0].name if pipeline.steps else "STEP"
    files = ' --files="$(cat ../../by-hand/files)"' if pipeline.data_files else ""
    return f"""\
# {_escaped(pipeline.name)}

The steps of {_escaped(pipeline.notebook.name)}, made by jupyter-kfp. Make changes in the notebook: files listed in
`project.json` are written anew by the next `jupyter kfp convert`. Files that you add are kept.

| step | waits for | parameters |
| --- | --- | --- |
{"".join(rows)}
## A step by hand

`main.py` runs a step's cells, `step.ipynb`, on the state that the steps before it left in the bucket. Here the bucket
is a folder:

```sh
cd steps/{first}
python -m pip install --requirement requirements.txt    # best in an environment of its own
python main.py --help                                   # every flag, and an example to copy
{_staging(pipeline)}python main.py --bucket=../../by-hand --run=by-hand{files} --state-path=../../by-hand/{first}.state
```

A later step takes the state of those it waits for: `--{first}-state="$(cat ../../by-hand/{first}.state)"`. What a step
did is then in `by-hand/runs/by-hand/steps/`: the executed notebook, its log, metrics.

## A step's image

```sh
docker build --tag {first} steps/{first}
docker run --rm {first}
```
"""


def _staging(pipeline: Pipeline) -> str:
    """The command that puts the notebook's data files into the bucket; nothing where it has none."""
    if not pipeline.data_files:
        return ""
    paths = json.dumps(pipeline.data_files, ensure_ascii=False)
    code = (
        "from jupyter_kfp_step import stage_files; "
        f'print(stage_files("../../by-hand", "NOTEBOOK_FOLDER", {paths}), end="")'
    )
    lines = [
        "# The files that cells read, from the folder that the notebook is in:",
        f"mkdir -p ../../by-hand && python -c {shlex.quote(code)} > ../../by-hand/files",
    ]
    return "".join(f"{line}\n" for line in lines)


def _row(pipeline: Pipeline, step_name: str) -> str:
    flags = step_flags(pipeline, step_name)
    parents = ", ".join(flags.states) or "–"
    parameters = ", ".join(f"`{flag}`" for flag in flags.parameters.values()) or "–"
    return f"| [{step_name}](steps/{step_name}) | {parents} | {parameters} |\n"


def _escaped(text: str) -> str:
    """The text as Markdown shows it letter by letter."""
    return re.sub(r"([\\`*_\[\]<>&|~#])", r"\\\1", shortened(text, 200))
