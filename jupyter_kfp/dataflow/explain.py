"""Where a name in a step comes from, and why the step waits for others: `jupyter kfp graph --why train.df`."""

from __future__ import annotations

from ..errors import JupyterKfpError
from ..notebook.cells import Notebook
from .analyse import Understanding, understand
from .edges import describe_write
from .needs import FromParameter, FromPiece, FromSetup, FromState, place_of_write
from .world import BUILTIN_NAMES


def explain(notebook: Notebook, step: str, name: str) -> str:
    """A few lines for people. Raises JupyterKfpError where there is no such step."""
    known = understand(notebook)
    names = [s.name for s in known.layout.steps]
    if step not in names:
        raise JupyterKfpError(
            f"there is no step `{step}`",
            fix=f"name one of: {', '.join(names) or 'none, the notebook is empty'}",
        )
    order = names.index(step)  # type: ignore[arg-type]
    lines = [*_origin(known, order, name), *_own_writes(known, order, name), *_waits(known, order, name)]
    if not lines:
        lines = [f"step `{step}` neither reads nor binds `{name}`"]
    return "\n".join(lines)


def _origin(known: Understanding, order: int, name: str) -> list[str]:
    layout, timeline = known.layout, known.timeline
    for index in layout.steps[order].cells:
        effects = layout.cells[index].effects
        if name not in effects.reads and name not in effects.needs:
            continue
        how = "reads" if name in effects.reads else "may read, in a function that it may call,"
        number = layout.cells[index].cell.number
        lines: list[str] = []
        for source in timeline.source(name, order, index):
            if isinstance(source, FromState):
                maker = layout.steps[source.order].name
                lines.append(
                    f"cell {number} {how} `{name}`: state of step `{maker}`; "
                    + describe_write(timeline, name, source.cell, index)
                )
            elif isinstance(source, FromPiece):
                piece = timeline.piece(source.at)
                lines.append(
                    f"cell {number} {how} `{name}`: the {piece.kind.value} of cell"
                    f" {layout.cells[source.at.cell].cell.number}, line {piece.line}, is run again in this step"
                )
            elif isinstance(source, FromParameter):
                lines.append(f"cell {number} {how} `{name}`: a parameter of the pipeline")
            elif isinstance(source, FromSetup):
                lines.append(
                    f"cell {number} {how} `{name}`: bound by the `setup` cell {layout.cells[source.cell].cell.number}"
                )
        if lines:
            return lines
        if timeline.last_writer(name, index) is None:
            kind = "a builtin of Python" if name in BUILTIN_NAMES else "bound by no cell above"
            return [f"cell {number} {how} `{name}`: {kind}"]
    return []


def _own_writes(known: Understanding, order: int, name: str) -> list[str]:
    lines = []
    for index in known.layout.steps[order].cells:
        placed = known.layout.cells[index]
        found = place_of_write(placed.effects, name)
        if found is not None:
            word, place = found
            lines.append(
                f"`{name}` is {word} in cell {placed.cell.number}, line {place.line}: `{place.text}`"
            )
    return lines


def _waits(known: Understanding, order: int, name: str) -> list[str]:
    lines = []
    for (source, target), reasons in sorted(known.edges.reasons.items()):
        if target != order:
            continue
        for reason in reasons.values():
            if reason.subject == name:
                maker = known.layout.steps[source].name
                lines.append(f"so the step waits for `{maker}` ({reason.kind.value}): {reason.detail}")
    return lines
