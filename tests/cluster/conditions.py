"""Conditions and selectors of tasks, in the Common Expression Language that kfp writes and the driver evaluates.

In: an expression, the input parameters. Out: whether the task runs; or the part of a value that a selector takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import celpy
from celpy import celtypes


class ExpressionError(Exception):
    """The expression cannot be evaluated, as on the cluster: the driver fails."""


class _Number(celtypes.DoubleType):
    """A number as protocol buffers have it. cel-go compares it with whole numbers too, celpy does not."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and not isinstance(other, bool) and float(self) == float(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        return float(self) < float(other)

    def __le__(self, other: Any) -> bool:
        return float(self) <= float(other)

    def __gt__(self, other: Any) -> bool:
        return float(self) > float(other)

    def __ge__(self, other: Any) -> bool:
        return float(self) >= float(other)

    __hash__ = celtypes.DoubleType.__hash__


def holds(expression: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a task's condition is true. Raises ExpressionError."""
    inputs = celtypes.MapType(
        {celtypes.StringType("parameter_values"): celtypes.MapType(
            {celtypes.StringType(name): _cel(value) for name, value in parameters.items()}
        )}
    )  # fmt: skip
    result = _evaluate(expression, {"inputs": inputs})
    if not isinstance(result, bool | celtypes.BoolType):
        raise ExpressionError(f"condition {expression!r} gives {result!r} and not a boolean")
    return bool(result)


def select(expression: str, value: Any) -> Any:
    """The part of a value that `parameterExpressionSelector` names: `parseJson(string_value)["lr"]`."""
    form = re.fullmatch(r"parseJson\(string_value\)(\[.+\])?", expression)
    if form is None:
        raise ExpressionError(f"unknown selector {expression!r}")
    found = json.loads(value) if isinstance(value, str) else value
    for key in json.loads(f"[{form[1][1:-1]}]") if form[1] else []:
        try:
            found = found[key]
        except (KeyError, IndexError, TypeError):
            raise ExpressionError(f"no such key: {key}") from None
    return found


def _cel(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _Number(value)
    return celpy.json_to_cel(value)


def _evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    environment = celpy.Environment()
    try:
        program = environment.program(environment.compile(expression))
        return program.evaluate(dict(names))
    except (celpy.CELParseError, celpy.CELEvalError) as error:
        raise ExpressionError(f"failed to evaluate {expression!r}: {error.args[0]}") from error
