"""Write tags, settings and ids into a notebook's file, and nothing else.

In: a path and what to set. Out: the file, of which only the lines that had to change have changed; it is replaced in
one go, so that nobody ever sees half of it. Raises NotebookError like `read_notebook`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import NotebookError
from . import splice
from .document import check_document, parse_text, read_text
from .ids import cell_ids, has_id
from .settings import METADATA_KEY, PipelineSettings

if TYPE_CHECKING:
    from .document import Document

_FIRST_MINOR_WITH_IDS = 5


def write_tags(path: Path, tags: Mapping[str, Sequence[str]]) -> bool:
    """Give cells, by id, these tags in the place of those that they have. True where the file changed.

    The ids are those that `read_notebook` gives. NotebookError where there is no such cell.
    """
    text, document = _read(path)
    style = splice.style_of(text)
    places = dict(zip(cell_ids(document.cells), range(len(document.cells)), strict=True))
    unknown = [cell for cell in tags if cell not in places]
    if unknown:
        raise NotebookError(
            f"there is no cell with the id `{unknown[0]}`",
            where=str(path),
            fix="Save the notebook and try again.",
        )
    starts = _cell_starts(text)
    edits: list[splice.Edit] = []
    for cell, new in tags.items():
        place = places[cell]  # type: ignore[index]  # a plain string is as good as a CellId here
        if list(new) != document.cells[place].metadata.tags:
            edits += _tag_edits(text, starts[place], list(new), style)
    return _write(path, text, edits)


def write_settings(path: Path, settings: PipelineSettings | Mapping[str, Any]) -> bool:
    """Add settings to the notebook's metadata; what is set there already stays. True where the file changed.

    Of a `PipelineSettings` only the fields that were set are written.
    """
    if isinstance(settings, PipelineSettings):
        settings = settings.model_dump(mode="json", exclude_unset=True)
    text, document = _read(path)
    own = document.metadata.get(METADATA_KEY, {})
    if not isinstance(own, dict):
        raise NotebookError(
            f"`{METADATA_KEY}` in the notebook's metadata is not an object",
            where=str(path),
            fix="Remove it from the metadata first.",
        )
    new = {"metadata": {METADATA_KEY: settings}}
    return _write(path, text, splice.merge(text, splice.top(text), new, splice.style_of(text)))


def write_ids(path: Path) -> int:
    """Give every cell an id of its own, those that `read_notebook` gives; how many were written.

    The notebook then says that it is of nbformat 4.5, the first with ids.
    """
    text, document = _read(path)
    style = splice.style_of(text)
    edits: list[splice.Edit] = []
    for start, raw, cell_id in zip(_cell_starts(text), document.cells, cell_ids(document.cells), strict=True):
        if not has_id(raw) or raw.id != cell_id:
            edits += _set_member(text, start, "id", cell_id, style)
    count = len(edits)
    if count and document.nbformat_minor < _FIRST_MINOR_WITH_IDS:
        edits += _set_member(text, splice.top(text), "nbformat_minor", _FIRST_MINOR_WITH_IDS, style)
    _write(path, text, edits)
    return count


def _read(path: Path) -> tuple[str, Document]:
    text = read_text(path)
    return text, check_document(parse_text(text, path), path)


def _cell_starts(text: str) -> list[int]:
    cells = splice.find(splice.members(text, splice.top(text)), "cells")
    return splice.elements(text, cells.value) if cells else []


def _tag_edits(text: str, cell: int, tags: list[str], style: splice.Style) -> list[splice.Edit]:
    metadata = splice.find(splice.members(text, cell), "metadata")
    if metadata is None:
        return splice.insert_members(text, cell, {"metadata": {"tags": tags}}, style)
    return _set_member(text, metadata.value, "tags", tags, style)


def _set_member(text: str, start: int, key: str, value: object, style: splice.Style) -> list[splice.Edit]:
    member = splice.find(splice.members(text, start), key)
    if member is None:
        return splice.insert_members(text, start, {key: value}, style)
    return [splice.replace_value(text, member, value, style)]


def _write(path: Path, text: str, edits: Sequence[splice.Edit]) -> bool:
    changed = splice.apply_edits(text, edits)
    if changed == text:
        return False
    # the file itself, not a link to it, is what gets replaced
    target = path.resolve()
    if not os.access(target, os.W_OK):
        raise NotebookError("the file is read-only", where=str(path), fix="Make it writable first.")
    try:
        _replace(target, changed.encode("utf-8"))
    except OSError as error:
        raise NotebookError(
            f"the file cannot be written ({(error.strerror or 'output error').lower()})",
            where=str(path),
            fix="Make its folder writable, or make room on the disk.",
        ) from None
    return True


def _replace(target: Path, content: bytes) -> None:
    """Another content for a file, in one go; its mode stays."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        shutil.copymode(target, beside)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
