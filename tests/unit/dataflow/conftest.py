import re
from pathlib import Path

import pytest

from jupyter_kfp.dataflow import analyse
from jupyter_kfp.notebook.cells import Cell, CellId, Group, Heading, Kernel, Notebook, Role, StepName
from jupyter_kfp.notebook.settings import PipelineSettings

HEADER = re.compile(r"^# %%(?P<markdown> \[markdown\])?(?P<tags>.*)$")


def read_percent(text: str, path: Path = Path("nb.ipynb")) -> Notebook:
    """A notebook from percent-format text: `# %% step:load after:x` begins a code cell with those tags."""
    cells, headings, members, order, waits = [], [], {}, [], {}
    step, number = None, 0
    for kind, tags, source in blocks(text):
        if kind == "markdown":
            for line in source.splitlines():
                title = line.removeprefix("# ")
                if title.startswith("#"):
                    level = len(title) - len(title.lstrip("#"))
                    headings.append(Heading(level, title.lstrip("# "), number + 1))
            continue
        number += 1
        named = next((t.removeprefix("step:") for t in tags if t.startswith("step:")), None)
        role = next((Role(t) for t in tags if t in ("parameters", "setup", "skip")), None)
        step = named or step
        role = role or (Role.STEP if step else Role.PREAMBLE)
        cell = Cell(CellId(f"c{number}"), number, source, tuple(tags), role, "metrics" in tags)
        cells.append(cell)
        if step:
            waits.setdefault(step, []).extend(
                t.removeprefix("after:") for t in tags if t.startswith("after:")
            )
        if role is Role.STEP:
            if step not in members:
                order.append(step)
            members.setdefault(step, []).append(cell)
    groups = tuple(Group(StepName(n), n, tuple(members[n]), tuple(waits[n])) for n in order)
    return Notebook(path, Kernel(), PipelineSettings(), tuple(cells), groups, tuple(headings))


def blocks(text: str):
    found, current = [], None
    for line in text.strip("\n").splitlines():
        match = HEADER.match(line)
        if match:
            current = ("markdown" if match["markdown"] else "code", match["tags"].split(), [])
            found.append(current)
        elif current is not None:
            current[2].append(line)
    return [(k, t, "\n".join(lines).strip("\n")) for k, t, lines in found]


@pytest.fixture
def read(tmp_path):
    return lambda text: read_percent(text, tmp_path / "nb.ipynb")


@pytest.fixture
def pipeline(tmp_path):
    """Analyse percent-format text."""
    return lambda text, **options: analyse(read_percent(text, tmp_path / "nb.ipynb"), **options)
