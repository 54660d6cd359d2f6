"""Steps in containers of this machine: an executor beside the one for processes.

In comes a builder that also runs containers (docker, podman) and the image of each step; out come handles, as for
processes. A container is given as little as it needs: no root, a read-only root file system, /tmp, the folders that
its flags name, no network, and the limits of the step's settings.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import TracebackType

from ..errors import JupyterKfpError
from ..images.builders import Builder, ask
from ..notebook.cells import StepName
from ..notebook.settings import Quantity, StepSettings
from ..project.dockerfile import USER
from . import container_guard
from .executor import LAST_WORDS, Task, pass_on

LABEL = "jupyter-kfp.run"
NVIDIA = Path("/dev/nvidiactl")  # there where NVIDIA's driver is
OUT_OF_MEMORY = 137  # what Kubernetes gives such a container
UNITS = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
}


@dataclass(frozen=True)
class Place:
    """What a step runs in. An image that does not hold the step's code gets its folder mounted."""

    image: str
    holds_code: bool = True
    settings: StepSettings = field(default_factory=StepSettings)


class ContainerExecutor:
    """Each step in a container of its own, made from its image."""

    surroundings = "containers"

    def __init__(self, builder: Builder, places: Mapping[StepName, Place], *, network: str = "none") -> None:
        self.mark = secrets.token_hex(8)
        self._builder = builder
        self._places = places
        self._network = network
        self._guard: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._given: set[Path] = set()

    def __enter__(self) -> ContainerExecutor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._guard is not None:
            assert self._guard.stdin is not None
            self._guard.stdin.close()
            self._guard.wait()

    def start(self, task: Task, output: Callable[[str], None]) -> ContainerHandle:
        """Make the step's container and start it. Raises JupyterKfpError where it cannot be made."""
        place = self._places[StepName(task.name.partition("[")[0])]
        name = f"jupyter-kfp-{self.mark}-{secrets.token_hex(4)}"
        with self._starting:
            self._guard = self._guard or self._start_guard()
            if os.geteuid() == 0:
                self._hand_over(task)
        if place.settings.gpu and not NVIDIA.exists():
            output(
                "jupyter-kfp: the step asks for an accelerator; this machine has none, so it runs without\n"
            )
        program = self._builder.program
        made = ask(program, self._create(task, place, name))
        if made.returncode != 0:
            reason = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise JupyterKfpError(
                f"{self._builder.name} cannot make the container: {reason}",
                where=f"step {task.name}",
                fix=f"see that {self._builder.name} runs and has image {place.image}",
            )
        try:
            process = subprocess.Popen(
                [program, "start", "--attach", name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=task.scratch,  # Podman leaves an empty file `oom` where it was started when memory ran out
                start_new_session=True,  # Ctrl-C comes to the runner, which stops the container
            )
        except OSError as error:
            raise JupyterKfpError(f"cannot start the step: {error}", where=f"step {task.name}") from error
        return ContainerHandle(process, program, name, output, place.settings.memory_limit)

    def _create(self, task: Task, place: Place, name: str) -> list[str]:
        settings = place.settings
        command = ["create", "--name", name, "--label", f"{LABEL}={self.mark}", "--pull=never"]
        command += ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
        command += ["--network", self._network, *self._user()]
        # Not in memory: what a step keeps in /tmp does not count against its limit, as on Kubernetes.
        command += ["--volume", "/tmp"]  # noqa: S108
        for folder in _outermost([*task.folders, task.scratch]):
            command += ["--mount", _mount(folder, folder)]
        if not place.holds_code:
            command += ["--mount", _mount(task.folder, Path("/step"), read_only=True), "--workdir=/step"]
        for secret in settings.secret_volumes:
            if Path(secret.path).is_dir():
                command += ["--mount", _mount(Path(secret.path), Path(secret.path), read_only=True)]
        for volume in settings.volumes:
            if Path(volume.path).is_dir():
                command += ["--mount", _mount(Path(volume.path), Path(volume.path))]
        for variable, value in task.environment.items():
            command += ["--env", f"{variable}={value}"]
        for variable in (*settings.secrets, *settings.config_maps):
            if variable in os.environ:
                command += [
                    "--env",
                    variable,
                ]  # without its value, which others could read in our command line
        if settings.memory_limit is not None:
            size = f"{int(amount(settings.memory_limit))}b"
            command += ["--memory", size, "--memory-swap", size]
        if settings.cpu_limit is not None:
            command += ["--cpus", f"{amount(settings.cpu_limit):f}"]
        if settings.gpu and NVIDIA.exists():
            command += self._accelerators(settings.gpu)
        # The image has one kernel, whatever it is called here.
        return [*command, place.image, "python", "-u", "main.py", *task.arguments, "--kernel=python3"]

    def _accelerators(self, count: int) -> list[str]:
        """The first `count` of NVIDIA's: podman knows them by their CDI names, docker by its own option."""
        if self._builder.name == "docker":
            return ["--gpus", str(count)]
        return [word for number in range(count) for word in ("--device", f"nvidia.com/gpu={number}")]

    def _user(self) -> list[str]:
        """Whom the step runs as: the person who runs it, so that the files are theirs; the image's user for root."""
        if os.geteuid() == 0:
            return ["--user", f"{USER}:{USER}"]
        keep = ["--userns=keep-id"] if self._builder.name == "podman" else []
        return [*keep, "--user", f"{os.geteuid()}:{os.getegid()}"]

    def _hand_over(self, task: Task) -> None:
        """Let the container's user write where root has made folders for it; root itself still can."""
        for folder in task.folders:
            if folder not in self._given:
                self._given.add(folder)
                _give(folder, everything=True)
            for below in (*folder.glob("steps/*/"), *folder.glob("items/*/steps/*/")):
                _give(below)
                _give(below.parent)
        _give(task.scratch, everything=True)

    def _start_guard(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", container_guard.__file__, self._builder.program, f"{LABEL}={self.mark}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )


class ContainerHandle:
    """A step's container, and the program that shows us what it prints."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        program: str,
        name: str,
        output: Callable[[str], None],
        memory_limit: Quantity | None,
    ) -> None:
        self._process = process
        self._program = program
        self._name = name
        self._output = output
        self._memory_limit = memory_limit
        self._status: int | None = None
        self._stopped = False
        self._ending = threading.Lock()
        assert process.stdout is not None
        self._reader = threading.Thread(target=pass_on, args=(process.stdout, output), daemon=True)
        self._reader.start()

    def wait(self, timeout: float | None = None) -> int | None:
        """See `Handle.wait`. 137 where memory ran out, whichever of the step's processes that ended."""
        try:
            shown = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._reader.join(LAST_WORDS)
        with self._ending:
            if self._status is None:
                self._status = self._end(shown)
            return self._status

    def stop(self, grace: float) -> None:
        """See `Handle.stop`. main.py is asked, since it knows how to end its kernel; then all is ended by force."""
        self._stopped = True
        if grace > 0:
            ask(self._program, ["stop", "-t", str(int(grace)), self._name])
        else:
            ask(self._program, ["kill", self._name])
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LAST_WORDS)
            return
        self._process.kill()

    def _end(self, shown: int) -> int:
        """How the container ended, asked of itself: the program that showed its output may have been cut off."""
        told = ask(
            self._program, ["inspect", "--format", "{{.State.ExitCode}} {{.State.OOMKilled}}", self._name]
        )
        ask(self._program, ["rm", "--force", "--volumes", self._name])
        if told.returncode != 0:
            return shown or 1
        status, killed = told.stdout.split()
        code = int(status)
        # Not every machine's cgroups say that memory ran out; under a limit there is hardly another reason.
        sure = killed == "true" and code != 0
        if sure or (code == OUT_OF_MEMORY and self._memory_limit and not self._stopped):
            limit = f" of {self._memory_limit}" if self._memory_limit else ""
            reason = f"{'' if sure else 'most likely '}its memory limit{limit} was reached"
            self._output(f"\njupyter-kfp: the system ended the step: {reason}\n")
            return OUT_OF_MEMORY
        return code


def amount(quantity: Quantity) -> Decimal:
    """A Kubernetes quantity as a number: `500m` is 0.5, `4Gi` 4294967296."""
    digits = quantity.rstrip("mkKMGTi")
    return Decimal(digits) * UNITS[quantity[len(digits) :]]


def _mount(source: Path, target: Path, *, read_only: bool = False) -> str:
    """A bind mount as docker and podman read it: a line of CSV, so that any path can stand in it."""
    line = io.StringIO()
    fields = ["type=bind", f"source={source}", f"target={target}", *(["readonly"] if read_only else [])]
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def _outermost(folders: Sequence[Path]) -> list[Path]:
    """The folders that lie in none of the others, under the paths that the flags have."""
    kept: list[Path] = []
    for folder in sorted(set(folders), key=lambda folder: len(folder.parts)):
        if not any(folder.is_relative_to(outer) for outer in kept):
            kept.append(folder)
    return kept


def _give(folder: Path, *, everything: bool = False) -> None:
    with contextlib.suppress(OSError):
        os.chown(folder, USER, USER)
        if everything:
            for here, folders, files in os.walk(folder):
                for name in (*folders, *files):
                    os.chown(os.path.join(here, name), USER, USER, follow_symlinks=False)  # noqa: PTH118
