"""Imports run downward, and quick commands stay quick.

A room may import those that stand before it in `ORDER`. What stands under `if TYPE_CHECKING:` is not imported when the
code runs, and is not counted.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "jupyter_kfp"
EXAMPLE = PACKAGE.parent / "examples" / "notebooks" / "iris.ipynb"

ORDER = (
    "step",  # copied into every step folder: imports nothing else of ours
    "errors",
    "findings",
    "inbox",
    "notebook",
    "pipeline",
    "flags",
    "parameters",
    "conditions",
    "loops",
    "durations",
    "dataflow",
    "graph",
    "project",
    "package",
    "images",
    "ci",
    "local",
    "cluster",
    "verify",
    "api",
    "magics",
    "exporter",
    "widgets",
    "server",
    "cli",
)

HEAVY = (
    "kfp",
    "papermill",
    "google.cloud.aiplatform_v1",
    "google.cloud.storage",
    "kubernetes",
    "nbformat",
    "nbconvert",
    "jupyter_server",
    "jupyterlab",
    "tornado",
    "pandas",
    "numpy",
)


def files_of_the_package() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if PACKAGE / "labextension" not in path.parents)


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else path.stem


def rooms_imported(path: Path) -> set[str]:
    """The rooms of ours that the file imports when it runs, wherever in it the import stands."""
    parents = ("jupyter_kfp", *path.relative_to(PACKAGE).parts[:-1])
    found = set()
    for node in running_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            module = tuple(node.module.split(".")) if node.module else ()
            base = parents[: len(parents) - node.level + 1] + module if node.level else module
            names = [base] if len(base) > 1 else [(*base, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        else:
            continue
        found |= {name[1] for name in names if name[0] == "jupyter_kfp" and len(name) > 1}
    return found - {"__version__"}


def running_nodes(node: ast.AST):
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield from running_nodes(child)


def test_every_room_has_its_place_in_the_order():
    rooms = {room_of(path) for path in files_of_the_package()} - {"__init__"}
    assert rooms <= set(ORDER)


def test_imports_run_downward():
    upward = [
        f"{path.relative_to(PACKAGE)} imports {room}"
        for path in files_of_the_package()
        if (own := room_of(path)) != "__init__"
        for room in sorted(rooms_imported(path) - {own})
        if ORDER.index(room) > ORDER.index(own)
    ]
    assert upward == []


def test_what_is_copied_into_a_step_imports_nothing_else_of_ours():
    strangers = {
        path.name: rooms
        for path in (PACKAGE / "step").rglob("*.py")
        if (rooms := rooms_imported(path) - {"step"})
    }
    assert strangers == {}


def modules_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has imported after `code`."""
    program = f"import sys\n{code}\nprint('modules:', *sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(answer.stdout.rpartition("modules: ")[2].split())


def heavy(modules: set[str]) -> list[str]:
    return [name for name in HEAVY if name in modules]


@pytest.mark.parametrize("command", ["check", "graph"])
def test_quick_commands_import_nothing_heavy(command):
    modules = modules_after(
        f"from jupyter_kfp.cli import main\nassert main([{command!r}, {str(EXAMPLE)!r}]) == 0"
    )
    assert heavy(modules) == []
    assert "rich" not in modules


def test_help_imports_no_other_room():
    modules = modules_after("from jupyter_kfp.cli import main\nassert main(['--help']) == 0")
    ours = {name.split(".")[1] for name in modules if name.startswith("jupyter_kfp.")}
    assert ours == {"cli", "errors"}
    assert not {"pydantic", "rich", *HEAVY} & modules


@pytest.mark.parametrize(
    "command",
    [
        *("check", "graph", "convert", "run", "suggest", "init", "completion"),
        *("login", "submit", "runs", "schedule", "debug", "doctor"),
    ],
)
def test_the_help_of_a_command_imports_nothing_heavy(command):
    modules = modules_after(f"from jupyter_kfp.cli import main\nassert main([{command!r}, '--help']) == 0")
    assert not {"pydantic", "rich", *HEAVY} & modules


def test_importing_the_package_imports_nothing_else_of_ours():
    modules = modules_after("import jupyter_kfp\njupyter_kfp._jupyter_labextension_paths()")
    assert {name for name in modules if name.startswith("jupyter_kfp")} == {"jupyter_kfp"}
    assert heavy(modules) == []
