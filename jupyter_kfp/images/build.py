"""Build the images that are not there yet, side by side, and push them.

In come step folders and the names of their images, out go images. Steps with equal dependencies share a layer: the
first of them is built alone, the others then find it in the builder's cache. Two such first ones do not start at once
either: each would make the layers that all images begin with, and a builder that finds two of one layer may follow the
one that leads nowhere. Nothing is kept of a build that fails but that cache, so the next one goes on from there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from ..errors import JupyterKfpError
from ..inbox import next_message
from ..notebook.cells import StepName
from ..project import StepFolder
from .builders import SECRET, Builder
from .events import (
    BuildFinished,
    BuildStarted,
    Event,
    ImageBuilt,
    ImageFailed,
    ImageOutput,
    ImagePresent,
    ImageProgress,
    ImagePushed,
    ImageStarted,
    PushStarted,
)
from .names import ImageName
from .reading import RESUMES, Cause, dockerfile_line, read_cause, read_line, telling

KEPT = 200  # lines of the builder's output that are looked at when it fails
PIP = "python -m pip install "
INSTALL = f"\nRUN {PIP}"  # as the Dockerfile has it
CODE = "\nCOPY jupyter_kfp_step/ "  # what comes before it is the same for steps with equal dependencies
SHOWN = 12  # of them, where their meaning is not known
JOBS = 2
GRACE = 10.0  # seconds between asking a builder to stop and ending it


class BuildFailed(JupyterKfpError):  # noqa: N818
    """An image could not be built or pushed. Raised by `build_images`."""

    def __init__(self, step: StepName, message: str, *, fix: str = "") -> None:
        self.step = step
        super().__init__(message, where=f"image of step {step}", fix=fix)


@dataclass(frozen=True)
class Image:
    """An image that is there now. `built` and `pushed` say what had to be done for it."""

    step: StepName
    name: ImageName
    built: bool
    pushed: bool


@dataclass(frozen=True)
class Options:
    """How images are built.

    `index_url` becomes the build argument PIP_INDEX_URL, `pip_config` a file that pip reads and no layer holds.
    """

    push: bool = False
    jobs: int = JOBS
    index_url: str | None = None
    pip_config: Path | None = None
    platform: str | None = None  # such as linux/amd64; the builder's own where not given


def ignore(event: Event) -> None:
    """What happens to events that nobody wants to see."""


def build_images(
    folders: Sequence[StepFolder],
    names: Mapping[StepName, ImageName],
    builder: Builder,
    options: Options | None = None,
    *,
    on_event: Callable[[Event], None] = ignore,
) -> tuple[Image, ...]:
    """Build the image of each folder, and push it where asked: only what is not there yet.

    `on_event` sees each event, in the calling thread. Raises BuildFailed for the first that fails, after those under
    way have ended, and KeyboardInterrupt after having stopped all builders.
    """
    options = options or Options()
    _check_index(options.index_url)
    inbox: queue.SimpleQueue[Event | _Ended] = queue.SimpleQueue()
    order = tuple(_in_order(folders))
    leads = {lead.step: lead for lead, _ in order}

    def emit(event: Event) -> None:
        if isinstance(event, ImageProgress) and PIP in event.instruction and event.step in leads:
            leads[event.step].apart.set()
        inbox.put(event)

    work = _Work(builder, names, options, emit)
    on_event(
        BuildStarted(builder=builder.name, images={folder.name: names[folder.name] for folder in folders})
    )
    images: dict[StepName, Image] = {}
    failure: BaseException | None = None
    with ThreadPoolExecutor(max(options.jobs, 1)) as pool:
        try:
            with _terminable():
                for lead, folder in order:
                    pool.submit(_report, work, folder, lead, inbox.put)
                for _ in folders:
                    while not isinstance(message := next_message(inbox), _Ended):
                        on_event(message)
                    if isinstance(message.outcome, Image):
                        images[message.outcome.step] = message.outcome
                    elif message.outcome is not None:
                        failure = failure or message.outcome
                        if isinstance(message.outcome, BuildFailed):
                            on_event(ImageFailed(step=message.outcome.step, message=message.outcome.message))
        except BaseException:
            work.stop()
            raise
    on_event(BuildFinished(status="FAILED" if failure else "SUCCEEDED"))
    if failure is not None:
        raise failure
    return tuple(images[folder.name] for folder in folders)


@dataclass(frozen=True)
class _Ended:
    """The work on an image has come to its end; without an outcome if it was not begun, another having failed."""

    outcome: Image | BaseException | None


class _Lead:
    """The first of the steps with equal dependencies: the others wait until it is through.

    The next lead waits until this one is `apart`: at the layer that is not the same for all steps.
    """

    def __init__(self, step: StepName, before: _Lead | None) -> None:
        self.step = step
        self.before = before
        self.apart = threading.Event()
        self.through = threading.Event()


def _in_order(folders: Sequence[StepFolder]) -> Iterator[tuple[_Lead, StepFolder]]:
    """Each folder with the lead of its kind; leads before all others, so that none waits for one behind it."""
    leads: dict[str, _Lead] = {}
    last: _Lead | None = None
    others = []
    for folder in folders:
        key = _dependencies(folder.folder)
        if key in leads:
            others.append((leads[key], folder))
        else:
            last = leads[key] = _Lead(folder.name, last)
            yield last, folder
    yield from others


def _dependencies(folder: Path) -> str:
    """A digest of what the layer of dependencies is made from: all that comes before the code."""
    dockerfile = (folder / "Dockerfile").read_text(encoding="utf-8")
    head = dockerfile.partition(CODE)[0].partition("\n")[2]
    digest = hashlib.sha256(head.encode())
    for file in (folder / "requirements.txt", *sorted((folder / "wheels").glob("*"))):
        if file.is_file():
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _report(work: _Work, folder: StepFolder, lead: _Lead, put: Callable[[Event | _Ended], None]) -> None:
    outcome: Image | BaseException | None
    try:
        if lead.step != folder.name:
            lead.through.wait()
        elif lead.before is not None:
            lead.before.apart.wait()
        outcome = work(folder)
    except BaseException as error:
        outcome = error
    finally:
        if lead.step == folder.name:
            lead.apart.set()
            lead.through.set()
    put(_Ended(outcome))


class _Work:
    """Does what an image needs, each call in a thread of its own, and can be told to stop."""

    def __init__(
        self,
        builder: Builder,
        names: Mapping[StepName, ImageName],
        options: Options,
        emit: Callable[[Event], None],
    ) -> None:
        self._builder = builder
        self._names = names
        self._options = options
        self._emit = emit
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopping = False

    def __call__(self, folder: StepFolder) -> Image | None:
        """The image, built and pushed as needed; None where all has been stopped. Raises BuildFailed."""
        step, image, push = folder.name, self._names[folder.name], self._options.push
        if self._stopping:
            return None
        if push and self._builder.registry_has(image):
            self._emit(ImagePresent(step=step, place="registry"))
            return Image(step, image, built=False, pushed=False)
        present = self._builder.has(image)
        if present:
            self._emit(ImagePresent(step=step, place="machine"))
        else:
            self._emit(ImageStarted(step=step))
            self._build(folder, image)
            self._emit(ImageBuilt(step=step))
        if push:
            self._emit(PushStarted(step=step))
            self._push(step, image)
            self._emit(ImagePushed(step=step))
        return Image(step, image, built=not present, pushed=push)

    def stop(self) -> None:
        """End the builders that run, and start no other."""
        with self._lock:
            self._stopping = True
            running = list(self._running)
        for process in running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGINT)
        for process in running:
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _build(self, folder: StepFolder, image: ImageName) -> None:
        dockerfile = (folder.folder / "Dockerfile").read_text(encoding="utf-8")
        with _dockerfile(folder.folder, dockerfile, self._options.pip_config) as file:
            command = self._builder.build_command(
                folder.folder,
                image,
                dockerfile=file,
                labels={"org.opencontainers.image.revision": folder.digest},
                arguments={"PIP_INDEX_URL": self._options.index_url} if self._options.index_url else {},
                pip_config=self._options.pip_config,
                platform=self._options.platform,
            )
            status, lines, instruction = self._run(command, folder.name)
            dockerfile = file.read_text(encoding="utf-8")
        if status == 0:
            return
        at = dockerfile_line(dockerfile, instruction) if instruction else None
        place = f"Dockerfile, line {at}: `{instruction}`: " if at else ""
        base = found[1] if (found := re.search(r"(?m)^FROM (\S+)", dockerfile)) else ""
        raise self._failed(folder.name, place, status, lines, base)

    def _push(self, step: StepName, image: ImageName) -> None:
        status, lines, _ = self._run(self._builder.push_command(image), step)
        if status != 0:
            raise self._failed(step, f"{image} was not pushed: ", status, lines, "")

    def _failed(
        self, step: StepName, place: str, status: int, lines: Sequence[str], base: str
    ) -> BaseException:
        with self._lock:
            stopped, self._stopping = self._stopping, True
        if stopped:
            return BuildFailed(step, f"the build was stopped; {RESUMES}")
        cause = read_cause(lines, builder=self._builder.name, base=base)
        if cause is None:
            last = "\n    ".join(telling(lines, SHOWN))
            cause = Cause(
                f"{self._builder.name} ended with status {status}\n    {last}", "see its last lines above"
            )
        return BuildFailed(step, f"{place}{cause.message}", fix=cause.fix)

    def _run(self, command: Sequence[str], step: StepName) -> tuple[int, Sequence[str], str]:
        """The builder's exit status, its last lines, and the instruction that it had come to."""
        lines: deque[str] = deque(maxlen=KEPT)
        instruction = ""
        try:
            with self._lock:
                if self._stopping:
                    return 1, (), ""
                process = subprocess.Popen(
                    command,
                    env={**os.environ, "BUILDKIT_PROGRESS": "plain"},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                    start_new_session=True,  # Ctrl-C comes to us, and we stop it
                )
                self._running.add(process)
        except OSError as error:
            raise BuildFailed(step, f"{command[0]} cannot be started: {error.strerror}") from error
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                text = line.rstrip()
                lines.append(text)
                if at := read_line(text):
                    instruction = at.instruction
                    self._emit(
                        ImageProgress(step=step, number=at.number, total=at.total, instruction=instruction)
                    )
                self._emit(ImageOutput(step=step, line=text))
        status = process.wait()
        with self._lock:
            self._running.discard(process)
        return status, lines, instruction


@contextlib.contextmanager
def _dockerfile(folder: Path, text: str, pip_config: Path | None) -> Iterator[Path]:
    """The folder's Dockerfile, or with `pip_config` one that lets pip read it as a build secret."""
    if pip_config is None:
        yield folder / "Dockerfile"
        return
    # Not at /etc/pip.conf: buildah takes away what it mounted, with a file of the base image that was there before.
    mounted = f"RUN --mount=type=secret,id={SECRET} PIP_CONFIG_FILE=/run/secrets/{SECRET} "
    with tempfile.TemporaryDirectory(prefix="jupyter-kfp-") as beside:
        file = Path(beside, "Dockerfile")
        file.write_text(text.replace(INSTALL, INSTALL.replace("RUN ", mounted)), encoding="utf-8")
        yield file


def _check_index(url: str | None) -> None:
    """Raises JupyterKfpError where the address holds a password: build arguments show in the image's history."""
    if url is not None and (urlsplit(url).password or urlsplit(url).username):
        raise JupyterKfpError(
            "PIP_INDEX_URL holds a password, and build arguments can be read in the image's history",
            fix="put the index into a pip.conf and give that: --pip-config FILE",
        )


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP stop the builders as Ctrl-C does. Only the main thread can see to that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
