"""The manifest: what a step hands on, and what the steps before it did.

In: manifests of finished steps. Out: their merge, what a step needs of it, and the conflicts it holds. Pure
functions over plain JSON; nothing here reads or writes. The layout stands in docs/step-contract.md.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NewType, TypedDict, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Digest = NewType("Digest", str)
"""A sha256 in lower-case hexadecimal: the name of an object."""

VERSION = 1
ALL = "*"


class NameEntry(TypedDict, total=False):
    """One name of the notebook. `object` and `key` say where its value is."""

    kind: Literal["value", "module", "definition", "deleted", "unavailable", "gathered"]
    step: str
    order: int
    bound: int  # order of the step that bound the name, where a later one changed its value in place
    object: Digest
    key: str
    module: str
    attribute: str  # of that module, where the name is bound to a function or class in it
    definition: str
    type: str
    size: int
    preview: str
    reason: str
    items: list[NameEntry]  # what each item of a loop bound the name to, all of kind "value"


class ObjectInfo(TypedDict, total=False):
    """What must be there to load an object: buffers, other objects, global names, definitions."""

    size: int
    buffers: list[Digest]
    refs: list[Digest]
    needs: list[str]
    definitions: list[str]
    contested: list[str]  # names of arrays over the memory of its frames: writing there may change them


class DefinitionEntry(TypedDict, total=False):
    """A `def` or `class` that travels as its source. `object` and `key`: what a class has gathered since."""

    name: str
    source: str
    cell: str
    needs: list[str]
    step: str
    order: int
    object: Digest
    key: str


class FileEntry(TypedDict, total=False):
    """A path that cells wrote: a file (`object`), a `link`, a `folder`, or its deletion. `rank`: age order."""

    step: str
    order: int
    object: Digest
    size: int
    mode: int
    rank: int
    link: str
    folder: bool
    deleted: bool


class SurroundingEntry(TypedDict):
    """One piece of the process's surroundings, such as the state of a random generator."""

    step: str
    order: int
    object: Digest


class StepRecord(TypedDict, total=False):
    """What a step did: the history that conflicts are found in."""

    order: int
    parents: list[str]
    reads: dict[str, tuple[Digest, str]]  # name → object and key; "*" as key: reached through another object
    changes: dict[Digest, list[str]]  # object → keys whose values were changed in place
    binds: list[str]
    surroundings: dict[str, str]  # name → digest of the value; equal ones do not conflict
    files: dict[str, str]  # path → digest of the content, a link's target, "" for folders and deletions
    loop: bool  # it ran for an item of a loop, and no step has gathered the items yet


class Manifest(TypedDict):
    """Everything visible after a step: the parents' entries merged, then its own."""

    version: int
    step: str
    order: int
    names: dict[str, NameEntry]
    objects: dict[Digest, ObjectInfo]
    definitions: dict[str, DefinitionEntry]
    files: dict[str, FileEntry]
    surroundings: dict[str, SurroundingEntry]
    steps: dict[str, StepRecord]


def empty_manifest() -> Manifest:
    """The manifest before the first step."""
    return {
        "version": VERSION,
        "step": "",
        "order": -1,
        "names": {},
        "objects": {},
        "definitions": {},
        "files": {},
        "surroundings": {},
        "steps": {},
    }


def encode(manifest: Manifest) -> bytes:
    """Canonical bytes: the same state gives the same digest."""
    return json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode(data: bytes) -> Manifest:
    """A manifest from its bytes. Raises ValueError where it is none that this version reads."""
    manifest = json.loads(data)
    if not isinstance(manifest, dict) or manifest.get("version") != VERSION or "names" not in manifest:
        raise ValueError(f"not a manifest of version {VERSION}")
    return cast("Manifest", manifest)


def digest_of(data: bytes) -> Digest:
    """The digest that names these bytes."""
    return Digest(hashlib.sha256(data).hexdigest())


def merge(manifests: Iterable[Manifest]) -> Manifest:
    """What several parents hand on together: for each entry the later writer in the notebook wins."""
    merged = empty_manifest()
    for manifest in sorted(manifests, key=lambda each: (each["order"], each["step"])):
        for section in ("names", "files", "surroundings", "definitions"):
            _take_later(merged[section], manifest[section])
        merged["objects"].update(manifest["objects"])
        merged["steps"].update(manifest["steps"])
    return merged


def _take_later(mine: Any, theirs: Any) -> None:  # noqa: ANN401
    for key, entry in theirs.items():
        if key not in mine or _age(entry) >= _age(mine[key]):
            mine[key] = entry


def _age(entry: Any) -> tuple[int, int]:  # noqa: ANN401
    """A name that was bound anew leaves behind what steps side by side do to its old value."""
    return entry.get("bound", entry["order"]), entry["order"]


@dataclass(frozen=True)
class Wanted:
    """What has to be there so that some names can be loaded."""

    names: tuple[str, ...]  # needed ones before those that need them, as far as there is no cycle
    objects: tuple[Digest, ...]  # referred ones before those that refer to them
    definitions: tuple[str, ...]


def wanted(manifest: Manifest, names: Iterable[str] | Literal["*"]) -> Wanted:
    """The names, with all that they need in turn, and the objects and definitions behind them."""
    live = [name for name, entry in manifest["names"].items() if entry["kind"] != "deleted"]
    asked = sorted(live) if names == ALL else list(names)
    found: dict[str, None] = {}
    objects: dict[Digest, None] = {}
    definitions: dict[str, None] = {}
    stack: list[tuple[str, Iterator[str]]] = []
    seen: set[str] = set()

    def open_name(name: str) -> None:
        if name in seen or name not in manifest["names"]:
            return
        seen.add(name)
        entry = manifest["names"][name]
        behind = _behind(manifest, entry)
        objects.update(dict.fromkeys(behind.objects))
        definitions.update(dict.fromkeys(behind.definitions))
        stack.append((name, iter(behind.names)))

    for name in asked:
        open_name(name)
        while stack:
            current, needs = stack[-1]
            following = next((need for need in needs if need not in seen), None)
            if following is None:
                stack.pop()
                found[current] = None
            else:
                open_name(following)
    return Wanted(tuple(found), tuple(objects), tuple(definitions))


def _behind(manifest: Manifest, entry: NameEntry) -> Wanted:
    """Objects and definitions that one entry leads to, and the names that these need."""
    names: dict[str, None] = {}
    objects: dict[Digest, None] = {}
    definitions: dict[str, None] = {}
    waiting = [each["object"] for each in values_of(entry)]
    unread = [entry["definition"]] if "definition" in entry else []
    while waiting or unread:
        for digest in objects_behind(manifest, waiting.pop()) if waiting else []:
            if digest not in objects:
                objects[digest] = None
                info = manifest["objects"][digest]
                names.update(dict.fromkeys(info.get("needs", [])))
                unread += info.get("definitions", [])
        identity = unread.pop() if unread else None
        if identity is not None and identity not in definitions:
            definitions[identity] = None
            definition = manifest["definitions"][identity]
            names.update(dict.fromkeys(definition["needs"]))
            names[definition["name"]] = None  # its own code may call it by that name
            if "object" in definition:
                waiting.append(definition["object"])
    return Wanted(tuple(names), tuple(objects), tuple(definitions))


def values_of(entry: Any) -> list[NameEntry]:  # noqa: ANN401
    """The entries that say where the values of a name are: itself, or one for each item that was gathered."""
    return [each for each in (entry, *entry.get("items", ())) if "object" in each]


def objects_behind(manifest: Manifest, digest: Digest | None) -> list[Digest]:
    """The object and all that it refers to, referred ones first."""
    if digest is None:
        return []
    ordered: dict[Digest, None] = {}
    stack: list[tuple[Digest, bool]] = [(digest, False)]
    while stack:
        current, done = stack.pop()
        if done:
            ordered[current] = None
        elif current not in ordered:
            stack.append((current, True))
            stack += [(ref, False) for ref in manifest["objects"][current].get("refs", [])]
    return list(ordered)


def referring_to(manifest: Manifest, digests: Iterable[Digest]) -> set[Digest]:
    """These objects and all live ones that refer to them, through any number of steps between."""
    reached = set(digests)
    grew = True
    while grew:
        more = {
            digest
            for digest, info in manifest["objects"].items()
            if digest not in reached and reached.intersection(info.get("refs", []))
        }
        grew = bool(more)
        reached |= more
    return reached


def prune(manifest: Manifest) -> None:
    """Drop objects and definitions that nothing in the manifest leads to any more."""
    objects: set[Digest] = set()
    definitions: set[str] = set()
    for entry in (*manifest["names"].values(), *manifest["surroundings"].values()):
        behind = _behind(manifest, entry)  # type: ignore[arg-type]
        objects.update(behind.objects)
        definitions.update(behind.definitions)
    manifest["objects"] = {key: info for key, info in manifest["objects"].items() if key in objects}
    manifest["definitions"] = {
        key: each for key, each in manifest["definitions"].items() if key in definitions
    }


@dataclass(frozen=True)
class Conflict:
    """Two steps that ran side by side although one depends on what the other did."""

    kind: Literal["value", "name", "alias", "file", "surroundings"]
    subject: str  # the name, path or surrounding
    earlier: str  # step that changed it
    later: str  # step that must wait for it
    message: str
    fix: str


def conflicts(manifests: Iterable[Manifest]) -> list[Conflict]:
    """What went wrong because steps ran side by side, over the history of all these manifests."""
    merged = merge(manifests)
    steps = merged["steps"]
    ancestors = _ancestors(steps)
    found: dict[tuple[str, str, str], Conflict] = {}

    def add(kind: Any, subject: str, earlier: str, later: str, what: str) -> None:  # noqa: ANN401
        found.setdefault(
            (subject, earlier, later),
            Conflict(
                kind=kind,
                subject=subject,
                earlier=earlier,
                later=later,
                message=f"steps {earlier!r} and {later!r} ran side by side, but {what}",
                fix=f"tag a cell of step {later!r} with `after:{earlier}`",
            ),
        )

    in_order = sorted(steps, key=lambda step: steps[step]["order"])
    for position, earlier in enumerate(in_order):
        for later in in_order[position + 1 :]:
            if earlier not in ancestors[later]:
                for kind, subject, what in _between(earlier, steps[earlier], later, steps[later]):
                    add(kind, subject, earlier, later, what)
    for name, step, changer in _stale(merged):
        earlier, later = sorted((step, changer), key=lambda each: steps[each]["order"])
        add("alias", name, earlier, later, f"{changer!r} changed in place what {name!r} of {step!r} leads to")
    return list(found.values())


def _ancestors(steps: Mapping[str, StepRecord]) -> dict[str, set[str]]:
    ancestors: dict[str, set[str]] = {}
    for step in sorted(steps, key=lambda each: steps[each]["order"]):
        ancestors[step] = set()
        for parent in steps[step].get("parents", []):
            ancestors[step] |= {parent} | ancestors.get(parent, set())
    return ancestors


def _between(
    earlier: str, first: StepRecord, later: str, second: StepRecord
) -> Iterator[tuple[str, str, str]]:
    for name, (digest, key) in second.get("reads", {}).items():
        changed = first.get("changes", {}).get(digest, [])
        if key in changed or (key == ALL and changed):
            label = key if key != ALL else changed[0]
            label = name if label.startswith("class") else label
            yield "value", label, f"{earlier!r} changed the value of {label!r} in place and {later!r} uses it"
    for name in first.get("binds", []):
        if name in second.get("reads", {}):
            yield "name", name, f"{earlier!r} binds {name!r} anew and {later!r} uses what it was before"
    both = set(first.get("surroundings", {})) & set(second.get("surroundings", {}))
    for name in sorted(both):
        if first["surroundings"][name] != second["surroundings"][name]:
            yield "surroundings", name, f"both changed {name}"
    for path in sorted(set(first.get("files", {})) & set(second.get("files", {}))):
        if first["files"][path] != second["files"][path]:
            yield "file", path, f"both wrote the file {path!r}"


def _stale(merged: Manifest) -> Iterator[tuple[str, str, str]]:
    """Live names that lead to an object which some step changed without knowing that name."""
    classes = {f"class {each['name']}": each for each in merged["definitions"].values()}
    for name, entry in sorted({**merged["names"], **classes}.items()):
        for digest in objects_behind(merged, entry.get("object")):
            for step, record in merged["steps"].items():
                keys = record.get("changes", {}).get(digest, [])
                own = digest == entry.get("object")
                if step != entry["step"] and (entry.get("key") in keys if own else keys):
                    yield name, entry["step"], step
