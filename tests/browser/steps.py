"""What a user does, in a word each; used by all browser tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from .lab import Lab

RUNS_END = 300_000
"""Milliseconds that a run may take where two cores do all."""
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def open_notebook(page: Page, lab: Lab, path: str) -> None:
    """Open it in JupyterLab, with the sidebar beside it."""
    page.goto(lab.page(path))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    open_sidebar(page)


def open_sidebar(page: Page) -> None:
    """Show it, if it is not there already."""
    sidebar = page.locator(".jp-kfp-Sidebar")
    if not sidebar.is_visible():
        page.locator('.jp-SideBar [data-id="jupyter-kfp:panel"]').click()
    expect(page.locator(".jp-kfp-Header")).to_be_visible()


def cell(page: Page, number: int) -> Locator:
    """A cell of the notebook in front, from 0, markdown too."""
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell").nth(number)


def to_cell(page: Page, number: int) -> None:
    """Make it the active one, in command mode."""
    cell(page, number).locator(".jp-InputPrompt").click()
    expect(page.locator(".jp-Notebook.jp-mod-commandMode").first).to_be_visible()


def name_step(page: Page, name: str) -> None:
    """Answer the dialog that asks for a step's name."""
    field = page.locator(".jp-Dialog input")
    field.fill(name)
    field.press("Enter")
    expect(page.locator(".jp-Dialog")).to_have_count(0)


def chip(page: Page, number: int) -> Locator:
    """What stands above a cell."""
    return cell(page, number).locator(".jp-kfp-Chip")


def node(page: Page, step: str) -> Locator:
    """A step in the graph."""
    return page.locator(f'.jp-kfp-Node[data-step="{step}"]')


def run_as_pipeline(page: Page) -> None:
    """Press the button, and Run in the dialog."""
    page.locator(".jp-kfp-Header-run").click()
    accept_run(page)


def accept_run(page: Page) -> None:
    """Run, with what the dialog offers."""
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(page.locator(".jp-Dialog")).to_have_count(0)


def wait_for_end(page: Page, status: str) -> None:
    """The newest run ends so."""
    expect(page.locator(".jp-kfp-Run").first).to_have_attribute("data-status", status, timeout=RUNS_END)


def accessibility_faults(page: Page, selector: str) -> list[str]:
    """What axe finds below that element: a line for each rule that is broken."""
    page.add_script_tag(content=AXE.read_text())
    result = page.evaluate(
        "selector => axe.run(selector, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})", selector
    )
    return [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:300]} {each['nodes'][0]['failureSummary']}"
        for each in result["violations"]
    ]
