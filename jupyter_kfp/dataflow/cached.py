"""Functions that remember their results: whether anybody can tell.

In: a function with `functools.lru_cache` or `cache` on it. Where all that it can give is a number or a text that
follows from its arguments, an empty memory gives the same as a full one, and the source alone makes the function again.
Otherwise what it remembers is state: each call may change it, and hands out objects that earlier calls handed out.
"""

from __future__ import annotations

import ast

CACHES = frozenset(["lru_cache", "cache"])
ASKING = ("cache_info", "cache_clear", "cache_parameters")
"""Who uses these looks at the memory itself."""

_PLAIN_CALLS = frozenset(
    ["abs", "bool", "complex", "divmod", "float", "int", "len", "max", "min", "pow", "range", "round", "str", "sum"]
)  # fmt: skip
_PLAIN_MODULES = frozenset(["math", "cmath"])
_STATEMENTS = (
    ast.Return, ast.If, ast.For, ast.While, ast.Pass, ast.Break, ast.Continue, ast.Raise, ast.Assert,
)  # fmt: skip
_EXPRESSIONS = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Constant, ast.Name, ast.JoinedStr,
    ast.FormattedValue, ast.Tuple, ast.Subscript, ast.Slice, ast.GeneratorExp, ast.comprehension, ast.Starred,
)  # fmt: skip


def is_cache(decorator: ast.expr) -> bool:
    """Whether the decorator makes a function remember its results."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(target, ast.Name | ast.Attribute) and ast.unparse(target).rpartition(".")[2] in CACHES


def forgets(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether nobody can tell that the function remembers: it only reckons with its arguments and itself."""
    if isinstance(node, ast.AsyncFunctionDef):
        return False
    own = {a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    own |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return all(_plain_statement(statement, own, node.name) for statement in body)


def _plain_statement(node: ast.stmt, own: set[str], name: str) -> bool:
    if isinstance(node, ast.Assign):
        targets = all(
            isinstance(t, ast.Name | ast.Tuple | ast.Store)
            for target in node.targets
            for t in ast.walk(target)
        )
        return targets and _plain(node.value, own, name)
    if isinstance(node, ast.AugAssign | ast.AnnAssign):
        return isinstance(node.target, ast.Name) and (node.value is None or _plain(node.value, own, name))
    if not isinstance(node, _STATEMENTS):
        return False
    inner = list(ast.iter_child_nodes(node))
    return all(
        _plain_statement(each, own, name) if isinstance(each, ast.stmt) else _plain(each, own, name)
        for each in inner
    )


def _plain(node: ast.AST, own: set[str], name: str) -> bool:
    """Numbers and texts, and what is reckoned from them. `own`: the function's own names."""
    if isinstance(node, ast.expr_context | ast.operator | ast.unaryop | ast.boolop | ast.cmpop):
        return True
    if isinstance(node, ast.Call):
        function = node.func
        known = isinstance(function, ast.Name) and (function.id in _PLAIN_CALLS - own or function.id == name)
        known = known or (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.value.id in _PLAIN_MODULES - own
        )
        raised = isinstance(function, ast.Name) and function.id.endswith("Error")
        parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        return (known or raised) and all(_plain(part, own, name) for part in parts)
    if isinstance(node, ast.Name):
        return node.id in own or node.id.endswith("Error")
    return isinstance(node, _EXPRESSIONS) and all(
        _plain(each, own, name) for each in ast.iter_child_nodes(node)
    )
