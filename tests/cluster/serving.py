"""What all of the double's servers share: handlers that count requests, meet faults, and tell the servers' time.

A handler gets its request's body as it comes, so that a fault may strike during an upload.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web

from .clock import Clock
from .faults import Fault, Faults, Place

LARGEST = 256 << 20


@dataclass(frozen=True)
class Asked:
    """A request that came. Tokens are left out."""

    place: Place
    method: str
    path: str
    query: str
    headers: Mapping[str, str]


@dataclass
class Surroundings:
    """What the handlers of all servers see."""

    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    asked: list[Asked] = field(default_factory=list)


@tornado.web.stream_request_body
class Handler(tornado.web.RequestHandler):
    """The base of all handlers. `content` is the request's body once it is there."""

    place: Place

    def initialize(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.chunks: list[bytes] = []
        self.fault: Fault | None = None

    async def prepare(self) -> None:
        request = self.request
        secret = ("authorization", "proxy-authorization", "cookie")
        headers = {
            name.lower(): value for name, value in request.headers.items() if name.lower() not in secret
        }
        self.surroundings.asked.append(
            Asked(self.place, request.method or "", request.path, request.query, headers)
        )
        self.fault = self.surroundings.faults.meet(self.place, request.method or "", request.path)
        if self.fault is None:
            return
        if self.fault.kind == "cut":
            self.hang_up()
        elif self.fault.kind == "hang":
            closed = asyncio.Event()
            request.connection.stream.set_close_callback(closed.set)  # type: ignore[union-attr]
            await closed.wait()
            self._finished = True  # there is nobody to answer to
            raise tornado.web.Finish
        elif self.fault.kind == "status":
            if self.fault.retry_after:
                self.set_header("Retry-After", self.fault.retry_after)
            self.set_status(self.fault.status)
            self.set_header("Content-Type", "text/plain")
            self.finish(f"{self.fault.status}: a fault was asked for\n")

    def data_received(self, chunk: bytes) -> None:
        self.chunks.append(chunk)

    @property
    def content(self) -> bytes:
        """The request's body."""
        return b"".join(self.chunks)

    def set_default_headers(self) -> None:
        clock: Clock = self.application.settings["clock"]
        self.set_header("Date", format_datetime(clock.now(), usegmt=True))
        self.clear_header("Server")

    def answer(self, content: Any, status: int = 200) -> None:
        """JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(content))

    def finish(self, chunk: Any = None) -> Any:
        if self.fault is not None and self.fault.kind == "lost":
            return self.hang_up()
        if self.fault is not None and self.fault.kind == "half":
            return self._finish_half(chunk)
        return super().finish(chunk)

    def _finish_half(self, chunk: Any) -> Any:
        text = chunk if isinstance(chunk, bytes) else str(chunk or "").encode()
        whole = b"".join(self._write_buffer) + text
        self._write_buffer = [whole[: len(whole) // 2]]
        self.set_header("Content-Length", str(len(whole)))
        sent = self.flush()
        sent.add_done_callback(lambda _: self.hang_up())
        return sent

    def hang_up(self) -> None:
        """End the connection, without a word."""
        stream = self.request.connection.stream  # type: ignore[union-attr]
        self._finished = True
        stream.close()

    def log_exception(self, *error: Any) -> None:
        if not isinstance(error[1], tornado.iostream.StreamClosedError):
            super().log_exception(*error)


class Server:
    """One of the double's servers, on a port of loopback that it keeps when it is started anew."""

    def __init__(self, rules: Iterable[Any], surroundings: Surroundings, port: int = 0) -> None:
        self.application = tornado.web.Application(
            list(rules), clock=surroundings.clock, log_function=lambda handler: None, autoreload=False
        )
        self.port = port
        self._server: tornado.httpserver.HTTPServer | None = None

    def start(self) -> None:
        """Listen."""
        sockets = tornado.netutil.bind_sockets(self.port, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        self._server = tornado.httpserver.HTTPServer(
            self.application, max_body_size=LARGEST, max_buffer_size=LARGEST
        )
        self._server.add_sockets(sockets)

    async def stop(self) -> None:
        """Hear nobody any more; the connections that are there are ended."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()
            self._server = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"
