"""A run, on this machine or on a cluster: looked at, waited for, stopped, its results brought home.

Both kinds have a folder here that tells of them with the same events. That of a run on a cluster grows only while
somebody follows it, so whoever waits for one follows it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import JupyterKfpError
from ..local import Event, RunFailed, Status, StepRun, read_run
from ..local import cancel as cancel_here
from ..local import follow as follow_here
from ..local.journal import is_alive
from .html import headline, run_page
from .waiting import begin, finish

if TYPE_CHECKING:
    from ..cluster import Known
    from ..local import Run as Record
    from ..local.events import Failure
    from ..pipeline import JsonValue, Pipeline

_OVER = (Status.SUCCEEDED, Status.FAILED, Status.CANCELED, Status.INTERRUPTED)


def ignore(event: Event) -> None:
    """What happens to events that nobody wants to see."""


class RunStopped(JupyterKfpError):  # noqa: N818
    """The run was canceled, or its process died. `run` is the run."""

    def __init__(self, run: Run, record: Record) -> None:
        self.run = run
        word = "canceled" if record.status is Status.CANCELED else "interrupted"
        super().__init__(record.message or f"the run was {word}", where=str(run.folder))


@dataclass(frozen=True)
class StepOutputs:
    """The files that a step left; None for one that is not there."""

    notebook: Path | None  # as it was executed
    report: Path | None  # the same as HTML
    log: Path | None  # what it printed
    metrics: Mapping[str, float] = field(default_factory=dict)
    results: Mapping[str, Path] = field(default_factory=dict)  # of names that the settings mark as results


class Run:
    """One execution of a pipeline. `folder` is where it is kept here.

    Raises JupyterKfpError where the folder is not a run's.
    """

    def __init__(self, folder: Path | str, *, pipeline: Pipeline | None = None) -> None:
        self.folder = Path(folder)
        self._pipeline = pipeline
        self.id = self.record.id

    @property
    def record(self) -> Record:
        """All that is known of the run here, as it was last seen."""
        return read_run(self.folder)

    @property
    def url(self) -> str:
        """The run's page on its cluster; empty for a run of this machine."""
        return self.record.url

    @property
    def parameters(self) -> dict[str, JsonValue]:
        """The values that it runs with."""
        return {str(name): value for name, value in self.record.parameters.items()}

    @property
    def steps(self) -> tuple[StepRun, ...]:
        """The steps as last seen, in notebook order."""
        return self.record.steps

    @property
    def metrics(self) -> dict[str, float]:
        """All steps' metrics; where two have one name, the later step's."""
        return self.record.metrics

    @property
    def failure(self) -> Failure | None:
        """Why it failed: step, cell, exception, fix."""
        return self.record.failure

    @property
    def status(self) -> str:
        """RUNNING, SUCCEEDED, FAILED, CANCELED or INTERRUPTED. Asks the cluster, for a run there."""
        record = self.record
        if (known := self._known) is not None and record.status not in _OVER and not is_alive(self.folder):
            record = self._follow_there(known, once=True)
        return record.status.value

    def events(self) -> Iterator[Event]:
        """What happens in the run, from its start, each as it happens; ends with the run."""
        known = self._known
        if known is None or is_alive(self.folder) or self.record.status in _OVER:
            yield from follow_here(self.folder)
            return
        followed = threading.Event()

        def follow() -> Record:
            try:
                return self._follow_there(known, on_event=lambda event: followed.set())
            finally:
                followed.set()

        future = begin(follow)
        followed.wait()
        yield from follow_here(self.folder)
        future.result()

    async def events_async(self) -> AsyncIterator[Event]:
        """As `events`, without holding up the event loop."""
        events = self.events()
        while (event := await finish(lambda: next(events, None))) is not None:
            yield event

    def wait(
        self, timeout: float | None = None, *, check: bool = True, on_event: Callable[[Event], None] = ignore
    ) -> Run:
        """Wait until the run has ended, `timeout` seconds at most; gives the run. `on_event` sees each event.

        Raises RunFailed where a step failed and RunStopped where the run was stopped, unless `check` is False; and
        JupyterKfpError where it has not ended in time: it goes on.
        """
        if timeout is None:
            for event in self.events():
                on_event(event)
        else:
            ended = begin(lambda: self.wait(check=False, on_event=on_event))
            try:
                ended.result(timeout)
            except TooLate:
                raise JupyterKfpError(
                    f"the run has not ended in {timeout:g} seconds; it goes on",
                    where=str(self.folder),
                    fix="wait longer, or cancel it",
                ) from None
        return self._checked() if check else self

    async def wait_async(self, *, check: bool = True, on_event: Callable[[Event], None] = ignore) -> Run:
        """As `wait`, without holding up the event loop; `on_event` is called in a thread of its own."""
        return await finish(lambda: self.wait(check=check, on_event=on_event))

    def _checked(self) -> Run:
        record = self.record
        if record.status is Status.FAILED:
            raise RunFailed(record)
        if record.status is not Status.SUCCEEDED:
            raise RunStopped(self, record)
        return self

    def cancel(self) -> bool:
        """Ask the run to stop. False where it has ended already. It stops soon: `wait(check=False)`."""
        known = self._known
        if known is None:
            return cancel_here(self.folder)
        if self.status in {status.value for status in _OVER}:
            return False
        from ..cluster import load_endpoint, open_api

        with open_api(load_endpoint(known.endpoint), namespace=known.namespace) as api:
            api.cancel(known.run_id)
        return True

    def outputs(self) -> dict[str, StepOutputs]:
        """The files that the steps left, by step. Those of a run on a cluster are brought home first."""
        if (known := self._known) is not None:
            from ..cluster import Results

            Results.open(known.bucket, known.run_id).fetch(self.folder)
        record = self.record
        return {str(step.name): _outputs(record.step_folder(step.name), step) for step in record.steps}

    def show(self, step: str | None = None) -> None:
        """Show the run, or the report of one of its steps, in a notebook; as text elsewhere.

        Raises JupyterKfpError where there is no such step, or it has left no report.
        """
        report = self._report(step) if step is not None else None
        if "IPython" not in sys.modules or sys.modules["IPython"].get_ipython() is None:
            print(report or repr(self))
            return
        from IPython.display import display

        if report is None:
            display(self)  # type: ignore[no-untyped-call]
            return
        text = report.read_text(encoding="utf-8", errors="replace")
        # Sandboxed: what the step's cells put into their outputs does not reach this page.
        frame = f'<iframe sandbox srcdoc="{escape(text)}" style="width:100%;height:32em;border:0"></iframe>'
        display({"text/html": frame, "text/plain": str(report)}, raw=True)  # type: ignore[no-untyped-call]

    def _report(self, step: str) -> Path:
        found = self.outputs()
        if step not in found:
            raise JupyterKfpError(f"there is no step {step!r}", fix=f"the steps are {', '.join(found)}")
        report = found[step].report
        if report is None:
            raise JupyterKfpError(
                f"step {step!r} has left no report", where=str(self.folder), fix="wait for it to end"
            )
        return report

    @property
    def _known(self) -> Known | None:
        """Where the run is on its cluster; None for a run of this machine."""
        if not self.record.url:
            return None
        from ..cluster import recall

        return recall(self.folder)

    def _follow_there(
        self, known: Known, *, once: bool = False, on_event: Callable[[Event], None] = ignore
    ) -> Record:
        from ..cluster import follow_run, load_endpoint, open_api

        with open_api(load_endpoint(known.endpoint), namespace=known.namespace) as api:
            return follow_run(api, known, self.folder, on_event=on_event, once=once)

    def pipeline(self) -> Pipeline | None:
        """What was run; None where the notebook has changed since."""
        if self._pipeline is None:
            import hashlib

            from .loaded import load

            record = self.record
            try:
                content = Path(record.notebook).read_bytes()
                if hashlib.sha256(content).hexdigest() == record.notebook_digest:
                    self._pipeline = load(record.notebook).pipeline
            except (OSError, ValueError, JupyterKfpError):
                return None
        return self._pipeline

    def __repr__(self) -> str:
        record = self.record
        metrics = "".join(f", {name} = {value:g}" for name, value in record.metrics.items())
        return f"<run {self.id} of {headline(record)}{metrics}>"

    def _repr_html_(self) -> str:
        return run_page(self.record, self.pipeline())


def open_run(folder: Path | str) -> Run:
    """The run that is kept in that folder. Raises JupyterKfpError where it is not a run's."""
    return Run(folder)


def _outputs(folder: Path, step: StepRun) -> StepOutputs:
    def there(name: str) -> Path | None:
        return folder / name if (folder / name).is_file() else None

    results = {
        str(name): folder / "results" / Path(stored.file).name for name, stored in step.results.items()
    }
    if not results and (folder / "results").is_dir():  # of a cluster: its events do not name them
        results = {path.stem: path for path in sorted((folder / "results").iterdir())}
    return StepOutputs(
        notebook=there("output.ipynb"),
        report=there("output.html"),
        log=there("log.txt"),
        metrics=dict(step.metrics),
        results=results,
    )
