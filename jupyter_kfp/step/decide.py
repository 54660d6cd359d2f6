"""Decide on a condition, in a task of its own: `python -m jupyter_kfp_step.decide`.

In: a condition that was checked before (comparisons of names and literals, joined by `and`, `or`, `not`) and a value
for each of its names, in the executor input. Out: a file with `true` or `false`. Nothing else is evaluated.
"""

from __future__ import annotations

import argparse
import ast
import json
import operator
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def holds(condition: str, values: Mapping[str, Any]) -> bool:
    """Whether the condition holds. Raises ValueError where it says what a condition may not say."""
    return bool(_value(ast.parse(condition.strip(), mode="eval").body, values))


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_value(part, values) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_value(part, values) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, values)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, values)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, values)
        case ast.Compare(left=left, ops=ops, comparators=comparators) if all(
            type(op) in COMPARE for op in ops
        ):
            sides = [_value(side, values) for side in (left, *comparators)]
            return all(
                COMPARE[type(op)](one, other) for op, one, other in zip(ops, sides, sides[1:], strict=False)
            )
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return value
    raise ValueError(f"{ast.unparse(node)!r} does not belong into a condition")


def main(arguments: list[str] | None = None) -> int:
    """Read the flags, decide, write it down. The values come in the executor input, where numbers are exact."""
    parser = argparse.ArgumentParser(description="Decide on a step's condition.", allow_abbrev=False)
    parser.add_argument("--when", required=True, metavar="CONDITION")
    parser.add_argument("--name", action="append", default=[], metavar="NAME=INPUT", help="a name's input")
    parser.add_argument("--executor-input", required=True, type=json.loads, metavar="JSON")
    args = parser.parse_args(arguments)
    given = args.executor_input.get("inputs", {}).get("parameterValues", {})
    values = dict(given)
    for name, _, argument in (each.partition("=") for each in args.name):
        values[name] = given[argument]
    values |= given.get("item", {}).get("parameters", {})
    decided = holds(args.when, values)
    out = Path(args.executor_input["outputs"]["parameters"]["holds"]["outputFile"])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("true" if decided else "false")
    print(f"{args.when}: {decided}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
