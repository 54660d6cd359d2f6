"""A real Jupyter server with the extension, asked over HTTP as a browser would."""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

from jupyter_kfp import __version__
from jupyter_kfp.server import requests

TOKEN = "a-token-for-this-test"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Its address."""
    home = tmp_path_factory.mktemp("home")
    with running(home) as (_, address):
        yield address


@contextlib.contextmanager
def running(home):
    """A server whose root is `home`: its process and its address."""
    port = free_port()
    arguments = [
        f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.base_url=/user/ada/",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={home}",
        "--ServerApp.jpserver_extensions=jupyter_kfp=True",
        "--allow-root",
        "--no-browser",
    ]
    environment = {**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "JUPYTER_NO_CONFIG": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until_it_says(process.stderr, "Use Control-C to stop this server")
        threading.Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would stop the server
        wait_for(port)
        yield process, f"http://127.0.0.1:{port}/user/ada/"
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_it_says(log, text: str) -> None:
    said = []
    for line in log:
        said.append(line)
        if text in line:
            return
    raise AssertionError("".join(said))


def wait_for(port: int) -> None:
    """The server listens only a moment after it has said so."""
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=30).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
        else:
            return


def get(address: str, **headers: str):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as response:
        return json.load(response)


def post(address: str, body=None, **headers: str):
    request = urllib.request.Request(
        address,
        method="POST",
        data=json.dumps(body or {}).encode(),
        headers={"Authorization": f"token {TOKEN}", **headers},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def events(address: str, after: int = 0):
    """Numbers and contents of a run's events, as they come."""
    headers = {"Authorization": f"token {TOKEN}", "Last-Event-ID": str(after)}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as response:
        number = 0
        for line in response:
            if line.startswith(b"id: "):
                number = int(line[4:])
            elif line.startswith(b"data: "):
                yield number, json.loads(line[6:])


def test_a_signed_in_user_learns_the_version(server):
    answer = get(f"{server}jupyter-kfp/health", Authorization=f"token {TOKEN}")
    assert answer == {"version": __version__}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}])
def test_a_stranger_learns_nothing(server, headers):
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{server}jupyter-kfp/health", **headers)
    assert refused.value.code == 403


def test_other_methods_are_refused(server):
    request = urllib.request.Request(
        f"{server}jupyter-kfp/health", method="POST", headers={"Authorization": f"token {TOKEN}"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 405


def test_no_operation_is_for_strangers(server):
    for path, operations in requests.description()["paths"].items():
        for method in operations:
            address = f"{server}jupyter-kfp{path.format(run='a', path='b', name='c')}"
            body = b"{}" if method == "post" else None
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(
                    urllib.request.Request(address, method=method.upper(), data=body), timeout=30
                )
            assert refused.value.code == 403, (method, path)


def test_a_page_of_another_site_cannot_post_for_the_user(server):
    """A browser's cookie alone does not do: the XSRF token has to come in a header."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.open(f"{server}?token={TOKEN}", timeout=30).close()
    cookies = {cookie.name: cookie.value for cookie in jar}
    body = json.dumps(
        {"path": "new.ipynb", "notebook": {"nbformat": 4, "metadata": {}, "cells": []}}
    ).encode()
    address = f"{server}jupyter-kfp/analysis"
    with pytest.raises(urllib.error.HTTPError) as refused:
        opener.open(urllib.request.Request(address, data=body, method="POST"), timeout=60)
    assert refused.value.code == 403
    headers = {"X-XSRFToken": cookies["_xsrf"]}
    with opener.open(urllib.request.Request(address, data=body, headers=headers), timeout=60) as response:
        assert json.load(response)["title"] == "new"


def test_a_run_outlives_its_server_and_the_next_one_finds_it(tmp_path, processes_about):
    source = "import pathlib, time\nwhile not pathlib.Path({go!r}).exists(): time.sleep(0.05)\ndone = 1"
    cell = {
        "cell_type": "code",
        "id": "c",
        "source": source.format(go=str(tmp_path / "go")),
        "metadata": {"tags": ["step:wait"]},
        "outputs": [],
        "execution_count": None,
    }
    root = tmp_path / "root"
    (root / "work").mkdir(parents=True)
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    (root / "work" / "a.ipynb").write_text(json.dumps(notebook))
    with running(root) as (process, address):
        run = post(f"{address}jupyter-kfp/runs", {"path": "work/a.ipynb"})["run"]
        seen = []
        for number, event in events(f"{address}jupyter-kfp/runs/{run}/events"):
            seen.append(number)
            if event["event"] == "step-started":
                break
        assert processes_about(str(root), "server.worker")
        process.kill()
        process.wait()
    deadline = time.monotonic() + 60
    while processes_about(str(root), "server.worker"):
        assert time.monotonic() < deadline, "the worker outlives its server"
        time.sleep(0.05)
    with running(root) as (_, address):
        authorization = {"Authorization": f"token {TOKEN}"}
        [found] = get(f"{address}jupyter-kfp/runs?path=work/a.ipynb", **authorization)
        assert (found["id"], found["status"]) == (run, "RUNNING")
        (tmp_path / "go").touch()
        later = list(events(f"{address}jupyter-kfp/runs/{run}/events", after=seen[-1]))
        assert later[0][0] == seen[-1] + 1
        assert later[-1][1]["status"] == "SUCCEEDED"
        assert get(f"{address}jupyter-kfp/runs/{run}", **authorization)["status"] == "SUCCEEDED"
