"""What the API's server keeps: records by kind and id, as its answers hold them.

In memory, and in a folder where one is given, a file for each record, so that a server started anew finds them. Keys
that begin with `_` are the double's own and are in no answer.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from .errors import not_found

Kind = Literal["experiment", "pipeline", "version", "run", "recurring_run"]
KINDS: tuple[Kind, ...] = ("experiment", "pipeline", "version", "run", "recurring_run")
Record = dict[str, Any]


class Store:
    """All records. Used by one thread."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._records: dict[Kind, dict[str, Record]] = {kind: {} for kind in KINDS}
        if folder is not None:
            for kind in KINDS:
                (folder / kind).mkdir(parents=True, exist_ok=True)
                for file in sorted((folder / kind).glob("*.json")):
                    self._records[kind][file.stem] = json.loads(file.read_text(encoding="utf-8"))

    def add(self, kind: Kind, record: Record) -> Record:
        """Keep a new record; it gets an id, under `_id`."""
        record["_id"] = str(uuid.uuid4())
        record["_number"] = len(self._records[kind])
        self._records[kind][record["_id"]] = record
        self.save(kind, record)
        return record

    def save(self, kind: Kind, record: Record) -> None:
        """Write down what has changed in a record."""
        if self._folder is None or record["_id"] not in self._records[kind]:
            return
        file = self._folder / kind / f"{record['_id']}.json"
        beside = file.with_suffix(".new")
        beside.write_text(json.dumps(record), encoding="utf-8")
        beside.replace(file)

    def get(self, kind: Kind, id: str) -> Record:
        """The record itself, not a copy. Raises ApiError."""
        record = self._records[kind].get(id)
        if record is None:
            raise not_found(kind.replace("_", " ").capitalize(), id)
        return record

    def remove(self, kind: Kind, id: str) -> Record:
        """Take a record away. Raises ApiError."""
        record = self.get(kind, id)
        del self._records[kind][id]
        if self._folder is not None:
            (self._folder / kind / f"{id}.json").unlink(missing_ok=True)
        return record

    def all(self, kind: Kind) -> Iterator[Record]:
        """In the order in which they were made."""
        yield from sorted(self._records[kind].values(), key=lambda record: record.get("_number", 0))


def public(record: Record) -> Record:
    """The record as an answer has it."""
    return {key: copy.deepcopy(value) for key, value in record.items() if not key.startswith("_")}
