"""Shows images while they are built: a live table on a terminal, a line per event elsewhere. Writes to stderr only."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ..durations import duration
from ..images import events
from .output import colours_wanted, printable, say, takes_unicode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from ..images.events import Event

_SIGNS = {
    "waiting": ("·", ".", "bright_black"),
    "building": ("▸", ">", "cyan"),
    "pushing": ("▸", ">", "cyan"),
    "built": ("✓", "+", "green"),
    "there already": ("✓", "=", "green"),
    "pushed": ("✓", "+", "green"),
    "failed": ("✗", "x", "red"),
}


@contextlib.contextmanager
def build_progress(*, silent: bool = False, show_output: bool = False) -> Iterator[Callable[[Event], None]]:
    """A function that shows the events it is given, until the context ends."""
    if silent:
        yield lambda event: None
    elif colours_wanted(sys.stderr):
        with _board(show_output) as show:
            yield show
    else:
        yield _Lines(show_output)


@dataclass
class _Row:
    """What there is to say of an image."""

    word: str = "waiting"
    detail: str = ""
    since: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    until: datetime | None = None

    def take(self, event: Event) -> bool:
        """Follow the event; gives whether the image's state is another one now."""
        before = self.word
        match event:
            case events.ImageStarted(time=time):
                self.word, self.since = "building", time
            case events.ImageProgress(number=number, total=total, instruction=instruction):
                self.detail = f"{number} of {total}: {instruction}"
            case events.ImagePresent(time=time, place=place):
                self.word, self.until = "there already", time
                self.detail = "in the registry" if place == "registry" else ""
            case events.ImageBuilt(time=time):
                self.word, self.until, self.detail = "built", time, ""
            case events.PushStarted():
                self.word, self.until = "pushing", None
            case events.ImagePushed(time=time):
                self.word, self.until = "pushed", time
            case events.ImageFailed(time=time):
                self.word, self.until = "failed", time
        return self.word != before

    @property
    def took(self) -> str:
        """How long it has taken so far; empty where nothing was done."""
        if self.word in ("waiting", "there already"):
            return ""
        return duration(((self.until or datetime.now(timezone.utc)) - self.since).total_seconds())


class _Lines:
    """A line when something changes, for logs and pipes."""

    def __init__(self, show_output: bool) -> None:
        self._show_output = show_output
        self._rows: dict[str, _Row] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, events.BuildStarted):
            self._rows = {step: _Row() for step in event.images}
        elif isinstance(event, events.ImageOutput):
            if self._show_output:
                say(f"{event.step} | {printable(event.line)}", error=True)
        elif not isinstance(event, events.BuildFinished):
            row = self._rows[event.step]
            if row.take(event):
                took = f" in {row.took}" if row.until and row.took else ""
                say(f"{event.step}: {row.word}{took}", error=True)
            elif isinstance(event, events.ImageProgress) and event.instruction.startswith("RUN "):
                say(f"{event.step}: {printable(row.detail)[:100]}", error=True)


@contextlib.contextmanager
def _board(show_output: bool) -> Iterator[Callable[[Event], None]]:
    from rich.console import Console
    from rich.live import Live

    table = _Table()
    with Live(table, console=Console(stderr=True, highlight=False), vertical_overflow="crop") as live:

        def show(event: Event) -> None:
            table.take(event)
            if show_output and isinstance(event, events.ImageOutput):
                live.console.print(f"{event.step} | {printable(event.line)}", markup=False, soft_wrap=True)

        yield show


class _Table:
    """The images, what is done with each, and for how long."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._unicode = takes_unicode(sys.stderr)

    def take(self, event: Event) -> None:
        """Follow the event."""
        if isinstance(event, events.BuildStarted):
            self._rows = {step: _Row() for step in event.images}
        elif not isinstance(event, events.BuildFinished):
            self._rows[event.step].take(event)

    def __rich__(self) -> RenderableType:
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0))
        for _ in range(4):
            table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for step, row in self._rows.items():
            sign, plain, colour = _SIGNS[row.word]
            table.add_row(
                Text(sign if self._unicode else plain, style=colour),
                Text(printable(step)),
                Text(row.word, style=colour),
                Text(row.took),
                Text(printable(row.detail), style="bright_black"),
            )
        return table
