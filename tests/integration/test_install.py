"""What `pip install` gives, with and without Node.js: the command, the server extension, the lab extension.

Works on a copy of what git knows and of what it would add, as a fresh clone would have it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
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
LAB_EXTENSION = Path("share", "jupyter", "labextensions", "jupyter-kfp")
HAS_NODE = shutil.which("npm") is not None
needs_node = pytest.mark.skipif(not HAS_NODE, reason="Node.js is not installed")

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """The project's files, without anything that was built."""
    target = tmp_path_factory.mktemp("clone")
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


@pytest.fixture(scope="module")
def installed(clone, tmp_path_factory) -> Environment:
    """An empty environment after `pip install .`"""
    environment = Environment(tmp_path_factory.mktemp("empty") / "venv")
    environment.pip("install", "--quiet", ".", cwd=clone)
    return environment


def test_pip_install_gives_command_and_server_extension(installed):
    assert command_works(installed)
    assert server_extension_is_enabled(installed, __version__)


def test_what_is_installed_belongs_together(installed, clone):
    assert "No broken requirements" in installed.pip("check", cwd=clone)


@needs_node
def test_pip_install_builds_and_enables_the_lab_extension(installed):
    assert lab_extension_is_enabled(installed, __version__)
    names = {path.name for path in (installed.folder / LAB_EXTENSION).rglob("*")}
    assert "install.json" in names
    assert "build_log.json" not in names  # a development build: names folders of this machine


@needs_node
def test_an_editable_install_gives_the_same_and_leaves_nothing(installed, clone):
    installed.pip("install", "--quiet", "--no-deps", "-e", ".", cwd=clone)
    where = installed.run(
        installed.program("python"), "-c", "import jupyter_kfp; print(jupyter_kfp.__file__)"
    )
    assert where.strip() == str(clone / "jupyter_kfp" / "__init__.py")
    assert command_works(installed)
    assert server_extension_is_enabled(installed, __version__)
    assert lab_extension_is_enabled(installed, __version__)
    installed.pip("uninstall", "--quiet", "--yes", "jupyter-kfp", cwd=clone)
    assert installed.left() == []


@pytest.mark.parametrize("way", [(".",), ("-e", ".")])
def test_without_node_all_but_the_lab_extension_is_there(installed, clone, tmp_path, way):
    bare = tmp_path / "clone"
    shutil.copytree(clone, bare, ignore=shutil.ignore_patterns("node_modules", "build", "*.egg-info"))
    shutil.rmtree(bare / "jupyter_kfp" / "labextension", ignore_errors=True)
    told = installed.pip("install", "--verbose", "--no-deps", "--force-reinstall", *way, cwd=bare, node=False)
    assert "Node.js is not installed: installing without the JupyterLab extension" in told
    assert command_works(installed)
    assert server_extension_is_enabled(installed, __version__)
    assert not (installed.folder / LAB_EXTENSION).exists()


@needs_node
def test_an_sdist_installs_without_node(installed, clone, tmp_path):
    builder = (sys.executable, "-m", "build", "--sdist", "--outdir", str(tmp_path), str(clone))
    subprocess.run(builder, check=True, capture_output=True)
    [sdist] = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"jupyter_kfp/labextension/package.json", "package-lock.json", "LICENSE"} <= names
    assert not [name for name in names if name.startswith(("node_modules", "tests/", "labextension/lib"))]
    installed.pip(
        "install", "--quiet", "--no-deps", "--force-reinstall", str(sdist), cwd=tmp_path, node=False
    )
    assert lab_extension_is_enabled(installed, __version__)


def test_the_wheel_holds_the_package_and_nothing_else(installed, clone, tmp_path):
    installed.pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), ".", cwd=clone)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(f"jupyter_kfp-{__version__}.dist-info/METADATA").decode()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"jupyter_kfp", f"jupyter_kfp-{__version__}.dist-info", f"jupyter_kfp-{__version__}.data"}
    tracked = {path.relative_to(clone).as_posix() for path in (clone / "jupyter_kfp").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == tracked
    assert "jupyter_kfp/py.typed" in names
    assert not [name for name in names if name.startswith("jupyter_kfp/labextension")]
    assert "License-Expression: Apache-2.0" in metadata
    config = f"jupyter_kfp-{__version__}.data/data/etc/jupyter/jupyter_server_config.d/jupyter_kfp.json"
    with zipfile.ZipFile(wheel) as archive:
        switch = json.loads(archive.read(config))
    assert switch == {"ServerApp": {"jpserver_extensions": {"jupyter_kfp": True}}}
