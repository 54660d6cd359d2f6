"""`runs`: start them, list them, look at one, stop it, remove it, read its files.

Nothing of a run is kept in the server: what its folder says is told, so a restart loses nothing.
"""

from __future__ import annotations

import mimetypes
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from .analyst import Unanswered
from .base import KfpHandler, Refused, answer_of, refuse
from .requested import CANCEL, CLUSTER, LOCAL, Request, read_request
from .run_ids import read_run_id, run_id

if TYPE_CHECKING:
    from .run_shapes import Folders, Relative
    from .shapes import Run

MOST = 50
"""Runs in a list, where no other limit is given."""

CHUNK = 1 << 16


class AnyRunHandler(KfpHandler):
    """What handlers of one run share."""

    async def run_place(self, run: str) -> tuple[Path, str]:
        """The folder of its notebook, and its name. Raises HTTPError 404."""
        read = read_run_id(run)
        if read is None:
            raise no_run(run)
        name, folder = read
        return (await self.places.find(folder)).file, name

    async def run_folders(self, run: str) -> Folders:
        """Where the run is. Raises Refused 404."""
        beside, name = await self.run_place(run)
        folders = await self.in_thread(lambda: _folders(beside, name))
        if folders is None:
            raise no_run(run)
        return folders

    async def run_file(self, run: str, path: str) -> tuple[Path, Path]:
        """A file of the run, and the run's folder. Raises Refused 404 for what lies elsewhere or is not there."""
        folder = (await self.run_folders(run)).told
        file = _inside(folder, path)
        if file is not None and not file.is_file() and (folder / CLUSTER).is_file():
            await self.apart("fetch", {"folder": str(folder)})
        if file is None or not file.is_file():
            raise refuse(HTTPStatus.NOT_FOUND, f"the run has no file `{path[:200]}`", code="not-found")
        return folder, file


# What imports other rooms does so in a thread, when it is first needed.


def _folders(beside: Path, name: str) -> Folders | None:
    from .run_shapes import folders_of

    return folders_of(beside, name)


def _shape(beside: Path, name: str, relative: Relative) -> Run | None:
    from .run_shapes import run_shape

    return run_shape(beside, name, relative)


def _inside(folder: Path, path: str) -> Path | None:
    """The file of that path; None where it lies outside of the folder, also through links."""
    try:
        file = (folder / path).resolve()
    except (OSError, RuntimeError, ValueError):
        return None
    return file if file.is_relative_to(folder) and "\0" not in path else None


def no_run(run: str) -> Refused:
    """The error to raise."""
    return refuse(HTTPStatus.NOT_FOUND, f"there is no run `{run[:200]}`", code="not-found")


class RunsHandler(AnyRunHandler):
    """`GET runs?path=` and `POST runs`."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Runs of a notebook, or of all notebooks in a folder, newest first."""
        place = await self.places.find(self.get_query_argument("path", ""))
        limit = self.get_query_argument("limit", str(MOST))
        if not limit.isascii() or not limit.isdigit() or len(limit) > 6:
            raise refuse(HTTPStatus.BAD_REQUEST, "`limit` is not a number", code="request")
        notebook = place.api_path if place.api_path.endswith(".ipynb") else None
        self.answer(await self.in_thread(lambda: self._list(place.file, notebook, int(limit))))

    def _list(self, file: Path, notebook: str | None, limit: int) -> list[Run]:
        from . import run_shapes

        resolved = file.resolve()
        folder = resolved if notebook is None else resolved.parent
        wanted = None if notebook is None else self.places.relative(resolved)
        runs: list[Run] = []
        for name in run_shapes.run_names(folder):
            if len(runs) >= limit:
                break
            run = run_shapes.run_shape(folder, name, self.places.relative)
            if run is not None and (wanted is None or run["notebook"] == wanted):
                runs.append(run)
        return sorted(runs, key=lambda run: run["started"], reverse=True)

    @authenticated
    @authorized
    async def post(self) -> None:
        """Start a run of the saved notebook."""
        body = self.body("RunRequest")
        place = await self.places.notebook(body["path"])
        pipeline = await self._checked(place.api_path, body)
        file = place.file.resolve()

        def begin() -> Path:
            from .start import start

            return start(
                Request(
                    notebook=str(file),
                    pipeline=pipeline,
                    where=body.get("where", LOCAL),
                    parameters=body.get("parameters", {}),
                    from_step=body.get("from_step"),
                    only_step=body.get("only_step"),
                    cache=body.get("cache", True),
                )
            )

        folder = await self.in_thread(begin)
        self.answer(
            {"run": run_id(folder.name, self.places.relative(file.parent) or "")}, status=HTTPStatus.ACCEPTED
        )

    async def _checked(self, path: str, body: dict[str, Any]) -> str:
        """The pipeline's name. Raises Refused where the run could not begin."""
        if body.get("from_step") is not None and body.get("only_step") is not None:
            raise refuse(
                HTTPStatus.BAD_REQUEST, "`from_step` and `only_step` do not go together", code="request"
            )
        node = await self.places.content(path)
        steps = [body[key] for key in ("from_step", "only_step") if body.get(key) is not None]
        plan = {"path": path, "notebook": node, "parameters": body.get("parameters", {}), "steps": steps}
        try:
            told = await self.analyst.ask("plan", plan)
        except Unanswered as error:
            raise refuse(
                HTTPStatus.SERVICE_UNAVAILABLE, str(error), fix="try again", code="no-answer"
            ) from None
        return str(answer_of(told))


class RunHandler(AnyRunHandler):
    """`GET runs/{id}` and `DELETE runs/{id}`."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """The run, as far as it is."""
        beside, name = await self.run_place(run)
        shape = await self.in_thread(lambda: _shape(beside, name, self.places.relative))
        if shape is None:
            raise no_run(run)
        self.answer(shape)

    @authenticated
    @authorized
    async def delete(self, run: str) -> None:
        """Remove an ended run."""
        folders = await self.run_folders(run)
        beside, name = await self.run_place(run)

        def remove() -> bool:
            from .. import local
            from ..local.journal import is_alive
            from ..local.root import FOLDER

            if is_alive(folders.asked) or is_alive(folders.told):
                return False
            if folders.told != folders.asked:
                local.remove(beside / FOLDER, folders.told.name)
            local.remove(beside / FOLDER, name)
            return True

        if not await self.in_thread(remove):
            raise refuse(HTTPStatus.CONFLICT, "the run is at work", fix="stop it first", code="running")
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class CancelHandler(AnyRunHandler):
    """`POST runs/{id}/cancel`."""

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Ask the run to stop; its events tell when it has."""
        folders = await self.run_folders(run)
        if (
            folders.told / CLUSTER
        ).is_file():  # a cluster has it: it is stopped there, and whoever follows it sees that
            over = await self.in_thread(lambda: _is_over(folders.told))
            asked = not over and await self.apart("cancel", {"folder": str(folders.told)})
        else:
            asked = await self.in_thread(lambda: _cancel(folders.asked))
        self.answer({"asked": bool(asked)})


def _is_over(folder: Path) -> bool:
    from .. import local

    return local.read_run(folder).status is not local.Status.RUNNING


def _cancel(folder: Path) -> bool:
    from .. import local
    from ..local.journal import is_alive

    if is_alive(folder) and read_request(folder) is not None:
        (folder / CANCEL).touch()
    return local.cancel(folder)


class RunFileHandler(AnyRunHandler):
    """`GET runs/{id}/files/{path}`: executed notebooks, reports and logs as they are."""

    @property
    def content_security_policy(self) -> str:
        """A report's scripts are the user's cells' output: they run, but not as a page of this server."""
        return "sandbox allow-scripts"

    @authenticated
    @authorized
    async def get(self, run: str, path: str) -> None:
        """The file's bytes."""
        _, file = await self.run_file(run, path)
        kind = "application/json" if file.suffix == ".ipynb" else mimetypes.guess_type(file.name)[0]
        if file.suffix in (".log", ".jsonl"):
            kind = "text/plain"
        self.set_header("Content-Type", kind or "application/octet-stream")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")
        with file.open("rb") as stream:
            while chunk := await self.in_thread(lambda: stream.read(CHUNK)):
                self.write(chunk)
                await self.flush()
        self.finish(set_content_type=kind or "application/octet-stream")


class OpenHandler(AnyRunHandler):
    """`POST runs/{id}/open`."""

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Copy a file of the run beside its notebook."""
        body = self.body("OpenRequest")
        folder, file = await self.run_file(run, body["file"])
        beside, name = await self.run_place(run)

        def copy() -> str | None:
            from ..local.documents import copy_beside

            return self.places.relative(copy_beside(folder, file, beside, name))

        path = await self.in_thread(copy)
        if path is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        self.answer({"path": path})
