"""Requests and answers held against the models of kfp-server-api, the client that Kubeflow makes of its own API.

In: the name of a model, and JSON. Out: nothing, or ShapeError with the place that is wrong. Stricter than the real
server, which overlooks keys that it does not know: here a slip in a key's name is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from kfp_server_api import models

_PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float)}


class ShapeError(ValueError):
    """This is not what the API's definition says."""


def check(model: str, content: Any) -> None:
    """Raises ShapeError where `content` is not a `model` (`V2beta1Run`) in JSON."""
    for problem in _problems(model, content, model.removeprefix("V2beta1")):
        raise ShapeError(problem)


def _problems(kind: str, content: Any, at: str) -> Iterator[str]:
    if content is None or kind == "object":
        return
    if found := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(content, list):
            yield f"{at}: a list is wanted"
            return
        for index, each in enumerate(content):
            yield from _problems(found[1], each, f"{at}[{index}]")
    elif found := re.fullmatch(r"dict\(str, (.*)\)", kind):
        if not isinstance(content, dict):
            yield f"{at}: an object is wanted"
            return
        for key, each in content.items():
            yield from _problems(found[1], each, f"{at}.{key}")
    elif kind == "datetime":
        try:
            datetime.fromisoformat(str(content).replace("Z", "+00:00"))
        except ValueError:
            yield f"{at}: {content!r} is no time"
    elif kind in _PLAIN:
        if not isinstance(content, _PLAIN[kind]) or (isinstance(content, bool) and kind != "bool"):
            yield f"{at}: {content!r} is no {kind}"
    else:
        yield from _model_problems(getattr(models, kind), content, at)


def _model_problems(model: Any, content: Any, at: str) -> Iterator[str]:
    allowed = getattr(model, "allowable_values", None)
    if allowed is not None:
        if content not in allowed:
            yield f"{at}: {content!r} is none of {', '.join(allowed)}"
        return
    if not isinstance(content, dict):
        yield f"{at}: an object is wanted"
        return
    types = {model.attribute_map[name]: kind for name, kind in model.openapi_types.items()}
    for key, each in content.items():
        if key not in types:
            yield f"{at}: there is no `{key}`"
        else:
            yield from _problems(types[key], each, f"{at}.{key}")
