"""Builds the lab extension and hands Jupyter its files; all metadata stands in pyproject.toml.

Every way of installing (`pip install .`, `pip install -e .`, a wheel, an sdist) runs `build_labextension` first. It
needs Node.js; where there is none, it says so and the package installs without the lab extension. An sdist carries
the built extension, so installing from one needs no Node.js.

JUPYTER_KFP_SKIP_LABEXTENSION=1 leaves the lab extension out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from setuptools import Command, Distribution, setup
from setuptools.command.build import build
from setuptools.command.sdist import sdist

NODE_LEAST = 18
BUILT = Path("jupyter_kfp", "labextension")
INSTALLED = Path("share", "jupyter", "labextensions", "jupyter-kfp")
CONFIG = Path("jupyter-config")
SOURCES = (
    "package.json",
    "package-lock.json",
    "labextension/src",
    "labextension/style",
    "labextension/schema",
    "labextension/tsconfig.json",
)


def data_files() -> list[tuple[str, list[str]]]:
    """What goes under sys.prefix for Jupyter to find: the server's switch, and the lab extension if it is built."""
    groups = {
        "etc/jupyter/jupyter_server_config.d": [str(CONFIG / "jupyter_server_config.d" / "jupyter_kfp.json")]
    }
    if (BUILT / "package.json").is_file():
        groups[INSTALLED.as_posix()] = [str(CONFIG / "install.json")]
        for path in sorted(BUILT.rglob("*")):
            if path.is_file():
                folder = (INSTALLED / path.relative_to(BUILT).parent).as_posix()
                groups.setdefault(folder, []).append(str(path))
    return list(groups.items())


class BuildLabExtension(Command):
    """Compile labextension/ into jupyter_kfp/labextension, where Node.js is there and something has changed."""

    description = "build the JupyterLab extension"
    user_options: ClassVar[list[tuple[str, str, str]]] = []
    editable_mode = False

    def initialize_options(self) -> None:
        """Nothing to set."""

    def finalize_options(self) -> None:
        """Nothing to set."""

    def run(self) -> None:
        """Build, then list what was built: it was not there when setup() was called."""
        if self.is_stale() and self.can_build():
            if not self.has_packages():
                self.npm("ci")
            self.npm("run", "build" if self.editable_mode else "build:prod")
        self.distribution.data_files[:] = data_files()

    def is_stale(self) -> bool:
        """Whether the sources are newer than what was built, or a development build would be shipped."""
        built = BUILT / "package.json"
        development = (BUILT / "build_log.json").is_file()  # names folders of this machine
        if not built.is_file() or (development and not self.editable_mode):
            return True
        return newest(Path(source) for source in SOURCES) > built.stat().st_mtime

    def can_build(self) -> bool:
        """Whether Node.js is there, new enough and wanted; a notice where not."""
        if os.environ.get("JUPYTER_KFP_SKIP_LABEXTENSION"):
            return self.notice("JUPYTER_KFP_SKIP_LABEXTENSION is set")
        if shutil.which("npm") is None or shutil.which("node") is None:
            return self.notice("Node.js is not installed")
        version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
        major = re.match(r"v(\d+)", version)
        if major is None or int(major[1]) < NODE_LEAST:
            return self.notice(f"Node.js is older than version {NODE_LEAST}")
        return True

    def notice(self, reason: str) -> bool:
        """Say that the lab extension is left out. A development build would name this machine: it goes too."""
        if not self.editable_mode:
            shutil.rmtree(BUILT, ignore_errors=True)
        self.warn(f"{reason}: installing without the JupyterLab extension; everything else works")
        return False

    def has_packages(self) -> bool:
        """Whether npm has installed what package-lock.json says now."""
        installed = Path("node_modules", ".package-lock.json")
        return installed.is_file() and installed.stat().st_mtime >= Path("package-lock.json").stat().st_mtime

    def npm(self, *arguments: str) -> None:
        """Run npm; what it says goes to the build's log."""
        program = shutil.which("npm")
        assert program is not None
        subprocess.run([program, *arguments], check=True)

    def get_source_files(self) -> list[str]:
        """Part of setuptools' SubCommand protocol; MANIFEST.in lists the sources."""
        return []

    def get_outputs(self) -> list[str]:
        """Part of setuptools' SubCommand protocol; the outputs are data files."""
        return []

    def get_output_mapping(self) -> dict[str, str]:
        """Part of setuptools' SubCommand protocol."""
        return {}


def newest(paths: Iterable[Path]) -> float:
    """The latest time at which one of the files, or of the files below the folders, was changed."""
    files = (
        file for path in paths for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()
    )
    return max((file.stat().st_mtime for file in files), default=0.0)


class SdistWithLabExtension(sdist):
    """An sdist that carries the built lab extension."""

    def run(self) -> None:
        """Build first, so that MANIFEST.in finds the result."""
        self.run_command("build_labextension")
        super().run()


class DistributionWithData(Distribution):
    """setuptools installs data files in editable mode only if it is asked `has_data`, which it does not define."""

    def has_data(self) -> bool:
        """Whether there are data files; asked by `editable_wheel`."""
        return self.has_data_files()


build.sub_commands.insert(0, ("build_labextension", None))

setup(
    cmdclass={"build_labextension": BuildLabExtension, "sdist": SdistWithLabExtension},
    data_files=data_files(),
    distclass=DistributionWithData,
)
