"""Settings checked against their schema, with findings that a person can act on.

In: `metadata.jupyter_kfp` as it stands, what Kale's tags and metadata say, the names of the steps. Out: settings that
are valid, with what is wrong left out, and a finding for each thing left out.
"""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ..findings import Finding, finding
from .settings import METADATA_KEY, PipelineSettings
from .tags import normalise_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pydantic_core import ErrorDetails

    from .cells import StepName

Json: TypeAlias = Any
"""What `json.loads` gives."""

Place: TypeAlias = "tuple[int | str, ...]"
"""Where in the settings: keys, and indices of lists."""


def check_settings(
    own: object, fallback: Mapping[str, Any], steps: Collection[StepName]
) -> tuple[PipelineSettings, list[Finding]]:
    """Valid settings and the findings about the rest.

    `own` is `metadata.jupyter_kfp` (None where there is none), `fallback` (of the same shape) fills what it does not
    set, `steps` are the names that settings may be for.
    """
    if own is not None and not isinstance(own, Mapping):
        problem = finding(
            "JK117",
            f"`{METADATA_KEY}` in the notebook's metadata is {_say_type(own)}, not an object",
            "Remove it, then run `jupyter kfp init` for a new one.",
            name=METADATA_KEY,
        )
        own, findings = None, [problem]
    else:
        findings = []
    own_settings, name_findings = _normalise_steps(copy.deepcopy(dict(own or {})))
    raw = _merge(copy.deepcopy(dict(fallback)), own_settings)
    settings, wrong = _validate(raw)
    unknown = [_unknown_step(name, steps) for name in settings.steps if name not in steps]
    if unknown:
        known = {name: step for name, step in settings.steps.items() if name in steps}
        settings = settings.model_copy(update={"steps": known})
    return settings, [*findings, *name_findings, *wrong, *unknown]


def _normalise_steps(raw: dict[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """Step names in settings are spelt as people like, as in tags."""
    steps = raw.get("steps")
    if not isinstance(steps, Mapping):
        return raw, []
    named: dict[str, Any] = {}
    findings: list[Finding] = []
    for spelling, value in steps.items():
        name = normalise_name(spelling) or spelling
        if name in named:
            findings.append(
                finding(
                    "JK103",
                    f"the settings name the step `{name}` twice, once as `{spelling}`",
                    "Put its settings into one entry.",
                    step=name,
                    name=f"steps.{spelling}",
                )
            )
        named[name] = _merge(value, named[name]) if name in named else value
    return raw | {"steps": named}, findings


def _merge(base: Json, over: Json) -> Json:
    """`over` where it says something, else `base`; objects are merged key by key."""
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        merged = dict(base)
        for key, value in over.items():
            merged[key] = _merge(base[key], value) if key in base else value
        return merged
    return over


def _validate(raw: dict[str, Any]) -> tuple[PipelineSettings, list[Finding]]:
    """The valid part of `raw`. What is wrong is taken out until the rest is right: each round takes something out."""
    findings: list[Finding] = []
    while True:
        try:
            return PipelineSettings.model_validate(raw), findings
        except ValidationError as error:
            removed: set[Place] = set()
            for details in error.errors(include_url=False):
                place = _existing(raw, details["loc"])
                if place in removed:
                    continue
                removed.add(place)
                findings.append(_say(details, place))
            for place in removed:
                raw = _without(raw, place)


def _existing(raw: Json, place: Place) -> Place:
    """The longest beginning of `place` that is there: pydantic adds words of its own at the end."""
    found: list[int | str] = []
    for part in place:
        if isinstance(raw, Mapping):
            if part not in raw:
                break
        elif not (isinstance(raw, list) and isinstance(part, int) and part < len(raw)):
            break
        raw = raw[part]
        found.append(part)
    return tuple(found)


def _without(raw: Json, place: Place) -> Json:
    if not place:
        return {}
    first, *rest = place
    if isinstance(raw, list):
        # taking out one entry would shift the others: leave the whole list out
        return []
    if first not in raw:
        return raw
    copied = dict(raw)
    inner = _without(copied[first], tuple(rest)) if rest else None
    if rest and inner:
        copied[first] = inner
    else:
        del copied[first]
    return copied


def _say(details: ErrorDetails, place: Place) -> Finding:
    path = ".".join(str(part) for part in place) or METADATA_KEY
    if details["type"] == "extra_forbidden":
        return _unknown_key(path, place)
    if details["type"] == "missing":
        missing = str(details["loc"][-1])
        return finding(
            "JK117",
            f"`{path}` lacks `{missing}`",
            f"Add `{missing}`{_describe((*place, missing))}.",
            name=path,
        )
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if details["type"] == "string_pattern_mismatch":
        message = "it does not have the right form"
    if details["loc"][-1:] == ("[key]",):
        return finding(
            "JK117", f"`{path}` is no name that can be set here: {_lower(message)}", "Rename it.", name=path
        )
    return finding(
        "JK117",
        f"`{path}` cannot be {_say_value(details['input'])}: {_lower(message)}",
        f"Correct the value{_describe(place)}.",
        name=path,
    )


def _unknown_key(path: str, place: Place) -> Finding:
    model = _model_at(place[:-1])
    known = list(model.model_fields) if model else []
    close = difflib.get_close_matches(str(place[-1]), known, n=1)
    fix = f"Did you mean `{close[0]}`?" if close else f"Remove it, or use one of: {', '.join(known)}."
    return finding("JK118", f"there is no setting `{path}`", fix, name=path)


def _describe(place: Place) -> str:
    """The setting's description from the schema, to stand in brackets."""
    model = _model_at(place[:-1])
    field = model.model_fields.get(str(place[-1])) if model and place else None
    return f" ({field.description.rstrip('.')})" if field and field.description else ""


def _model_at(place: Place) -> type[BaseModel] | None:
    """The model that describes the settings at a place: `("steps", "train")` → `StepSettings`."""
    model: type[BaseModel] | None = PipelineSettings
    annotation: object = PipelineSettings
    for part in place:
        if model is not None:
            field = model.model_fields.get(str(part))
            annotation = field.annotation if field else None
        model = None if annotation is None else _model_in(annotation)
        # in a dict or list of models, the next part is a key of it
        if model is not None and annotation is not model and _holds_many(annotation):
            annotation, model = model, None
    return model


def _holds_many(annotation: object) -> bool:
    return getattr(annotation, "__origin__", None) in (dict, list, tuple)


def _model_in(annotation: object) -> type[BaseModel] | None:
    # on Python 3.10 `dict[str, str]` is a type too, and no class
    if get_origin(annotation) is None and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for arg in get_args(annotation) if (model := _model_in(arg)) is not None), None)


def _unknown_step(name: str, steps: Collection[StepName]) -> Finding:
    close: Sequence[str] = difflib.get_close_matches(name, list(steps), n=1)
    return finding(
        "JK119",
        f"there are settings for a step `{name}`, but no such step",
        f"Did you mean `{close[0]}`?" if close else "Remove them, or tag the step's cells.",
        step=name,
        name=f"steps.{name}",
    )


def _say_value(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}…`"


def _say_type(value: object) -> str:
    return {str: "text", list: "a list", bool: "a truth value", int: "a number", float: "a number"}.get(
        type(value), "something else"
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
