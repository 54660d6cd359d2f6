"""A run's folder, written and read.

The runner appends each event to `events.jsonl`, then rewrites `run.json` from what is known; events are the truth and
`run.json` can be made again from them. It holds a lock on the folder while it lives, so that any other process can
tell a run that works from one whose runner died.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from ..errors import JupyterKfpError
from . import events as wire
from . import record
from .atomic import cannot_write, write_atomic
from .events import Event, RunFinished, RunStarted, StepOutput
from .record import Run, Status

EVENTS = "events.jsonl"
RUN = "run.json"
LOCK = "lock"
WAIT = 0.1  # seconds between two looks of a follower: works on every file system, network ones too
TRIES = 50  # to lock a folder that others look at for a moment


class Journal:
    """What happens in a run, kept in its folder. Only for the process that holds the folder.

    With `resume` it goes on behind the events that are there (`run` is what they add up to); a last one that was torn
    is taken away. Raises JupyterKfpError where the folder cannot be written.
    """

    def __init__(self, folder: Path, *, resume: bool = False) -> None:
        self.folder = folder
        self.run: Run | None = None
        self._resume = resume

    def __enter__(self) -> Journal:
        file = self.folder / EVENTS
        try:
            if self._resume and file.exists():
                self.run = record.replay(self.folder, _events(self.folder))
                whole = file.read_bytes().rpartition(b"\n")
                os.truncate(file, len(whole[0]) + len(whole[1]))
            self._file = file.open("ab" if self.run is not None else "wb")
        except OSError as error:
            raise cannot_write(error, self.folder) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._file.close()

    def write(self, event: Event) -> None:
        """Keep the event: a line of events.jsonl, flushed; then run.json. What a step prints is not kept."""
        if isinstance(event, StepOutput):
            return
        if self.run is not None:
            self.run = record.apply(self.run, event)
        elif isinstance(event, RunStarted):
            self.run = record.started(self.folder, event)
        else:
            raise ValueError("a run's first event is its start")
        try:
            self._file.write(wire.to_json(event).encode() + b"\n")
            self._file.flush()
            write_atomic(self.folder / RUN, record.to_json(self.run))
        except OSError as error:
            raise cannot_write(error, self.folder) from error


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Lock a run's folder for this process; the lock goes with the process, however it ends.

    Raises JupyterKfpError where another run works in the folder or the folder cannot be written.
    """
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cannot_write(error, folder) from error
    try:
        _lock(lock, folder)
        os.truncate(lock, 0)
        if threading.current_thread() is threading.main_thread():  # only there signals can be handled
            os.write(lock, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(lock)


def _lock(lock: int, folder: Path) -> None:
    for _ in range(TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise JupyterKfpError(
        "another run is at work in this folder",
        where=str(folder),
        fix="wait for it, or choose another folder",
    )


def is_alive(folder: Path) -> bool:
    """Whether a runner works in the folder now."""
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def read_run(folder: Path | str) -> Run:
    """The run in that folder, as far as it is. One whose runner died is INTERRUPTED; a run on a cluster goes on
    without anybody here, and is as it was last seen.

    Raises JupyterKfpError where the folder is not a run's.
    """
    folder = Path(folder)
    alive = is_alive(folder)
    run = _kept(folder)
    if run is None or (run.status is Status.RUNNING and not alive):
        run = record.replay(folder, _events(folder))
    if run.status is Status.RUNNING and not alive and not run.url:
        return record.interrupted(run)
    return run


def _kept(folder: Path) -> Run | None:
    try:
        return record.from_json(folder, (folder / RUN).read_bytes())
    except (OSError, ValueError):
        return None


def _events(folder: Path) -> Iterator[Event]:
    """All whole lines of events.jsonl; a last one without its end was torn by the runner's death."""
    try:
        content = (folder / EVENTS).read_bytes()
    except OSError:
        return
    for line in content.splitlines(keepends=True):
        if line.endswith(b"\n"):
            yield wire.from_json(line)


def runs(root: Path | str) -> list[Run]:
    """The runs kept under the root, newest first."""
    folders = Path(root) / "runs"
    places = folders.iterdir() if folders.is_dir() else ()
    found = [run for place in places if (run := run_at(place)) is not None]
    return sorted(found, key=lambda run: (run.started, run.id), reverse=True)


def run_at(place: Path) -> Run | None:
    """The run of that name below a root; None where there is none, as for a link to a folder that was used again."""
    with contextlib.suppress(JupyterKfpError):
        run = read_run(place.resolve())
        if run.id == place.name:
            return run
    return None


def follow(folder: Path | str) -> Iterator[Event]:
    """The run's events from its start, each as it happens; ends with the run.

    Where the runner died, the last event is a RunFinished of status INTERRUPTED. Of a run on a cluster that nobody here
    watches any more, they end with what was last seen.
    Raises JupyterKfpError where the folder is not a run's.
    """
    folder = Path(folder)
    rest = b""
    remote = False
    while not (folder / EVENTS).exists():
        if not is_alive(folder):
            raise JupyterKfpError("this is not the folder of a run", where=str(folder))
        time.sleep(WAIT)
    with (folder / EVENTS).open("rb") as file:
        while True:
            alive = is_alive(
                folder
            )  # looked at before reading: what was written before the end is still read
            rest += file.read()
            *lines, rest = rest.split(b"\n")
            for line in lines:
                event = wire.from_json(line)
                remote = bool(event.url) if isinstance(event, RunStarted) else remote
                yield event
                if isinstance(event, RunFinished):
                    return
            if not alive:
                if remote:
                    return
                yield RunFinished(status="INTERRUPTED", message="the process that ran the pipeline died")
                return
            if not lines:
                time.sleep(WAIT)


def cancel(folder: Path | str) -> bool:
    """Ask the runner of that folder, in whatever process, to stop as by Ctrl-C. False where none works there.

    Raises JupyterKfpError where the run is a part of a larger program that must not be stopped with it.
    """
    folder = Path(folder)
    if not is_alive(folder):
        return False
    pid = (folder / LOCK).read_text(encoding="ascii").strip()
    if not pid:
        raise JupyterKfpError(
            "the run is a thread of another program", where=str(folder), fix="stop the run in that program"
        )
    os.kill(int(pid), signal.SIGTERM)
    return True
