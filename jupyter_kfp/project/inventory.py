"""What is installed in a Python environment, told by its own interpreter: standard library only, Python 3.8 and later.

Out goes one JSON object: the Python version, each distribution with its metadata, which distribution each importable
module belongs to, and modules that belong to none. Nothing is imported to find out. As a module it tells the same of
the interpreter at hand (`take_inventory`).
"""

from __future__ import annotations

import ast
import email
import email.message
import importlib.metadata
import json
import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

MARK = "@@jupyter-kfp inventory@@"
CODE = (".py", ".so", ".pyd")
HEAD = re.compile(r"^(?:Name|Version|Requires-Dist|Requires-Python):.*(?:\n[ \t].*)*", re.MULTILINE)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Modules = set[str]  # with `/` between the parts: google/cloud/storage
    Split = set[tuple[str, ...]]  # the same in parts


def take_inventory() -> dict[str, object]:
    """The inventory of this interpreter, as JSON values."""
    path = _search_path()
    distributions = {}
    files: dict[str, dict[str, Modules]] = {}
    for distribution in importlib.metadata.distributions(path=path):
        head = _head(distribution)
        name = re.sub(r"[-_.]+", "-", head["Name"] or "").lower()
        # As for imports, the first on the path is the one that counts.
        if not name or name in distributions:
            continue
        distributions[name] = _describe(distribution, head)
        by_top: dict[str, Modules] = {}
        for module in _modules(distribution, name):
            by_top.setdefault(module.partition("/")[0], set()).add(module)
        for top, modules in by_top.items():
            files.setdefault(top, {})[name] = modules
    owners: dict[str, list[str]] = {}
    for top, owned in files.items():
        if len(owned) == 1:
            owners[top] = list(owned)
        else:
            split = {name: {tuple(module.split("/")) for module in own} for name, own in owned.items()}
            _assign((top,), split, owners)
    return {
        "python": "{}.{}.{}".format(*sys.version_info[:3]),
        "stdlib": sorted({*getattr(sys, "stdlib_module_names", ()), *sys.builtin_module_names}),
        "distributions": distributions,
        "owners": owners,
        "unowned": _unowned(path, set(files)),
    }


def _search_path() -> list[str]:
    """Where this interpreter finds packages: without its own library and the folder that it was started in."""
    own = {os.path.realpath(sysconfig.get_path(key)) for key in ("stdlib", "platstdlib")}
    own |= {os.path.realpath(f"{folder}/lib-dynload") for folder in own}
    return [
        entry for entry in sys.path if entry and Path(entry).is_dir() and os.path.realpath(entry) not in own
    ]


def _head(distribution: importlib.metadata.Distribution) -> email.message.Message:
    """The metadata without the description behind it, which can be long."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    head = text.replace("\r\n", "\n").partition("\n\n")[0]
    return email.message_from_string("\n".join(HEAD.findall(head)))


def _describe(
    distribution: importlib.metadata.Distribution, head: email.message.Message
) -> dict[str, object]:
    text = distribution.read_text("direct_url.json")
    requires = head.get_all("Requires-Dist")
    return {
        "version": head["Version"] or "",
        # Older formats keep them in a file of their own.
        "requires": list(
            requires or (distribution.read_text("requires.txt") and distribution.requires) or ()
        ),
        "requires_python": head["Requires-Python"],
        "direct_url": json.loads(text) if text else None,
        "installer": (distribution.read_text("INSTALLER") or "").strip(),
        "develop": _develop(distribution),
    }


def _develop(distribution: importlib.metadata.Distribution) -> str | None:
    """The source folder of a package installed by `setup.py develop`."""
    info = getattr(distribution, "_path", None)
    if info is None or not str(info).endswith(".egg-info"):
        return None
    folder = Path(str(info)).parent
    sources = (folder / "setup.py").is_file() or (folder / "pyproject.toml").is_file()
    return str(folder) if sources else None


def _modules(distribution: importlib.metadata.Distribution, name: str) -> Modules:
    """The modules that the distribution brings; those of packages within packages included."""
    files = [
        line[: line.find(",")].strip('"') for line in (distribution.read_text("RECORD") or "").splitlines()
    ]
    modules = _importable_files(files)
    editable = {module for file in files if "/" not in file for module in _editable(distribution, file)}
    marked = '"editable": true' in (distribution.read_text("direct_url.json") or "")
    if modules and not editable and not marked:
        return modules
    declared = {top for top in (distribution.read_text("top_level.txt") or "").split() if top.isidentifier()}
    # Some builders find the modules of an editable install by code of their own, which is not run here.
    return editable or declared or (set() if marked else modules) or {name.replace("-", "_")}


def _importable_files(files: Iterable[str]) -> Modules:
    """The modules among the files: `google/auth/jwt` for `google/auth/jwt.py`, `google/auth` for its `__init__.py`."""
    modules = set()
    packages = {"": True}  # records name tens of thousands of files: each folder is looked at once
    for file in files:
        if file.endswith(CODE):
            folder, _, last = file.rpartition("/")
            if folder not in packages:
                packages[folder] = all(part.isidentifier() for part in folder.split("/"))
            stem = last.partition(".")[0]
            if packages[folder] and stem.isidentifier() and not stem.startswith("__editable__"):
                modules.add(folder if folder and stem == "__init__" else f"{folder}/{stem}".lstrip("/"))
    return modules


def _editable(distribution: importlib.metadata.Distribution, file: str) -> Modules:
    """The modules that an editable install makes importable through this file of its own."""
    finder = file.startswith("__editable__") and "_finder" in file
    if not (finder or file.endswith(".pth")):
        return set()
    try:
        text = Path(str(distribution.locate_file(file))).read_text(encoding="utf-8")
    except OSError:
        return set()
    if finder:
        mapping = re.search(r"^MAPPING[^=]*= (\{.*\})", text, re.MULTILINE)
        return {dotted.replace(".", "/") for dotted in ast.literal_eval(mapping[1])} if mapping else set()
    return {module for folder in _folders(text) for module in _importable(folder, set())}


def _folders(text: str) -> Iterator[str]:
    """The folders that a .pth file puts on the path: of its lines, those that Python neither skips nor runs."""
    for line in text.splitlines():
        if line.strip() and not line.startswith(("#", "import ", "import\t")) and os.path.isdir(line.strip()):  # noqa: PTH112
            yield line.strip()


def _importable(folder: str, known: set[str]) -> set[str]:
    """The names of modules and packages in the folder that are not known already."""
    found = set()
    for entry in Path(folder).iterdir():
        name = entry.name.split(".", 1)[0]
        if not name.isidentifier() or name in known:
            continue
        if entry.name.endswith(CODE) or (entry.name == name and entry.is_dir() and any(entry.glob("*.py"))):
            found.add(name)
    return found


def _assign(prefix: tuple[str, ...], modules: dict[str, Split], owners: dict[str, list[str]]) -> None:
    """Which distribution each module under the prefix belongs to, going only as deep as they share a package."""
    here = [name for name, own in modules.items() if prefix in own]
    first = next(iter(modules.values()))
    if len(modules) == 1 or all(own == first for own in modules.values()):
        owners[".".join(prefix)] = sorted(modules)
        return
    owners[".".join(prefix)] = sorted(here)
    depth = len(prefix)
    children: dict[str, dict[str, Split]] = {}
    for name, own in modules.items():
        for module in own:
            if len(module) > depth:
                children.setdefault(module[depth], {}).setdefault(name, set()).add(module)
    for child, below in children.items():
        _assign((*prefix, child), below, owners)


def _unowned(path: list[str], owned: set[str]) -> dict[str, str]:
    """Modules that can be imported and belong to no distribution, with the conda package they come from, or ""."""
    found = {name: "" for folder in path for name in _importable(folder, owned)}
    for file in sorted(Path(sys.prefix, "conda-meta").glob("*.json")):
        text = file.read_text(encoding="utf-8")
        for name in found:
            if f"site-packages/{name}/" in text or f"site-packages/{name}." in text:
                found[name] = file.name.rsplit("-", 2)[0]
    return found


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file
    sys.stdout.write(MARK + json.dumps(take_inventory()) + "\n")
