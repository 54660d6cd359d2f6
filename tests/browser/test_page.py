"""The page by itself: what is there without a run, for whom, and what it survives."""

import re

import nbformat
import pytest
from playwright.sync_api import expect

from .steps import (
    RUNS_END,
    accessibility_faults,
    chip,
    node,
    open_notebook,
    open_sidebar,
    run_as_pipeline,
    to_cell,
    wait_for_end,
)

TWO = (("a = 1", "step:one"), ("b = a + 1", "step:two"))


def test_suggested_steps_are_previewed_and_applied_as_one_undo(page, lab, write):
    path = write(
        "suggest.ipynb",
        ("## Load",),
        ("import random\nnumbers = []\nfor _ in range(10):\n    numbers.append(random.random())",),
        ("## Sort",),
        ("ordered = sorted(numbers)\nfirst = ordered[0]\nlast = ordered[-1]",),
        ("## Show",),
        ("print(first)\nprint(last)\nprint(len(ordered))",),
    )
    open_notebook(page, lab, path)
    page.get_by_role("button", name="Suggest steps").click()
    expect(page.locator(".jp-kfp-Suggestion li")).to_have_count(3)
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(page.locator(".jp-kfp-Node")).to_have_count(3)
    to_cell(page, 1)
    page.keyboard.press("z")
    expect(page.locator(".jp-kfp-Chip")).to_have_count(0)


def test_the_example_opens_from_the_empty_state(page, lab):
    page.goto(lab.page())
    open_sidebar(page)
    page.get_by_role("button", name="Open an example").click()
    expect(page.locator(".jp-kfp-Node")).to_have_count(4)
    expect(page.locator(".jp-kfp-Finding")).to_have_count(0)


def test_opening_a_notebook_writes_nothing_to_it(page, lab, write, root):
    path = write("quiet.ipynb", *TWO)
    before = (root / path).read_bytes()
    open_notebook(page, lab, path)
    expect(node(page, "two")).to_be_visible()
    assert (root / path).read_bytes() == before


def test_a_click_on_a_step_selects_its_cells_and_a_line_tells_what_passes(page, lab, write):
    path = write("graph.ipynb", *TWO)
    open_notebook(page, lab, path)
    node(page, "two").click()
    expect(page.locator(".jp-Cell.jp-mod-active")).to_contain_text("b = a + 1")
    expect(page.locator(".jp-kfp-Details")).to_contain_text("gets")
    page.locator('.jp-kfp-Edge[data-from="one"] .jp-kfp-Edge-target').hover(force=True)
    expect(page.locator(".jp-kfp-Details h3")).to_have_text("one → two")


def test_a_step_is_renamed_everywhere(page, lab, write, root):
    path = write("rename.ipynb", *TWO, settings={"steps": {"one": {"retries": 2}}})
    open_notebook(page, lab, path)
    node(page, "one").click()
    page.get_by_role("button", name="Rename").click()
    field = page.locator(".jp-Dialog input")
    field.fill("first")
    field.press("Enter")
    expect(node(page, "first")).to_be_visible()
    to_cell(page, 0)
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    page.wait_for_function("() => !document.querySelector('.lm-TabBar-tab.jp-mod-dirty')")
    saved = nbformat.read(root / path, 4)
    assert saved.cells[0].metadata["tags"] == ["step:first"]
    assert saved.metadata["jupyter_kfp"] == {"steps": {"first": {"retries": 2}}}


def test_a_setting_is_written_to_the_notebook_and_undone(page, lab, write):
    path = write("settings.ipynb", *TWO)
    open_notebook(page, lab, path)
    page.locator(".jp-kfp-Sidebar .lm-AccordionPanel-title", has_text="Settings").click()
    page.locator(".jp-kfp-Settings-of select").select_option("two")
    field = page.get_by_label("Memory", exact=True)
    field.fill("many")
    expect(page.locator(".jp-kfp-Settings")).to_contain_text("must match pattern")
    field.fill("4Gi")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.model.sharedModel"
        ".getMetadata('jupyter_kfp')?.steps?.two?.memory === '4Gi'"
    )


def test_names_of_steps_are_text_and_never_html(page, lab, write):
    path = write("hostile.ipynb", ("a = '<img src=x onerror=alert(1)>'", "step:<img src=x onerror=alert(1)>"))
    open_notebook(page, lab, path)
    expect(chip(page, 0)).to_be_visible()
    expect(node(page, "img-src-x-onerror-alert-1")).to_be_visible()
    assert page.locator(".jp-kfp-Sidebar img, .jp-kfp-Chip img").count() == 0


def test_a_run_survives_a_reload_of_the_page_and_tells_how_long_it_goes_on(page, lab, write, gate):
    path = write("reload.ipynb", (f"{gate.wait}\na = 1", "step:one"), ("b = a", "step:two"))
    open_notebook(page, lab, path)
    run_as_pipeline(page)
    expect(page.locator(".jp-kfp-Run").first).to_have_attribute("data-status", "RUNNING", timeout=RUNS_END)
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    open_sidebar(page)
    for shown in (node(page, "one"), page.locator(".jp-kfp-RunStep", has_text="one")):
        expect(shown).to_contain_text(re.compile(r"running · \d+ "))
        before = shown.text_content()
        expect(shown).not_to_have_text(before)  # nothing has happened but that time goes on
    gate.open()
    wait_for_end(page, "SUCCEEDED")


def test_a_run_can_be_cancelled(page, lab, write, gate):
    path = write("cancel.ipynb", (gate.wait, "step:one"))
    open_notebook(page, lab, path)
    run_as_pipeline(page)
    expect(page.locator(".jp-kfp-Run").first).to_have_attribute("data-status", "RUNNING", timeout=RUNS_END)
    page.locator(".jp-kfp-Run-body").get_by_role("button", name="Cancel").click()
    wait_for_end(page, "CANCELED")


def test_the_graph_has_the_room_of_what_is_empty_and_its_names_can_be_read(page, lab, write):
    page.set_viewport_size({"width": 1280, "height": 768})
    steps = ("load", "clean", "join", "split", "train", "test")
    cells = [(f"x{n} = {f'x{n - 1}' if n else 0}", f"step:{step}") for n, step in enumerate(steps)]
    open_notebook(page, lab, write("room.ipynb", *cells))
    titles = page.locator(".jp-kfp-Sidebar .lm-AccordionPanel-title")
    expect(titles).to_have_text(["Pipeline", "No findings", "No runs yet", "Settings", "Actions"])
    expect(page.locator(".jp-kfp-Section:visible")).to_have_count(2)  # the header and the graph
    page.wait_for_function("() => document.querySelector('.jp-kfp-Graph').clientHeight > 300")
    name = page.locator(".jp-kfp-Node-name").first.bounding_box()
    assert name["height"] >= 10

    to_cell(page, 5)
    page.keyboard.press("Enter")
    page.keyboard.type("missing\n")
    expect(titles.nth(1)).to_have_text("Findings (1)")
    expect(page.locator(".jp-kfp-Finding")).to_be_visible()
    for _ in range(len("missing\n")):
        page.keyboard.press("Backspace")
    expect(titles.nth(1)).to_have_text("No findings")
    expect(page.locator(".jp-kfp-Section-findings")).to_be_hidden()


def test_two_hundred_steps_are_drawn_with_a_search_and_a_minimap(page, lab, write):
    cells = [("x0 = 0", "step:s0")]
    cells += [(f"x{n} = x{n // 2}", f"step:s{n}") for n in range(1, 200)]
    path = write("large.ipynb", *cells)
    open_notebook(page, lab, path)
    expect(page.locator(".jp-kfp-Node")).to_have_count(200)
    expect(page.locator(".jp-kfp-Minimap")).to_be_visible()
    page.locator(".jp-kfp-Sidebar jp-search input").fill("s199")
    expect(page.locator('.jp-kfp-Node[data-dim="false"]')).to_have_count(1)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing_in_what_is_ours(page, lab, write, theme):
    path = write(
        "axe.ipynb", ("count = 3", "parameters"), *TWO, ("print(open)", "skip"), ("c = d", "step:three")
    )
    open_notebook(page, lab, path)
    expect(node(page, "two")).to_be_visible()
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
    node(page, "two").click()
    for section in ("Settings", "Actions"):
        page.locator(".jp-kfp-Sidebar .lm-AccordionPanel-title", has_text=section).click()
    expect(page.locator(".jp-kfp-Settings")).to_be_visible()
    found = [
        fault
        for selector in (".jp-kfp-Header", ".jp-kfp-Section", ".jp-kfp-Chip")
        for fault in accessibility_faults(page, selector)
    ]
    assert found == []


def test_it_loads_in_notebook_7(page, lab, write):
    path = write("seven.ipynb", *TWO)
    page.goto(lab.page(path, app="notebooks"))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    expect(page.locator(".jp-kfp-Chip").first).to_contain_text("one")
    expect(page.locator('.jp-Toolbar [data-jp-item-name="run-as-pipeline"]')).to_be_visible()
