"""`POST convert`, `compile`, `clean` and `build`: what writes files that the user keeps.

The first three are answered when they are done. Images take long: `build` gives a job that is looked at like a run.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .base import KfpHandler, refuse
from .run_ids import run_id


class _ActionHandler(KfpHandler):
    """Does it in a process of its own."""

    call = ""
    shape = ""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer when it is done."""
        body = await self.placed(self.body(self.shape))
        turn = self.settings.setdefault("jupyter_kfp_action", asyncio.Lock())
        async with turn:  # two at once might write the same files
            done = await self.apart(self.call, body)
        self.answer(done)

    async def placed(self, body: dict[str, Any]) -> dict[str, Any]:
        """The request with paths that are known to lie below the root. Raises HTTPError."""
        place = await self.places.notebook(body["path"])
        placed = {**body, "path": place.api_path}
        if body.get("output"):
            placed["output"] = (await self.places.find(body["output"])).api_path
        return placed


class ConvertHandler(_ActionHandler):
    """`POST convert`."""

    call, shape = "convert", "ConvertRequest"


class CompileHandler(_ActionHandler):
    """`POST compile`."""

    call, shape = "compile", "CompileRequest"


class CleanHandler(_ActionHandler):
    """`POST clean`, of a package or of the one beside a notebook."""

    call, shape = "clean", "CleanRequest"

    async def placed(self, body: dict[str, Any]) -> dict[str, Any]:
        """A package need not be a notebook."""
        placed = {**body, "path": (await self.places.find(body["path"])).api_path}
        if body.get("output"):
            placed["output"] = (await self.places.find(body["output"])).api_path
        return placed


class BuildHandler(_ActionHandler):
    """`POST build`."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer with the job's id."""
        body = await self.placed(self.body("BuildRequest"))
        if body.get("push") and not body.get("registry"):
            raise refuse(
                HTTPStatus.BAD_REQUEST, "`push` needs `registry`: where the images go", code="request"
            )
        file = (await self.places.notebook(body["path"])).file.resolve()
        root = self.places.root
        options: dict[str, Any] = {
            key: body[key] for key in ("registry", "push", "builder", "steps") if key in body
        }
        if "output" in body:
            options["output"] = str(root / body["output"])

        def begin() -> Path:
            from .requested import Request
            from .start import start

            return start(Request(kind="build", notebook=str(file), pipeline=file.stem, options=options))

        folder = await self.in_thread(begin)
        self.answer(
            {"run": run_id(folder.name, self.places.relative(file.parent) or "")}, status=HTTPStatus.ACCEPTED
        )
