"""Local modules: files beside the notebook that cells import, with what those import in turn.

A package comes whole, data files included, because its code may read them. Paths are relative to the notebook's
folder, in posix form.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .definitions import modules_of
from .libraries import CONTAINER_METHODS
from .scopes import scope_of

LEFT_OUT = frozenset({"__pycache__", ".git", ".ipynb_checkpoints", ".jupyter-kfp", "node_modules", ".venv"})
MOST_FILES = 5000
CHANGING = frozenset(name for name, does in CONTAINER_METHODS.items() if "self" in does.changes)


@dataclass(frozen=True)
class Local:
    """The local files that some imports need, and all modules that they import in turn."""

    files: tuple[str, ...]
    imports: tuple[str, ...]
    folders_on_path: tuple[str, ...] = ()


def find_local_modules(folder: Path, modules: Iterable[str], on_path: Iterable[str] = ()) -> Local:
    """The files beside the notebook that these modules are, and everything that they import."""
    places = [folder, *(folder / p for p in on_path if not Path(p).is_absolute())]
    files: dict[str, None] = {}
    imports: dict[str, None] = {}
    waiting = list(modules)
    seen: set[str] = set()
    while waiting:
        module = waiting.pop(0)
        if module in seen or module.startswith("."):
            continue
        seen.add(module)
        for path in _files_of(places, module):
            name = _relative(folder, path)
            if name is None or name in files:
                continue
            files[name] = None
            if path.suffix == ".py":
                for inner in _imported_by(path, module):
                    imports[inner] = None
                    waiting.append(inner)
    return Local(tuple(sorted(files)), tuple(imports))


def is_local(folder: Path, module: str, on_path: Iterable[str] = ()) -> bool:
    """Whether the module's root is a file or package beside the notebook."""
    places = [folder, *(folder / p for p in on_path if not Path(p).is_absolute())]
    return bool(_files_of(places, module.partition(".")[0]))


def _files_of(places: list[Path], module: str) -> list[Path]:
    parts = module.split(".")
    for place in places:
        root = place / parts[0]
        try:
            if root.is_dir() and (
                (root / "__init__.py").is_file()
                or (place / Path(*parts)).with_suffix(".py").is_file()
                or _is_namespace(place, parts)
            ):
                return _package(root)
            single = place / f"{parts[0]}.py"
            if single.is_file():
                return [single]
        except (OSError, ValueError):
            continue
    return []


def _is_namespace(place: Path, parts: list[str]) -> bool:
    folder = place / Path(*parts)
    return len(parts) > 1 and folder.is_dir() and any(folder.glob("*.py"))


def _package(root: Path) -> list[Path]:
    found: list[Path] = []
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        for path in sorted(folder.iterdir()):
            if path.name in LEFT_OUT or (path.is_symlink() and not path.exists()):
                continue
            if path.is_dir() and not path.is_symlink():
                waiting.append(path)
            elif path.is_file() and path.suffix != ".pyc":
                found.append(path)
            if len(found) > MOST_FILES:
                return found
    return found


def _relative(folder: Path, path: Path) -> str | None:
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return None


def _imported_by(path: Path, module: str) -> list[str]:
    tree = _parse(path, path.stat().st_mtime_ns)
    if tree is None:
        return []
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return [m if not m.startswith(".") else _absolute(m, package) for m in modules_of(tree)]


def keeps_state(path: Path) -> str | None:
    """A name of the module that its own functions bind or change in place, so that calls leave something behind."""
    tree = _parse(path, path.stat().st_mtime_ns) if path.is_file() else None
    if tree is None:
        return None
    own = scope_of(tree).local
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            scope = scope_of(function)
            for node in ast.walk(function):
                name = _changed_name(node)
                if name in own and (name in scope.globals or name not in scope.local):
                    return name
    return None


def _changed_name(node: ast.AST) -> str | None:
    """The name that a statement binds or changes in place."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        return node.id
    target: ast.expr | None = None
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        target = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
        target = node.func.value
    while isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def _absolute(module: str, package: str) -> str:
    stripped = module.lstrip(".")
    climbs = len(module) - len(stripped) - 1
    parts = package.split(".")
    base = parts[: len(parts) - climbs] if climbs else parts
    return ".".join([*base, stripped]).strip(".")


@lru_cache(maxsize=256)
def _parse(path: Path, changed: int) -> ast.Module | None:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None
