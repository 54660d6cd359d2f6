"""A finding as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..findings import Finding as Found
    from .shapes import Finding, Mend


def finding_shape(found: Found, *, source: str = "", mends: Sequence[Mend] = ()) -> Finding:
    """`source` is the code of the cell that it is about."""
    known = CODES.get(found.code)
    shape: Finding = {
        "code": found.code,
        "severity": found.level.value,
        "title": known.title if known else "",
        "message": found.message,
        "mends": list(mends),
    }
    if found.fix:
        shape["fix"] = found.fix
    if found.cell is not None:
        shape["cell"] = found.cell
    if found.cell_number is not None:
        shape["cell_number"] = found.cell_number
    if found.line is not None:
        shape["line"] = found.line
        lines = source.splitlines()
        if 0 < found.line <= len(lines):
            shape["why"] = lines[found.line - 1].strip()
    if found.column is not None:
        shape["column"] = found.column
    if found.step is not None:
        shape["step"] = found.step
    if found.name is not None:
        shape["name"] = found.name
    return shape
