"""An id for every cell.

Since nbformat 4.5 cells carry ids. Older notebooks have none, and some tools write the same id twice. Ids that stand
in for those are derived from what the cell holds, so the same notebook gives the same ids again and again.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

from .cells import CellId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .document import DocumentCell

# https://nbformat.readthedocs.io: 1 to 64 characters of these
_VALID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def has_id(cell: DocumentCell) -> bool:
    """Whether the cell carries an id that nbformat allows."""
    return cell.id is not None and _VALID.fullmatch(cell.id) is not None


def cell_ids(cells: Sequence[DocumentCell]) -> list[CellId]:
    """The ids of all cells, each of them once.

    A missing id is made from the cell's type and source and from how many equal cells stand above it: adding a
    cell elsewhere does not change it. Where an id stands twice, the first keeps it.
    """
    own = {cell.id for cell in cells if cell.id is not None and has_id(cell)}
    taken: set[str] = set()
    equal: Counter[tuple[str, str]] = Counter()
    ids: list[CellId] = []
    for cell in cells:
        kind = (cell.cell_type, cell.source)
        equal[kind] += 1
        if cell.id is not None and has_id(cell) and cell.id not in taken:
            chosen = cell.id
        else:
            chosen = _derive(kind, equal[kind], own, taken)
        taken.add(chosen)
        ids.append(CellId(chosen))
    return ids


def _derive(kind: tuple[str, str], occurrence: int, own: set[str], taken: set[str]) -> str:
    attempt = 0
    while True:
        text = "\0".join((*kind, str(occurrence), str(attempt)))
        derived = hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]
        if derived not in own and derived not in taken:
            return derived
        attempt += 1
