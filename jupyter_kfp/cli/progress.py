"""Shows a run while it goes on: a live table on a terminal, a line per event elsewhere. Writes to stderr only.

In: the events of a run, from whatever thread. Nothing here knows how the steps are run.
"""

from __future__ import annotations

import contextlib
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..durations import duration
from ..local import events, record
from .output import colours_wanted, printable, say, takes_unicode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType
    from rich.live import Live

    from ..local.events import Event
    from ..local.record import Run, StepRun

# What a step's status is called, its sign on terminals with and without Unicode, and its colour.
_WORDS = {
    "PENDING": ("waiting", "·", ".", "bright_black"),
    "RUNNING": ("running", "▸", ">", "cyan"),
    "SUCCEEDED": ("done", "✓", "+", "green"),
    "CACHED": ("cached", "✓", "=", "green"),
    "FAILED": ("failed", "✗", "x", "red"),
    "CANCELED": ("stopped", "■", "#", "yellow"),
    "SKIPPED": ("not run", "-", "-", "bright_black"),
    "INTERRUPTED": ("interrupted", "■", "#", "yellow"),
}


@contextlib.contextmanager
def progress(*, silent: bool = False, show_output: bool = False) -> Iterator[Callable[[Event], None]]:
    """A function that shows the events it is given, until the context ends.

    `silent` shows nothing; `show_output` also shows what the cells print, each line behind its step's name.
    """
    if silent:
        yield lambda event: None
    elif colours_wanted(sys.stderr):
        with _board(show_output) as show:
            yield show
    else:
        yield _Lines(show_output)


def status_word(step: StepRun) -> str:
    """What the step's status is called: `waiting`, `done`, `cached` …"""
    return _WORDS[_key(step)][0]


def _key(step: StepRun) -> str:
    return "CACHED" if step.cached else step.status.value


def _fold(run: Run | None, event: Event) -> Run | None:
    """The run after the event; the display needs no folder."""
    if isinstance(event, events.RunStarted):
        return record.started(Path(), event)
    return record.apply(run, event) if run is not None else None


def _note(event: Event) -> str:
    """What there is to say of an event beside the step's status; empty where there is nothing."""
    match event:
        case events.Warned(message=message, fix=fix, step=step):
            about = f"{step}: " if step else ""
            return f"warning: {about}{message}{f'; fix: {fix}' if fix else ''}"
        case events.StepRetried(step=step, attempt=attempt, failure=failure):
            return f"{step}: attempt {attempt} failed ({failure.name}: {failure.message}); trying again"
        case _:
            return ""


def _printed(event: Event) -> list[str]:
    """The lines that a step printed, each behind the step's name."""
    if not isinstance(event, events.StepOutput):
        return []
    return [f"{event.step} | {printable(line)}" for line in event.text.splitlines()]


class _Lines:
    """A line when something changes, for logs and pipes."""

    def __init__(self, show_output: bool) -> None:
        self._show_output = show_output
        self._run: Run | None = None

    def __call__(self, event: Event) -> None:
        before = self._run
        self._run = _fold(before, event)
        if note := _note(event):
            say(printable(note), error=True)
        if self._show_output:
            for line in _printed(event):
                say(line, error=True)
        for line in self._changes(before):
            say(line, error=True)

    def _changes(self, before: Run | None) -> Iterator[str]:
        if self._run is None or before is None:
            return
        for old, new in zip(before.steps, self._run.steps, strict=True):
            if old.status != new.status:
                took = f" in {duration(new.seconds)}" if new.seconds is not None else ""
                why = f" ({printable(new.reason)})" if new.reason else ""
                yield f"{printable(new.name)}: {status_word(new)}{took}{why}"


@contextlib.contextmanager
def _board(show_output: bool) -> Iterator[Callable[[Event], None]]:
    """A table that stands at the bottom of the terminal and is drawn anew four times a second."""
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True, highlight=False)
    table = _Table(console.height)
    with Live(table, console=console, vertical_overflow="crop") as live:

        def show(event: Event) -> None:
            table.run = _fold(table.run, event)
            _print_above(live, _note(event), _printed(event) if show_output else [])
            live.refresh()

        yield show


def _print_above(live: Live, note: str, printed: list[str]) -> None:
    if note:
        live.console.print(printable(note), style="yellow", markup=False)
    for line in printed:
        live.console.print(line, markup=False, soft_wrap=True)


class _Table:
    """The steps with their status and times; where they do not fit, those at work and a summary."""

    def __init__(self, height: int) -> None:
        self.run: Run | None = None
        self._room = max(height - 3, 3)
        self._unicode = takes_unicode(sys.stderr)

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        if self.run is None:
            return Text("")
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, justify="right")
        now = datetime.now(timezone.utc)
        for step in _in_view(self.run.steps, self._room):
            word, sign, plain_sign, colour = _WORDS[_key(step)]
            table.add_row(
                Text(sign if self._unicode else plain_sign, style=colour),
                Text(printable(step.name)),
                Text(word, style=colour),
                Text(_elapsed(step, now)),
            )
        return Group(table, Text(_summary(self.run, now), style="bright_black"))


def _in_view(steps: tuple[StepRun, ...], room: int) -> tuple[StepRun, ...]:
    if len(steps) <= room:
        return steps
    busy = [step for step in steps if step.status.value in ("RUNNING", "FAILED")]
    return tuple(busy[:room])


def _elapsed(step: StepRun, now: datetime) -> str:
    if step.seconds is not None:
        return duration(step.seconds)
    return duration((now - step.started).total_seconds()) if step.started else ""


def _summary(run: Run, now: datetime) -> str:
    done = sum(step.status.value == "SUCCEEDED" for step in run.steps)
    return f"{done} of {len(run.steps)} steps, {duration((now - run.started).total_seconds())}"


def headline(text: str, good: bool) -> str:
    """The last line of a run, in the colour of its outcome."""
    return click.style(text, fg="green" if good else "red", bold=True)
