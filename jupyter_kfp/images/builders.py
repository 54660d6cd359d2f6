"""The programs that build images: docker, podman, buildah. What each is asked, on its command line.

Whatever the user has set up for them counts: contexts, remote daemons, mirrors, sign-in by credential helpers.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ..errors import JupyterKfpError
from .names import ImageName, is_loopback

BuilderName = Literal["docker", "podman", "buildah"]
BUILDERS: tuple[BuilderName, ...] = get_args(BuilderName)
SECONDS = 60  # for a question; a daemon that takes longer is as good as down
SECONDS_OF_A_PULL = 900
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SECRET = "pip.conf"  # noqa: S105 - the id of a build secret, not one

# podman 4 and buildah say this of an image that is there and is not a list of images for several platforms.
_SINGLE = "single images as manifest lists"


class BuilderError(JupyterKfpError):
    """No program that builds images can be used. Raised by `find_builder`."""


@dataclass(frozen=True)
class Builder:
    """A program that builds images, known to work."""

    name: BuilderName
    program: str  # its path

    @property
    def runs_containers(self) -> bool:
        """Whether it also starts what it built; buildah does not."""
        return self.name != "buildah"

    def build_command(
        self,
        folder: Path,
        image: ImageName,
        *,
        dockerfile: Path | None = None,
        labels: Mapping[str, str] | None = None,
        arguments: Mapping[str, str] | None = None,
        pip_config: Path | None = None,
        platform: str | None = None,
    ) -> list[str]:
        """The command that builds the folder as `image`, from what is cached where it can."""
        command = [self.program, "build", "--tag", image, "--file", str(dockerfile or folder / "Dockerfile")]
        if self.name != "docker":
            command += ["--layers", "--pull=missing"]
        for key, value in (labels or {}).items():
            command += ["--label", f"{key}={value}"]
        for key, value in (arguments or {}).items():
            command += ["--build-arg", f"{key}={value}"]
        if pip_config is not None:
            command += ["--secret", f"id={SECRET},src={pip_config}"]
        if platform is not None:
            command += ["--platform", platform]
        return [*command, str(folder)]

    def push_command(self, image: ImageName) -> list[str]:
        """The command that pushes the image."""
        return [self.program, "push", image]

    def has(self, image: str) -> bool:
        """Whether the image is on this machine."""
        match self.name:
            case "docker":
                question = ["image", "inspect", "--format", "{{.Id}}", image]
            case "podman":
                question = ["image", "exists", image]
            case "buildah":
                question = ["inspect", "--type", "image", "--format", "{{.FromImageID}}", image]
        return self._ask(question).returncode == 0

    def digest_of(self, image: str) -> str:
        """The digest that the image has in its registry; pulled first where it is not on this machine.

        Raises BuilderError where it cannot be pulled, or was only ever built here.
        """
        if not self.has(image):
            answer = self._ask(["pull", image], seconds=SECONDS_OF_A_PULL)
            if answer.returncode != 0:
                said = answer.stderr.strip().splitlines()
                raise BuilderError(
                    f"the base image {image} cannot be pulled: {said[-1] if said else 'no reason given'}",
                    fix="check its name and your sign-in, or lock without --digests",
                )
        if self.name == "buildah":
            question = ["inspect", "--type", "image", "--format", "{{.FromImageDigest}}", image]
        else:
            question = ["image", "inspect", "--format", "{{range .RepoDigests}}{{.}} {{end}}", image]
        found = _DIGEST.search(self._ask(question).stdout)
        if found is None:
            raise BuilderError(
                f"the base image {image} has no digest: it was built here and is in no registry",
                fix="push it, or lock without --digests",
            )
        return found[0]

    def registry_has(self, image: ImageName) -> bool:
        """Whether the image is in its registry. False too where that cannot be known: a push tells."""
        loopback = ["--insecure"] if self.name == "docker" and is_loopback(image) else []
        answer = self._ask(["manifest", "inspect", *loopback, image])
        return answer.returncode == 0 or _SINGLE in answer.stderr

    def _ask(self, arguments: Sequence[str], *, seconds: int = SECONDS) -> subprocess.CompletedProcess[str]:
        return ask(self.program, arguments, seconds=seconds)


def ask(
    program: str, arguments: Sequence[str], *, seconds: int = SECONDS
) -> subprocess.CompletedProcess[str]:
    """Ask the program something quick. An answer that does not come in time is one with status 1."""
    try:
        return subprocess.run(
            [program, *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess([program], 1, "", f"no answer within {seconds} s")
    except OSError as error:
        return subprocess.CompletedProcess([program], 1, "", error.strerror or str(error))


def find_builder(choice: BuilderName | Literal["auto"] = "auto", *, to_run: bool = False) -> Builder:
    """The builder chosen; with `auto` the first of docker, podman, buildah that works.

    `to_run`: it also has to start containers. Raises BuilderError where there is none.
    """
    names = BUILDERS if choice == "auto" else (choice,)
    if to_run:
        if choice == "buildah":
            raise BuilderError(
                "buildah builds images and does not run them", fix="use --builder docker or --builder podman"
            )
        names = tuple(name for name in names if name != "buildah")
    troubles: dict[str, str] = {}
    for name in names:
        program = shutil.which(name)
        if program is None:
            continue
        trouble = _trouble(name, program)
        if trouble is None:
            return Builder(name, program)
        troubles[name] = trouble
    raise _none_usable(choice, names, troubles)


def _trouble(name: BuilderName, program: str) -> str | None:
    """Why the program does not work; None where it does."""
    match name:
        case "docker":
            answer = ask(program, ["version", "--format", "{{.Server.Version}}"])
        case "podman":
            answer = ask(program, ["info", "--format", "{{.Host.Arch}}"])
        case "buildah":
            answer = ask(program, ["version"])
    if answer.returncode == 0:
        return None
    lines = (answer.stderr.strip() or answer.stdout.strip()).splitlines()
    return lines[-1] if lines else f"it ended with status {answer.returncode}"


def _none_usable(choice: str, names: Sequence[str], troubles: Mapping[str, str]) -> BuilderError:
    if not troubles:
        missing = f"{choice} is not" if choice != "auto" else f"none of {', '.join(names)} is"
        return BuilderError(
            f"{missing} installed, so no image can be built here",
            fix="install docker, podman or buildah; or let CI build: jupyter kfp convert --ci github",
        )
    said = "; ".join(f"{name}: {trouble}" for name, trouble in troubles.items())
    first = next(iter(troubles))
    return BuilderError(
        f"{first} is installed but does not answer ({said})",
        fix=f"start it ({_how_to_start(first)}), or choose another with --builder",
    )


def _how_to_start(name: str) -> str:
    return {
        "docker": "Docker Desktop, or `systemctl start docker`",
        "podman": "`podman machine start` on macOS",
    }.get(name, f"see `{name} version`")
