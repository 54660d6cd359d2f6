"""A server on loopback that answers as a test says, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self):
        return {key: value[0] for key, value in parse_qs(self.body.decode()).items()}

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Scripted:
    """`answers`: what comes next, each a status, headers, body; `otherwise` when they are used up. None hangs up."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    otherwise: Any = None

    def answer(self, asked: Asked):
        given = self.answers.pop(0) if self.answers else self.otherwise
        return given(asked) if callable(given) else given


@contextlib.contextmanager
def scripted():
    script = Scripted(otherwise=(200, {}, {}))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, parse_qs(parts.query), headers, body)
            script.asked.append(asked)
            answer = script.answer(asked)
            if answer is None:
                self.close_connection = True
                return
            status, extra, content = answer
            data = (
                content
                if isinstance(content, bytes)
                else (content.encode() if isinstance(content, str) else json.dumps(content).encode())
            )
            self.send_response_only(status)
            if "Date" not in extra:
                self.send_header("Date", self.date_time_string())
            for name, value in {"Content-Length": str(len(data)), **extra}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(data)
            if int(extra.get("Content-Length", len(data))) != len(data):
                self.close_connection = True

        do_GET = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
