"""The panel with real widgets and real kernels, without a browser."""

import functools
import itertools
import re
import sys
import threading
from datetime import timedelta

import ipywidgets
import pytest

from jupyter_kfp import panel
from jupyter_kfp.local.events import now
from jupyter_kfp.widgets import Panel
from jupyter_kfp.widgets.ticking import ticking

WAIT = "import time\nwhile True: time.sleep(0.05)"


def test_a_notebook_is_run_to_its_end(notebook, tmp_path):
    shown = panel(notebook)
    assert isinstance(shown, ipywidgets.Widget)
    assert shown.graph.value.count("<svg") == 1
    shown.form.fields["rate"].value = 2.0
    shown.run_button.click()
    assert shown.run_button.disabled
    assert shown.start() is None  # one at a time
    shown.following.result(timeout=300)
    assert shown.run.status == "SUCCEEDED"
    assert shown.run.parameters == {"rate": 2.0}
    assert "done in" in shown.status.value
    assert shown.graph.value.count('class="step succeeded"') == 2
    assert "loss" in shown.progress.value
    assert (shown.run_button.disabled, shown.cancel_button.disabled) == (False, True)

    shown.results_button.click()
    (output,) = shown.results.outputs
    html = output["data"]["text/html"]
    assert f'href="runs/{shown.run.id}/train.ipynb"' in html
    assert (tmp_path / "runs" / shown.run.id / "train.html").is_file()


def test_a_run_that_fails_says_where(write):
    shown = panel(write(("x = 1", "step:load"), ("raise ValueError('<b>no</b>')", "step:train")))
    shown.start().result(timeout=300)
    assert "ValueError" in shown.status.value
    assert "<b>" not in shown.status.value
    assert shown.run.status == "FAILED"


def test_a_run_can_be_canceled_before_it_has_begun(write):
    shown = panel(write((WAIT, "step:wait")))
    following = shown.start()
    shown.cancel_button.click()
    following.result(timeout=300)
    assert shown.run.status == "CANCELED"
    assert not shown.run_button.disabled


def test_without_a_known_notebook_it_asks_for_one(notebook):
    shown = panel()
    assert shown.run_button.disabled
    assert "Which notebook" in shown.status.value
    shown.path.value = str(notebook)
    assert shown.loaded.steps == ("load", "train")
    assert not shown.run_button.disabled


def test_it_shows_the_notebook_that_it_stands_in(notebook, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    assert panel().loaded.notebook == notebook


def test_a_notebook_with_errors_cannot_be_run(write):
    shown = panel(write(("x = 1", "stpe:<script>")))
    assert shown.run_button.disabled
    assert "JK101" in shown.graph.value
    assert "<script" not in shown.graph.value


@pytest.mark.parametrize("content", ["", "{}", "<script>"])
def test_what_is_no_notebook_is_told(tmp_path, content):
    path = tmp_path / "<script>.ipynb"
    path.write_text(content)
    shown = panel(path)
    assert "<script" not in shown.status.value
    assert shown.run_button.disabled


def test_reloading_keeps_what_was_typed(notebook):
    shown = Panel(notebook)
    shown.form.fields["rate"].value = 0.75
    shown.reload_button.click()
    assert shown.form.fields["rate"].value == 0.75


def test_the_notebook_is_run_as_it_was_last_saved(write):
    shown = panel(write(("x = 1", "step:load")))
    write(("x = 1", "stpe:load"))
    assert shown.start() is None
    assert "JK101" in shown.graph.value


def test_a_wrong_value_is_told_and_nothing_is_run(write):
    shown = panel(write(("sizes = [1]", "parameters"), ("print(sizes)", "step:a")))
    shown.form.fields["sizes"].value = "no json"
    assert shown.start() is None
    assert "sizes" in shown.status.value


@pytest.fixture
def fast_clock(monkeypatch):
    """A panel's clock that goes on by a minute whenever it is looked at, and ticks often."""
    panels = sys.modules[Panel.__module__]
    looks = itertools.count(1)
    monkeypatch.setattr(panels, "now", lambda: now() + timedelta(minutes=next(looks)))
    monkeypatch.setattr(panels, "ticking", functools.partial(ticking, every=0.01))


def clocks():
    return [thread for thread in threading.enumerate() if thread.name == "jupyter-kfp clock"]


def seen(widget, pattern, times):
    """Set when texts of `widget` have matched `pattern` in so many different ways."""
    found, enough = set(), threading.Event()

    def look(change):
        if match := re.search(pattern, change["new"]):
            found.add(match[0])
        if len(found) >= times:
            enough.set()

    widget.observe(look, names="value")
    return enough


def test_the_duration_of_a_running_step_goes_on_until_the_run_ends(write, fast_clock):
    shown = panel(write((WAIT, "step:wait")))
    moved = seen(shown.progress, r"runs</td><td[^>]*>\d+ (min|h) \d+ (s|min)", times=3)
    graphs = seen(shown.graph, r"(?s).*", times=10)
    following = shown.start()
    assert moved.wait(300)
    assert not graphs.is_set()  # only the table is drawn anew
    shown.cancel_button.click()
    following.result(timeout=300)
    assert clocks() == []
    assert "runs" not in shown.progress.value


def test_a_closed_panel_leaves_the_run_alone_and_shows_nothing_more(write, fast_clock):
    shown = panel(write((WAIT, "step:wait")))
    moved = seen(shown.progress, r"runs</td><td[^>]*>\d+ (min|h)", times=1)
    following = shown.start()
    assert moved.wait(300)
    shown.close()
    for clock in clocks():
        clock.join(60)
    assert clocks() == []
    assert shown.run.status == "RUNNING"
    shown.run.cancel()
    following.result(timeout=300)
