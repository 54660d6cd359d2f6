"""`GET endpoints` and `POST endpoints/{name}/sign-in`: clusters that runs can go to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .analyst import PACKAGES, Unanswered
from .base import KfpHandler, Refused, answer_of, refuse

PATIENCE = 60.0
"""Seconds until a sign-in has to say what is to be done."""
SIGNING_IN = "jupyter_kfp_sign_ins"


class _EndpointHandler(KfpHandler):
    async def endpoints(self) -> Any:  # noqa: ANN401 - the shape is described
        """All endpoints. Raises Refused."""
        try:
            told = await self.analyst.ask("endpoints", None)
        except Unanswered as error:
            raise refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error), code="no-answer") from None
        return answer_of(told)


class EndpointsHandler(_EndpointHandler):
    """`GET endpoints`."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer with those that are configured."""
        self.answer(await self.endpoints())


class SignInHandler(_EndpointHandler):
    """`POST endpoints/{name}/sign-in`."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Sign in, or say which page the user has to open to do so."""
        name = unquote(name)
        endpoint = next((each for each in await self.endpoints() if each["name"] == name), None)
        if endpoint is None:
            raise refuse(HTTPStatus.NOT_FOUND, f"there is no endpoint `{name[:200]}`", code="not-found")
        told = await self._begin(name)
        if "problem" in told:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, told["problem"])
        if "address" in told:
            endpoint |= {"signed_in": False, "address": told["address"]}
        else:
            endpoint |= {"signed_in": True}
            if told.get("user"):
                endpoint["user"] = told["user"]
        self.answer(endpoint)

    async def _begin(self, name: str) -> dict[str, Any]:
        """What the sign-in says first. It goes on where it waits for a person; an older one is ended."""
        running: dict[str, asyncio.subprocess.Process] = self.settings.setdefault(SIGNING_IN, {})
        if (older := running.pop(name, None)) is not None:
            with contextlib.suppress(ProcessLookupError):
                older.kill()
            await older.wait()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"{__package__}.sign_in",
            name,
            cwd=PACKAGES,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        running[name] = process
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
            told: dict[str, Any] = json.loads(line)
        except (asyncio.TimeoutError, ValueError):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise refuse(
                HTTPStatus.BAD_GATEWAY,
                "the sign-in did not begin",
                fix="try again; the server's log may tell why",
            ) from None
        if "address" not in told:
            await process.wait()
        return told


async def end_sign_ins(settings: dict[str, Any]) -> None:
    """End those that wait for a person."""
    for process in settings.pop(SIGNING_IN, {}).values():
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
