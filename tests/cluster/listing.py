"""Lists in pages, filtered and sorted as Kubeflow does it.

In: records, and the query of a list request. Out: the page's records, the token of the next, how many there are. A
token holds where the page ended, so that a record that is made in between moves nothing.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .errors import invalid
from .shapes import ShapeError, check
from .store import Record

PAGE = 20
LARGEST_PAGE = 200
# The numbers of the operations: protocol buffers in JSON may have either. https://github.com/kubeflow/pipelines,
# backend/api/v2beta1/filter.proto
OPERATIONS = {
    1: "EQUALS",
    2: "NOT_EQUALS",
    3: "GREATER_THAN",
    5: "GREATER_THAN_EQUALS",
    6: "LESS_THAN",
    7: "LESS_THAN_EQUALS",
    8: "IN",
    9: "IS_SUBSTRING",
}
ALIASES = {"id": "_id", "status": "state", "name": "display_name"}


def page(
    records: Iterable[Record], query: Mapping[str, str], sortable: tuple[str, ...]
) -> tuple[list[Record], str, int]:
    """The page that `query` asks for (page_size, page_token, sort_by, filter). Raises ApiError."""
    size = _size(query.get("page_size", ""))
    key, descending = _order(query.get("sort_by", ""), sortable)
    told = {name: query.get(name, "") for name in ("sort_by", "filter")}
    found = [record for record in records if _passes(record, query.get("filter", ""))]
    found.sort(key=lambda record: _place(record, key), reverse=descending)
    after = _read_token(query.get("page_token", ""), told)
    rest = found
    if after is not None:
        rest = [
            record
            for record in found
            if (_place(record, key) < after if descending else _place(record, key) > after)
        ]
    shown = rest[:size]
    token = _token(_place(shown[-1], key), told) if len(rest) > size else ""
    return shown, token, len(found)


def _size(text: str) -> int:
    try:
        size = int(text or 0)
    except ValueError:
        raise invalid(f"page_size {text!r} is no number") from None
    if size < 0:
        raise invalid("The page size should be greater than 0. Got a negative one")
    return min(size or PAGE, LARGEST_PAGE)


def _order(text: str, sortable: tuple[str, ...]) -> tuple[str, bool]:
    words = text.split()
    if len(words) > 2 or (len(words) == 2 and words[1] not in ("asc", "desc")):
        raise invalid(f'Received invalid sort by format {text!r}. Supported: "field_name", "field_name asc"')
    key = words[0] if words else "created_at"
    if key not in sortable:
        raise invalid(f"Invalid sorting field: {key!r}")
    return ALIASES.get(key, key), words[1:] == ["desc"]


def _place(record: Record, key: str) -> tuple[str, int]:
    """Where a record stands in an order: ties are decided by which was made first."""
    return str(record.get(key, "")), int(record.get("_number", 0))


def _token(place: tuple[str, int], told: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps({"after": place, **told}).encode()).decode()


def _read_token(text: str, told: Mapping[str, str]) -> tuple[str, int] | None:
    if not text:
        return None
    try:
        content = json.loads(base64.urlsafe_b64decode(text))
        after = (str(content["after"][0]), int(content["after"][1]))
    except (ValueError, KeyError, TypeError, IndexError):
        raise invalid("The page token is not valid") from None
    if any(value and content[name] != value for name, value in told.items()):
        raise invalid("The page token does not belong to this filter and order")
    return after


def _passes(record: Record, text: str) -> bool:
    if not text:
        return True
    try:
        content = json.loads(text, object_hook=_one_spelling)
        check("V2beta1Filter", content)
    except (ValueError, ShapeError) as error:
        raise invalid(f"the filter is not valid: {error}") from None
    return all(_holds(record, predicate) for predicate in content.get("predicates", []))


def _one_spelling(entry: dict[str, Any]) -> dict[str, Any]:
    """Protocol buffers in JSON have keys as `stringValue` or `string_value`, and enums as words or numbers."""
    told = {
        re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", key): value for key, value in entry.items()
    }
    if isinstance(told.get("operation"), int):
        told["operation"] = OPERATIONS.get(told["operation"], told["operation"])
    return told


def _holds(record: Record, predicate: Mapping[str, Any]) -> bool:
    key = str(predicate.get("key", ""))
    operation = predicate.get("operation")
    wanted = next((predicate[name] for name in predicate if name.endswith("_value")), None)
    several = next((predicate[name]["values"] for name in predicate if name.endswith("_values")), None)
    name = ALIASES.get(key, key)
    if name not in record and name not in ("description", "namespace"):
        raise invalid(f"no support for filtering on unrecognized field: {key!r}")
    value = record.get(name, "")
    if operation == "IN" and several is not None:
        return value in several
    if wanted is None:
        raise invalid(f"the predicate of {key!r} has no value")
    match operation:
        case "EQUALS":
            return bool(value == wanted)
        case "NOT_EQUALS":
            return bool(value != wanted)
        case "GREATER_THAN":
            return bool(value > wanted)
        case "GREATER_THAN_EQUALS":
            return bool(value >= wanted)
        case "LESS_THAN":
            return bool(value < wanted)
        case "LESS_THAN_EQUALS":
            return bool(value <= wanted)
        case "IS_SUBSTRING":
            return str(wanted).lower() in str(value).lower()
    raise invalid(f"unknown operation {operation!r}")
