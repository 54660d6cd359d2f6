"""Passing a request on to another server, and its answer back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from .serving import LARGEST, Handler

# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1; the length is counted anew
HOP = frozenset(
    {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "host"}
)
SECONDS = 600


async def forward(handler: Handler, base: str, headers: Mapping[str, str], without: frozenset[str]) -> None:
    """Ask `base` what the handler was asked, with `headers` more and those in `without` less; pass on its answer."""
    request = handler.request
    sent = {
        name: value
        for name, value in request.headers.get_all()
        if name.lower() not in HOP and name.lower() not in without
    }
    asked = HTTPRequest(
        base + request.uri, method=request.method or "GET", headers={**sent, **headers},
        body=handler.content if handler.content or request.method in ("POST", "PUT", "PATCH") else None,
        follow_redirects=False, allow_nonstandard_methods=True, decompress_response=False,
        request_timeout=SECONDS, connect_timeout=10,
    )  # fmt: skip
    client = AsyncHTTPClient(force_instance=True, max_body_size=LARGEST, max_buffer_size=LARGEST)
    try:
        answer = await client.fetch(asked, raise_error=False)
    except (OSError, asyncio.TimeoutError) as error:
        handler.set_status(502)
        handler.finish(f"Bad Gateway: {error}")
        return
    finally:
        client.close()
    if answer.code == 599:  # tornado's own, for an answer that never came
        handler.set_status(502)
        handler.finish("Bad Gateway")
        return
    handler.set_status(answer.code, answer.reason)
    handler.clear_header("Content-Type")
    for name, value in answer.headers.get_all():
        if name.lower() not in (*HOP, "date", "server"):
            handler.add_header(name, value)
    handler.finish(answer.body or b"")
