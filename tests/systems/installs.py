"""Virtual environments that know nothing of the one that the tests run in, and what Jupyter says is in them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # Jupyter's lists have them whatever NO_COLOR says


class Environment:
    """A virtual environment that knows nothing of the one that the tests run in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.home = folder.parent / "home"
        self.home.mkdir()
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)

    def run(self, *command: str, cwd: Path | None = None, node: bool = True) -> str:
        """What the command prints on both streams. Without `node` its path holds nothing but the environment."""
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}" if node else str(self.bin)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "VIRTUAL"))
        }
        answer = subprocess.run(
            command,
            cwd=cwd or self.home,
            env={**kept, "PATH": path, "HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stdout
        return COLOURS.sub("", answer.stdout)

    def pip(self, *arguments: str, cwd: Path, node: bool = True) -> str:
        """Run pip, with pip's own cache."""
        cache = subprocess.run(
            [sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=True
        ).stdout.strip()
        program = (str(self.bin / "python"), "-m", "pip", "--cache-dir", cache)
        return self.run(*program, *arguments, cwd=cwd, node=node)

    def program(self, name: str) -> str:
        """The full path of a program of the environment."""
        return str(self.bin / name)

    def left(self) -> list[str]:
        """Whatever in it is named after us."""
        return [
            str(path)
            for path in self.folder.rglob("*")
            if path.name.startswith(("jupyter_kfp", "jupyter-kfp"))
        ]


def command_works(environment: Environment) -> bool:
    """Whether Jupyter finds the command."""
    return "Usage: jupyter kfp" in environment.run(
        environment.program("jupyter"), "kfp", "--help", node=False
    )


def server_extension_is_enabled(environment: Environment, version: str) -> bool:
    """Whether Jupyter Server would load the extension of that version."""
    listed = environment.run(environment.program("jupyter"), "server", "extension", "list", node=False)
    return "jupyter_kfp enabled" in listed and f"jupyter_kfp {version} OK" in listed


def lab_extension_is_enabled(environment: Environment, version: str) -> bool:
    """Whether JupyterLab would load the extension of that version."""
    listed = environment.run(environment.program("jupyter"), "labextension", "list", node=False)
    return f"jupyter-kfp v{version} enabled OK" in listed
