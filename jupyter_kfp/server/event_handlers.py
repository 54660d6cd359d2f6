"""`GET runs/{id}/events`: what happens in a run, as server-sent events.

Every event is a line of the run's folder and has its number, counted over `prepare.jsonl` and then `events.jsonl`. A
browser that comes back with the last number it has seen gets the rest and nothing twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from .requested import CLUSTER, PREPARE, end_of, submitted_as
from .run_handlers import AnyRunHandler

WAIT = 0.15
"""Seconds between two looks: works on every file system, network ones too."""
ALIVE = 15.0
"""Seconds after which something is sent even if nothing happens: proxies close what is silent."""


@dataclass
class Tail:
    """Reads the lines of a run's folders as they come."""

    folder: Path  # of what was asked for
    told: Path  # where the run's own events are: elsewhere, once a cluster has it
    number: int = 0  # of the last line that was read
    ended: bool = False
    lost: bool = False  # no process tells any more; a cluster may go on with the run
    _offsets: dict[Path, int] = field(default_factory=dict)

    def look(self) -> list[tuple[int, str]]:
        """The whole lines that have come since, with their numbers."""
        from ..local.journal import EVENTS, is_alive

        # looked at before reading: what was written before the end is still read
        alive = is_alive(self.folder) or is_alive(self.told)
        lines = []
        for line in self._read(self.folder / PREPARE):
            lines.append(self._numbered(line))
            if '"submitted"' in line:
                self.told = self.folder.with_name(submitted_as(self.folder) or self.folder.name)
        lines += [self._numbered(line) for line in self._read(self.told / EVENTS)]
        self.lost = not alive and not lines and not self.ended
        if self.lost and not (self.told / CLUSTER).is_file():
            lines.append(self._numbered(json.dumps({**end_of(self.folder), "version": 1})))
        return lines

    def _numbered(self, line: str) -> tuple[int, str]:
        self.number += 1
        self.ended = _ends(line)  # a run that has ended on a cluster may be tried again there
        return self.number, line

    def _read(self, path: Path) -> Iterator[str]:
        """Whole lines: of another process's file, the last one may be half written."""
        try:
            with path.open("rb") as file:
                file.seek(self._offsets.get(path, 0))
                content = file.read()
        except OSError:
            return
        whole = content[: content.rfind(b"\n") + 1]
        self._offsets[path] = self._offsets.get(path, 0) + len(whole)
        for line in whole.splitlines():
            yield line.decode("utf-8", "replace")


def _ends(line: str) -> bool:
    return '"run-finished"' in line and json.loads(line).get("event") == "run-finished"


def _follow(folder: Path) -> None:
    from .start import follow

    follow(folder)


class EventsHandler(AnyRunHandler):
    """`GET runs/{id}/events`."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """Send what has happened since Last-Event-ID, then what happens, until the run ends."""
        folders = await self.run_folders(run)
        seen = self.request.headers.get("Last-Event-ID") or self.get_query_argument("last_event_id", "0")
        after = int(seen) if seen.isascii() and seen.isdigit() else 0
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Accel-Buffering", "no")
        self.write("retry: 1000\n\n")
        await self.flush()
        with contextlib.suppress(StreamClosedError, asyncio.CancelledError):
            await self._send(Tail(folders.asked, folders.told), after)
        self.finish(set_content_type="text/event-stream")

    async def _send(self, tail: Tail, after: int) -> None:
        sent = begun = time.monotonic()
        followed = False
        while True:
            lines = await self.in_thread(tail.look)
            fresh = [f"id: {number}\ndata: {line}\n\n" for number, line in lines if number > after]
            if not fresh and time.monotonic() - sent > ALIVE:
                fresh = [": still there\n\n"]
            if fresh:
                self.write("".join(fresh))
                await self.flush()
                sent = time.monotonic()
            if tail.ended:
                return
            if tail.lost and not followed:  # the cluster goes on: somebody has to look
                followed, begun = True, time.monotonic()
                await self.in_thread(lambda: _follow(tail.told))
            elif tail.lost and time.monotonic() - begun > ALIVE:
                return  # who comes back for more has it tried again
            await asyncio.sleep(WAIT)

    def on_connection_close(self) -> None:
        """Nobody listens any more."""
        if self._task is not None:
            self._task.cancel()
