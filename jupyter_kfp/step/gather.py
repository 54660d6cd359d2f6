"""Gather the items of a loop: the manifests that its last step handed on, one for each item, become one.

In: manifests in the order of the items, whose history marks the loop's own steps. Out: a manifest like that of any
other step. What the loop bound or changed arrives as lists; of files, surroundings and what classes have gathered
the last item's is kept, as a loop in a cell would leave it. Pure functions over plain JSON.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, cast

from .errors import SetupError
from .manifest import Manifest, NameEntry, StepRecord, merge

if TYPE_CHECKING:
    from collections.abc import Sequence


def state_uris(text: str) -> tuple[str, ...]:
    """The uris in the value of a `--STEP-state` flag: one, or a JSON list of them. Raises SetupError."""
    if not is_list(text):
        return (text,)
    try:
        uris = json.loads(text)
    except ValueError as error:
        raise SetupError(f"{text!r} is no JSON list of uris", fix="give one uri, or a JSON list") from error
    if not uris or not all(isinstance(uri, str) for uri in uris):
        raise SetupError(f"{text!r} is no list of uris", fix="give the uri of each item's state")
    return tuple(uris)


def is_list(text: str) -> bool:
    """Whether a flag's value is a JSON list, that of a step outside of the loop, and not one uri."""
    return text.lstrip().startswith("[")


def gather(items: Sequence[Manifest]) -> Manifest:
    """What the items of a loop hand on together."""
    loop = {name for item in items for name, record in item["steps"].items() if record.get("loop")}
    gathered = copy.deepcopy(items[-1])
    for item in items:
        gathered["objects"].update(item["objects"])
    for earlier in reversed(items):  # what only earlier items wrote
        gathered["files"] = {**earlier["files"], **gathered["files"]}
        gathered["surroundings"] = {**earlier["surroundings"], **gathered["surroundings"]}
        gathered["definitions"] = {**earlier["definitions"], **gathered["definitions"]}
    for name in dict.fromkeys(name for item in items for name in item["names"]):
        entries = [item["names"].get(name) for item in items]
        if any(entry is not None and entry["step"] in loop for entry in entries):
            gathered["names"][name] = _together(entries)
    gathered["steps"] = {
        name: _history([item["steps"][name] for item in items if name in item["steps"]])
        for name in merge(items)["steps"]
    }
    return gathered


def _together(entries: Sequence[NameEntry | None]) -> NameEntry:
    """What a name stands for after the loop."""
    there = [entry for entry in entries if entry is not None]
    newest = max(there, key=lambda entry: entry["order"])
    common = {"step": newest["step"], "order": newest["order"]}
    if len(there) == len(entries):
        refused = [entry for entry in there if entry["kind"] == "unavailable"]
        if refused:
            return refused[0]
        if all(entry["kind"] == "value" for entry in there):
            described = {
                "type": "list",
                "size": sum(entry.get("size", 0) for entry in there),
                "preview": f"{len(there)} items, each {there[0].get('type', '')}".rstrip(" ,"),
            }
            return cast("NameEntry", {"kind": "gathered", **common, **described, "items": there})
        if all(_same(entry, there[0]) for entry in there):
            return there[-1]
    reason = "not every item of the loop bound it in the same way"
    return cast("NameEntry", {"kind": "unavailable", **common, "type": "list", "reason": reason})


def _same(one: NameEntry, other: NameEntry) -> bool:
    """Whether both are the same module, definition or deletion."""
    keys = ("kind", "module", "attribute", "definition")
    return all(one.get(key) == other.get(key) for key in keys)


def _history(records: Sequence[StepRecord]) -> StepRecord:
    """What a step did in all items. A name that was read from several objects stands once for each."""
    history = copy.deepcopy(records[-1])
    history.pop("loop", None)
    history["reads"] = {}
    for number, record in enumerate(records):
        history["binds"] = sorted({*history.get("binds", ()), *record.get("binds", ())})
        for digest, keys in record.get("changes", {}).items():
            changes = history.setdefault("changes", {})
            changes[digest] = sorted({*changes.get(digest, ()), *keys})
        for name, place in record.get("reads", {}).items():
            known = history["reads"].setdefault(name, place)
            if known != place:
                history["reads"][f"{name} of item {number}"] = place
    return history
