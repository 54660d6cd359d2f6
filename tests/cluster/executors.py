"""How a pod's container is run here: as a process in the step's folder, or as a container by Podman.

In: a `Container` (image, command, environment, files). Out: its exit status, its output in a file. The files of a
container are under one scratch folder; for Podman it is mounted where the launcher has them, for a process the paths
themselves point there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

GRACE = 5.0  # seconds from SIGTERM to SIGKILL; Kubernetes gives 30


@dataclass(frozen=True)
class Container:
    """What a pod is to run."""

    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    scratch: Path
    log: Path


class Executor(Protocol):
    """A way to run containers."""

    def path(self, scratch: Path, path: str) -> str:
        """How the container itself calls the file that the launcher has at `path`."""

    def outside(self, scratch: Path, path: str) -> Path:
        """Where that file is for us."""

    async def has(self, image: str) -> bool:
        """Whether the image can be pulled."""

    async def run(self, container: Container) -> int:
        """The exit status. Ends the container where it is cancelled."""


class ProcessExecutor:
    """Each container is a process in the folder that stands for its image; `python` is the one that runs this."""

    def __init__(self, images: MutableMapping[str, Path]) -> None:
        self.images = images

    def path(self, scratch: Path, path: str) -> str:
        return str(self.outside(scratch, path))

    def outside(self, scratch: Path, path: str) -> Path:
        return scratch / path.lstrip("/")

    async def has(self, image: str) -> bool:
        return image in self.images

    async def run(self, container: Container) -> int:
        folder = self.images[container.image]
        command = list(container.command)
        if command[0] in ("python", "python3"):
            command[0] = sys.executable
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **container.environment}
        return await _run(command, environment, container.log, Path(folder))


class PodmanExecutor:
    """Each container is one of Podman's, on the host's network, without its entrypoint as on Kubernetes."""

    def __init__(self, images: MutableMapping[str, Path], variables: Mapping[str, str]) -> None:
        self.images = images  # of no use here: Podman has images of its own
        self._variables = dict(variables)

    def path(self, scratch: Path, path: str) -> str:
        return path

    def outside(self, scratch: Path, path: str) -> Path:
        return scratch / path.lstrip("/")

    async def has(self, image: str) -> bool:
        """Pulls it, where it is of a registry on loopback; of any other the double asks nothing."""
        if await self._podman("image", "exists", image):
            return True
        host, port, _ = image.partition("/")[0].partition(":")
        if host not in ("127.0.0.1", "localhost") or not port:
            return False
        return await self._podman("pull", "--quiet", "--tls-verify=false", image)

    async def _podman(self, *arguments: str) -> bool:
        done = await asyncio.create_subprocess_exec(
            "podman", *arguments, env={**os.environ, **self._variables},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return await done.wait() == 0

    async def run(self, container: Container) -> int:
        environment = {**os.environ, **self._variables}
        name = f"jupyter-kfp-cluster-{secrets.token_hex(8)}"
        mounts: list[str] = []
        for inner in ("tmp/kfp", "tmp/kfp_outputs", "gcs"):
            outer = container.scratch / inner
            outer.mkdir(parents=True, exist_ok=True)
            for folder in (outer, *(each for each in outer.rglob("*") if each.is_dir())):
                folder.chmod(0o777)  # as the emptyDir volumes of a pod: for whatever user the image has
            mounts.append(f"--volume={outer}:/{inner}")
        variables = [f"--env={key}={value}" for key, value in container.environment.items()]
        command = [
            "podman", "run", "--rm", f"--name={name}", "--network=host", "--pull=never", *mounts, *variables,
            f"--entrypoint={_json(container.command[0])}", container.image, *container.command[1:],
        ]  # fmt: skip
        try:
            return await _run(command, environment, container.log, None)
        except asyncio.CancelledError:
            killing = await asyncio.create_subprocess_exec(
                "podman", "rm", "--force", "--time=1", name, env=environment,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            await killing.wait()
            raise


def _json(word: str) -> str:
    import json

    return json.dumps([word])


async def _run(command: list[str], environment: Mapping[str, str], log: Path, folder: Path | None) -> int:
    """A process with a group of its own, which ends as a whole."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=dict(environment), stdin=asyncio.subprocess.DEVNULL, stdout=output,
            stderr=asyncio.subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        return await process.wait()
    except asyncio.CancelledError:
        await asyncio.shield(_end(process))
        raise


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(process.wait(), GRACE)
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
