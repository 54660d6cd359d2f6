"""Fixtures of the browser tests: a JupyterLab, Debian's Chromium, a page with a notebook."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect, sync_playwright

from .lab import BUILT, start_lab

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT = 120_000
"""Milliseconds that the page may take for anything: two cores may be busy with other things."""

expect.set_options(timeout=WAIT)


def pytest_collection_modifyitems(items):
    """Say what is missing, once; in CI it is an error."""
    missing = [
        what
        for what, there in (
            ("Chromium (make system-packages)", CHROMIUM),
            ("the built lab extension (make lab)", (BUILT / "package.json").is_file()),
        )
        if not there
    ]
    if missing and not os.environ.get("CI"):
        mark = pytest.mark.skip(reason="needs " + " and ".join(missing))
        for item in items:
            if Path(__file__).parent in Path(item.path).parents:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="session")
def lab(root, home):
    server = start_lab(root, home)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Open a page of a context of its own, as another user has it; an error that nobody catches fails the test."""
    contexts = []
    errors = []

    def open_page():
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: errors.append(error))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [str(error) for error in errors if not is_of_notebook_7(error)] == []


@pytest.fixture
def page(open_page):
    return open_page()


def is_of_notebook_7(error):
    """Whether the error comes from Notebook 7 alone, which has some of its own with any extension that has settings."""
    stack = error.stack or ""
    return "/static/notebook/" in stack and "jupyter-kfp" not in stack


@pytest.fixture
def gate(tmp_path):
    """A file, and the code of a cell that waits for it: a run goes on when the test says so."""
    return Gate(tmp_path / "gate")


@dataclass(frozen=True)
class Gate:
    path: Path

    @property
    def wait(self):
        return f"import os, time\nwhile not os.path.exists({str(self.path)!r}):\n    time.sleep(0.1)"

    def open(self):
        self.path.touch()


@pytest.fixture
def write(root):
    """Write a notebook of (source, tags…) code cells, markdown where the source begins with ##␠; its path."""

    def write(name, *cells, settings=None, root=root):
        made = []
        for number, (source, *tags) in enumerate(cells):
            kind = nbformat.v4.new_markdown_cell if source.startswith("## ") else nbformat.v4.new_code_cell
            cell = kind(source, id=f"c{number}")
            if tags:
                cell.metadata["tags"] = list(tags)
            made.append(cell)
        notebook = nbformat.v4.new_notebook(cells=made)
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        if settings:
            notebook.metadata["jupyter_kfp"] = settings
        nbformat.write(notebook, root / name)
        return name

    return write
