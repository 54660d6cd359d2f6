"""`POST analysis` and `POST suggest`: what the analysis says of a notebook, saved or not."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .analyst import Overtaken, Unanswered
from .base import KfpHandler, answer_of, refuse


class _AnalystHandler(KfpHandler):
    """Asks the worker."""

    call = ""

    async def ask(self) -> Any:  # noqa: ANN401 - one shape for each call
        """The worker's answer. Raises Refused."""
        body = self.body("NotebookRequest")
        node = body.get("notebook")
        if node is not None and not self.places.are_files:
            path = body["path"].rpartition("/")[2]  # kept elsewhere: nothing beside it can be looked at
        else:
            path = (await self.places.find(body["path"])).api_path
        if node is None:
            node = await self.places.content(path)
        client = body.get("client")
        key = None if client is None else (self.call, self.current_user.username, client, body["path"])
        try:
            told = await self.analyst.ask(self.call, {"path": path, "notebook": node}, key)
        except Overtaken:
            raise refuse(409, "a newer request for this notebook has come", code="superseded") from None
        except Unanswered as error:
            raise refuse(503, str(error), fix="try again", code="no-answer") from None
        return answer_of(told)

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer with what the worker says."""
        try:
            self.answer(await self.ask())
        except asyncio.CancelledError:  # nobody waits for the answer any more
            if not self._finished:
                self.finish()

    def on_connection_close(self) -> None:
        """Stop working for nobody."""
        if self._task is not None:
            self._task.cancel()


class AnalysisHandler(_AnalystHandler):
    """`POST analysis`."""

    call = "analysis"


class SuggestHandler(_AnalystHandler):
    """`POST suggest`."""

    call = "suggest"
