"""Results of steps, kept by all that they depend on.

`<root>/cache/<key>.json` names the manifest and the files that the step left (output.ipynb, output.html, …), which are
kept as objects: an entry outlives the run that made it, and nobody's edit of a run's files can change it. An entry
counts only while all that it names is there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NewType

from pydantic import TypeAdapter, ValidationError

from ..notebook.cells import StepName
from ..pipeline import JsonValue, Name
from ..step.manifest import Digest
from .atomic import write_atomic
from .events import Metric
from .root import LEFT_BY_A_STEP, RESULTS

Key = NewType("Key", str)
Uri = NewType("Uri", str)

VERSION = 1
KEPT = tuple(name for name in LEFT_BY_A_STEP if name != "error.json")


@dataclass(frozen=True)
class Entry:
    """The result of a step."""

    step: StepName
    run: str  # the run that made it
    manifest: Digest
    files: Mapping[str, Digest]  # what it left in the run's step folder, by name
    metrics: Mapping[str, Metric]
    version: int = VERSION


_ADAPTER: TypeAdapter[Entry] = TypeAdapter(Entry)


def digest_of(uri: Uri) -> Digest:
    """The digest in `<root>/objects/<sha256>`."""
    return Digest(uri.rstrip("/").rpartition("/")[2])


def object_path(root: Path, digest: Digest) -> Path:
    """Where the object is."""
    return root / "objects" / digest


def result_key(
    *,
    folder: str,
    parents: Mapping[StepName, Digest | list[Digest]],
    parameters: Mapping[Name, JsonValue],
    files: Digest | None,
    environment: str,
    variables: Mapping[str, str],
) -> Key:
    """The key of a step's result: equal only where all that it depends on is equal.

    `folder` is the digest of its step folder, `parents` the manifests it starts from, `parameters` the values given for
    those it reads, `files` the notebook's data, `environment` the kernel's, `variables` those set for the step.
    """
    facts = {
        "version": VERSION,
        "folder": folder,
        "parents": dict(parents),
        "parameters": dict(parameters),
        "files": files,
        "environment": environment,
        "variables": dict(variables),
    }
    return Key(hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest())


def find(root: Path, key: Key) -> Entry | None:
    """The result kept under that key, if it is there and whole."""
    entry = read_entry(root / "cache" / f"{key}.json")
    if entry is None:
        return None
    try:
        manifest = json.loads(object_path(root, entry.manifest).read_bytes())
    except (OSError, ValueError):
        return None
    needed = {*entry.files.values(), *manifest_objects(manifest)}
    return entry if all(object_path(root, digest).is_file() for digest in needed) else None


def read_entry(path: Path) -> Entry | None:
    """The entry in that file; None where there is none that this version understands."""
    try:
        entry = _ADAPTER.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return entry if entry.version == VERSION else None


def keep(
    root: Path,
    key: Key,
    *,
    step: StepName,
    run: str,
    manifest: Uri,
    folder: Path,
    metrics: Mapping[str, Metric],
) -> None:
    """Keep the result that the step left in `folder`. Raises OSError; then nothing is kept."""
    files = {}
    own = sorted(f"{RESULTS}/{path.name}" for path in (folder / RESULTS).glob("*"))
    for name in (*KEPT, *own):
        if (folder / name).is_file():
            content = (folder / name).read_bytes()
            digest = Digest(hashlib.sha256(content).hexdigest())
            if not object_path(root, digest).exists():
                write_atomic(object_path(root, digest), content)
            files[name] = digest
    entry = Entry(step=step, run=run, manifest=digest_of(manifest), files=files, metrics=dict(metrics))
    write_atomic(root / "cache" / f"{key}.json", json.dumps(asdict(entry), indent=2, sort_keys=True).encode())


def restore(root: Path, entry: Entry, folder: Path) -> bool:
    """Put copies of the result's files into `folder`. False where one of them is torn. Raises OSError."""
    for name, digest in entry.files.items():
        content = object_path(root, digest).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            object_path(root, digest).unlink()
            return False
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / name, content)
    return True


def manifest_objects(manifest: Mapping[str, Any]) -> set[Digest]:
    """All objects that must be there to load the state of a manifest."""
    found: set[Digest] = set()
    for digest, entry in manifest.get("objects", {}).items():
        found.update([digest, *entry.get("buffers", ()), *entry.get("refs", ())])
    for part in ("names", "files", "surroundings"):
        found.update(_named_objects(manifest.get(part, {}).values()))
    for entry in manifest.get("names", {}).values():
        found.update(_named_objects(entry.get("items", ())))
    return found


def _named_objects(entries: Iterable[Mapping[str, Any]]) -> Iterable[Digest]:
    return (entry["object"] for entry in entries if entry.get("object"))
