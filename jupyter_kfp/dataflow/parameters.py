"""The `parameters` cell: names bound to literals, one by one.

In: the cell. Out: the parameters in order, and findings for what is not a simple binding. Docs come from the comment
behind a binding, or from those right above it.
"""

from __future__ import annotations

import ast
import io
import tokenize
from typing import TYPE_CHECKING

from ..findings import Finding, finding
from ..pipeline import JsonValue, Name, Parameter, ParameterType
from .transform import Code, parse

if TYPE_CHECKING:
    from ..notebook.cells import Cell

TYPES: dict[str, ParameterType] = {
    "bool": "bool",
    "int": "int",
    "float": "float",
    "str": "str",
    "list": "list",
    "dict": "dict",
    "List": "list",
    "Dict": "dict",
    "tuple": "list",
}


def read_parameters(cell: Cell) -> tuple[tuple[Parameter, ...], tuple[Finding, ...]]:
    """The parameters that the cell declares, and what is wrong with it."""
    code = parse(cell.source)
    findings: list[Finding] = []
    found: dict[str, Parameter] = {}
    if code.trouble is not None:
        return (), ()  # told by the analysis of the cell itself
    comments = _comments(cell.source)
    for statement in code.tree.body:
        if isinstance(statement, ast.Pass) or (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        ):
            continue
        parameter = _parameter(statement, code, comments)
        if isinstance(parameter, str):
            findings.append(_refused(cell, statement, parameter))
        else:
            found[parameter.name] = parameter
    return tuple(found.values()), tuple(findings)


def _parameter(node: ast.stmt, code: Code, comments: dict[int, tuple[str, bool]]) -> Parameter | str:
    """The parameter that a statement binds, or why it does not."""
    annotation: ast.expr | None = None
    target: ast.expr
    value: ast.expr | None
    if isinstance(node, ast.AnnAssign):
        target, value, annotation = node.target, node.value, node.annotation
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value = node.targets[0], node.value
    else:
        return "it is not the binding of one name to a value"
    if not isinstance(target, ast.Name) or value is None:
        return "it is not the binding of one name to a value"
    try:
        default = _json(ast.literal_eval(value))
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return f"the value of `{target.id}` is not a literal"
    kind = _type(annotation, default)
    if kind is None:
        return f"the type of `{target.id}` cannot be told from its value; annotate it, as in `{target.id}: str = None`"
    if kind == "float" and isinstance(default, int) and not isinstance(default, bool):
        default = float(default)
    return Parameter(Name(target.id), kind, default, _doc(node, comments))


def _json(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_json(v) for v in value]
    if isinstance(value, dict) and all(isinstance(k, str) for k in value):
        return {k: _json(v) for k, v in value.items()}
    raise ValueError(value)


def _type(annotation: ast.expr | None, default: JsonValue) -> ParameterType | None:
    if annotation is not None and (named := _annotated_type(annotation)) is not None:
        return named
    for python, kind in (
        (bool, "bool"),
        (int, "int"),
        (float, "float"),
        (str, "str"),
        (list, "list"),
        (dict, "dict"),
    ):
        if isinstance(default, python):
            return TYPES[kind]
    return "str" if default is None and annotation is None else None


def _annotated_type(node: ast.expr) -> ParameterType | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _annotated_type(ast.parse(node.value, mode="eval").body)
        except SyntaxError:
            return None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _annotated_type(node.left) or _annotated_type(node.right)
    if isinstance(node, ast.Subscript):
        name = ast.unparse(node.value).rpartition(".")[2]
        if name == "Optional":
            return _annotated_type(node.slice)
        if name in ("Union", "Literal", "Annotated", "Final"):
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if name == "Literal":
                return None
            return next((t for t in map(_annotated_type, inner) if t is not None), None)
        return TYPES.get(name)
    return TYPES.get(ast.unparse(node).rpartition(".")[2])


def _comments(source: str) -> dict[int, tuple[str, bool]]:
    """Line → its comment, and whether the comment stands alone."""
    found: dict[int, tuple[str, bool]] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                alone = not token.line[: token.start[1]].strip()
                found[token.start[0]] = (token.string.lstrip("#").strip(), alone)
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass
    return found


def _doc(node: ast.stmt, comments: dict[int, tuple[str, bool]]) -> str:
    behind = comments.get(node.end_lineno or node.lineno)
    if behind is not None and not behind[1]:
        return behind[0]
    above: list[str] = []
    line = node.lineno - 1
    while line in comments and comments[line][1]:
        above.insert(0, comments[line][0])
        line -= 1
    return " ".join(t for t in above if t)


def _refused(cell: Cell, node: ast.stmt, why: str) -> Finding:
    return finding(
        "JK210",
        f"the `parameters` cell holds something else than simple bindings: {why}",
        "Keep to `name = literal`, one to a line, and move the rest into a cell of its own.",
        cell=cell,
        line=node.lineno,
        column=node.col_offset + 1,
    )
