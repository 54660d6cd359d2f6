"""`when` of a step: what it may say, what it needs, and whether it holds.

A condition is written in Python's words: comparisons of names and literals, joined by `and`, `or`, `not`. Names
are parameters of the pipeline and metrics of earlier steps. The package turns it into the DSL, the local runner
evaluates it; both work from the same parsed form, so that they agree.

`not` is moved inwards while parsing (`not a > b` is `a <= b`), which is what Kubeflow evaluates too. Comparing
text with a number, or a bool with either, is refused, not guessed at.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from .errors import JupyterKfpError
from .notebook.cells import StepName
from .pipeline import Name, Pipeline

Scalar: TypeAlias = "bool | int | float | str"
Kind: TypeAlias = Literal["bool", "number", "text"]
Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]


class ConditionError(JupyterKfpError):
    """A condition that cannot be read, names something unknown, or compares what does not compare."""


@dataclass(frozen=True)
class Reference:
    """A parameter or a metric, by name."""

    name: str


@dataclass(frozen=True)
class Comparison:
    """`left operator right`; at least one side is a reference."""

    left: Reference | Scalar
    operator: Operator
    right: Reference | Scalar


@dataclass(frozen=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = "Comparison | AllOf | AnyOf"

_OPERATORS: dict[type[ast.cmpop], Operator] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_OPPOSITE: dict[Operator, Operator] = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FIX = "write comparisons of parameters and metrics, such as accuracy > 0.9 and mode == 'full'"
_LONGEST = 1000


def parse_condition(text: str) -> Condition:
    """The condition that `text` says. Raises ConditionError, which quotes the part that is not allowed."""
    if len(text) > _LONGEST:
        raise ConditionError(f"the condition is longer than {_LONGEST} characters", fix=_FIX)
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return _condition(tree.body, negated=False)
    except SyntaxError as error:
        raise ConditionError(f"{text!r} is not a condition: {error.msg}", fix=_FIX) from None
    except (ValueError, RecursionError, MemoryError):
        raise ConditionError(f"{text!r} is not a condition", fix=_FIX) from None


def references(condition: Condition) -> tuple[str, ...]:
    """The names in a condition, each once, in the order they stand."""
    names: dict[str, None] = {}
    for comparison in comparisons(condition):
        for side in (comparison.left, comparison.right):
            if isinstance(side, Reference):
                names[side.name] = None
    return tuple(names)


def comparisons(condition: Condition) -> tuple[Comparison, ...]:
    """The comparisons in a condition, in the order they stand."""
    if isinstance(condition, Comparison):
        return (condition,)
    return tuple(comparison for part in condition.parts for comparison in comparisons(part))


def evaluate(condition: Condition, values: Mapping[str, Scalar]) -> bool:
    """Whether the condition holds. Raises ConditionError for a name without a value, or kinds that differ."""
    if isinstance(condition, AllOf):
        return all(_truths(condition, values))
    if isinstance(condition, AnyOf):
        return any(_truths(condition, values))
    left, right = _value(condition.left, values), _value(condition.right, values)
    _comparable(condition, _kind(left), _kind(right))
    return _COMPARE[condition.operator](left, right)


def _truths(condition: AllOf | AnyOf, values: Mapping[str, Scalar]) -> list[bool]:
    """What each part says; all are looked at, so that a mistake in any is told on every run."""
    return [evaluate(part, values) for part in condition.parts]


@dataclass(frozen=True)
class When:
    """A step's condition with the origin of its names: steps that give metrics; the rest are parameters."""

    text: str
    condition: Condition
    metrics: Mapping[Name, StepName]
    parameters: tuple[Name, ...]

    @property
    def steps(self) -> tuple[StepName, ...]:
        """The steps that must have ended before the condition can be evaluated."""
        return tuple(dict.fromkeys(self.metrics.values()))


def step_condition(pipeline: Pipeline, step: str) -> When | None:
    """The condition of a step, checked against the pipeline; None where it has none.

    A name is the metric of the nearest earlier step that has it, else a parameter. Raises ConditionError.
    """
    own = pipeline.step(step)
    text = own.settings.when
    if text is None:
        return None
    where = f"step {step}, when"
    try:
        condition = parse_condition(text)
        types: dict[str, Kind] = {}
        metrics: dict[Name, StepName] = {}
        parameters: list[Name] = []
        declared = {parameter.name: parameter for parameter in pipeline.parameters}
        for name in map(Name, references(condition)):
            giver = [s.name for s in pipeline.steps if s.order < own.order and name in s.metrics]
            if giver:
                metrics[name] = giver[-1]
                types[name] = "number"
            elif name in declared:
                parameters.append(name)
                types[name] = _parameter_kind(name, declared[name].type)
            else:
                raise ConditionError(
                    f"{name!r} is neither a parameter nor a metric of an earlier step",
                    fix=f"bind {name} in the parameters cell, or in a cell tagged metrics above this step",
                )
        for comparison in comparisons(condition):
            left, right = (
                types[side.name] if isinstance(side, Reference) else _kind(side)
                for side in (comparison.left, comparison.right)
            )
            _comparable(comparison, left, right)
    except ConditionError as error:
        raise ConditionError(error.message, where=where, fix=error.fix) from None
    return When(text, condition, metrics, tuple(parameters))


def _condition(node: ast.expr, *, negated: bool) -> Condition:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _condition(operand, negated=not negated)
        case ast.BoolOp(op=op, values=values):
            parts = tuple(_condition(value, negated=negated) for value in values)
            return AllOf(parts) if isinstance(op, ast.And) != negated else AnyOf(parts)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [left, *comparators]
            parts = tuple(
                _comparison(sides[place], op, sides[place + 1], negated=negated)
                for place, op in enumerate(ops)
            )
            if len(parts) == 1:
                return parts[0]
            return AnyOf(parts) if negated else AllOf(parts)
        case ast.Name(id=name):
            return Comparison(Reference(name), "==", not negated)
    raise ConditionError(f"{ast.unparse(node)!r} is not a comparison", fix=_FIX)


def _comparison(left: ast.expr, op: ast.cmpop, right: ast.expr, *, negated: bool) -> Comparison:
    symbol = _OPERATORS.get(type(op))
    if symbol is None:
        raise ConditionError("only ==, !=, <, <=, > and >= compare", fix=_FIX)
    sides = _side(left), _side(right)
    if not any(isinstance(side, Reference) for side in sides):
        raise ConditionError(f"{ast.unparse(left)} and {ast.unparse(right)} are both fixed", fix=_FIX)
    return Comparison(sides[0], _OPPOSITE[symbol] if negated else symbol, sides[1])


def _side(node: ast.expr) -> Reference | Scalar:
    match node:
        case ast.Name(id=name):
            return Reference(name)
        case ast.Constant(value=bool() | int() | str() as value):
            return value
        case ast.Constant(value=float() as value) if math.isfinite(value):
            return value
        case ast.UnaryOp(
            op=ast.USub() | ast.UAdd() as sign, operand=ast.Constant(value=int() | float() as value)
        ):
            if not isinstance(value, bool) and math.isfinite(value):
                return -value if isinstance(sign, ast.USub) else value
    raise ConditionError(
        f"{ast.unparse(node)!r} is neither a name nor a number, text, True or False", fix=_FIX
    )


def _value(side: Reference | Scalar, values: Mapping[str, Scalar]) -> Scalar:
    if not isinstance(side, Reference):
        return side
    if side.name not in values:
        raise ConditionError(f"{side.name!r} has no value", fix=f"bind {side.name} before this step")
    return values[side.name]


def _kind(value: Scalar) -> Kind:
    if isinstance(value, bool):
        return "bool"
    return "text" if isinstance(value, str) else "number"


def _parameter_kind(name: Name, declared: str) -> Kind:
    kinds = {"bool": "bool", "int": "number", "float": "number", "str": "text"}
    if declared not in kinds:
        raise ConditionError(f"{name!r} is a {declared}, which has no order", fix=_FIX)
    return cast("Kind", kinds[declared])


def _comparable(comparison: Comparison, left: Kind, right: Kind) -> None:
    if left != right:
        shown = f"{_shown(comparison.left)} {comparison.operator} {_shown(comparison.right)}"
        raise ConditionError(f"{shown} compares a {left} with a {right}", fix=_FIX)
    if left == "bool" and comparison.operator not in ("==", "!="):
        raise ConditionError(f"a bool has no {comparison.operator}", fix=_FIX)


def _shown(side: Reference | Scalar) -> str:
    return side.name if isinstance(side, Reference) else repr(side)
