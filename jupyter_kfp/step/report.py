"""What a step tells people: output.html, and error.json with the user's own lines, not ours.

In: the executed notebook. Out: HTML; the failure as the contract lays it down.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .errors import GraphError, Kind, LoggingError, StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .execute import Executed

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_CELL_FRAME = re.compile(r"Cell In\[(\d+)\], line (\d+)")
_FILE_FRAME = re.compile(r"File (.+?):(\d+)")
OURS = ("kfp-load", "kfp-save")


@dataclass(frozen=True)
class Failure:
    """The content of error.json."""

    step: str
    kind: Kind
    message: str
    name: str
    fix: str = ""
    cell: str | None = None
    cell_number: int | None = None
    line: int | None = None
    first_line: str = ""
    frame: str = ""
    notebook: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is written."""
        return asdict(self)

    def __str__(self) -> str:
        where = f"step {self.step!r}"
        if self.cell is not None:
            number = f"cell {self.cell_number}" if self.cell_number else f"cell {self.cell!r}"
            where += f", {number}: {self.first_line}"
        lines = [where, f"{self.name}: {self.message}" if self.name else self.message]
        if self.frame:
            lines.insert(1, self.frame)
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        if self.notebook:
            lines.append(f"  executed notebook: {self.notebook}")
        return "\n".join(lines)


def failure_of_error(step: str, error: StepError) -> Failure:
    """A failure that is no cell's."""
    return Failure(step, error.kind, error.message, type(error).__name__, error.fix)


def failure_of_cell(
    step: str, executed: Executed, numbers: Mapping[str, int], lost: Mapping[str, str]
) -> Failure:
    """The failure of the cell that stopped the notebook. `lost`: names that could not travel, and why."""
    notebook = executed.notebook
    assert executed.failed is not None
    cell = notebook.cells[executed.failed]
    common = {
        "cell": cell["id"],
        "cell_number": numbers.get(cell["id"]),
        "first_line": next((line for line in cell.source.splitlines() if line.strip()), ""),
    }
    output = next((each for each in reversed(cell.outputs) if each.output_type == "error"), None)
    if executed.died or output is None:
        message = executed.died or "the cell was stopped"
        return Failure(step, "cell", message, "DeadKernelError", "give the step more memory", **common)
    name, message = output.ename, output.evalue
    line, frame = _user_frame(notebook, cell, output.traceback, numbers)
    for stayed in (GraphError(), LoggingError()):
        if (name, message) == (type(stayed).__name__, str(stayed)):
            return Failure(
                step, stayed.kind, stayed.message, name, stayed.fix, line=line, frame=frame, **common
            )
    missing = re.match(r"name '(.+?)' is not defined", message) if name == "NameError" else None
    reason = lost.get(missing[1]) if missing else None
    if reason is not None:
        return Failure(
            step,
            "state",
            reason,
            name,
            "create it in the step that uses it, or tag its cell `setup`",
            line=line,
            frame=frame,
            **common,
        )
    return Failure(step, "cell", message, name, line=line, frame=frame, **common)


def _user_frame(
    notebook: Any,  # noqa: ANN401
    cell: Any,  # noqa: ANN401
    traceback: list[str],
    numbers: Mapping[str, int],
) -> tuple[int | None, str]:
    """The line in the failing cell, and the innermost frame of the user's own code."""
    text = _COLOURS.sub("", "\n".join(traceback))
    by_count = {each.execution_count: each for each in notebook.cells if each.cell_type == "code"}
    line: int | None = None
    frame = ""
    for count, number in _CELL_FRAME.findall(text):
        found = by_count.get(int(count))
        if found is None or found["id"] in OURS:
            continue
        if found is cell:
            line = int(number)
        source = found.source.splitlines()
        code = source[int(number) - 1].strip() if int(number) <= len(source) else ""
        label = numbers.get(found["id"]) or repr(found["id"])
        frame = f"  cell {label}, line {number}\n    {code}"
    return line, frame


def html_writer() -> Callable[[Any], str]:
    """Get nbconvert ready, which takes longer than a report does. Gives what turns an executed notebook into a page."""
    from nbconvert import HTMLExporter

    exporter: Any = HTMLExporter()  # type: ignore[no-untyped-call]
    _ = exporter.template  # compiled on first use

    def to_html(notebook: Any) -> str:  # noqa: ANN401
        body, _ = exporter.from_notebook_node(notebook)
        return str(body)

    return to_html
