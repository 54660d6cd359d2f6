from __future__ import annotations

import pytest
from rich.console import Console

from jupyter_kfp.cli.progress import _Table
from jupyter_kfp.durations import duration
from jupyter_kfp.local import events, record

from .test_run import BAD, GOOD, START, later


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (9.96, "10 s"), (59.4, "59 s"), (61, "1 min 1 s"), (7500, "2 h 5 min")],
)
def test_times_are_as_exact_as_people_need(value, shown):
    assert duration(value) == shown


def board(happened, steps=("load", "add"), height=24, width=60) -> str:
    """What the live table shows after these events."""
    started = events.RunStarted(
        time=START,
        run="r",
        pipeline="p",
        notebook="n",
        notebook_digest="0",
        parameters={},
        steps=tuple(events.PlannedStep(name=name, title=name) for name in steps),
    )
    table = _Table(height)
    table.run = record.replay("/", [started, *happened])
    console = Console(width=width, force_terminal=False, record=True, file=None)
    with console.capture() as caught:
        console.print(table)
    return caught.get()


def test_the_table_has_a_line_for_each_step():
    first, second, last = board(GOOD).splitlines()
    assert first.split()[1:] == ["load", "cached"]
    assert second.split()[1:] == ["add", "done", "2.0", "s"]
    assert last.startswith("2 of 2 steps, ")


def test_status_has_a_word_and_not_only_a_colour():
    shown = board(BAD)
    assert "failed" in shown
    assert "done" in shown


def test_more_steps_than_lines_leave_those_at_work():
    steps = [f"step-{number}" for number in range(100)]
    busy = [events.StepStarted(time=later(0), step=name) for name in ("step-40", "step-41")]
    lines = board(busy, steps, height=10).splitlines()
    assert [line.split()[1] for line in lines[:-1]] == ["step-40", "step-41"]
    assert lines[-1].startswith("0 of 100 steps")


def test_a_narrow_terminal_cuts_names_and_not_the_status():
    shown = board(GOOD, ["load", "add"], width=20)
    assert max(map(len, shown.splitlines())) <= 20


def test_markup_in_a_name_is_text():
    assert "[red]x[/red]" in board((), ["[red]x[/red]"])
