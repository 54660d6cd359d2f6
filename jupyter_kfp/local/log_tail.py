"""A log as it grows: what is new each time that it is looked at, until its step has ended.

In: somebody who looks, and tells the text so far and whether no more will come. Out: pieces of text.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..notebook.cells import StepName
from .journal import read_run
from .record import Status

SECONDS = 0.5  # between two looks at a file


def tail(
    look: Callable[[], tuple[str, bool]],
    *,
    seconds: float = SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[str]:
    """What is new. A text that does not go on where the last one ended, as another attempt's, is told from there on."""
    told = ""
    while True:
        text, over = look()
        pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(told, text, strict=False))
        same = len(told) if text.startswith(told) else sum(1 for _ in pairs)
        if text[same:]:
            yield text[same:]
            told = text
        if over:
            return
        sleep(seconds)


def tail_step(folder: Path, step: StepName, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """The log of a step of a run in that folder."""

    def look() -> tuple[str, bool]:
        run = read_run(folder)
        over = run.status is not Status.RUNNING or run.step(step).status not in (
            Status.PENDING,
            Status.RUNNING,
        )
        try:
            return (run.step_folder(step) / "log.txt").read_text(encoding="utf-8", errors="replace"), over
        except FileNotFoundError:
            return "", over

    return tail(look, sleep=sleep)
