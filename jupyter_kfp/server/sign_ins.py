"""Sign-ins that go on: for each endpoint a process (`sign_in.py`) that waits for the person, and what became of it.

In: an endpoint's name. Out: the page that the person has to open, then who signed in or what went wrong. Where Jupyter
runs on another machine than the browser, the browser cannot come back to the process by itself: `come_back` takes the
address that it was sent to there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from .analyst import PACKAGES
from .base import refuse

PATIENCE = 60.0
"""Seconds until a sign-in has to say what is to be done, and how it ended once the browser has come back."""
LONGEST = 4096
"""Characters of an address."""

Told = dict[str, Any]
"""`{"address"}`, `{"user"}` or `{"problem"}`."""


@dataclass
class _SignIn:
    process: asyncio.subprocess.Process
    port: int  # of the loopback address that the browser comes back to
    end: asyncio.Task[Told]  # what it says last


class SignIns:
    """Those of one server."""

    def __init__(self) -> None:
        self._going: dict[str, _SignIn] = {}
        self._ended: dict[str, Told] = {}

    async def begin(self, name: str) -> Told:
        """What the sign-in says first. It goes on where it waits for a person; an older one is ended.

        Raises Refused where it says nothing.
        """
        await self._stop(name)
        self._ended.pop(name, None)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"{__package__}.sign_in",
            name,
            cwd=PACKAGES,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            told = await asyncio.wait_for(_line(process), PATIENCE)
        except asyncio.TimeoutError:
            told = {}
        if "address" in told:
            end = asyncio.create_task(self._wait(name, process))
            self._going[name] = _SignIn(process, _port_in(told["address"]), end)
            return told
        await _end(process)
        if not told:
            raise refuse(
                HTTPStatus.BAD_GATEWAY,
                "the sign-in did not begin",
                fix="try again; the server's log may tell why",
            )
        return told

    async def come_back(self, name: str, address: str) -> Told:
        """Give the sign-in the address that the browser was sent to; how it ended. Raises Refused."""
        going = self._going.get(name)
        if going is None:
            raise refuse(HTTPStatus.CONFLICT, "nobody is signing in", fix="sign in again", code="no-sign-in")
        query = _query_for(going.port, address)
        if query is None:
            raise refuse(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "this is not the address that the sign-in leads to",
                fix=f"copy it whole from the browser: it begins with http://localhost:{going.port}/",
                code="request",
            )
        with contextlib.suppress(OSError, HTTPClientError):  # it may have come back already
            await AsyncHTTPClient().fetch(f"http://127.0.0.1:{going.port}/?{query}", follow_redirects=False)
        try:
            return await asyncio.wait_for(asyncio.shield(going.end), PATIENCE)
        except asyncio.TimeoutError:
            raise refuse(HTTPStatus.BAD_GATEWAY, "the sign-in did not end", fix="sign in again") from None

    def ended(self, name: str) -> Told:
        """How the last sign-in to that endpoint ended; empty where there was none, or it goes on."""
        return self._ended.get(name, {})

    async def stop(self) -> None:
        """End those that wait for a person."""
        for name in list(self._going):
            await self._stop(name)

    async def _stop(self, name: str) -> None:
        if (older := self._going.pop(name, None)) is not None:
            older.end.cancel()
            await _end(older.process)

    async def _wait(self, name: str, process: asyncio.subprocess.Process) -> Told:
        told = await _line(process) or {"problem": {"message": "the sign-in was interrupted"}}
        await process.wait()
        self._ended[name] = told
        self._going.pop(name, None)
        return told


async def _line(process: asyncio.subprocess.Process) -> Told:
    """The next that it says; empty where it has ended without a word."""
    assert process.stdout is not None
    try:
        told: Told = json.loads(await process.stdout.readline())
    except ValueError:
        return {}
    return told


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def _port_in(address: str) -> int:
    """The port that the page at `address` leads back to; 0 where it is not told."""
    redirect = parse_qs(urlsplit(address).query).get("redirect_uri", [""])[0]
    return urlsplit(redirect).port or 0


def _query_for(port: int, address: str) -> str | None:
    """The query of an address that leads to our own process on that port; None for any other address."""
    try:
        parts = urlsplit(address.strip())
        ours = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1") and parts.port == port
    except ValueError:
        return None
    told = parse_qs(parts.query)
    if not ours or len(address) > LONGEST or "state" not in told or not told.keys() & {"code", "error"}:
        return None
    return parts.query
