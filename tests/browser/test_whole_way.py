"""The user's whole way: tag, undo, look, run, fail, open the failing cell, mend, run again, open the report."""

import nbformat
from playwright.sync_api import expect

from .steps import (
    accept_run,
    cell,
    chip,
    name_step,
    node,
    open_notebook,
    run_as_pipeline,
    to_cell,
    wait_for_end,
)

CELLS = (
    ("## Load",),
    ("numbers = [3, 1, 2]",),
    ("## Share",),
    ("share = 6 / (len(numbers) - 3)",),
    ("## Show",),
    ("print('share is', share)",),
)


def test_from_an_untagged_notebook_to_a_finished_run(page, lab, write, root):
    path = write("way.ipynb", *CELLS)
    open_notebook(page, lab, path)
    expect(page.locator(".jp-kfp-Empty")).to_contain_text("no steps yet")

    # by mouse
    to_cell(page, 1)
    page.get_by_role("button", name="Begin a step here").click()
    name_step(page, "load")
    expect(chip(page, 1)).to_contain_text("load")

    # by keyboard, the name coming from the heading above
    to_cell(page, 3)
    page.keyboard.press("t")
    page.keyboard.press("s")
    expect(page.locator(".jp-Dialog input")).to_have_value("load")  # it belongs to the step above so far
    name_step(page, "Share It")
    expect(chip(page, 3)).to_contain_text("share-it")
    expect(chip(page, 3)).to_contain_text("gets numbers")
    expect(chip(page, 5)).to_have_class("jp-kfp-Chip jp-kfp-step-1 jp-mod-continues")
    expect(node(page, "share-it")).to_be_visible()

    # one undo step, there and back
    to_cell(page, 3)
    page.keyboard.press("z")
    expect(node(page, "share-it")).to_have_count(0)
    expect(node(page, "load")).to_be_visible()
    page.keyboard.press("Shift+Z")
    expect(node(page, "share-it")).to_be_visible()

    # a finding comes while typing, and goes with one click
    page.locator(".jp-kfp-Section-findings").wait_for()
    to_cell(page, 1)
    page.keyboard.press("Enter")
    page.keyboard.press("Control+End")
    page.keyboard.type("\npairs = (n for n in numbers)")
    page.keyboard.press("Escape")
    cell(page, 5).locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nlist(pairs)")
    page.keyboard.press("Escape")
    finding = page.locator(".jp-kfp-Finding").first
    expect(finding).to_contain_text("pairs")
    expect(chip(page, 1).locator(".jp-kfp-Chip-findings")).to_be_visible()
    finding.locator(".jp-mod-accept").last.click()
    expect(page.locator(".jp-kfp-Finding")).to_have_count(0)
    to_cell(page, 1)
    page.keyboard.press("z")
    expect(page.locator(".jp-kfp-Finding").first).to_contain_text("pairs")
    for number in (1, 5):
        cell(page, number).locator(".cm-content").click()
        page.keyboard.press("Control+End")
        page.keyboard.press("Shift+Home")
        page.keyboard.press("Backspace")
        page.keyboard.press("Backspace")
        page.keyboard.press("Escape")
    expect(page.locator(".jp-kfp-Finding")).to_have_count(0)

    # run: it fails
    run_as_pipeline(page)
    wait_for_end(page, "FAILED")
    expect(node(page, "share-it")).to_have_attribute("data-status", "FAILED")
    toast = page.locator(".Toastify__toast", has_text="ZeroDivisionError")
    expect(toast).to_contain_text("Step share-it failed in cell 2")
    assert "step:load" in str(nbformat.read(root / path, 4).cells[1].metadata)  # it was saved first

    # the executed notebook, at the cell that raised
    toast.get_by_role("button", name="Open failing cell").click()
    active = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell.jp-mod-active")
    expect(active).to_contain_text("share = 6")
    expect(active).to_contain_text("ZeroDivisionError")

    # mend, and run again from that step: the one before keeps its result
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="way.ipynb").first.click()
    cell(page, 3).locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("share = 6 / len(numbers)")
    page.keyboard.press("Escape")
    page.locator(".jp-kfp-Run").first.get_by_role("button", name="run from here… of step share-it").click()
    accept_run(page)
    expect(page.locator(".jp-kfp-Run")).to_have_count(2)
    wait_for_end(page, "SUCCEEDED")
    expect(node(page, "share-it")).to_have_attribute("data-status", "SUCCEEDED")

    # its report
    page.get_by_role("button", name="report of step share-it").first.click()
    report = page.locator("iframe.jp-HTMLViewer-iframe, .jp-HTMLViewer iframe, .jp-HTMLViewer").first
    expect(report).to_be_visible()
