"""Load state: bind the names that a step takes, with all that they need, in its namespace.

In: the merged manifest of the parents, a folder of objects, a namespace (any dict). Out: the namespace filled,
and `Loaded`, which `saving` needs to tell what was changed.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from . import arrays
from .changes import Fingerprint, take_fingerprint
from .deep_stack import with_deep_stack
from .definitions import Definition, DefinitionId, Definitions, class_state, set_class_state
from .errors import StateError
from .manifest import ALL, Digest, Manifest, NameEntry, objects_behind, values_of, wanted
from .mapped import MappedMemory
from .pickling import Reference, Scope, StateUnpickler
from .set_order import restore_layouts
from .sharing import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .objects import ObjectFolder


@dataclass
class LoadedObject:
    """An object in memory: the values by key, the unpickler's memo, what the values' pickles were."""

    digest: Digest
    values: dict[str, Any]
    memo: dict[int, Any]
    nans: dict[int, float]
    refs: tuple[Digest, ...]
    outer: dict[int, Reference] = field(default_factory=dict)  # places of the objects that it refers to
    fingerprints: dict[str, Fingerprint] = field(default_factory=dict)


@dataclass(frozen=True)
class Contested:
    """Memory of a frame that arrays of that name look at as well, perhaps, and its digest when it was loaded."""

    names: tuple[str, ...]
    array: Any
    digest: str

    @property
    def is_written(self) -> bool:
        return digest_of_array(self.array) != self.digest


def digest_of_array(array: Any) -> str:  # noqa: ANN401
    """A digest of what an array holds."""
    return hashlib.sha256(array.tobytes()).hexdigest()


@dataclass
class Loaded:
    """What a step has loaded, kept until it saves."""

    manifest: Manifest
    folder: ObjectFolder
    scope: Scope
    objects: dict[Digest, LoadedObject] = field(default_factory=dict)
    classes: dict[DefinitionId, Fingerprint | None] = field(default_factory=dict)  # what classes had gathered
    lost: dict[str, str] = field(default_factory=dict)  # names that could not be loaded, and why
    read: frozenset[Digest] = frozenset()  # the objects that were there when the cells began
    bound: dict[str, Any] = field(default_factory=dict)
    started: dict[str, Any] = field(default_factory=dict)  # the namespace when the cells begin
    places: dict[int, Reference] = field(default_factory=dict)  # id of a loaded object → where it is stored
    arrays: dict[Digest, list[arrays.Met]] = field(default_factory=dict)
    mapped: MappedMemory = field(default_factory=MappedMemory)
    contested: list[Contested] = field(default_factory=list)

    @property
    def namespace(self) -> dict[str, Any]:
        """The notebook's namespace."""
        return self.scope.namespace

    @property
    def definitions(self) -> Definitions:
        """The definitions that this step knows."""
        return self.scope.definitions

    def load_object(self, digest: Digest) -> LoadedObject:
        """The object, loaded once, those that it refers to first. Raises StateError."""
        for each in objects_behind(self.manifest, digest):
            if each not in self.objects:
                self.objects[each] = self._read(each)
        return self.objects[digest]

    def value_of(self, entry: NameEntry) -> Any:  # noqa: ANN401
        """The value of a name: of one that a step gathers, a list with that of each item."""
        if entry["kind"] == "gathered":
            return [self.value_of(each) for each in entry["items"]]
        return self.load_object(entry["object"]).values[entry["key"]]

    def _read(self, digest: Digest) -> LoadedObject:
        header, payload = self.folder.read_framed(digest)
        maps = self.folder.map_buffers(header.buffers)
        for each, mapped in zip(header.buffers, maps, strict=True):
            self.mapped.add(each, mapped)
        file = io.BytesIO(payload)
        unpickler = StateUnpickler(file, maps, self.scope, self._place)
        try:
            values = with_deep_stack(unpickler.load)
            memo: dict[int, Any] = unpickler.memo.copy()
            restore_layouts(file.read(), memo)
        except StateError:
            raise
        except Exception as error:
            names = ", ".join(
                name for name, entry in self.manifest["names"].items() if entry.get("object") == digest
            )
            raise StateError(
                f"{names or 'a value'} of step {header.step!r} cannot be loaded: {type(error).__name__}: {error}",
                fix="create it in the step that uses it, or tag its cell `setup`",
            ) from error
        return LoadedObject(digest, values, memo, unpickler.nans, header.refs)

    def print_of_class(self, cls: type, identity: DefinitionId) -> Fingerprint | None:
        """What the class holds beyond its source; None where that cannot be pickled."""
        try:
            state = class_state(cls, self.definitions[identity])
            return take_fingerprint(state, self.scope, self.mapped, None)[0]
        except Exception:  # whatever the class of a value raises
            return None

    def _place(self, digest: Digest, index: int) -> Any:  # noqa: ANN401
        found = self.objects[digest]
        return found.nans[-index - 1] if index < 0 else found.memo[index]


def load_state(
    namespace: dict[str, Any],
    manifest: Manifest,
    names: Sequence[str] | Literal["*"],
    folder: ObjectFolder,
    definitions: Iterable[Definition] = (),
) -> Loaded:
    """Bind these names, and what they need in turn, as the steps before left them.

    Raises StateError where a name could not travel, or an object is missing, damaged or cannot be loaded.
    """
    known = Definitions(namespace, definitions)
    known.add(manifest["definitions"].values())
    loaded = Loaded(manifest, folder, Scope(namespace, known))
    asked = set() if names == ALL else set(names)
    all_wanted = wanted(manifest, names)
    for name in all_wanted.names:
        entry = manifest["names"][name]
        if entry["kind"] == "unavailable":
            if name in asked:
                raise unavailable(name, entry)
            continue
        try:
            for each in values_of(entry):
                loaded.load_object(each["object"])
            if name in asked or names == ALL or not _is_replayed(loaded, name):
                _bind(loaded, name, entry)
        except StateError as error:
            if name in asked or not isinstance(error.__cause__, ImportError):
                raise
            loaded.lost[name] = (
                error.message
            )  # this step's image lacks a library; perhaps nothing asks for it
    if names == ALL:
        for name, entry in manifest["names"].items():
            if entry["kind"] == "deleted":
                namespace.pop(name, None)  # a replayed cell may have bound it again
    classes = [each for each in all_wanted.definitions if "object" in manifest["definitions"][each]]
    for identity in all_wanted.definitions:  # all of them first: a class may change its bases when it is made
        _resolve(loaded, identity, manifest["definitions"][identity]["name"])
    for identity in classes:
        _restore_class(loaded, identity)
    loaded.mapped.refresh()
    _take_fingerprints(loaded)
    for identity, made in loaded.definitions.find_live(all_wanted.definitions).items():
        if isinstance(made, type):
            loaded.classes[identity] = loaded.print_of_class(made, identity)
    loaded.started = dict(namespace)
    loaded.read = frozenset(loaded.objects)
    return loaded


def unavailable(name: str, entry: NameEntry) -> StateError:
    """A name that a step needs did not travel."""
    return StateError(
        f"{name!r} ({entry.get('type', 'unknown type')}) of step {entry['step']!r} cannot be handed to another "
        f"step: {entry['reason']}",
        fix="create it in the step that uses it, or tag its cell `setup`",
    )


def _is_replayed(loaded: Loaded, name: str) -> bool:
    """Whether a name that is only needed by others is there already, from an import or a definition."""
    if name not in loaded.namespace:
        return False
    return loaded.definitions.listed(name) or isinstance(loaded.namespace[name], types.ModuleType)


def _bind(loaded: Loaded, name: str, entry: NameEntry) -> None:
    value: Any
    if entry["kind"] == "deleted":
        loaded.namespace.pop(name, None)
        return
    if entry["kind"] == "module":
        try:
            value = importlib.import_module(entry["module"])
            if "attribute" in entry:
                value = getattr(value, entry["attribute"])
        except (ImportError, AttributeError) as error:
            raise StateError(
                f"{name!r} is the module {entry['module']!r}, which cannot be imported here: {error}",
                fix=f"import {entry['module']} in the step that uses it, so that its image has it",
            ) from error
    elif entry["kind"] == "definition":
        value = _resolve(loaded, entry["definition"], name)
    else:
        value = loaded.value_of(entry)
    loaded.namespace[name] = value
    loaded.bound[name] = value


def _resolve(loaded: Loaded, identity: str, name: str) -> Any:  # noqa: ANN401
    try:
        return loaded.definitions.resolve(DefinitionId(identity))
    except Exception as error:
        raise StateError(
            f"the definition of {name!r} cannot be run again: {type(error).__name__}: {error}",
            fix="tag the cell that defines it, and those with what it needs, `setup`",
        ) from error


def _restore_class(loaded: Loaded, identity: str) -> None:
    """Bring a class to the state that the steps before left it in."""
    entry = loaded.manifest["definitions"][identity]
    if "object" in entry:
        made = _resolve(loaded, identity, entry["name"])
        set_class_state(made, loaded.load_object(entry["object"]).values[entry["key"]])


def _take_fingerprints(loaded: Loaded) -> None:
    """Note where each loaded object that can change is stored, and what all values look like now."""
    identity = Identity()
    index_of = {
        digest: {id(obj): index for index, obj in each.memo.items()}
        for digest, each in loaded.objects.items()
    }
    for digest, each in loaded.objects.items():
        own = index_of[digest]
        if each.refs:
            behind = set(objects_behind(loaded.manifest, digest)) - {digest}
            each.outer = {key: ref for key, ref in loaded.places.items() if ref.object in behind}
        changeable = False
        for key, value in each.values.items():
            print_of, pickled = take_fingerprint(
                {key: value}, loaded.scope, loaded.mapped, each.outer or None
            )
            each.fingerprints[key] = print_of
            for ident in identity.ids(pickled):
                if ident in own:
                    changeable = True
                    loaded.places.setdefault(ident, Reference(digest, own[ident]))
            loaded.arrays.setdefault(digest, []).extend(pickled.met.arrays)
            changeable = changeable or bool(pickled.met.arrays)
        names = tuple(loaded.manifest["objects"].get(digest, {}).get("contested", ()))
        if names:
            loaded.contested += [
                Contested(names, met.array, digest_of_array(met.array))
                for met in loaded.arrays[digest]
                if met.block is not None and arrays.is_plain(met.array)
            ]
        for number, nan in each.nans.items():
            loaded.places.setdefault(id(nan), Reference(digest, -number - 1))
        if not changeable and not each.refs:
            each.fingerprints.clear()
