"""From a file to a checked nbformat 4 document.

In: a path, or the JSON of a notebook that is not saved yet. Out: a `Document`, the few fields that this room uses,
with their types checked; outputs and foreign metadata are not looked at. What is no notebook raises NotebookError.

nbformat's own reader is not used here: importing it costs up to two seconds (its JSON Schema formats), and
`jupyter kfp check` must be quick. Tests compare the two.
"""

from __future__ import annotations

import difflib
import json
import shlex
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from ..errors import NotebookError

if TYPE_CHECKING:
    from pathlib import Path

NBFORMAT = 4


def _check_text(text: str) -> str:
    """JSON can escape half a character (`\\ud83d` alone), which no file and no kernel takes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("it holds half a character (a lone surrogate)") from None
    return text


Text: TypeAlias = Annotated[str, AfterValidator(_check_text)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class CellMetadata(_Part):
    """The one entry of a cell's metadata that counts here."""

    tags: list[Text] = Field(default_factory=list)


class DocumentCell(_Part):
    """A cell of any type."""

    cell_type: Literal["code", "markdown", "raw"]
    id: str | None = None
    source: Text
    metadata: CellMetadata = Field(default_factory=CellMetadata)

    @field_validator("source", mode="before")
    @classmethod
    def _join_lines(cls, source: object) -> object:
        """nbformat stores a source as one string or as a list of lines."""
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            return "".join(source)
        return source


class Document(_Part):
    """A notebook of format 4, as far as this room reads it."""

    nbformat: int
    nbformat_minor: int = 0
    metadata: dict[str, Any] = Field(default_factory=dict)
    cells: list[DocumentCell]


def read_text(path: Path) -> str:
    """The text of a file, line ends as they are. Raises NotebookError where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise NotebookError("there is no such file", where=str(path), fix=_nearby(path)) from None
    except IsADirectoryError:
        raise NotebookError("this is a folder", where=str(path), fix="Name a notebook in it.") from None
    except UnicodeDecodeError as error:
        raise NotebookError(
            f"the file is not UTF-8 text (byte {error.start + 1})",
            where=str(path),
            fix="Name a notebook (.ipynb), or save it as UTF-8.",
        ) from None
    except OSError as error:
        raise NotebookError(
            f"the file cannot be read ({(error.strerror or 'input/output error').lower()})",
            where=str(path),
            fix="Check the path and your permissions.",
        ) from None


def parse_text(text: str, path: Path) -> dict[str, Any]:
    """The JSON object in a notebook's text. Raises NotebookError where it is none."""
    try:
        node = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotebookError(
            f"the file is not JSON, so it is no notebook: {error.msg} (line {error.lineno}, column {error.colno})",
            where=str(path),
            fix=_fix_for_broken_text(text),
        ) from None
    except RecursionError:
        raise NotebookError(
            "the file is JSON nested too deeply to be a notebook",
            where=str(path),
            fix="Name a notebook (.ipynb).",
        ) from None
    if not isinstance(node, dict) or "nbformat" not in node:
        raise NotebookError(
            "the file is JSON, but not a notebook: it has no `nbformat`",
            where=str(path),
            fix="Name a notebook (.ipynb), or save this one again in JupyterLab.",
        )
    return node


def check_document(node: dict[str, Any], path: Path) -> Document:
    """The typed document of a notebook's JSON. Raises NotebookError for other formats and broken structure."""
    _check_format(node.get("nbformat"), path)
    try:
        return Document.model_validate(node)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise NotebookError(
            f"the notebook's structure is broken: {_say_place(first['loc'])}: {_say(first['msg'])}",
            where=_where(path, first["loc"]),
            fix="Open it in JupyterLab and save it again, or restore an earlier version.",
        ) from None


def _check_format(version: object, path: Path) -> None:
    if version == NBFORMAT:
        return
    if isinstance(version, int) and 0 < version < NBFORMAT:
        raise NotebookError(
            f"the notebook is in the old format {version}; this reads format {NBFORMAT}",
            where=str(path),
            fix=f"Run `jupyter nbconvert --to notebook --nbformat {NBFORMAT} --inplace {shlex.quote(str(path))}`.",
        )
    if isinstance(version, int) and version > NBFORMAT:
        raise NotebookError(
            f"the notebook is in format {version}, newer than the format {NBFORMAT} that this reads",
            where=str(path),
            fix=f"Save it as format {NBFORMAT}, or upgrade jupyter-kfp.",
        )
    raise NotebookError(
        f"the notebook's structure is broken: `nbformat` is {version!r}",
        where=str(path),
        fix="Open it in JupyterLab and save it again, or restore an earlier version.",
    )


def _where(path: Path, place: tuple[int | str, ...]) -> str:
    if len(place) > 1 and place[0] == "cells" and isinstance(place[1], int):
        return f"{path}, cell {place[1] + 1} of all"
    return str(path)


def _say_place(place: tuple[int | str, ...]) -> str:
    words = place[2:] if len(place) > 2 and place[0] == "cells" else place
    return "`" + ".".join(str(word) for word in words) + "`"


def _say(message: str) -> str:
    return message.removeprefix("Value error, ").lower()


def _fix_for_broken_text(text: str) -> str:
    if "\n<<<<<<< " in text and "\n>>>>>>> " in text:
        return "Resolve the merge conflict in it first (the file has `<<<<<<<` lines)."
    if not text.strip():
        return "The file is empty: save the notebook in JupyterLab first."
    return "Name a notebook (.ipynb), or restore an earlier version of it."


def _nearby(path: Path) -> str:
    """A notebook of nearly that name in the same folder, if there is one."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == ".ipynb"]
    except OSError:
        return f"There is no folder `{path.parent}` either: check the path."
    close = difflib.get_close_matches(path.name, names, n=1) or [
        name for name in names if name == f"{path.name}.ipynb"
    ]
    return f"Did you mean `{path.parent / close[0]}`?" if close else "Check the path."
