"""Parameter values on their way through the backend: from text and to text, and the placeholders of a command.

In: values as JSON has them, an executor input. Out: the text that stands in an argument; the value that an output
file says. Only what the open-source launcher resolves is resolved here, all else stays as it is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Json = dict[str, Any]


class ValueTypeError(Exception):
    """A value is not of the type that the component declares."""


def text_of(value: Any, kind: str) -> str:
    """A parameter in an argument: bools as `true`, whole numbers as %d, others as %g, lists and objects as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if kind == "NUMBER_INTEGER" else shortest(float(value))
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=isinstance(value, dict))


def shortest(value: float) -> str:
    """As Go's %g writes it: the fewest digits, and an exponent below 1e-4 and from 1e+06 on."""
    if value != value or value in (float("inf"), float("-inf")):
        return {"inf": "+Inf", "-inf": "-Inf"}.get(str(value), "NaN")
    if value == 0:
        return "-0" if str(value).startswith("-") else "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    power = len(digits) + int(exponent) - 1
    text = "".join(map(str, digits))
    mark = "-" if sign else ""
    if power < -4 or power >= 6:
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        return f"{mark}{text[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return mark + format(abs(Decimal(repr(value))).normalize(), "f")


def value_of(text: str, kind: str) -> Any:
    """What an output parameter's file says. Raises ValueTypeError; an empty file is good for a string only."""
    try:
        match kind:
            case "STRING":
                return text
            case "NUMBER_INTEGER":
                return int(text.strip())
            case "NUMBER_DOUBLE":
                return float(text.strip())
            case "BOOLEAN":
                if text.strip() in ("1", "t", "T", "TRUE", "true", "True"):
                    return True
                if text.strip() in ("0", "f", "F", "FALSE", "false", "False"):
                    return False
                raise ValueError(f"parsing {text.strip()!r}: invalid syntax")
            case "LIST" | "STRUCT":
                value = json.loads(text)
                if not isinstance(value, list if kind == "LIST" else dict):
                    raise ValueError(f"{text[:40]!r} is no {kind.lower()}")
                return value
    except ValueError as error:
        raise ValueTypeError(str(error)) from None
    raise ValueTypeError(f"unknown type {kind}")


def checked(value: Any, kind: str, name: str) -> Any:
    """A value for an input parameter of that type. Raises ValueTypeError."""
    fits = {
        "STRING": lambda: isinstance(value, str),
        "BOOLEAN": lambda: isinstance(value, bool),
        "NUMBER_INTEGER": lambda: (
            isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
        ),
        "NUMBER_DOUBLE": lambda: isinstance(value, int | float) and not isinstance(value, bool),
        "LIST": lambda: isinstance(value, list),
        "STRUCT": lambda: isinstance(value, dict),
    }
    if kind in fits and not fits[kind]():
        raise ValueTypeError(f'input parameter "{name}" is not a {kind}: {json.dumps(value)[:80]}')
    return value


def placeholders(
    executor_input: Mapping[str, Any], local: Mapping[str, str], kinds: Mapping[str, str]
) -> Json:
    """Placeholder → text. `local`: the path of each artifact's uri; `kinds`: the types of input parameters."""
    inputs, outputs = executor_input.get("inputs", {}), executor_input.get("outputs", {})
    found = {"{{$}}": json.dumps(executor_input, separators=(",", ":"))}
    for side, places in (("inputs", inputs), ("outputs", outputs)):
        for name, held in places.get("artifacts", {}).items():
            for artifact in held["artifacts"][:1]:
                uri = artifact.get("uri", "")
                found[f"{{{{$.{side}.artifacts['{name}'].uri}}}}"] = uri
                if uri in local:
                    found[f"{{{{$.{side}.artifacts['{name}'].path}}}}"] = local[uri]
    for name, value in inputs.get("parameterValues", {}).items():
        found[f"{{{{$.inputs.parameters['{name}']}}}}"] = text_of(value, kinds.get(name, ""))
    for name, output in outputs.get("parameters", {}).items():
        found[f"{{{{$.outputs.parameters['{name}'].output_file}}}}"] = output["outputFile"]
    return found


def resolved(text: str, found: Mapping[str, str]) -> str:
    """The text with its placeholders filled in, each once: what is filled in is not looked at again."""
    parts: list[str] = []
    while True:
        at = min(
            ((text.find(key), key) for key in found if key in text), key=lambda place: place[0], default=None
        )
        if at is None:
            return "".join([*parts, text])
        position, key = at
        parts += [text[:position], found[key]]
        text = text[position + len(key) :]
