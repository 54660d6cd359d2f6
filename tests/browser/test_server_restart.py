"""A run outlives the server that it was started from."""

import pytest
from playwright.sync_api import expect

from .lab import start_lab
from .steps import RUNS_END, node, open_notebook, open_sidebar, run_as_pipeline, wait_for_end


@pytest.fixture
def places(tmp_path):
    """A root and a home for a server of the test's own."""
    for name in ("root", "home"):
        (tmp_path / name).mkdir()
    return tmp_path / "root", tmp_path / "home"


def test_a_run_goes_on_while_the_server_is_started_again(page, places, write, gate):
    root, home = places
    path = write("restart.ipynb", (f"{gate.wait}\na = 1", "step:one"), ("b = a + 1", "step:two"), root=root)
    lab = start_lab(root, home)
    try:
        open_notebook(page, lab, path)
        run_as_pipeline(page)
        expect(node(page, "one")).to_have_attribute("data-status", "RUNNING", timeout=RUNS_END)
        lab.stop()
        lab = start_lab(root, home, lab.port)
        page.reload()
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        open_sidebar(page)
        expect(page.locator(".jp-kfp-Run")).to_have_attribute("data-status", "RUNNING")
        expect(node(page, "one")).to_have_attribute("data-status", "RUNNING")
        gate.open()
        wait_for_end(page, "SUCCEEDED")
        expect(node(page, "two")).to_have_attribute("data-status", "SUCCEEDED")
    finally:
        gate.open()
        lab.stop()


def test_a_page_that_stays_open_finds_the_server_again(page, places, write, gate):
    root, home = places
    path = write("stay.ipynb", (f"{gate.wait}\na = 1", "step:one"), root=root)
    lab = start_lab(root, home)
    try:
        open_notebook(page, lab, path)
        run_as_pipeline(page)
        expect(node(page, "one")).to_have_attribute("data-status", "RUNNING", timeout=RUNS_END)
        lab.stop()
        lab = start_lab(root, home, lab.port)
        gate.open()
        wait_for_end(page, "SUCCEEDED")
    finally:
        gate.open()
        lab.stop()
