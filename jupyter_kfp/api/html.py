"""What a notebook shows: pictures and tables as HTML, in the colours of the editor.

Every text that comes from a notebook or a run is escaped here; what these functions give is whole and safe to show.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..durations import duration
from ..graph.svg import Mark, draw_svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from ..findings import Finding
    from ..local import Run, StepRun
    from ..pipeline import Pipeline

# JupyterLab's and VS Code's own variables; where neither is set the picture follows the system's light or dark
_THEME = ";".join(
    f"--kfp-graph-{ours}:var(--jp-{jupyter},var(--vscode-{code}))"
    for ours, jupyter, code in (
        ("back", "layout-color1", "editor-background"),
        ("card", "layout-color2", "editorWidget-background"),
        ("edge", "border-color1", "editorWidget-border"),
        ("text", "ui-font-color1", "foreground"),
        ("faint", "ui-font-color2", "descriptionForeground"),
        ("line", "ui-font-color3", "descriptionForeground"),
        ("accent", "brand-color1", "focusBorder"),
        ("succeeded", "success-color1", "testing-iconPassed"),
        ("failed", "error-color1", "errorForeground"),
        ("running", "warn-color1", "editorWarning-foreground"),
        ("pill", "layout-color2", "badge-background"),
        ("pill-text", "ui-font-color1", "badge-foreground"),
        ("pill-edge", "border-color1", "badge-background"),
    )
)
_WORDS = {
    "PENDING": "waits",
    "RUNNING": "runs",
    "SUCCEEDED": "done",
    "FAILED": "failed",
    "CANCELED": "canceled",
    "SKIPPED": "not run",
    "INTERRUPTED": "interrupted",
}
_STATES = {
    "PENDING": "pending",
    "RUNNING": "running",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "CANCELED": "stopped",
    "SKIPPED": "stopped",
    "INTERRUPTED": "stopped",
}
_GRAVEST = ("FAILED", "INTERRUPTED", "CANCELED", "RUNNING", "PENDING", "SUCCEEDED", "SKIPPED")


def page(*parts: str) -> str:
    """The parts below each other, in the colours of the editor."""
    return f'<div class="jupyter-kfp" style="{_THEME}">{"".join(part for part in parts if part)}</div>'


def paragraph(text: str, *, strong: bool = False) -> str:
    """A line or more of text."""
    tag = "strong" if strong else "span"
    return f'<p style="margin:.4em 0;white-space:pre-wrap"><{tag}>{escape(text)}</{tag}></p>'


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty where there are no rows."""
    body = "".join(_row("td", row) for row in rows)
    return f"<table><thead>{_row('th', titles)}</thead><tbody>{body}</tbody></table>" if body else ""


def _row(tag: str, cells: Sequence[str]) -> str:
    style = ' style="text-align:left;white-space:pre-wrap;padding:.2em 1em .2em 0"'
    return "<tr>" + "".join(f"<{tag}{style}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def findings_table(findings: Iterable[Finding]) -> str:
    """The findings, one a row."""
    rows = [
        (found.code, found.level.value, str(found.cell_number or ""), found.message, found.fix)
        for found in findings
    ]
    return table(("code", "level", "cell", "what", "fix"), rows)


def graph_picture(pipeline: Pipeline, run: Run | None = None) -> str:
    """The pipeline's graph; with a run, how far each step is. It scales with the width of its place."""
    return draw_svg(pipeline, marks_of(run) if run is not None else None)


def marks_of(run: Run) -> dict[str, Mark]:
    """How far each step is, by name. The items of a step that runs for each of a list count together."""
    steps: dict[str, list[StepRun]] = {}
    for step in run.steps:
        steps.setdefault(step.name.partition("[")[0], []).append(step)
    return {name: _mark(items) for name, items in steps.items()}


def _mark(items: Sequence[StepRun]) -> Mark:
    statuses = {step.status.value for step in items}
    status = next(status for status in _GRAVEST if status in statuses)
    if status == "PENDING" and len(statuses) > 1:
        status = "RUNNING"
    note = _WORDS[status]
    if len(items) > 1:
        done = sum(step.status.value == "SUCCEEDED" for step in items)
        note += f", {done} of {len(items)}"
    elif items[0].cached:
        note += ", as before"
    elif items[0].seconds is not None:
        note += f" in {duration(items[0].seconds)}"
    return Mark(_STATES[status], note)  # type: ignore[arg-type]


def run_page(run: Run, pipeline: Pipeline | None) -> str:
    """A run: how it stands, its steps, metrics, failure."""
    return page(
        paragraph(headline(run), strong=True),
        graph_picture(pipeline, run) if pipeline is not None else steps_table(run),
        metrics_table(run.metrics),
        *(paragraph(f"warning: {warning.message}") for warning in run.warnings),
        failure_text(run),
        _link(run.url) if run.url else paragraph(str(run.folder)),
    )


def headline(run: Run) -> str:
    """`iris: done in 12 s`."""
    took = f" in {duration(run.seconds)}" if run.seconds is not None else ""
    return f"{run.pipeline}: {_WORDS[run.status.value]}{took}"


def steps_table(run: Run, now: datetime | None = None) -> str:
    """The steps, one a row: how far it is, how long it took, its metrics. With `now`, also for how long one runs."""
    rows = [
        (
            str(step.name),
            _WORDS[step.status.value] + (", as before" if step.cached else ""),
            _took(step, now),
            ", ".join(f"{name} = {value:g}" for name, value in step.metrics.items()) or step.reason,
        )
        for step in run.steps
    ]
    return table(("step", "status", "took", ""), rows)


def _took(step: StepRun, now: datetime | None) -> str:
    if step.seconds is not None:
        return duration(step.seconds)
    if now is None or step.started is None or step.status.value != "RUNNING":
        return ""
    gone = max(0, int((now - step.started).total_seconds()))  # a cluster's clock may be ahead of ours
    return f"{gone} s" if gone < 10 else duration(gone)  # tenths would only flicker


def metrics_table(metrics: Mapping[str, float]) -> str:
    """The metrics, one a row."""
    return table(("metric", "value"), [(name, f"{value:g}") for name, value in metrics.items()])


def failure_text(run: Run) -> str:
    """Why the run failed; empty where it did not."""
    if run.failure is not None:
        fix = f"\nfix: {run.failure.fix}" if run.failure.fix else ""
        return paragraph(run.failure.summary() + fix)
    return paragraph(run.message) if run.message else ""


def _link(url: str) -> str:
    """An address as a link, where it is one of the web."""
    if not url.startswith(("https://", "http://")):
        return paragraph(url)
    return f'<p><a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(url)}</a></p>'
