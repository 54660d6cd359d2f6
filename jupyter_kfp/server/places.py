"""Paths of the contents manager as files, and back.

A path of the API is relative to the server's root, with slashes. What leaves the root, also through a link, is hidden,
or is no file at all is refused as if it were not there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_core.paths import is_hidden
from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

NOT_THERE = "there is no such file or folder below the server's root: %s"


@dataclass(frozen=True)
class Place:
    """A file or folder, which may not be there yet."""

    api_path: str
    file: Path


class Places:
    """The paths of one contents manager."""

    def __init__(self, contents_manager: Any) -> None:  # noqa: ANN401 - there are many kinds
        self._contents = contents_manager

    @property
    def are_files(self) -> bool:
        """Whether the contents are files of this machine."""
        return bool(getattr(self._contents, "root_dir", "")) and hasattr(self._contents, "_get_os_path")

    @property
    def root(self) -> Path:
        """The server's root. Raises HTTPError 501 where the contents are no files of this machine."""
        if not self.are_files:
            raise HTTPError(
                501, "this server keeps notebooks elsewhere than in files: save the notebook as a file"
            )
        return Path(self._contents.root_dir).absolute()

    async def find(self, path: str) -> Place:
        """The place of that path. Raises HTTPError 404."""
        shown = path[:200]
        parts = path.strip("/").split("/") if path.strip("/") else []
        if any(part in ("", ".", "..") or "\0" in part for part in parts) or os.path.splitdrive(path)[0]:
            raise HTTPError(404, NOT_THERE, shown)
        api_path = "/".join(parts)
        root = self.root
        file = root.joinpath(*parts)
        try:
            resolved, real_root = file.resolve(), root.resolve()
        except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no file system takes
            raise HTTPError(404, NOT_THERE, shown) from None
        if not resolved.is_relative_to(real_root):
            raise HTTPError(404, NOT_THERE, shown)
        if api_path and not self._contents.allow_hidden:
            try:
                hidden = await ensure_async(self._contents.is_hidden(api_path))
                hidden = hidden or is_hidden(str(resolved), str(real_root))
            except (OSError, ValueError):
                hidden = True
            if hidden or any(part.startswith(".") for part in parts):
                raise HTTPError(404, NOT_THERE, shown)
        return Place(api_path, file)

    async def notebook(self, path: str) -> Place:
        """A notebook that is there. Raises HTTPError 404, and 400 for what is no notebook's name."""
        place = await self.find(path)
        if not place.api_path.endswith(".ipynb"):
            raise HTTPError(400, "this is not the path of a notebook (.ipynb): %s", path[:200])
        if not place.file.is_file():
            raise HTTPError(404, NOT_THERE, path[:200])
        return place

    async def content(self, path: str) -> dict[str, Any]:
        """The saved notebook's nbformat JSON, as the contents manager has it. Raises HTTPError."""
        try:
            model = await ensure_async(self._contents.get(path, content=True, type="notebook"))
        except HTTPError as error:
            if error.status_code != 400:
                raise
            raise HTTPError(422, "the file is not a notebook, or a damaged one: %s", path[:200]) from None
        node: dict[str, Any] = model["content"]
        return node

    def relative(self, file: Path | str) -> str | None:
        """The API's path of a file; None where it is not below the root."""
        root = self.root
        for place, base in ((Path(file), root), (Path(file).resolve(), root.resolve())):
            if place.is_relative_to(base):
                inside = PurePosixPath(place.relative_to(base).as_posix())
                return "" if str(inside) == "." else str(inside)
        return None
