"""Values that a user gives for a pipeline's parameters.

In come texts of the form `name=value` (command line) or values (Python, JSON); out go values of the types that the
`parameters` cell declares. What does not fit is a `ParameterError` that says what would.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from typing import TYPE_CHECKING, NoReturn

from .errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .pipeline import JsonValue, Name, Parameter, ParameterType, Pipeline

INTEGER = re.compile(r"[+-]?[0-9]+")
TYPES: dict[ParameterType, type] = {
    "bool": bool,
    "int": int,
    "float": float,
    "str": str,
    "list": list,
    "dict": dict,
}
EXPECTED: dict[ParameterType, str] = {
    "bool": "true or false",
    "int": "a whole number, such as 3",
    "float": "a number, such as 0.4",
    "str": "a text",
    "list": "a JSON list, such as [1, 2]",
    "dict": 'a JSON object, such as {"depth": 3}',
}


def parse_parameters(pipeline: Pipeline, texts: Iterable[str]) -> dict[Name, JsonValue]:
    """The values in `["name=value", …]`, by name.

    bool is `true` or `false`; list and dict are JSON; str is taken as it stands. Where the notebook's value is None,
    `null` is None.
    Raises ParameterError: no `=`, an unknown name, a name given twice, a value of the wrong type.
    """
    values: dict[Name, JsonValue] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"`{_shown(text)}` is not of the form name=value", fix="write -p name=value")
        parameter = _known(pipeline, name)
        if parameter.name in values:
            raise ParameterError(f"parameter `{parameter.name}` is given twice", fix="give it once")
        values[parameter.name] = _checked(parameter, _read(parameter, value))
    return values


def check_parameters(pipeline: Pipeline, values: Mapping[str, JsonValue]) -> dict[Name, JsonValue]:
    """The values, each of its parameter's type; an int is taken where a float is asked for.

    Raises ParameterError: an unknown name, a value of the wrong type or one that JSON cannot hold.
    """
    known = ((_known(pipeline, name), value) for name, value in values.items())
    return {parameter.name: _checked(parameter, value) for parameter, value in known}


def parameter_text(value: JsonValue) -> str:
    """The value as a step's main.py takes it on its command line: the reverse of reading it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _known(pipeline: Pipeline, name: str) -> Parameter:
    for parameter in pipeline.parameters:
        if parameter.name == name:
            return parameter
    names = [parameter.name for parameter in pipeline.parameters]
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        fix = f"did you mean `{near[0]}`?"
    elif names:
        fix = f"the parameters are: {', '.join(names)}"
    else:
        fix = "the notebook has no parameters: tag the cell that binds them `parameters`"
    raise ParameterError(f"there is no parameter `{_shown(name)}`", where=str(pipeline.notebook), fix=fix)


def _read(parameter: Parameter, text: str) -> JsonValue:
    if parameter.default is None and text == "null":
        return None
    try:
        match parameter.type:
            case "str":
                return text
            case "bool":
                return {"true": True, "false": False}[text]
            case "int":
                return int(INTEGER.fullmatch(text)[0])  # type: ignore[index]
            case "float":
                return float(text)
            case "list" | "dict":
                value: JsonValue = json.loads(text)
                return value
    except (ValueError, KeyError, TypeError, RecursionError):
        _refuse(parameter, text)


def _checked(parameter: Parameter, value: JsonValue) -> JsonValue:
    try:
        if parameter.type == "float" and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        fits = isinstance(value, TYPES[parameter.type]) and (
            parameter.type == "bool" or not isinstance(value, bool)
        )
        if (fits or (value is None and parameter.default is None)) and _is_json(value):
            return value
    except (OverflowError, RecursionError):
        pass
    return _refuse(parameter, value)


def _is_json(value: object) -> bool:
    """Whether JSON and a command line can hold it: finite numbers, texts of real characters without NUL."""
    match value:
        case None | bool() | int():
            return True
        case float():
            return math.isfinite(value)
        case str():
            return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
        case list():
            return all(_is_json(item) for item in value)
        case dict():
            return all(
                isinstance(key, str) and _is_json(key) and _is_json(item) for key, item in value.items()
            )
        case _:
            return False


def _refuse(parameter: Parameter, value: object) -> NoReturn:
    raise ParameterError(
        f"`{_shown(value)}` is not a value for parameter `{parameter.name}`, which is of type {parameter.type}",
        fix=f"give {EXPECTED[parameter.type]}",
    )


def _shown(value: object) -> str:
    """The value, short and printable whatever it holds."""
    text = value if isinstance(value, str) else type(value).__name__ + " " + repr(value)
    printable = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text[:80])
    return printable + ("…" if len(text) > 80 else "")
