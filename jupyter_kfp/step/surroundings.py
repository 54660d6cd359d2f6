"""The process's surroundings that shape results: random states, options, filters, environment, folder.

In: what the steps before left; the process before and after the cells. Out: the surroundings set, and those
that the cells changed stored. A module that is imported only later gets its part when it is imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import StateError
from .manifest import prune
from .objects import Header
from .pickling import pickle_value
from .registry import SURROUNDINGS, Place, Surrounding

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec

    from .files import Workdir
    from .loading import Loaded
    from .manifest import Manifest
    from .saving import StepName

LAYER = " of step "  # between the name of what travels in layers and the step that made the layer


@dataclass
class Surroundings:
    """The surroundings of one step, from before its cells to after."""

    place: Place
    kinds: tuple[Surrounding, ...]
    prints: dict[str, str] = field(default_factory=dict)
    began: dict[str, Any] = field(default_factory=dict)  # those that travel in layers, as the step found them
    watcher: ImportWatcher | None = None

    @staticmethod
    def now(workdir: Workdir, namespace: dict[str, Any], keeps_random_state: bool) -> Surroundings:
        """As they are before anything is loaded."""
        place = Place(Path(os.path.realpath(workdir.root)), Path(os.path.realpath(workdir.folder)), namespace)
        kinds = tuple(each for each in SURROUNDINGS if keeps_random_state or not each.random)
        return Surroundings(place, kinds)

    def restore(self, manifest: Manifest, loaded: Loaded) -> None:
        """Set what the steps before changed, and note how all is now. Raises StateError."""
        stored: dict[str, Any] = {}
        layered = {each.name for each in self.kinds if each.layers is not None}
        known = {each.name for each in self.kinds}
        for key, entry in sorted(manifest["surroundings"].items(), key=lambda item: item[1]["order"]):
            name = key.partition(LAYER)[0]
            if name in known:
                value = loaded.load_object(entry["object"]).values[name]
                stored[name] = [*stored.get(name, []), value] if name in layered else value
        waiting: dict[str, list[Surrounding]] = {}
        for each in self.kinds:
            if each.module and each.module not in sys.modules:
                waiting.setdefault(each.module, []).append(each)
            else:
                self._begin(each, stored, loaded)

        def arrived(module: str) -> None:
            for each in waiting.pop(module, ()):
                self._begin(each, stored, loaded)

        self.watcher = ImportWatcher(set(waiting), arrived)
        sys.meta_path.insert(0, self.watcher)

    def _begin(self, each: Surrounding, stored: dict[str, Any], loaded: Loaded) -> None:
        if each.name in stored:
            try:
                each.put(self.place, stored[each.name])
            except Exception as error:
                raise StateError(
                    f"{each.name} cannot be set as the steps before left it: {type(error).__name__}: {error}",
                    fix=f"set {each.name} in a cell tagged `setup`",
                ) from error
        if each.layers is not None:
            self.began[each.name] = each.get(self.place)
        told = self._print_of(each, loaded)
        if told is not None:
            self.prints[each.name] = told

    def _print_of(self, each: Surrounding, loaded: Loaded) -> str | None:
        try:
            return _print(each.get(self.place), loaded)
        except Exception:  # an option that cannot be pickled stays with its process
            return None

    def store(self, manifest: Manifest, loaded: Loaded, step: StepName) -> None:
        """Store what the cells changed, into the step's manifest."""
        record = manifest["steps"][step.name]
        for each in self.kinds:
            if each.name not in self.prints or self._print_of(each, loaded) == self.prints[each.name]:
                continue
            value = each.get(self.place)
            key, clashing = each.name, value
            if each.layers is not None:
                key = f"{each.name}{LAYER}{step.name}"
                value = each.layers.difference(self.began[each.name], value)
                clashing = each.layers.clashing(value)
            pickled = pickle_value({each.name: value}, loaded.scope)
            buffers = loaded.folder.write_buffers([buffer.raw() for buffer in pickled.buffers])
            used = tuple(sorted(pickled.met.definitions))
            needs = tuple(sorted(pickled.met.needs))
            header = Header(step=step.name, buffers=tuple(buffers), needs=needs, definitions=used)
            digest, _ = loaded.folder.write_framed(header, pickled.pieces)
            manifest["objects"][digest] = {
                "size": pickled.size, "buffers": buffers, "refs": [], "needs": list(needs),
                "definitions": list(used),
            }  # fmt: skip
            for identity in used:
                entry = loaded.definitions[identity].to_entry()
                manifest["definitions"].setdefault(
                    identity, {**entry, "step": step.name, "order": step.order}
                )
            manifest["surroundings"][key] = {"step": step.name, "order": step.order, "object": digest}
            if each.layers is None or clashing:
                record["surroundings"][each.name] = _print(clashing, loaded)
        prune(manifest)

    def leave(self) -> None:
        """Stop watching imports."""
        if self.watcher in sys.meta_path:
            sys.meta_path.remove(self.watcher)


def _print(value: Any, loaded: Loaded) -> str:  # noqa: ANN401
    """A digest of a value that can be pickled."""
    pickled = pickle_value(value, loaded.scope)
    sha = hashlib.sha256()
    for piece in pickled.pieces:
        sha.update(piece)
    for buffer in pickled.buffers:
        sha.update(buffer.raw())
    return sha.hexdigest()


class ImportWatcher:
    """Tells when one of some modules has been imported. It finds nothing itself."""

    def __init__(self, names: set[str], arrived: Callable[[str], None]) -> None:
        self._names = names
        self._arrived = arrived

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ANN401
        """The spec that the other finders give, its loader made to tell when it is done."""
        if name not in self._names:
            return None
        self._names.discard(name)
        spec = importlib.util.find_spec(name)
        loader = spec.loader if spec is not None else None
        if loader is None or not hasattr(loader, "exec_module"):
            return spec
        run = loader.exec_module

        def run_and_tell(module: Any) -> None:  # noqa: ANN401
            with contextlib.suppress(AttributeError):
                del loader.exec_module
            run(module)
            self._arrived(name)

        with contextlib.suppress(AttributeError):
            loader.exec_module = run_and_tell  # type: ignore[method-assign]
        return spec
