"""Notebooks in percent format: `# %% step:load after:x` begins a code cell with those tags.

In: text, or a list of cells. Out: an .ipynb that our own reader reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

MARK = re.compile(r"^# %%(?P<markdown> \[markdown\])?(?P<tags>( .*)?)$")
GROUPING = ("step:", "after:")


@dataclass(frozen=True)
class PercentCell:
    """A cell as it stands in the text."""

    source: str
    tags: tuple[str, ...] = ()
    markdown: bool = False

    @property
    def movable(self) -> bool:
        """Whether a cut may put it into any step."""
        return not self.markdown and not {"parameters", "setup", "skip"} & set(self.tags)


def read_percent(text: str) -> tuple[str, list[PercentCell]]:
    """The comment above the first cell, and the cells."""
    head: list[str] = []
    found: list[tuple[tuple[str, ...], bool, list[str]]] = []
    for line in text.splitlines():
        match = MARK.match(line)
        if match:
            found.append((tuple(match["tags"].split()), bool(match["markdown"]), []))
        elif found:
            found[-1][2].append(line)
        else:
            head.append(line)
    cells = [
        PercentCell("\n".join(_as_markdown(lines) if markdown else lines).strip("\n"), tags, markdown)
        for tags, markdown, lines in found
    ]
    return "\n".join(head), [cell for cell in cells if cell.source.strip()]


def _as_markdown(lines: Iterable[str]) -> list[str]:
    return [line.removeprefix("#").removeprefix(" ") for line in lines]


def cut_at(cells: Sequence[PercentCell], begins: Iterable[int]) -> list[PercentCell]:
    """The same cells with `step:` tags at these indices of the movable cells, and no others."""
    places = [index for index, cell in enumerate(cells) if cell.movable]
    names = {places[begin]: f"step:part-{number}" for number, begin in enumerate(begins, 1)}
    cut = []
    for index, cell in enumerate(cells):
        tags = tuple(tag for tag in cell.tags if not tag.startswith(GROUPING))
        cut.append(replace(cell, tags=(*tags, names[index]) if index in names else tags))
    return cut


def write_notebook(cells: Sequence[PercentCell], path: Path) -> None:
    """As an .ipynb whose cells have the ids c1, c2 …"""
    made = []
    for number, cell in enumerate(cells, 1):
        new = new_markdown_cell if cell.markdown else new_code_cell
        metadata = {"tags": list(cell.tags)} if cell.tags else {}
        made.append(new(cell.source, id=f"c{number}", metadata=metadata))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=made, metadata={"kernelspec": kernel}), path)
