"""`load()` and `save()`: what the cells kfp-load and kfp-save call, in the user's kernel.

In: the session's folder. Out: the namespace filled; objects, manifest and result written. Leaves no trace in
the namespace, the history, the environment or the module path. The one thing remembered between the two calls
is the running step.
"""

from __future__ import annotations

import gc
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .classification import classification
from .errors import StateError, StepError
from .files import Seen, Workdir, look, store_changes
from .loading import Loaded, load_state
from .manifest import Digest, Manifest, decode, encode
from .objects import ObjectFolder
from .results import store_results
from .saving import StepName, save_state
from .session import RESULTS, VARIABLE, Result, Session
from .surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class _Running:
    """The step that this kernel runs."""

    session: Session
    folder: Path
    manifest: Manifest
    loaded: Loaded
    surroundings: Surroundings
    files: dict[str, Seen]


_running: list[_Running] = []


def load() -> None:
    """Bind the names that this step takes from the steps before it. Raises StateError."""
    folder = Path(os.environ.pop(VARIABLE, ""))
    if not folder.name:
        raise StateError("no step is running here", fix="run the step by `python main.py …`")
    session = Session.read(folder)
    _leave_no_path(session)
    with _telling(folder):
        namespace = user_namespace()
        manifest = decode(Path(session.state).read_bytes())
        objects = ObjectFolder(session.objects)
        workdir = Workdir(Path(session.root), session.depth)
        before = Surroundings.now(workdir, namespace, session.keeps_random_state)
        loaded = load_state(namespace, manifest, session.loads, objects, session.definitions)
        before.restore(manifest, loaded)
        files = look(workdir)
        Result(lost=loaded.lost).write(folder)
        _running[:] = [_Running(session, folder, manifest, loaded, before, files)]


def save() -> None:
    """Store what this step hands on, and its manifest. Raises StateError."""
    if not _running:
        raise StateError("this step's state was not loaded", fix="run the cell `kfp-load` first")
    running = _running.pop()
    session = running.session
    with _telling(running.folder):
        objects = running.loaded.folder
        there = _names(objects.path)
        name = StepName(session.step, session.order, session.parents, session.loop)
        running.surroundings.leave()
        manifest = save_state(running.loaded, session.saves, name, hidden_names())
        running.surroundings.store(manifest, running.loaded, name)
        entries = store_changes(
            Workdir(Path(session.root), session.depth), running.files, running.manifest["files"], objects,
            session.step, session.order,
        )  # fmt: skip
        manifest["files"].update(entries)
        manifest["steps"][session.step]["files"] = {
            path: entry.get("object", entry.get("link", "")) for path, entry in sorted(entries.items())
        }
        digest, _ = objects.write([encode(manifest)])
        new = sorted(_names(objects.path) - there | {digest})
        namespace = running.loaded.namespace
        Result(
            manifest=digest,
            new_objects=tuple(new),
            metrics=scalar_metrics(namespace, session.metrics),
            results=store_results(namespace, session.results, running.folder / RESULTS),
            classification=classification(namespace, session.metrics),
        ).write(running.folder)


class _telling:  # noqa: N801
    """Tells main.py of errors; keeps the garbage collector from running code of the user's meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._collects = gc.isenabled()

    def __enter__(self) -> None:
        gc.disable()

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:  # noqa: ANN401
        if self._collects:
            gc.enable()
        if isinstance(error, StepError):
            told = {
                "kind": error.kind,
                "name": type(error).__name__,
                "message": error.message,
                "fix": error.fix,
            }
            Result(error=told).write(self._folder)


def _names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} if folder.exists() else set()


def user_namespace() -> dict[str, Any]:
    """The notebook's namespace."""
    shell = _shell()
    return shell.user_ns if shell is not None else vars(sys.modules["__main__"])


def hidden_names() -> Callable[[str], bool]:
    """Tells the names in the namespace that are IPython's and not the user's."""
    shell = _shell()
    names = set(shell.user_ns_hidden) if shell is not None else set()
    names |= {"In", "Out", "_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh", "_dh", "exit", "quit"}

    def is_hidden(name: str) -> bool:
        numbered = name.startswith("_") and name.lstrip("_i").isdigit()
        dunder = name.startswith("__") and name.endswith("__")
        return name in names or numbered or dunder

    return is_hidden


def _shell() -> Any:  # noqa: ANN401
    interactive = sys.modules.get("IPython.core.interactiveshell")
    return interactive.InteractiveShell._instance if interactive is not None else None


def _leave_no_path(session: Session) -> None:
    """Take what main.py added for us out of the module path and the environment."""
    for place, entry in enumerate(sys.path):
        if entry == session.package_path:
            del sys.path[place]
            break
    for name, value in session.replaced.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def scalar_metrics(namespace: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The metrics that are numbers; NaN and infinities as null, which is all that JSON has for them."""
    return dict(_scalars(namespace, names))


def _scalars(namespace: dict[str, Any], names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in names:
        value: Any = namespace.get(name)
        if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
            value = value.item()
        if isinstance(value, (bool, int)):
            yield name, value
        elif isinstance(value, float):
            yield name, value if math.isfinite(value) else None


__all__ = ["Digest", "load", "save"]
