"""What is in dist/ is what users are to get: `make release-check` builds it and runs this.

The wheel goes into an empty environment whose path has no Node.js.
"""

from __future__ import annotations

import os
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from jupyter_kfp import __version__
from tests.systems.installs import (
    Environment,
    command_works,
    lab_extension_is_enabled,
    server_extension_is_enabled,
)

ROOT = Path(__file__).parents[2]
DIST = os.environ.get("JUPYTER_KFP_DIST")

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not DIST, reason="needs what was built: `make release-check` does it"),
]


def built(pattern: str) -> Path:
    """The one file in dist/ of that name."""
    [found] = (ROOT / (DIST or "")).glob(pattern)
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Environment:
    """An empty environment with the wheel in it."""
    environment = Environment(tmp_path_factory.mktemp("release") / "venv")
    environment.pip("install", "--quiet", str(built("*.whl")), cwd=environment.home, node=False)
    return environment


def test_both_files_have_the_version():
    assert built("*.whl").name == f"jupyter_kfp-{__version__}-py3-none-any.whl"
    assert built("*.tar.gz").name == f"jupyter_kfp-{__version__}.tar.gz"


def test_the_changelog_has_the_version():
    headings = re.findall(
        r"^## \[([^]]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert headings[0] == __version__


def test_the_wheel_has_the_lab_extension():
    with zipfile.ZipFile(built("*.whl")) as archive:
        names = {name.partition(".data/data/")[2] for name in archive.namelist()}
    share = "share/jupyter/labextensions/jupyter-kfp"
    assert {f"{share}/package.json", f"{share}/install.json"} <= names
    assert not [name for name in names if name.endswith((".map", "build_log.json"))]


def test_no_file_names_a_folder_of_the_machine_that_built_it():
    here = os.fsencode(ROOT)
    with tarfile.open(built("*.tar.gz")) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        found = [each.name for each in members if here in archive.extractfile(each).read()]
    with zipfile.ZipFile(built("*.whl")) as archive:
        found += [name for name in archive.namelist() if here in archive.read(name)]
    assert found == []


def test_it_installs_without_node_and_everything_is_on(installed):
    assert (
        installed.run(installed.program("jupyter"), "kfp", "--version", node=False).split()[-1] == __version__
    )
    assert command_works(installed)
    assert server_extension_is_enabled(installed, __version__)
    assert lab_extension_is_enabled(installed, __version__)


def test_uninstalling_leaves_nothing(installed):
    installed.pip("uninstall", "--quiet", "--yes", "jupyter-kfp", cwd=installed.home)
    assert installed.left() == []
