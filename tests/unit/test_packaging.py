"""The project's files agree with each other: what is imported, declared, bounded and explained."""

from __future__ import annotations

import ast
import json
import re
import runpy
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import jupyter_kfp
from jupyter_kfp.cli import main

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]

# Distributions whose modules have another name. What stands to the right comes with what is left of it.
MODULES = {
    "google": {"google-cloud-storage", "kfp"},
    "grandalf": {"grandalf"},
    "IPython": {"ipython"},
    "markdown_it": {"markdown-it-py"},
    "yaml": {"pyyaml"},
    "pydantic_core": {"pydantic"},
    "tornado": {"jupyter-server"},
    "jsonschema": {"jupyter-server"},
    "typing_extensions": {"pydantic"},
    "traitlets": {"jupyter-core"},
}
# Imported where the user's own code has them, never asked for by us.
OPTIONAL = {"numpy", "torch", "matplotlib", "matplotlib_inline", "pandas", "sklearn", "kubernetes"}


def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared() -> dict[str, Requirement]:
    """The requirements that every install gets, by name."""
    requirements = [Requirement(text) for text in pyproject()["project"]["dependencies"]]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def extra(*names: str) -> dict[str, Requirement]:
    extras = pyproject()["project"]["optional-dependencies"]
    requirements = [Requirement(text) for name in names for text in extras[name]]
    return {canonicalize_name(found.name): found for found in requirements if found.name != "jupyter-kfp"}


def lowest(requirement: Requirement) -> Version:
    [bound] = [Version(part.version) for part in requirement.specifier if part.operator == ">="]
    return bound


def modules_imported() -> set[str]:
    """Top-level modules of other people that the package imports, anywhere."""
    found = set()
    for path in (ROOT / "jupyter_kfp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"jupyter_kfp", "jupyter_kfp_step"} - OPTIONAL


def test_what_is_imported_is_declared():
    known = {*declared(), *extra("vertex")}
    missing = {
        module
        for module in modules_imported()
        if not (MODULES.get(module, {canonicalize_name(module)}) & known)
    }
    assert missing == set()


def test_every_requirement_has_a_lower_bound_that_is_tested():
    tested = {}
    for line in (ROOT / "tests" / "lower-bounds.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, version = line.partition("==")
            tested[canonicalize_name(name)] = Version(version)
    bounds = {name: lowest(found) for name, found in {**declared(), **extra("vertex", "examples")}.items()}
    assert {name: tested.get(name) for name in bounds} == bounds


def test_every_requirement_has_its_reason():
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    cells = [cell for row in re.findall(r"^\| (.+) \|$", page, re.M) for cell in row.split(" | ")[:2]]
    named = {canonicalize_name(name) for cell in cells for name in cell.split(", ")}
    assert {*declared(), *extra("vertex", "docs", "examples", "test", "dev")} - named == set()


def test_one_version_for_python_and_lab():
    package = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert package["version"] == lock["version"] == jupyter_kfp.__version__


def test_the_lock_file_names_no_registry():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert len(packages) > 100


def test_the_command_is_on_the_path():
    assert pyproject()["project"]["scripts"] == {"jupyter-kfp": "jupyter_kfp.cli:main"}
    assert callable(main)


def test_only_python_files_are_shipped():
    """Whatever else the package would need has to be declared as package data first."""
    declared_data = pyproject()["tool"]["setuptools"]["package-data"]["*"]
    others = {
        path.name
        for path in (ROOT / "jupyter_kfp").rglob("*")
        if path.is_file()
        and path.suffix not in (".py", ".pyc")
        and ROOT / "jupyter_kfp" / "labextension" not in path.parents
    }
    assert others <= set(declared_data)


class TestSetup:
    """`setup.py`, with the call to `setup` taken away."""

    @pytest.fixture
    def names(self, monkeypatch, tmp_path):
        monkeypatch.setattr("setuptools.setup", lambda **given: None)
        monkeypatch.setattr("setuptools.command.build.build.sub_commands", [])
        monkeypatch.chdir(tmp_path)
        return runpy.run_path(str(ROOT / "setup.py"))

    def command(self, names, monkeypatch, programs: dict[str, str], version: str = "v20.1.0"):
        """The build command where these programs are on the path; `said` collects its warnings, `ran` npm's calls."""
        from setuptools import Distribution

        made = names["BuildLabExtension"](Distribution({"data_files": []}))
        made.said, made.ran = [], []
        made.warn = made.said.append
        made.npm = lambda *arguments: made.ran.append(arguments)
        monkeypatch.setattr("shutil.which", programs.get)
        answer = type("Answer", (), {"stdout": version})
        monkeypatch.setattr("subprocess.run", lambda *_, **__: answer)
        monkeypatch.delenv("JUPYTER_KFP_SKIP_LABEXTENSION", raising=False)
        return made

    BOTH = {"npm": "/bin/npm", "node": "/bin/node"}  # noqa: RUF012

    def test_node_builds(self, names, monkeypatch):
        command = self.command(names, monkeypatch, self.BOTH)
        command.run()
        assert command.ran == [("ci",), ("run", "build:prod")]
        assert command.said == []

    def test_an_editable_install_makes_a_development_build(self, names, monkeypatch):
        command = self.command(names, monkeypatch, self.BOTH)
        command.editable_mode = True
        command.run()
        assert command.ran[-1] == ("run", "build")

    @pytest.mark.parametrize(
        ("programs", "version", "reason"),
        [
            ({}, "", "Node.js is not installed"),
            ({"npm": "/bin/npm"}, "", "Node.js is not installed"),
            (BOTH, "v12.22.0", "Node.js is older than version 18"),
            (BOTH, "", "Node.js is older than version 18"),
        ],
    )
    def test_without_a_fit_node_there_is_a_notice(self, names, monkeypatch, programs, version, reason):
        command = self.command(names, monkeypatch, programs, version)
        command.run()
        assert command.ran == []
        assert command.said == [
            f"{reason}: installing without the JupyterLab extension; everything else works"
        ]
        assert [folder for folder, _ in command.distribution.data_files] == [
            "etc/jupyter/jupyter_server_config.d"
        ]

    def test_it_can_be_left_out(self, names, monkeypatch):
        command = self.command(names, monkeypatch, self.BOTH)
        monkeypatch.setenv("JUPYTER_KFP_SKIP_LABEXTENSION", "1")
        command.run()
        assert command.ran == []

    def test_what_is_built_and_fresh_is_not_built_again(self, names, monkeypatch, tmp_path):
        built = tmp_path / "jupyter_kfp" / "labextension" / "static"
        built.mkdir(parents=True)
        (built / "a.js").write_text("")
        (built.parent / "package.json").write_text("{}")
        command = self.command(names, monkeypatch, self.BOTH)
        command.run()
        assert command.ran == []
        folders = dict(command.distribution.data_files)
        assert folders["share/jupyter/labextensions/jupyter-kfp/static"] == [
            "jupyter_kfp/labextension/static/a.js"
        ]

    def test_a_development_build_is_never_shipped(self, names, monkeypatch, tmp_path):
        built = tmp_path / "jupyter_kfp" / "labextension"
        built.mkdir(parents=True)
        (built / "package.json").write_text("{}")
        (built / "build_log.json").write_text("{}")
        command = self.command(names, monkeypatch, {})
        command.run()
        assert not built.exists()
