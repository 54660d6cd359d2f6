"""How runs are shown, those of this machine and those of a cluster alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..durations import duration
from .output import count, printable, say
from .progress import headline, progress, status_word
from .trouble import label

if TYPE_CHECKING:
    from ..cluster import Chosen, Known
    from ..local import Run


def follow_to_end(chosen: Chosen, known: Known, folder: Path, *, silent: bool, once: bool = False) -> Run:
    """Follow a run on a cluster with a display of its steps. Ctrl-C ends the following, not the run."""
    from ..cluster import follow_run, open_api

    with (
        open_api(chosen, namespace=known.namespace) as api,
        progress(silent=silent or once) as show,
    ):
        try:
            return follow_run(api, known, folder, on_event=show, once=once)
        except KeyboardInterrupt:
            if not silent:
                say(f"\nthe run goes on: jupyter kfp runs show {printable(known.name)}", error=True)
            raise


def tell_run(run: Run) -> None:
    """A run with its steps, metrics, place; a failure on stderr."""
    good = run.status.value == "SUCCEEDED"
    took = f" in {duration(run.seconds)}" if run.seconds is not None else ""
    words = {"SUCCEEDED": "done", "FAILED": "failed", "CANCELED": "canceled", "INTERRUPTED": "interrupted"}
    state = words.get(run.status.value, run.status.value.lower())
    text = f"{printable(run.pipeline)}: {state}{took}, {_tally(run)}"
    say(headline(text, good) if run.finished else text)
    width = max((len(step.name) for step in run.steps), default=0)
    for step in run.steps:
        lasted = duration(step.seconds) if step.seconds is not None else ""
        why = printable(step.reason)
        say(f"  {printable(step.name):{width}}  {status_word(step):11}  {lasted}{why}".rstrip())
    for name, value in run.metrics.items():
        say(f"  {printable(name)} = {value:g}")
    for warning in run.warnings:
        say(f"  warning: {printable(warning.message)}", error=True)
    say(f"  {printable(run.url)}" if run.url else f"  {printable(str(run.folder))}")
    tell_failure(run)


def tell_failure(run: Run) -> None:
    """Why a run failed, on stderr; nothing where it did not."""
    if run.failure is not None:
        first, *more = run.failure.summary().splitlines()
        say(f"\n{label()} {printable(first)}", error=True)
        for line in more:
            say(printable(line), error=True)
        if run.failure.fix:
            say(f"  fix: {printable(run.failure.fix)}", error=True)
    elif run.message:
        say(printable(run.message), error=True)


def _tally(run: Run) -> str:
    done = sum(step.status.value == "SUCCEEDED" for step in run.steps)
    cached = sum(step.cached for step in run.steps)
    return f"{done} of {count(len(run.steps), 'step')} done{f' ({cached} cached)' if cached else ''}"


def table(rows: list[tuple[str, ...]], titles: tuple[str, ...]) -> None:
    """Rows under titles, in columns as wide as they have to be."""
    shown = [titles, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(titles))]
    for number, row in enumerate(shown):
        line = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        say(click.style(line, bold=True) if number == 0 else line)
