"""The panel inside a notebook, with real widgets in JupyterLab."""

import re

from playwright.sync_api import expect

from .steps import RUNS_END, accessibility_faults, cell, chip, to_cell

PANEL = "from jupyter_kfp import panel\npanel()"


def show_panel(page, lab, path, number):
    """Open the notebook, run the cell that shows the panel; its output."""
    page.goto(lab.page(path))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_function(  # what is run earlier is not run at all
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    to_cell(page, number)
    page.keyboard.press("Control+Enter")
    shown = cell(page, number).locator(".jp-OutputArea").first
    expect(shown.locator(".jupyter-kfp svg")).to_be_visible()
    return shown


def test_a_notebook_is_run_by_the_panel_that_stands_in_it(page, lab, write, gate, root):
    path = write(
        "panel.ipynb",
        ("rate = 0.5  # how fast", "parameters"),
        (f"{gate.wait}\nnumbers = [1, 2]", "step:load"),
        ("accuracy = rate * len(numbers)", "step:train", "metrics"),
        (PANEL,),
    )
    shown = show_panel(page, lab, path, 3)
    expect(chip(page, 3)).to_contain_text("skipped")
    graph = shown.locator(".jupyter-kfp svg")
    expect(graph).to_contain_text("load")
    expect(graph).to_contain_text("train")
    assert accessibility_faults(page, ".jupyter-kfp") == []

    shown.get_by_label("rate").fill("0.25")
    shown.get_by_label("rate").press("Enter")
    shown.get_by_role("button", name="Run").click()
    steps = shown.locator(".jupyter-kfp table")
    expect(steps.locator("tr", has_text="load")).to_contain_text("runs", timeout=RUNS_END)
    expect(steps.locator("tr", has_text="train")).to_contain_text("waits")
    assert accessibility_faults(page, ".jupyter-kfp") == []
    gate.open()
    status = shown.get_by_role("status")
    expect(status).to_contain_text("done in", timeout=RUNS_END)
    expect(steps.locator("tr", has_text="load").locator("td").nth(2)).to_contain_text(re.compile(r"\d"))
    expect(steps.locator("tr", has_text="accuracy").last).to_contain_text("0.5")
    expect(graph.locator("g.succeeded")).to_have_count(2)

    shown.get_by_role("button", name="Results").click()
    shown.get_by_role("link", name="train: executed notebook").click()
    opened = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(opened).to_contain_text("rate = 0.25")
    expect(opened).not_to_contain_text("panel()")
    assert page.context.pages == [page]  # JupyterLab opens it itself


def test_a_run_that_waits_is_canceled_by_the_panel(page, lab, write, gate):
    path = write("cancel_panel.ipynb", (gate.wait, "step:wait"), (PANEL,))
    shown = show_panel(page, lab, path, 1)
    shown.get_by_role("button", name="Run").click()
    row = shown.locator(".jupyter-kfp table tr", has_text="wait").last
    expect(row).to_contain_text("runs", timeout=RUNS_END)
    shown.get_by_role("button", name="Cancel").click()
    expect(shown.get_by_role("status")).to_contain_text("canceled", timeout=RUNS_END)
    expect(shown.get_by_role("button", name="Run")).to_be_enabled()
