"""Checks requests against the OpenAPI description that the server serves."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

DESCRIPTION = Path(__file__).with_name("openapi.json")


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """The OpenAPI description."""
    content: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return content


@lru_cache(maxsize=32)
def _validator(shape: str) -> Any:  # noqa: ANN401 - jsonschema has no types here
    from jsonschema import Draft202012Validator  # Jupyter Server has imported it already

    schema = {"$ref": f"#/components/schemas/{shape}", "components": description()["components"]}
    return Draft202012Validator(schema)


def what_is_wrong(content: object, shape: str) -> str:
    """A sentence that says how `content` does not fit; empty where it does."""
    from jsonschema.exceptions import best_match

    error = best_match(_validator(shape).iter_errors(content))
    if error is None:
        return ""
    place = ".".join(str(part) for part in error.absolute_path)
    message = str(error.message)
    if len(message) > 300:
        message = f"it does not fit: {error.validator}"
    return f"`{place}`: {message}" if place else message
