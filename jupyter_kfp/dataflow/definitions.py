"""Which top-level statements can be run again by their source alone: imports, definitions, constants, settings.

A `def` or `class` is simple where running it twice gives the same thing twice: defaults are literals or things of
libraries, decorators are known to do nothing but wrap, class bodies only define.
"""

from __future__ import annotations

import ast

from .effects import Piece, PieceKind
from .transform import Code
from .world import Recorder

SIMPLE_DECORATORS = frozenset(
    [
        "wraps",
        "lru_cache",
        "cache",
        "cached_property",
        "dataclass",
        "property",
        "staticmethod",
        "classmethod",
        "abstractmethod",
        "total_ordering",
        "contextmanager",
        "asynccontextmanager",
        "njit",
        "jit",
        "vectorize",
        "guvectorize",
        "overload",
        "final",
        "override",
        "unique",
        "setter",
        "getter",
        "deleter",
        "singledispatch",
        "no_grad",
        "inference_mode",
        "runtime_checkable",
        "typechecked",
        "deprecated",
        "define",
        "frozen",
        "attrs",
        "register_keras_serializable",
        "function",
        "script",
        "compile",
    ]
)
TYPE_MAKERS = frozenset(
    [
        "namedtuple",
        "NamedTuple",
        "TypeVar",
        "NewType",
        "ParamSpec",
        "TypeVarTuple",
        "Enum",
        "IntEnum",
        "Flag",
        "make_dataclass",
    ]
)
NAMESPACES = frozenset(
    ["google", "azure", "opentelemetry", "ruamel", "zope", "sphinxcontrib", "mpl_toolkits", "backports"]
)
QUIET_CALLS = frozenset(
    [
        "str",
        "int",
        "float",
        "bool",
        "len",
        "tuple",
        "frozenset",
        "range",
        "abs",
        "round",
        "min",
        "max",
        "sum",
        "Path",
        "join",
        "abspath",
        "dirname",
        "basename",
        "timedelta",
        "datetime",
        "date",
        "Decimal",
        "Fraction",
        "field",
        "auto",
        "compile",
        "Timestamp",
    ]
)


def piece_of(node: ast.stmt, code: Code, now: Recorder, values_fixed: bool) -> Piece:
    """What the statement, just followed, is good for."""
    binds = tuple(now.statement_binds)
    kind, simple, modules, star = _classify(node, now, values_fixed)
    return Piece(
        kind=kind,
        source=code.source(node),
        line=min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]),
        binds=binds,
        reads=frozenset(now.touched),
        modules=modules,
        star=star,
        simple=simple,
        seeds=now.seeds_only and kind is PieceKind.OPTION,
    )


def _classify(
    node: ast.stmt, now: Recorder, values_fixed: bool
) -> tuple[PieceKind, bool, tuple[str, ...], str | None]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return PieceKind.CONFIGURATION, True, (), None
        star = None
        if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
            star = None if now.statement_binds else module_of(node)
        return PieceKind.IMPORT, True, modules_of(node), star
    if isinstance(node, ast.Try | ast.If) and only_imports(node):
        clean = not now.cautions and not now.file_writes
        return PieceKind.IMPORT, clean, modules_of(node), None
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return PieceKind.DEFINITION, is_simple(node) and not now.unclean, (), None
    if isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return PieceKind.NOTHING, True, (), None
    if now.installed and not now.statement_binds:
        return PieceKind.INSTALL, True, (), None
    if isinstance(node, ast.Assign | ast.AnnAssign):
        assigned = _classify_assignment(node, now, values_fixed)
        if assigned is not None:
            return assigned
    if type(node).__name__ == "TypeAlias":
        return PieceKind.DEFINITION, True, (), None
    if not now.unclean and now.configures:
        return PieceKind.CONFIGURATION, True, (), None
    if not now.unclean and now.sets_options and not binds_objects(node):
        return PieceKind.OPTION, True, (), None
    return PieceKind.OTHER, False, (), None


def binds_objects(node: ast.stmt) -> bool:
    """Whether the statement is an assignment to names."""
    return isinstance(node, ast.Assign | ast.AnnAssign) and any(
        isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) for n in ast.walk(node)
    )


def _classify_assignment(
    node: ast.Assign | ast.AnnAssign, now: Recorder, values_fixed: bool
) -> tuple[PieceKind, bool, tuple[str, ...], str | None] | None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if node.value is None or not all(_plain_target(t) for t in targets):
        return None
    value = node.value
    if now.unclean:
        return None
    if isinstance(value, ast.Lambda) and len(targets) == 1 and isinstance(targets[0], ast.Name):
        return PieceKind.DEFINITION, _simple_arguments(value.args), (), None
    if isinstance(value, ast.Call) and len(targets) == 1 and isinstance(targets[0], ast.Name):
        name = ast.unparse(value.func).rpartition(".")[2]
        if name in TYPE_MAKERS and all(
            is_quiet(a) for a in [*value.args, *(k.value for k in value.keywords)]
        ):
            return PieceKind.DEFINITION, True, (), None
    if is_quiet(value) or (now.configures and values_fixed):
        return PieceKind.CONSTANT, True, (), None
    return None


def _plain_target(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(_plain_target(t) for t in target.elts)
    return isinstance(target, ast.Name)


def is_quiet(node: ast.expr) -> bool:
    """Whether evaluating the expression again gives the same again: literals, names, and sums of them."""
    if isinstance(node, ast.Call):
        name = (
            ast.unparse(node.func).rpartition(".")[2]
            if isinstance(node.func, ast.Name | ast.Attribute)
            else ""
        )
        if name in ("datetime", "date", "compile") and isinstance(node.func, ast.Attribute) and not node.args:
            return False
        if name not in QUIET_CALLS or (isinstance(node.func, ast.Attribute) and not _on_module(node.func)):
            return False
        return all(is_quiet(a) for a in node.args) and all(is_quiet(k.value) for k in node.keywords)
    if isinstance(node, ast.Constant | ast.Name):
        return True
    if isinstance(node, ast.Attribute):
        return _on_module(node)
    if isinstance(node, ast.FormattedValue):
        return is_quiet(node.value)
    if isinstance(
        node,
        ast.BinOp
        | ast.UnaryOp
        | ast.Tuple
        | ast.List
        | ast.Set
        | ast.Dict
        | ast.JoinedStr
        | ast.Subscript
        | ast.Slice,
    ):
        return all(is_quiet(c) for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr))
    return False


def _on_module(node: ast.Attribute) -> bool:
    value: ast.expr = node.value
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name)


def is_simple(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether the definition can be run again by its source alone."""
    if not all(_simple_decorator(d) for d in node.decorator_list):
        return False
    if isinstance(node, ast.ClassDef):
        if not all(_reference(b) for b in node.bases):
            return False
        if not all(_reference(k.value) or isinstance(k.value, ast.Constant) for k in node.keywords):
            return False
        return all(_simple_in_class(s) for s in node.body)
    return _simple_arguments(node.args)


def _simple_arguments(arguments: ast.arguments) -> bool:
    return all(
        is_default(d) for d in [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]
    )


def is_default(node: ast.expr) -> bool:
    """A default value that is the same whenever it is evaluated: a literal, or a thing of a library."""
    return is_quiet(node) or isinstance(node, ast.Lambda)


def _simple_decorator(node: ast.expr) -> bool:
    target = node.func if isinstance(node, ast.Call) else node
    if not isinstance(target, ast.Name | ast.Attribute):
        return False
    if isinstance(node, ast.Call):
        inner = [*node.args, *(k.value for k in node.keywords)]
        if not all(is_default(a) for a in inner):
            return False
    return ast.unparse(target).rpartition(".")[2] in SIMPLE_DECORATORS


def _reference(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return _reference(node.value) and is_quiet(node.slice)
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        return name in TYPE_MAKERS and all(is_quiet(a) for a in node.args)
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _on_module(node))


def _simple_in_class(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return is_simple(node)
    if isinstance(node, ast.Pass | ast.Expr):
        return isinstance(node, ast.Pass) or isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign):
        return is_default(node.value) and all(_plain_target(t) for t in node.targets)
    if isinstance(node, ast.AnnAssign):
        return node.value is None or is_default(node.value)
    return False


# ── imports ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def only_imports(node: ast.Try | ast.If) -> bool:
    """Whether a conditional statement only imports, with flags and messages for what is missing."""
    blocks: list[list[ast.stmt]] = [node.body, node.orelse]
    if isinstance(node, ast.Try):
        blocks += [node.finalbody, *(h.body for h in node.handlers)]
    elif any(isinstance(n, ast.Call) for n in ast.walk(node.test)):
        return False
    statements = [s for block in blocks for s in block]
    return any(isinstance(s, ast.Import | ast.ImportFrom) for s in statements) and all(
        _import_like(s) for s in statements
    )


def _import_like(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return not any(a.name == "*" for a in node.names)
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Assign):
        return is_quiet(node.value) and all(_plain_target(t) for t in node.targets)
    if isinstance(node, ast.Try | ast.If):
        return only_imports(node)
    return False


def module_of(node: ast.ImportFrom) -> str:
    """The module of a `from` import, with its leading dots."""
    return "." * node.level + (node.module or "")


def modules_of(node: ast.AST) -> tuple[str, ...]:
    """Dotted modules that the code imports. `from a import b` gives `a`; also `a.b` where that is likely one."""
    found: dict[str, None] = {}
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            found.update(dict.fromkeys(a.name for a in child.names))
        elif isinstance(child, ast.ImportFrom):
            module = module_of(child)
            found[module] = None
            if child.level or module.partition(".")[0] in NAMESPACES:
                for alias in child.names:
                    if alias.name != "*":
                        between = "" if module.endswith(".") else "."
                        found[f"{module}{between}{alias.name}"] = None
    return tuple(found)
