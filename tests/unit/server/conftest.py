"""A real Jupyter server in this process, by Jupyter's own fixtures, and small notebooks."""

from __future__ import annotations

import asyncio
import json

import nbformat
import psutil
import pytest
from jsonschema import Draft202012Validator
from pytest_jupyter.jupyter_server import *  # noqa: F403 - its fixtures, for the tests of this folder only
from pytest_jupyter.pytest_tornasync import *  # noqa: F403 - runs `async def` tests
from tornado.httpclient import HTTPClientError

from jupyter_kfp.server import requests


@pytest.fixture
def jp_server_config():
    return {"ServerApp": {"jpserver_extensions": {"jupyter_kfp": True}}}


@pytest.fixture
def folder(jp_root_dir):
    """The server's root."""
    return jp_root_dir


def notebook(*cells: str | tuple[str, ...], **settings) -> nbformat.NotebookNode:
    """Cells with ids c0, c1, …; a tuple holds a cell's tags, then its source; text that begins with # is markdown."""
    node = nbformat.v4.new_notebook(metadata={"jupyter_kfp": settings} if settings else {})
    for number, cell in enumerate(cells):
        *tags, source = (cell,) if isinstance(cell, str) else cell
        make = nbformat.v4.new_markdown_cell if source.startswith("#") else nbformat.v4.new_code_cell
        node.cells.append(make(source, id=f"c{number}", metadata={"tags": tags} if tags else {}))
    return node


@pytest.fixture
def make_notebook():
    return notebook


@pytest.fixture
def save(folder):
    """Save cells as a notebook; gives its path."""

    def save(path: str, *cells, **settings) -> str:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(*cells, **settings), folder / path)
        return path

    return save


class Api:
    """The REST API; every answer is checked against the description."""

    def __init__(self, fetch):
        self.fetch = fetch

    async def __call__(self, method: str, path: str, body=None, **options):
        told = None if body is None and method != "POST" else json.dumps({} if body is None else body)
        response = await self.fetch("jupyter-kfp", *path.split("/"), method=method, body=told, **options)
        return self.checked(method, path, response)

    async def problem(self, method: str, path: str, body=None, **options):
        """Status and problem of a request that is refused."""
        try:
            await self(method, path, body, **options)
        except HTTPClientError as error:
            content = json.loads(error.response.body)
            check(content, {"$ref": "#/components/schemas/Problem"})
            return error.code, content
        raise AssertionError("the request was not refused")

    def checked(self, method: str, path: str, response):
        operation = operation_of(method, path)
        assert str(response.code) in operation["responses"], response.code
        kinds = operation["responses"][str(response.code)].get("content", {})
        if "application/json" in kinds:
            content = json.loads(response.body)
            check(content, kinds["application/json"]["schema"])
            return content
        return response

    async def until_ended(self, run: str, seconds: float = 120):
        """The run, once it has ended."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            found = await self("GET", f"runs/{run}")
            if found["status"] not in ("PENDING", "RUNNING"):
                return found
            assert asyncio.get_running_loop().time() < deadline, found
            await asyncio.sleep(0.1)


def operation_of(method: str, path: str) -> dict:
    parts = path.split("/")
    for template, operations in requests.description()["paths"].items():
        wanted = template.strip("/").split("/")
        open_end = wanted[-1] == "{path}" and len(parts) >= len(wanted)
        if (len(wanted) == len(parts) or open_end) and all(
            want.startswith("{") or want == part for want, part in zip(wanted, parts, strict=False)
        ):
            return operations[method.lower()]
    raise AssertionError(f"{method} {path} is not described")


def check(content, schema: dict) -> None:
    components = requests.description()["components"]
    Draft202012Validator({**schema, "components": components}).validate(content)


@pytest.fixture
def api(jp_fetch):
    return Api(jp_fetch)


@pytest.fixture
def events_of():
    """Reads server-sent events: their numbers and contents."""
    return read_events


def read_events(body: bytes) -> list[tuple[int, dict]]:
    events = []
    for block in body.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            events.append((int(fields["id"]), json.loads(fields["data"])))
    return events


@pytest.fixture
def processes_about():
    """Gives living processes on whose command line all of the texts stand."""
    return find_processes


def find_processes(*texts: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or ())
        if process.info["status"] != psutil.STATUS_ZOMBIE and all(text in line for text in texts):
            found.append(process)
    return found
