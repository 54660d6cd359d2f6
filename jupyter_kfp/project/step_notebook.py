"""step.ipynb: the user's cells of one step, between a cell that loads their state and one that saves it.

In comes a step, out goes the text of a notebook of format 4.5, as nbformat writes it, without outputs. The same step
gives the same bytes. Contract: docs/step-contract.md.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from ..pipeline import ReplayKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..notebook.cells import Cell
    from ..pipeline import Name, Pipeline, Replay, Step
    from .lineage import Lineage

BETWEEN = {ReplayKind.IMPORT: "\n", ReplayKind.DEFINITION: "\n\n\n", ReplayKind.SETUP: "\n\n"}


def render_notebook(pipeline: Pipeline, step: Step, lineage: Lineage) -> str:
    """The text of the step's step.ipynb."""
    cells = list(_cells(pipeline, step, lineage))
    kernel = pipeline.kernel
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {
                "display_name": kernel.display_name,
                "language": kernel.language,
                "name": kernel.name,
            }
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    # As nbformat lays it out, so that opening and saving it in an editor changes nothing.
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": ")) + "\n"


def _cells(pipeline: Pipeline, step: Step, lineage: Lineage) -> Iterator[dict[str, Any]]:
    taken = {str(cell.id) for cell in step.cells}
    if step.parameters and pipeline.parameters_cell is not None:
        taken.add(pipeline.parameters_cell.id)
        cell = pipeline.parameters_cell
        yield _code(cell.id, cell.source, (*_tags(cell), "parameters"))
    yield from _replayed(step.replays, taken)
    yield _code(_free("kfp-load", taken), _load_source(step, lineage), ("kfp-load",))
    for cell in step.cells:
        yield _user_cell(cell)
    yield _code(_free("kfp-save", taken), _save_source(step), ("kfp-save",))


def _replayed(replays: Sequence[Replay], taken: set[str]) -> Iterator[dict[str, Any]]:
    """Neighbours of one kind in one cell; a cell tagged `setup` stays a cell, with its own id."""
    pieces = [replay.cell for replay in replays]
    number = itertools.count(1)

    def whole(replay: Replay) -> bool:
        alone = pieces.count(replay.cell) == 1
        return replay.kind is ReplayKind.SETUP and alone and replay.line == 1 and replay.cell not in taken

    for (kind, cell), group in itertools.groupby(
        replays, key=lambda replay: (replay.kind, replay.cell if whole(replay) else None)
    ):
        source = BETWEEN[kind].join(replay.source.strip("\n") for replay in group)
        if cell is None:
            yield _code(_free(f"kfp-replay-{next(number)}", taken), source, ("kfp-replay",))
        else:
            yield _code(cell, source, ("kfp-replay",))


def _load_source(step: Step, lineage: Lineage) -> str:
    if step.loads_all:
        comment = [
            "# Takes over every name that the steps before hand on: which of them are used cannot be told."
        ]
    elif step.loads:
        makers = lineage.makers[step.name]
        comment = ["# Takes over from the steps before:"]
        comment += _table((name, f"made by {makers[name]}" if name in makers else "") for name in step.loads)
    elif lineage.ancestors[step.name]:
        comment = ["# Takes over no name; what the steps before handed on is passed through."]
    else:
        comment = ["# Nothing to take over: no step comes before."]
    return "\n".join([*comment, '__import__("jupyter_kfp_step").load()'])


def _save_source(step: Step) -> str:
    # Who reads them is not said: a new reader must not change the step that made the value.
    if step.saves_all:
        comment = ["# Hands on every name: which of them are read later cannot be told."]
    elif step.saves:
        comment = ["# Hands on to the steps behind:", *(f"#   {name}" for name in step.saves)]
    else:
        comment = ["# Nothing of this step is read later."]
    return "\n".join([*comment, '__import__("jupyter_kfp_step").save()'])


def _table(rows: Iterable[tuple[Name, str]]) -> list[str]:
    pairs = list(rows)
    width = max(len(name) for name, _ in pairs)
    return [f"#   {name:<{width}}  {text}".rstrip() for name, text in pairs]


def _user_cell(cell: Cell) -> dict[str, Any]:
    return _code(cell.id, cell.source, _tags(cell))


def _tags(cell: Cell) -> tuple[str, ...]:
    """The cell's tags, without those by which papermill finds the place for parameters: only one cell may have them."""
    return tuple(tag for tag in cell.tags if tag not in ("parameters", "injected-parameters"))


def _code(identifier: str, source: str, tags: tuple[str, ...]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": identifier,
        "metadata": {"tags": list(tags)} if tags else {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def _free(identifier: str, taken: set[str]) -> str:
    """The id, with a number where a cell of the notebook has it already."""
    free = identifier
    for number in itertools.count(2):
        if free not in taken:
            break
        free = f"{identifier}-{number}"
    taken.add(free)
    return free
