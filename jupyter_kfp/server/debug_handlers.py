"""`POST debug`: a notebook with the cells of one step of a run, and its real inputs."""

from __future__ import annotations

from http import HTTPStatus

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..local.documents import DOCUMENTS
from .base import refuse
from .run_handlers import AnyRunHandler


class DebugHandler(AnyRunHandler):
    """`POST debug`."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Write the notebook beside the others of the run, and say where it is."""
        body = self.body("DebugRequest")
        folders = await self.run_folders(body["run"])
        beside, name = await self.run_place(body["run"])
        asked = {
            "folder": str(folders.told),
            "documents": str(beside / DOCUMENTS / name),
            "step": body["step"],
        }
        path = self.places.relative(await self.apart("debug", asked))
        if path is None:
            raise refuse(HTTPStatus.NOT_FOUND, "the run's folder lies outside of the server's root")
        self.answer({"path": path})
