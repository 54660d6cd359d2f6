"""`panel()`: graph, form, Run and Cancel, and the run as it goes on.

A run is followed in a thread that waits for its events; each event redraws what is shown. Durations of running steps go
on each second until the run ends or the panel is closed. The panel holds no state of a run but its folder: the run goes
on without it.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import ipywidgets as ipw

from ..api import Loaded, NoNotebook, Run, load, run, submit
from ..api.html import (
    failure_text,
    findings_table,
    graph_picture,
    headline,
    metrics_table,
    page,
    paragraph,
    steps_table,
)
from ..api.waiting import begin
from ..errors import JupyterKfpError
from ..local import Status
from ..local.events import now
from .form import Form, wide
from .ticking import ticking

if TYPE_CHECKING:
    from ..local import Run as Record
    from ..pipeline import JsonValue

HERE = "this machine"
CONTAINERS = "containers on this machine"


def panel(notebook: Path | str | Loaded | None = None) -> Panel:
    """The panel of a notebook; without a path, of the notebook that it stands in. It asks where that is not known.

    The cell that shows it is no part of the pipeline.
    """
    return Panel(notebook)


class Panel(ipw.VBox):  # type: ignore[misc]
    """The panel of one notebook. `run` is the run that it shows, `following` ends when that run has."""

    def __init__(self, notebook: Path | str | Loaded | None = None) -> None:
        self.loaded: Loaded | None = None
        self.run: Run | None = None
        self.following: Future[None] | None = None
        self._stop = threading.Event()
        self._closed = threading.Event()
        self._drawing = threading.Lock()
        self._record: Record | None = None
        self.path = ipw.Text(
            description="notebook", placeholder="notebook.ipynb", continuous_update=False,
            layout=ipw.Layout(flex="1 1 auto", max_width="60em"),
        )  # fmt: skip
        self.reload_button = ipw.Button(
            description="Reload", icon="refresh", tooltip="Read the saved notebook again"
        )
        self.graph = ipw.HTML()
        self.form = Form(())
        self.where = ipw.Dropdown(description="where", options=_places())
        self.run_button = ipw.Button(description="Run", icon="play", button_style="primary", disabled=True)
        self.cancel_button = ipw.Button(description="Cancel", icon="stop", disabled=True)
        self.status = ipw.HTML()
        self.progress = ipw.HTML()
        self.results_button = ipw.Button(
            description="Results", icon="folder-open", disabled=True,
            tooltip="Put the executed notebooks and reports beside the notebook",
        )  # fmt: skip
        self.results = ipw.Output()
        self._form_place = ipw.VBox(children=(self.form,))
        super().__init__(
            children=(
                ipw.HBox(children=(self.path, self.reload_button)),
                self.graph,
                self._form_place,
                ipw.HBox(children=(self.where, self.run_button, self.cancel_button, self.results_button)),
                self.status,
                self.progress,
                self.results,
            )
        )
        self.reload_button.on_click(lambda button: self.reload())
        self.path.observe(self._path_typed, names="value")
        self.run_button.on_click(lambda button: self.start())
        self.cancel_button.on_click(lambda button: self.cancel())
        self.results_button.on_click(lambda button: self.show_results())
        self._load(notebook)

    def reload(self) -> None:
        """Read the notebook again, as it was last saved. What the user has changed in the form stays."""
        changed = {name: field.value for name, field in self.form.fields.items()}
        self._load(self.path.value.strip() or None)
        for name, value in changed.items():
            field = self.form.fields.get(name)
            if field is not None and isinstance(value, type(field.value)):
                field.value = value

    def start(self) -> Future[None] | None:
        """Run the notebook as it was last saved, with what the form says; what the Run button does.

        Gives what ends with the run; None where it cannot be run, which the panel then says.
        """
        if self.loaded is None or (self.following is not None and not self.following.done()):
            return None
        self.reload()
        loaded = self.loaded
        if loaded is None:
            return None
        try:
            values = self.form.values(loaded.sound())
        except JupyterKfpError as error:
            self._tell(str(error))
            return None
        self._stop.clear()
        self.run = None
        self.run_button.disabled, self.cancel_button.disabled, self.results_button.disabled = (
            True,
            False,
            True,
        )
        self.results.outputs = ()
        self.progress.value = ""
        self._tell("the run is being made ready")
        where = str(self.where.value)
        self.following = begin(lambda: self._run(loaded, where, values))
        return self.following

    def cancel(self) -> None:
        """Stop the run; what the Cancel button does. One that has not begun yet is stopped as soon as it has."""
        self._stop.set()
        self.cancel_button.disabled = True
        shown = self.run
        if shown is not None:
            self._trying(shown.cancel)

    def close(self) -> None:
        """Take the panel away. Its run goes on, and is not followed any longer."""
        self._closed.set()
        super().close()

    def show_results(self) -> None:
        """Copy the executed notebooks and reports beside the notebook, and show links to them."""
        if self.run is not None and self.loaded is not None:
            shown, beside = self.run, self.loaded.notebook.absolute().parent
            self._trying(lambda: self._link(_copies(shown, beside), beside))

    def _path_typed(self, change: object) -> None:
        if self.loaded is None or self.path.value != str(self.loaded.notebook):
            self.reload()

    def _load(self, notebook: Path | str | Loaded | None) -> None:
        self.loaded = None
        self.run_button.disabled = True
        try:
            loaded = load(notebook)
        except NoNotebook:
            self._show_form(())
            self._tell("Which notebook? Give its path above.")
            return
        except JupyterKfpError as error:
            self._show_form(())
            self.graph.value = ""
            self._tell(str(error))
            return
        self.loaded = loaded
        self.path.value = str(loaded.notebook)
        self._show_form(loaded.pipeline.parameters)
        self.graph.value = page(graph_picture(loaded.pipeline), findings_table(loaded.findings))
        try:
            loaded.sound()
        except JupyterKfpError:
            self._tell("mend the errors, save the notebook, and reload")
            return
        self._tell("")
        self.run_button.disabled = self.following is not None and not self.following.done()

    def _show_form(self, parameters: Any) -> None:  # noqa: ANN401
        self.form = Form(parameters)
        for field in (self.path, self.where):  # below each other, as those of the form
            field.style.description_width = self.form.room
        self.where.layout = wide(self.form.room)
        self._form_place.children = (self.form,)

    def _run(self, loaded: Loaded, where: str, values: dict[str, JsonValue]) -> None:
        """Start the run and follow it to its end: in a thread."""
        try:
            if where in (HERE, CONTAINERS):
                started = run(loaded, parameters=values, containers=where == CONTAINERS, wait=False)
            else:
                started = submit(loaded, parameters=values, endpoint=where, build=True)
            self.run = started
            if self._stop.is_set():
                started.cancel()
            self._follow(loaded, started)
        except JupyterKfpError as error:
            self._tell(str(error))
        except Exception as error:
            self._tell(f"something went wrong that should not have: {type(error).__name__}: {error}")
            raise
        finally:
            self.run_button.disabled, self.cancel_button.disabled = False, True
            self.results_button.disabled = self.run is None

    def _follow(self, loaded: Loaded, started: Run) -> None:
        """Show each event of the run, until it ends or the panel is closed."""
        self._record = None
        with ticking(self._draw_progress):
            for _ in started.events():
                if self._closed.is_set():
                    return
                self._show(loaded, started.record)

    def _draw_progress(self) -> bool:
        """The steps as last seen, with the durations of now. False where the panel is closed."""
        with self._drawing:  # an older record never overwrites a newer one
            if self._record is not None and not self._closed.is_set():
                steps = steps_table(self._record, now())
                self.progress.value = page(steps, metrics_table(self._record.metrics))
        return not self._closed.is_set()

    def _show(self, loaded: Loaded, record: Record) -> None:
        with self._drawing:
            self._record = record
        self.graph.value = page(graph_picture(loaded.pipeline, record))
        self._draw_progress()
        end = failure_text(record) if record.status is not Status.RUNNING else ""
        self.status.value = _live(paragraph(headline(record), strong=True) + end)

    def _tell(self, text: str) -> None:
        self.status.value = _live(paragraph(text)) if text else ""

    def _trying(self, work: Any) -> None:  # noqa: ANN401
        try:
            work()
        except JupyterKfpError as error:
            self._tell(str(error))

    def _link(self, copies: dict[str, Path], beside: Path) -> None:
        """Links that the front end resolves from the notebook's folder."""
        items = [
            f'<li><a href="{quote(copy.relative_to(beside).as_posix())}" target="_blank">{escape(title)}</a></li>'
            for title, copy in copies.items()
        ]
        self.results.outputs = ()
        from IPython.display import HTML

        html = f"<ul>{''.join(items)}</ul>" if items else paragraph("no files yet")
        self.results.append_display_data(HTML(html))  # type: ignore[no-untyped-call]


def _copies(shown: Run, beside: Path) -> dict[str, Path]:
    """Copies of what the steps left, by title."""
    from ..local.documents import copy_beside

    found: dict[str, Path] = {}
    for step, left in shown.outputs().items():
        for title, file in (("executed notebook", left.notebook), ("report", left.report)):
            if file is not None:
                found[f"{step}: {title}"] = copy_beside(shown.folder, file, beside, shown.id)
    return found


def _live(html: str) -> str:
    """A part of the page whose changes are read out."""
    return f'<div role="status" aria-live="polite">{html}</div>'


def _places() -> tuple[str, ...]:
    """Where a run can be: here, in containers, on each configured cluster."""
    from ..cluster import EndpointError, endpoint_names

    try:
        return (HERE, CONTAINERS, *endpoint_names())
    except EndpointError:  # told by what uses it
        return (HERE, CONTAINERS)
