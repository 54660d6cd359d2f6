"""Pictures of the main states, light and dark: `make pictures` puts them into docs/images for the README."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .steps import node, open_notebook, open_sidebar, run_as_pipeline, to_cell, wait_for_end

CHECKOUT = Path(__file__).parents[2]
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

FINDINGS = (
    ("## Read",),
    ("import sqlite3\ndatabase = sqlite3.connect(':memory:')", "step:read"),
    ("## Sum up",),
    ("rows = database.execute('select 1').fetchall()\nprint(rows)", "step:sum-up"),
    ("## Report",),
    ("print(len(rows), missing)", "step:report"),
)
FAILURE = (
    ("ratio = 0.5  # share that is kept", "parameters"),
    ("## Load",),
    ("prices = {'apple': 3, 'pear': 4}", "step:load"),
    ("## Look up",),
    ("wanted = ['apple', 'plum']\ntotal = sum(prices[name] for name in wanted) * ratio", "step:look-up"),
    ("## Report",),
    ("print(total)", "step:report"),
)


@pytest.fixture
def picture(page, tmp_path):
    """Take a picture of that name in every theme."""
    folder = CHECKOUT / "docs" / "images" if os.environ.get("JUPYTER_KFP_PICTURES") else tmp_path

    def picture(name):
        for short, theme in THEMES.items():
            page.evaluate(
                "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
            )
            page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
            page.evaluate("document.fonts.ready")  # the network is never idle while a run's events come
            page.screenshot(path=folder / f"lab-{name}-{short}.png", animations="disabled")
            assert (folder / f"lab-{name}-{short}.png").stat().st_size > 10_000

    return picture


def wide_sidebar(page):
    """Drag the sidebar to the width that people give it."""
    handle = page.locator("#jp-main-split-panel > .lm-SplitPanel-handle").first.bounding_box()
    page.mouse.move(handle["x"] + 1, 400)
    page.mouse.down()
    page.mouse.move(420, 400)
    page.mouse.up()


def iris(root, name):
    """The example under that name, with its data; its path."""
    (root / "data").mkdir(exist_ok=True)
    (root / "notebooks").mkdir(exist_ok=True)
    shutil.copy(CHECKOUT / "examples" / "data" / "Iris.csv", root / "data")
    shutil.copy(CHECKOUT / "examples" / "notebooks" / "iris.ipynb", root / "notebooks" / name)
    return f"notebooks/{name}"


def test_a_pipeline_that_has_run(page, lab, root, picture):
    open_notebook(page, lab, iris(root, "iris.ipynb"))
    wide_sidebar(page)
    expect(node(page, "test")).to_be_visible()
    run_as_pipeline(page)
    expect(node(page, "load")).to_have_attribute("data-status", "RUNNING", timeout=120_000)
    picture("running")
    wait_for_end(page, "SUCCEEDED")
    expect(page.locator(".Toastify__toast")).to_have_count(0)
    page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.evaluate("node => node.scrollTo(0, 480)")
    page.locator('.jp-kfp-Edge[data-from="split"][data-to="train"] .jp-kfp-Edge-target').hover(force=True)
    expect(page.locator(".jp-kfp-Details h3")).to_have_text("split → train")
    picture("pipeline")


def test_what_is_asked_before_a_run(page, lab, root, picture):
    open_notebook(page, lab, iris(root, "asked.ipynb"))
    wide_sidebar(page)
    expect(node(page, "test")).to_be_visible()
    page.locator(".jp-kfp-Header-run").click()
    expect(page.locator(".jp-kfp-RunDialog select")).to_be_visible()
    picture("run-dialog")


def test_findings_with_their_mends(page, lab, write, picture):
    open_notebook(page, lab, write("findings.ipynb", *FINDINGS))
    wide_sidebar(page)
    expect(page.locator(".jp-kfp-Finding").first).to_be_visible()
    picture("findings")


def test_a_step_that_failed(page, lab, write, picture):
    open_notebook(page, lab, write("failure.ipynb", *FAILURE))
    wide_sidebar(page)
    run_as_pipeline(page)
    wait_for_end(page, "FAILED")
    expect(page.locator(".Toastify__toast", has_text="KeyError")).to_be_visible()
    picture("failure")


def test_a_notebook_without_steps_and_settings(page, lab, write, picture):
    open_notebook(page, lab, write("start.ipynb", ("numbers = [1, 2, 3]",), ("print(sum(numbers))",)))
    wide_sidebar(page)
    to_cell(page, 0)
    expect(page.locator(".jp-kfp-Empty")).to_be_visible()
    picture("empty")
    open_notebook(page, lab, write("set.ipynb", ("a = 1", "step:load"), ("b = a", "step:train")))
    open_sidebar(page)
    page.locator(".jp-kfp-Sidebar .lm-AccordionPanel-title", has_text="Settings").click()
    page.locator(".jp-kfp-Settings-of select").select_option("train")
    page.locator(".jp-kfp-Sidebar .lm-AccordionPanel-title", has_text="Pipeline").click()
    expect(page.locator(".jp-kfp-Section:visible")).to_have_count(2)  # the header and the settings
    picture("settings")
