"""A field for each parameter of a pipeline, as its type wants it.

In: the parameters. Out: widgets, and the values that a user has changed. What she typed is read by the rules of the
command line (`parameters.py`), which say what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from ..parameters import EXPECTED, parse_parameters

if TYPE_CHECKING:
    from ..pipeline import JsonValue, Parameter, Pipeline

EXACT = 2**53
"""Whole numbers up to here pass through a browser unchanged (IEEE 754)."""


NARROWEST, WIDEST = 9, 32
"""Letters that there is room for before a field."""


class Form(ipw.VBox):  # type: ignore[misc]
    """The fields, by the parameters' names in `fields`, and the `room` before each as a CSS width."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = tuple(parameters)
        longest = max((len(str(parameter.name)) for parameter in self.parameters), default=0)
        self.room = f"{min(max(longest + 1, NARROWEST), WIDEST)}ch"
        self.fields = {str(parameter.name): _field(parameter, self.room) for parameter in self.parameters}
        super().__init__(children=tuple(self.fields.values()))

    def values(self, pipeline: Pipeline) -> dict[str, JsonValue]:
        """What is not as the notebook has it. Raises ParameterError."""
        given: dict[str, JsonValue] = {}
        texts = []
        for parameter in self.parameters:
            value = self.fields[str(parameter.name)].value
            if isinstance(value, str):
                if value != _text(parameter):
                    texts.append(f"{parameter.name}={value}")
            elif value != parameter.default:
                given[str(parameter.name)] = value
        read = parse_parameters(pipeline, texts)
        return given | {str(name): value for name, value in read.items()}


def _field(parameter: Parameter, room: str) -> Any:  # noqa: ANN401 - ipywidgets has no types
    """Checkbox, number or text. What a browser's number field cannot hold is a text."""
    look = {
        "description": str(parameter.name),
        "tooltip": parameter.doc or EXPECTED[parameter.type],
        "style": {"description_width": room},
        "layout": wide(room),
    }
    default = parameter.default
    match parameter.type:
        case "bool" if isinstance(default, bool):
            return ipw.Checkbox(value=default, **look)
        case "int" if isinstance(default, int) and abs(default) < EXACT:
            return ipw.IntText(value=default, **look)
        case "float" if isinstance(default, float | int):
            return ipw.FloatText(value=default, **look)
    text = _text(parameter)
    kind = ipw.Textarea if parameter.type in ("list", "dict") or "\n" in text else ipw.Text
    return kind(value=text, placeholder=EXPECTED[parameter.type], continuous_update=False, **look)


def wide(room: str) -> Any:  # noqa: ANN401
    """The layout of a field with so much room before it."""
    return ipw.Layout(width=f"calc({room} + 20em)", max_width="100%")


def _text(parameter: Parameter) -> str:
    """The default as a person would type it."""
    default = parameter.default
    return default if isinstance(default, str) else json.dumps(default, ensure_ascii=False)
