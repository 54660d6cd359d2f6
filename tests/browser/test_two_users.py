"""Several people and windows: nothing is lost where they work on one notebook, nothing mixes where they work on two."""

import nbformat
import pytest
from playwright.sync_api import expect

from .lab import start_lab
from .steps import chip, name_step, node, open_notebook, open_sidebar, run_as_pipeline, to_cell, wait_for_end


@pytest.fixture
def shared_lab(tmp_path):
    """A JupyterLab with jupyter-collaboration: who opens a notebook that is open already gets the same one."""
    pytest.importorskip("jupyter_server_ydoc", reason="needs jupyter-collaboration (extra dev)")
    for name in ("root", "home"):
        (tmp_path / name).mkdir()
    lab = start_lab(
        tmp_path / "root",
        tmp_path / "home",
        None,
        "--YDocExtension.disable_rtc=False",
        f"--SQLiteYStore.db_path={tmp_path / 'history.db'}",
        collaboration=True,
    )
    yield lab
    lab.stop()


def expect_tags(page, *tags):
    """The cells of the notebook in front have these tags, in the model that all of its users share."""
    page.wait_for_function(
        "tags => JSON.stringify(window.jupyterapp.shell.currentWidget.model.sharedModel.cells"
        ".map(cell => cell.getMetadata('tags') ?? [])) === JSON.stringify(tags)",
        arg=list(tags),
    )


def begin_step(page, number, name):
    to_cell(page, number)
    page.keyboard.press("t")
    page.keyboard.press("s")
    name_step(page, name)


def undo(page, number):
    to_cell(page, number)
    page.keyboard.press("z")


def test_two_users_tag_one_notebook_and_each_undoes_what_is_their_own(shared_lab, open_page, write):
    path = write("shared.ipynb", ("a = 1",), ("b = a + 1",), ("c = b + 1",), root=shared_lab.root)
    ada, ben = open_page(), open_page()
    for page in (ada, ben):
        open_notebook(page, shared_lab, path)
    begin_step(ada, 0, "load")
    expect(chip(ben, 0)).to_contain_text("load")
    expect(node(ben, "load")).to_be_visible()

    begin_step(ben, 1, "train")
    expect(chip(ada, 1)).to_contain_text("train")
    expect(node(ada, "train")).to_be_visible()
    for page in (ada, ben):
        expect_tags(page, ["step:load"], ["step:train"], [])

    undo(ada, 0)  # hers, though Ben's came later
    for page in (ada, ben):
        expect_tags(page, [], ["step:train"], [])
    undo(ben, 1)
    for page in (ada, ben):
        expect_tags(page, [], [], [])

    # both at once: neither has seen the other's yet
    for page, number, name in ((ada, 0, "load"), (ben, 2, "test")):
        to_cell(page, number)
        page.keyboard.press("t")
        page.keyboard.press("s")
        page.locator(".jp-Dialog input").fill(name)
    for page in (ada, ben):
        page.locator(".jp-Dialog input").press("Enter")
    for page in (ada, ben):
        expect_tags(page, ["step:load"], [], ["step:test"])

    run_as_pipeline(ada)
    wait_for_end(ada, "SUCCEEDED")
    expect(node(ada, "test")).to_have_attribute("data-status", "SUCCEEDED")
    saved = nbformat.read(shared_lab.root / path, 4)
    assert [cell.metadata.get("tags", []) for cell in saved.cells] == [["step:load"], [], ["step:test"]]


def test_windows_of_two_notebooks_do_not_mix(open_page, lab, write):
    paths = [
        write(
            f"window-{name}.ipynb", (f"{name} = 1", f"step:{name}"), (f"print({name})", f"step:show-{name}")
        )
        for name in ("one", "two")
    ]
    first, second = open_page(), open_page()
    for page, path in zip((first, second), paths, strict=True):
        open_notebook(page, lab, path)
    expect(node(first, "one")).to_be_visible()
    expect(node(second, "two")).to_be_visible()
    run_as_pipeline(first)
    wait_for_end(first, "SUCCEEDED")
    second.locator(".jp-kfp-Sidebar .lm-AccordionPanel-title", has_text="No runs yet").click()
    second.get_by_role("button", name="Look again").click()
    expect(second.locator(".jp-kfp-Runs")).to_contain_text("has not run")
    expect(node(second, "one")).to_have_count(0)

    # the same in one window: the sidebar follows the notebook in front
    first.evaluate(
        "async path => { await window.jupyterapp.commands.execute('docmanager:open', {path}); }", paths[1]
    )
    expect(node(first, "two")).to_be_visible()
    expect(node(first, "one")).to_have_count(0)
    expect(first.locator(".jp-kfp-Run")).to_have_count(0)
    first.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="window-one.ipynb").click()
    open_sidebar(first)
    expect(node(first, "one")).to_be_visible()
    expect(first.locator(".jp-kfp-Run")).to_have_count(1)
