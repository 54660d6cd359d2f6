"""A real Jupyter server with the extension, asked over HTTP as a browser would."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from jupyter_kfp import __version__

TOKEN = "a-token-for-this-test"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Its address."""
    home = tmp_path_factory.mktemp("home")
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
        wait_for(port)
        yield f"http://127.0.0.1:{port}/user/ada/"
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


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
