"""The server's side of the worker: a warm process that analyses notebooks off the event loop.

One worker at a time, one request after the other. A request that a newer one of the same key overtakes before it has
begun is not done any more. The worker is started when it is first needed and again when it has died, is ended when it
takes too long, and ends with the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any

from . import frames

PATIENCE = 30.0
"""Seconds that one answer may take."""

PACKAGES = Path(__file__).parents[2]
"""Where this package is: a folder of the user's as working directory would come first on the module search path."""


class Overtaken(Exception):  # noqa: N818 - nothing is wrong
    """A newer request of the same key has come."""


class Unanswered(Exception):  # noqa: N818
    """The worker gave no answer; the text says why, for people."""


class Analyst:
    """Asks the worker of a server whose root is `root`."""

    def __init__(self, root: str, patience: float = PATIENCE) -> None:
        self.root = root
        self.patience = patience
        self._process: asyncio.subprocess.Process | None = None
        self._turn: asyncio.Lock | None = None
        self._newest: dict[object, object] = {}

    async def ask(self, call: str, body: object, key: object = None) -> dict[str, Any]:
        """The worker's frame: `{"answer"}` or `{"problem"}`. Raises Overtaken, and Unanswered where it died.

        Cancelled while it waits for its turn, it is never asked.
        """
        ticket = object()
        if key is not None:
            self._newest[key] = ticket
        try:
            if self._turn is None:
                self._turn = asyncio.Lock()
            async with self._turn:
                if key is not None and self._newest.get(key) is not ticket:
                    raise Overtaken
                # an answer that nobody waits for any more is read all the same, or it would be taken for the next one
                exchange = asyncio.ensure_future(self._exchange(call, body))
                try:
                    return await asyncio.shield(exchange)
                except asyncio.CancelledError:
                    await asyncio.wait([exchange])
                    exchange.exception()
                    raise
        finally:
            if self._newest.get(key) is ticket:
                del self._newest[key]

    async def warm_up(self) -> None:
        """Have the worker ready before it is needed."""
        with contextlib.suppress(Unanswered):
            await self.ask("ready", None)

    async def close(self) -> None:
        """End the worker."""
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            await process.wait()

    async def _exchange(self, call: str, body: object) -> dict[str, Any]:
        process = await self._worker()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(frames.pack({"call": call, "body": body}))
            return await asyncio.wait_for(self._read(process.stdout), self.patience)
        except asyncio.TimeoutError:
            await self.close()
            raise Unanswered(f"the analysis took longer than {self.patience:g} s and was stopped") from None
        except (OSError, asyncio.IncompleteReadError):
            await self.close()
            raise Unanswered(
                "the process that analyses notebooks has died; the server's log may tell why"
            ) from None
        except ValueError:
            await self.close()
            raise

    async def _read(self, stream: asyncio.StreamReader) -> dict[str, Any]:
        (length,) = frames.LENGTH.unpack(await stream.readexactly(frames.LENGTH.size))
        answer: dict[str, Any] = frames.decode(await stream.readexactly(length))
        return answer

    async def _worker(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            await self.close()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"{__package__}.worker",
                self.root,
                cwd=PACKAGES,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        return self._process
