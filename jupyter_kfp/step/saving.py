"""Save state: store what a step's cells bound and changed, and write its manifest.

In: the namespace after the cells, what was loaded before them. Out: objects in the folder, and the manifest
(without files and surroundings, which `kernel` adds). Values that nothing has changed are not stored again.
"""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from . import arrays
from .changes import take_fingerprint
from .definitions import ABSENT, Definition, DefinitionId, class_state, from_body
from .describe import preview, type_name
from .errors import StateError
from .manifest import (
    ALL,
    DefinitionEntry,
    Digest,
    Manifest,
    NameEntry,
    StepRecord,
    merge,
    prune,
    referring_to,
    values_of,
)
from .objects import Header
from .pickling import Pickled, pickle_value
from .set_order import layouts_of
from .sharing import Identity, find_groups
from .singles import importable_place
from .untransportable import reason_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .loading import Loaded
    from .pickling import Reference


SCALARS = (bool, int, float, complex, str, bytes, type(None))
CLASS = "class "  # before a definition's id: the key of a class's state


@dataclass(frozen=True)
class StepName:
    """Whose state this is."""

    name: str
    order: int
    parents: tuple[str, ...] = ()
    loop: bool = False  # it runs for an item of a loop


@dataclass
class _Plan:
    """What is to be written, as it becomes known."""

    entries: dict[str, NameEntry] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    pickles: dict[str, Pickled] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    queue: list[str] = field(default_factory=list)
    binds: set[str] = field(default_factory=set)
    definitions: dict[DefinitionId, DefinitionEntry] = field(
        default_factory=dict
    )  # whose state is stored anew


def save_state(
    loaded: Loaded,
    saves: Sequence[str] | Literal["*"],
    step: StepName,
    hidden: Callable[[str], bool] = lambda name: False,
) -> Manifest:
    """Store the names that a step hands on, and whatever it changed. `hidden`: names that are not the user's."""
    return _Saving(loaded, step, hidden).run(saves)


class _Saving:
    """One save. Its steps are the methods of `run`, in that order."""

    def __init__(self, loaded: Loaded, step: StepName, hidden: Callable[[str], bool]) -> None:
        self.loaded = loaded
        self.scope = loaded.scope
        self.namespace = loaded.namespace
        self.before = loaded.manifest
        self.step = step
        self.hidden = hidden
        self.plan = _Plan()
        self.identity = Identity()
        self.changed: dict[Digest, list[str]] = {}
        self.tainted: set[Digest] = set()
        self.places: dict[int, Reference] = {}

    def run(self, saves: Sequence[str] | Literal["*"]) -> Manifest:
        self.find_changes()
        self.choose(saves)
        self.pickle_all()
        objects = self.store()
        return self.write_manifest(objects)

    def find_changes(self) -> None:
        """Which loaded values were changed in place; everything that leads to one is stored anew."""
        self.loaded.mapped.refresh()
        for contested in self.loaded.contested:
            if contested.is_written and (names := [n for n in contested.names if self.is_live(n)]):
                raise contested_write(names)
        for digest, each in self.loaded.objects.items():
            for key, before in each.fingerprints.items():
                try:
                    now, _ = take_fingerprint(
                        {key: each.values[key]}, self.scope, self.loaded.mapped, each.outer or None
                    )
                except Exception:  # it held nothing that cannot be pickled when it was loaded
                    now = None
                if now != before:
                    self.changed.setdefault(digest, []).append(key)
        self.taint(self.changed)

    def is_live(self, name: str) -> bool:
        """Whether the name is as the steps before left it, for later steps or this one."""
        return self.before["names"].get(name, {}).get("kind") == "value" and not self.is_rebound(name)

    def taint(self, digests: Any) -> None:  # noqa: ANN401
        """Store these objects, and those that refer to them, anew."""
        self.tainted |= referring_to(self.before, digests)
        for entry in (*self.before["names"].values(), *self.before["definitions"].values()):
            if self.is_tainted(entry):
                for each in values_of(entry):
                    self.loaded.load_object(each["object"])
        self.places = {key: ref for key, ref in self.loaded.places.items() if ref.object not in self.tainted}

    def choose(self, saves: Sequence[str] | Literal["*"]) -> None:
        """Which names to look at: those to hand on, and those of the manifest that changed here."""
        for name, entry in self.before["names"].items():
            if name in self.loaded.bound and name not in self.namespace:
                self.plan.entries[name] = self.entry("deleted")
                self.plan.binds.add(name)
            elif self.is_tainted(entry) or self.is_rebound(name):
                self.plan.queue.append(name)
        for name in self.loaded.started.keys() - self.before["names"].keys() - self.namespace.keys():
            if not self.hidden(name):
                self.plan.entries[name] = self.entry("deleted")  # a replayed cell had bound it
                self.plan.binds.add(name)
        if saves == ALL:
            saves = [name for name in self.namespace if not self.hidden(name)]
        self.plan.queue += saves
        known = {*self.loaded.definitions.live(), *self.before["definitions"]}
        self.plan.queue += [f"{CLASS}{identity}" for identity in sorted(known)]

    def is_tainted(self, entry: Any) -> bool:  # noqa: ANN401
        """Whether a value of that name was changed, or leads to one that was."""
        return not self.tainted.isdisjoint(each["object"] for each in values_of(entry))

    def is_rebound(self, name: str) -> bool:
        missing = object()
        now = self.namespace.get(name, missing)
        return now is not missing and now is not self.loaded.started.get(name, missing)

    def pickle_all(self) -> None:
        """Pickle every chosen name alone, and what these need in turn."""
        while self.plan.queue:
            name = self.plan.queue.pop(0)
            if name not in self.plan.seen:
                self.plan.seen.add(name)
                self.consider(name)

    def consider(self, name: str) -> None:
        if name.startswith(CLASS):
            self.consider_class(DefinitionId(name.removeprefix(CLASS)))
            return
        before = self.before["names"].get(name)
        if name not in self.namespace or (self.is_hidden_binding(name, before)):
            if before is not None and self.is_tainted(before) and name not in self.loaded.bound:
                self.store_again(name, before)
            return
        value = self.namespace[name]
        if isinstance(value, types.ModuleType) and value.__name__ != "__main__":
            self.bind(name, self.entry("module", module=value.__name__))
            return
        place = importable_place(value)
        if place is not None:
            self.bind(name, self.entry("module", module=place[0], attribute=place[1]))
            return
        identity = self.scope.definitions.identify(value) if callable(value) else None
        if identity is not None and self.scope.definitions[identity].name == name:
            self.consider_definition(name, identity, value)
            return
        if before is not None and self.is_kept(name, before, value):
            return
        stored = self.stored_as(value)
        if before is not None and before["kind"] == "value" and stored == (before["object"], before["key"]):
            return
        if stored is not None:
            self.bind(name, self.entry("value", **self.description(value), object=stored[0], key=stored[1]))
            return
        rebound = name not in self.loaded.bound or self.loaded.bound[name] is not value
        if rebound:
            self.plan.binds.add(name)
        self.pickle_name(name, value)

    def is_kept(self, name: str, before: NameEntry, value: Any) -> bool:  # noqa: ANN401
        """Whether the name is still bound to what was loaded for it, unchanged."""
        if before["kind"] != "value" or before["object"] in self.tainted or name not in self.loaded.bound:
            return False
        return self.loaded.bound[name] is value

    def is_hidden_binding(self, name: str, before: NameEntry | None) -> bool:
        """The namespace has that name, but not from the state: a replayed setup cell bound it."""
        return (
            before is not None
            and self.is_tainted(before)
            and name not in self.loaded.bound
            and not self.is_rebound(name)
        )

    def store_again(self, name: str, before: NameEntry) -> None:
        """A name that the step never saw leads to something that it changed."""
        self.pickle_name(name, self.loaded.value_of(before))

    def stored_as(self, value: Any) -> tuple[Digest, str] | None:  # noqa: ANN401
        """Object and key of a value that is loaded, as it is, and unchanged."""
        for digest, each in self.loaded.objects.items():
            if digest not in self.tainted:
                for key, known in each.values.items():
                    if known is value and (
                        self.loaded.places.get(id(value)) or not _is_shared_constant(value)
                    ):
                        return digest, key
        return None

    def consider_definition(self, name: str, identity: DefinitionId, value: Any) -> None:  # noqa: ANN401
        self.loaded.definitions.note(identity, value)
        self.bind(name, self.entry("definition", definition=str(identity)))
        self.follow_definition(identity)

    def follow_definition(self, identity: DefinitionId) -> None:
        """What a definition needs has to be there too, and what its class has gathered."""
        definition = self.scope.definitions[identity]
        needs = (definition.name, *definition.needs)
        self.plan.queue += [need for need in needs if not self.hidden(need)]
        self.plan.queue.append(f"{CLASS}{identity}")

    def consider_class(self, identity: DefinitionId) -> None:
        before = self.before["definitions"].get(identity)
        tainted = before is not None and before.get("object") in self.tainted
        cls = self.loaded.definitions.live().get(identity)
        if cls is None and tainted:
            cls = self.loaded.definitions.resolve(identity)
        if not isinstance(cls, type) or self.loaded.definitions.identify(cls) != identity:
            return
        definition = self.scope.definitions[identity]
        state = class_state(cls, definition)
        had = self.loaded.classes.get(identity)
        if identity in self.loaded.classes and self.loaded.print_of_class(cls, identity) != had:
            self.changed[Digest(identity)] = [CLASS.strip()]
        if not tainted and before is not None:
            if "object" not in before and not state:
                return
            known = self.loaded.objects.get(before.get("object", Digest("")))
            loaded_state = known.values[before["key"]] if known is not None else {}
            if loaded_state.keys() == state.keys() and all(loaded_state[key] is state[key] for key in state):
                return
        entry = definition.to_entry()
        entry["step"], entry["order"] = self.step.name, self.step.order
        self.plan.definitions[identity] = entry
        if state:
            self.pickle_class_state(f"{CLASS}{identity}", state, cls, definition)

    def pickle_class_state(self, key: str, state: dict[str, Any], cls: type, definition: Definition) -> None:
        kept = {}
        for name, value in state.items():
            try:
                pickle_value({name: value}, self.scope)
            except Exception:  # whatever its class raises
                if not from_body(definition, name):
                    self.refuse(definition.name, value, f"{definition.name}.{name}")
                    return
                continue  # the class's body makes it again
            kept[name] = value
        if kept:
            self.pickle_name(key, kept)

    def bind(self, name: str, entry: NameEntry) -> None:
        before = self.before["names"].get(name, {})
        varying = ("step", "order")
        if {k: v for k, v in before.items() if k not in varying} == {
            k: v for k, v in entry.items() if k not in varying
        }:
            return
        self.plan.entries[name] = entry
        self.plan.binds.add(name)

    def pickle_name(self, name: str, value: Any) -> None:  # noqa: ANN401
        try:
            pickled = pickle_value({name: value}, self.scope)
            if not self.places.keys().isdisjoint({**pickled.memo, **pickled.met.nans}):
                pickled = pickle_value({name: value}, self.scope, refs=self.places)
        except Exception:  # whatever its class raises
            self.refuse(name, value, name)
            return
        self.plan.values[name] = value
        self.plan.pickles[name] = pickled
        for need in pickled.met.needs:
            if not self.hidden(need):
                self.plan.queue.append(need)
        for identity, obj in pickled.met.definitions.items():
            self.loaded.definitions.note(identity, obj)
            self.follow_definition(identity)

    def refuse(self, name: str, value: Any, path: str) -> None:  # noqa: ANN401
        """Say in the manifest why that name is not there; a step that needs it is stopped with this reason."""
        self.plan.entries[name] = self.entry(
            "unavailable",
            type=type_name(value),
            reason=reason_for(value, path, lambda each: pickle_value(each, self.scope)),
        )
        self.plan.binds.add(name)

    def store(self) -> dict[Digest, dict[str, Any]]:
        """Write the objects, values that share memory or objects together."""
        while True:
            met = [each for pickled in self.plan.pickles.values() for each in pickled.met.arrays]
            stored = [
                each
                for digest, loaded in self.loaded.arrays.items()
                if digest not in self.tainted
                for each in loaded
            ]
            blocks = arrays.find_blocks(met, stored)
            contested = arrays.find_contested((*stored, *met))
            folded = self.not_referable(blocks, stored)
            if not folded:
                break
            self.taint(folded)
            self.plan.queue = [name for name, entry in self.before["names"].items() if self.is_tainted(entry)]
            self.plan.queue += [f"{CLASS}{identity}" for identity in self.loaded.definitions.live()]
            self.plan.queue += list(self.plan.pickles)
            self.plan.seen -= set(self.plan.queue)
            self.plan.pickles.clear()
            self.pickle_all()
        by_array = {id(array): block for block in blocks for array in block.members}
        objects: dict[Digest, dict[str, Any]] = {}
        groups = find_groups(self.plan.values, self.plan.pickles, blocks, self.identity)
        plain = [names for names in groups if all(type(self.plan.values[name]) in SCALARS for name in names)]
        rest = [names for names in groups if names not in plain]
        scalars = sorted(name for names in plain for name in names)
        # Scalars go in one object: many tiny ones would cost a file each.
        for names in (scalars, *rest):
            if names:
                self.store_group(names, by_array, objects)
        self.mark_contested(contested, objects)
        return objects

    def mark_contested(
        self,
        contested: list[tuple[list[arrays.Met], list[arrays.Met]]],
        objects: dict[Digest, dict[str, Any]],
    ) -> None:
        """Note for frames which arrays look at their memory, where later steps cannot tell who copies first."""
        holds: dict[int, set[str]] = {}  # names by the ids of the arrays that they lead to
        for name, pickled in self.plan.pickles.items():
            for met in pickled.met.arrays:
                holds.setdefault(id(met.array), set()).add(name)
        for entry_name, entry in self.before["names"].items():
            for met in self.loaded.arrays.get(entry.get("object", Digest("")), ()):
                if met.block is None and entry_name not in self.plan.pickles:
                    holds.setdefault(id(met.array), set()).add(entry_name)
        for inside, outside in contested:
            looking = set().union(*(holds.get(id(each.array), set()) for each in outside))
            ids = {id(each.array) for each in inside}
            for digest, mets in self.loaded.arrays.items():
                if digest not in self.tainted and any(id(each.array) in ids for each in mets):
                    objects.setdefault(digest, dict(self.before["objects"][digest]))
                    _contest(objects[digest], looking)
            for name, pickled in self.plan.pickles.items():
                if any(id(each.array) in ids for each in pickled.met.arrays) and name in self.plan.entries:
                    _contest(objects[self.plan.entries[name]["object"]], looking)
        for name in self.plan.pickles:  # a frame that is stored anew is still looked at
            known = self.before["objects"].get(
                self.before["names"].get(name, {}).get("object", Digest("")), {}
            )
            is_same = name in self.loaded.bound and not self.is_rebound(name)
            if known.get("contested") and name in self.plan.entries and is_same:
                _contest(objects[self.plan.entries[name]["object"]], set(known["contested"]))

    def not_referable(self, blocks: list[arrays.Block], stored: list[arrays.Met]) -> set[Digest]:
        """Loaded objects whose memory new values look at in a way that no reference can tell."""
        loaded_ids = {id(each.array) for each in stored}
        folded: set[Digest] = set()
        for block in blocks:
            if id(block.owner) in self.places:
                continue
            touched = {id(array) for array in block.members} & loaded_ids
            folded |= self.holders(touched)
        reached = {id(met.array) for pickled in self.plan.pickles.values() for met in pickled.met.arrays}
        return folded | self.holders(reached & loaded_ids - self.places.keys())

    def holders(self, array_ids: set[int]) -> set[Digest]:
        """The unchanged loaded objects that hold one of these arrays."""
        return {
            digest
            for digest, mets in self.loaded.arrays.items()
            if digest not in self.tainted and any(id(each.array) in array_ids for each in mets)
        }

    def store_group(
        self, names: list[str], by_array: dict[int, arrays.Block], objects: dict[Digest, dict[str, Any]]
    ) -> None:
        shares = any(
            id(met.array) in by_array for name in names for met in self.plan.pickles[name].met.arrays
        )
        if len(names) == 1 and not shares:
            pickled = self.plan.pickles[names[0]]
        else:
            values = {name: self.plan.values[name] for name in names}
            refers = shares or any(self.plan.pickles[name].met.refs for name in names)
            pickled = pickle_value(
                values, self.scope, blocks=by_array, refs=self.places if refers and self.places else None
            )
        buffers = self.loaded.folder.write_buffers([buffer.raw() for buffer in pickled.buffers])
        header = Header(
            step=self.step.name,
            buffers=tuple(buffers),
            refs=tuple(sorted(pickled.met.refs)),
            needs=tuple(sorted(need for need in pickled.met.needs if not self.hidden(need))),
            definitions=tuple(sorted(pickled.met.definitions)),
        )
        pieces = [*pickled.pieces, *layouts_of(pickled.memo)]
        digest, _ = self.loaded.folder.write_framed(header, pieces)
        objects[digest] = {
            "size": pickled.size,
            "buffers": list(header.buffers),
            "refs": list(header.refs),
            "needs": list(header.needs),
            "definitions": list(header.definitions),
        }
        for name in names:
            if name.startswith(CLASS):
                definition = self.plan.definitions[DefinitionId(name.removeprefix(CLASS))]
                definition["object"], definition["key"] = digest, name
                continue
            entry = self.entry("value", **self.description(self.plan.values[name]), object=digest, key=name)
            entry["size"] = self.plan.pickles[name].size
            self.plan.entries[name] = entry

    def write_manifest(self, objects: dict[Digest, dict[str, Any]]) -> Manifest:
        manifest = merge([self.before])
        manifest["step"], manifest["order"] = self.step.name, self.step.order
        for name, planned in self.plan.entries.items():
            if name in self.before["names"] and name not in self.plan.binds:
                earlier = self.before["names"][name]
                planned["bound"] = earlier.get("bound", earlier["order"])
        manifest["names"].update(self.plan.entries)
        manifest["objects"].update(objects)  # type: ignore[arg-type]
        used = {entry["definition"] for entry in manifest["names"].values() if "definition" in entry}
        used.update(identity for info in objects.values() for identity in info["definitions"])
        for identity in used - manifest["definitions"].keys():
            entry = self.scope.definitions[DefinitionId(identity)].to_entry()
            manifest["definitions"][identity] = {**entry, "step": self.step.name, "order": self.step.order}
        manifest["definitions"].update(self.plan.definitions)  # type: ignore[arg-type]
        manifest["steps"][self.step.name] = self.record()
        prune(manifest)
        return manifest

    def record(self) -> StepRecord:
        reads: dict[str, tuple[Digest, str]] = {}
        for name in self.loaded.bound:
            entry = self.before["names"].get(name, {})
            if entry.get("object") in self.loaded.read:
                reads[name] = (entry["object"], entry["key"])
        for identity in self.loaded.classes:
            reads[f"class {self.scope.definitions[identity].name}"] = (Digest(identity), CLASS.strip())
        direct = {digest for digest, _ in reads.values()}
        direct |= {each["object"] for each in self.before["definitions"].values() if "object" in each}
        for digest in self.loaded.read - direct:
            reads[f"a value that {digest[:12]} holds"] = (digest, ALL)
        return {
            "order": self.step.order,
            "parents": list(self.step.parents),
            "reads": dict(sorted(reads.items())),
            "changes": {digest: sorted(keys) for digest, keys in sorted(self.changed.items())},
            "binds": sorted(self.plan.binds),
            "surroundings": {},
            "files": {},
            **({"loop": True} if self.step.loop else {}),
        }

    def entry(self, kind: Any, **more: Any) -> NameEntry:  # noqa: ANN401
        return {"kind": kind, "step": self.step.name, "order": self.step.order, **more}  # type: ignore[typeddict-item]

    def description(self, value: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"type": type_name(value), "preview": preview(value)}


def _contest(info: dict[str, Any], names: set[str]) -> None:
    info["contested"] = sorted({*info.get("contested", ()), *names})


def contested_write(names: Sequence[str]) -> StateError:
    """A frame was written in place, and whether an array sees that is not known."""
    listed = ", ".join(map(repr, names))
    return StateError(
        f"this step wrote into a frame whose memory {listed} of an earlier step looks at, and so do other frames: "
        "whether the array changes cannot be told",
        fix=f"copy where {names[0]!r} is made: `.to_numpy(copy=True)`",
    )


def _is_shared_constant(value: Any) -> bool:  # noqa: ANN401
    return value is None or isinstance(value, (bool, int, float, complex)) or value == ABSENT
