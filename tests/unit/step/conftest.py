"""Step folders written by hand, and a real storage server on loopback."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import jupyter_kfp.step
from tests.systems.storage import NoStorageError, skip_or_fail, storage_up

PACKAGE = Path(jupyter_kfp.step.__file__).parent
MAIN = """
import json, sys
sys.path.insert(0, sys.argv[1])
from jupyter_kfp_step import run_step
sys.exit(run_step(sys.argv[1], **json.loads(sys.argv[2])))
"""


@dataclass
class Ran:
    """What running a step gave."""

    status: int
    out: str
    err: str
    folder: Path
    state: str

    def json(self, name):
        return json.loads((self.folder / name).read_text())

    def outputs(self, cell):
        notebook = nbformat.read(self.folder / "output.ipynb", as_version=4)
        found = next(each for each in notebook.cells if each["id"] == cell)
        return "".join(output.get("text", "") for output in found.outputs)


class Pipeline:
    """Steps that run by a main.py as `project` writes it."""

    def __init__(self, folder, bucket, environment=None):
        self.folder = folder
        self.bucket = bucket
        self.environment = environment or {}
        self.orders = {}

    def step(
        self, name, cells, *, parents=(), loads="*", saves="*", replays=(), parameters=None, tags=(), **more
    ):
        """A step folder; its cells get the ids `<name>-0`, `<name>-1` …"""
        folder = self.folder / "steps" / name
        shutil.copytree(
            PACKAGE,
            folder / "jupyter_kfp_step",
            ignore=shutil.ignore_patterns("__pycache__"),
            dirs_exist_ok=True,
        )
        all_cells = (
            [new_code_cell(parameters, id="params", metadata={"tags": ["parameters"]})] if parameters else []
        )
        all_cells += [
            new_code_cell(source, id=f"kfp-replay-{number}", metadata={"tags": ["kfp-replay"]})
            for number, source in enumerate(replays)
        ]
        all_cells.append(new_code_cell('__import__("jupyter_kfp_step").load()', id="kfp-load"))
        own = [f"{name}-{number}" for number in range(len(cells))]
        all_cells += [
            new_code_cell(source, id=identity, metadata={"tags": list(tags)})
            for identity, source in zip(own, cells, strict=True)
        ]
        all_cells.append(new_code_cell('__import__("jupyter_kfp_step").save()', id="kfp-save"))
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = new_notebook(cells=all_cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, folder / "step.ipynb")
        self.orders.setdefault(name, len(self.orders))
        step = {
            "version": 1, "pipeline": "p", "step": name, "order": self.orders[name], "folder_depth": 0,
            "kernel": "python3", "parameters": [], "parents": list(parents), "loads": loads, "saves": saves,
            "metrics": [], "definitions": [], "user_cells": own,
            "cell_numbers": {identity: number + 1 for number, identity in enumerate(own)},
        }  # fmt: skip
        (folder / "step.json").write_text(json.dumps({**step, **more}))
        return folder

    def command(self, name, **flags):
        folder = self.folder / "steps" / name
        step = json.loads((folder / "step.json").read_text())
        states = {parent: (self.folder / f"{parent}.state").read_text() for parent in step["parents"]}
        given = {
            "bucket": self.bucket, "run": "r", "parameters": {}, "states": states,
            "state_path": str(self.folder / f"{name}.state"), **flags,
        }  # fmt: skip
        return [sys.executable, "-c", MAIN, str(folder), json.dumps(given)]

    def run(self, name, **flags):
        done = subprocess.run(
            self.command(name, **flags), capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, **self.environment}, cwd=self.folder,
        )  # fmt: skip
        state = self.folder / f"{name}.state"
        return Ran(
            done.returncode, done.stdout, done.stderr, Path(self.bucket) / "runs" / "r" / "steps" / name,
            state.read_text() if state.exists() else "",
        )  # fmt: skip

    def start(self, name, **flags):
        return subprocess.Popen(
            self.command(name, **flags), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **self.environment}, cwd=self.folder,
        )  # fmt: skip


@pytest.fixture
def pipeline(tmp_path):
    """Steps over a local folder."""
    return Pipeline(tmp_path, str(tmp_path / "bucket"))


@pytest.fixture(scope="session")
def storage_server():
    """The url of a fake-gcs-server of our own."""
    try:
        with storage_up() as url:
            yield url
    except NoStorageError as error:
        skip_or_fail(error)


@pytest.fixture
def bucket(storage_server, monkeypatch, request):
    """A new bucket's uri, with google-cloud-storage pointed at the server."""
    from google.cloud import storage

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage_server)
    name = f"b{abs(hash(request.node.nodeid)) % 10**9}"
    storage.Client(project="p").create_bucket(name)
    return f"gs://{name}/prefix"
