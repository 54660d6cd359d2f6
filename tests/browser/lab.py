"""A JupyterLab of the tests' own on a free port, with the lab extension that this checkout has built."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TOKEN = "browser-tests"
CHECKOUT = Path(__file__).parents[2]
BUILT = CHECKOUT / "jupyter_kfp" / "labextension"
COLLABORATION = ("@jupyter/collaboration-extension", "@jupyter/docprovider-extension")
PATIENCE = 120.0
"""Seconds that a server may take to answer."""


@dataclass
class Lab:
    """A server, and the folder that it shows."""

    url: str
    port: int
    root: Path
    process: subprocess.Popen[bytes]

    def page(self, path: str = "", *, app: str = "lab") -> str:
        """Address of a notebook in a workspace of its own."""
        if app == "lab":
            return f"{self.url}/lab{'/tree/' if path else ''}{path}?reset&token={TOKEN}"
        return f"{self.url}/{app}/{path}?token={TOKEN}"

    def stop(self) -> None:
        """End the server; runs go on."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:  # it waits for kernels that are busy
            self.process.kill()
            self.process.wait()


def start_lab(
    root: Path,
    home: Path,
    port: int | None = None,
    *options: str,
    variables: Mapping[str, str] | None = None,
    collaboration: bool = False,
) -> Lab:
    """Start a server and wait until it answers. Raises RuntimeError with its log where it does not.

    `options` are further ones of the command line, `variables` of the environment. Without `collaboration` the page
    looks as it does for who has not installed it.
    """
    port = port or free_port()
    log = home / "lab.log"
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyterlab",
                "--config",
                str(Path(__file__).with_name("jupyter_config.py")),
                f"--ServerApp.port={port}",
                f"--ServerApp.root_dir={root}",
                *options,
            ],
            env={**environment(home, collaboration=collaboration), **(variables or {})},
            cwd=home,  # what extensions keep in the working directory is the test's own too
            stdout=stream,
            stderr=stream,
        )
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/api?token={TOKEN}", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return Lab(url, port, root, process)
    process.kill()
    raise RuntimeError(log.read_text())


def environment(home: Path, *, collaboration: bool = False) -> dict[str, str]:
    """Nothing of the user's: settings, workspaces and home are the test's own. The built extension is linked there."""
    data = home / "share" / "jupyter"
    extensions = data / "labextensions"
    extensions.mkdir(parents=True, exist_ok=True)
    link = extensions / "jupyter-kfp"
    if not link.exists():
        link.symlink_to(BUILT)
    for name in ("settings", "workspaces", "config"):
        (home / name).mkdir(exist_ok=True)
    disabled = {} if collaboration else dict.fromkeys(COLLABORATION, True)
    page = home / "config" / "labconfig" / "page_config.json"
    page.parent.mkdir(exist_ok=True)
    page.write_text(json.dumps({"disabledExtensions": disabled}))
    news = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True, exist_ok=True)
    news.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("JUPYTER_KFP_")},
        "HOME": str(home),
        "JUPYTER_PATH": str(data),  # goes before the environment's, which may hold an older build
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
