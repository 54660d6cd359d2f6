"""`POST debug`: a notebook with the cells of one step of a run, and its real inputs."""

from __future__ import annotations

from http import HTTPStatus

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .base import refuse
from .run_handlers import AnyRunHandler


class DebugHandler(AnyRunHandler):
    """`POST debug`."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Write the notebook beside the others of the run, and say where it is."""
        body = self.body("DebugRequest")
        await self.run_folder(body["run"])
        raise refuse(
            HTTPStatus.NOT_IMPLEMENTED,
            "opening a step for debugging is not there yet",
            fix="open the executed notebook",
            code="not-implemented",
        )
