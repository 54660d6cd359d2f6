"""Hashes in requirements.txt, so that an image gets just the files that the index had when the lock was made.

In comes the text of a requirements.txt, out goes the same with the hashes of every package, asked of the index by uv or
pip-tools where one is installed. Nothing else about the text changes: `without_hashes` gives it back.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from packaging.utils import canonicalize_name

from ..errors import JupyterKfpError

SECONDS = 600
AddHashes = Callable[[str], str]
"""Makes the text of a requirements.txt into the same with hashes."""

_HASHES = re.compile(r"(?: \\\n    --hash=\S+)+")
_TOLD = re.compile(r"^(\S+)==\S+((?:\s*\\?\s*--hash=\S+)+)", re.MULTILINE)
_PINNED = re.compile(r"(?m)^([A-Za-z0-9][A-Za-z0-9._-]*)==[^\s;#]+")


def hash_maker(python: str) -> AddHashes:
    """What adds the hashes of packages for that minor version of Python on Linux.

    Raises JupyterKfpError where neither uv nor pip-tools is installed; what it gives raises that too, where a
    requirement has no hash or the index does not answer.
    """
    uv, pip_compile = shutil.which("uv"), shutil.which("pip-compile")
    options = ["--generate-hashes", "--no-header", "--quiet"]
    if uv:
        command = [uv, "pip", "compile", *options, "--no-deps", "--no-annotate"]
        command += ["--python-version", python, "--python-platform", "linux"]
    elif pip_compile:
        # It looks for what packages need, too; what is not in the requirements is left out.
        command = [
            pip_compile,
            *options,
            "--no-annotate",
            "--strip-extras",
            "--allow-unsafe",
            "--output-file",
            "-",
        ]
    else:
        raise JupyterKfpError("hashes need uv or pip-tools", fix="pip install uv")
    known: dict[str, str] = {}

    def add_hashes(text: str) -> str:
        if text not in known:
            known[text] = _with_hashes(text, command)
        return known[text]

    return add_hashes


def without_hashes(text: str) -> str:
    """The text as it was before hashes were added."""
    return _HASHES.sub("", text)


def _with_hashes(text: str, command: list[str]) -> str:
    for line in text.splitlines():
        if line.strip() and not line.startswith("#") and not _PINNED.match(line):
            raise JupyterKfpError(
                f"`{line.partition('  #')[0]}` has no version on an index, so it has no hash",
                fix="install it from an index in the kernel's environment, or lock without --hashes",
            )
    hashes = _ask(text, command)

    def with_its_hashes(found: re.Match[str]) -> str:
        own = hashes.get(canonicalize_name(found[1]))
        if not own:
            raise JupyterKfpError(
                f"the index has no hash of {found[0]}", fix="lock without --hashes, or use another index"
            )
        return found[0] + "".join(f" \\\n    --hash={one}" for one in own)

    return _PINNED.sub(with_its_hashes, text)


def _ask(text: str, command: list[str]) -> dict[str, list[str]]:
    """The hashes of each package."""
    with tempfile.TemporaryDirectory(prefix="jupyter-kfp-") as scratch:
        file = Path(scratch, "requirements.in")
        file.write_text(text, encoding="utf-8")
        try:
            answer = subprocess.run(
                [*command, str(file)],
                cwd=scratch,
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise JupyterKfpError(f"{Path(command[0]).name} gave no hashes: {error}") from error
    if answer.returncode != 0:
        lines = answer.stderr.strip().splitlines() or ["no reason given"]
        raise JupyterKfpError(
            f"{Path(command[0]).name} gave no hashes: {lines[-1].strip()}",
            fix="see that it reaches the index; lock without --hashes otherwise",
        )
    return {
        canonicalize_name(name): sorted(set(re.findall(r"--hash=(\S+)", told)))
        for name, told in _TOLD.findall(answer.stdout)
    }
