"""Scopes: which names a function, class body or comprehension keeps for itself.

Follows the language's rules (and is tested against `symtable`): a name that is bound anywhere in a function is
local in all of it, unless declared `global` or `nonlocal`; a walrus in a comprehension binds outside of it; class
bodies are skipped by the functions in them.
"""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def normal(name: str) -> str:
    """The name as Python itself compares it (NFKC), for names that do not come from the parser."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


@dataclass(frozen=True)
class Scope:
    """What the names of one function or class body mean."""

    local: frozenset[str]
    globals: frozenset[str]  # declared `global`
    free: frozenset[str]  # looked up outside of it, here or in what is nested in it


class _Collector:
    """Walks one scope's own code. Nested scopes are only asked for what they leave free."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.read: set[str] = set()

    def body(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            self.visit(node)

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            (self.read if isinstance(node.ctx, ast.Load) else self.bound).add(node.id)
            if isinstance(node.ctx, ast.Del):
                self.read.add(node.id)
        elif isinstance(node, ast.Global):
            self.globals.update(map(normal, node.names))
        elif isinstance(node, ast.Nonlocal):
            self.nonlocals.update(map(normal, node.names))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.bound.add(node.name)
            self.children(outside_of(node))
            self.read |= scope_of(node).free
        elif isinstance(node, ast.Lambda):
            self.children(outside_of(node))
            self.read |= scope_of(node).free
        elif isinstance(node, ast.ClassDef):
            self.bound.add(node.name)
            self.children(outside_of(node))
            self.read |= scope_of(node).free
        elif isinstance(node, COMPREHENSIONS):
            self.visit(node.generators[0].iter)
            inner = scope_of(node)
            self.read |= inner.free
            self.bound |= set(walrus_names(node))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                if alias.name != "*":
                    self.bound.add(normal(alias.asname or alias.name.partition(".")[0]))
        elif isinstance(node, (ast.ExceptHandler, ast.MatchStar | ast.MatchAs)):
            if node.name:
                self.bound.add(normal(node.name))
            self.children(list(ast.iter_child_nodes(node)))
        elif isinstance(node, ast.MatchMapping):
            if node.rest:
                self.bound.add(normal(node.rest))
            self.children(list(ast.iter_child_nodes(node)))
        elif type(node).__name__ == "TypeAlias":  # PEP 695, from Python 3.12
            self.children(list(ast.iter_child_nodes(node)))
        else:
            self.children(list(ast.iter_child_nodes(node)))

    def children(self, nodes: list[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)


def outside_of(node: ast.AST) -> list[ast.AST]:
    """The expressions of a `def`, `lambda` or `class` that are evaluated in the scope around it."""
    if isinstance(node, ast.ClassDef):
        found: list[ast.AST] = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
        return found
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        arguments = node.args
        found = [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]
        if not isinstance(node, ast.Lambda):
            found += node.decorator_list
            found += [a.annotation for a in all_arguments(arguments) if a.annotation is not None]
            if node.returns is not None:
                found.append(node.returns)
        return found
    return []


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """Every argument, in the order of their binding."""
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    if arguments.vararg:
        found.append(arguments.vararg)
    if arguments.kwarg:
        found.append(arguments.kwarg)
    return found


def walrus_names(node: ast.AST) -> Iterator[str]:
    """Names that `:=` inside of a comprehension binds around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.NamedExpr):
            yield child.target.id
        if not isinstance(child, SCOPES):
            yield from walrus_names(child)


def type_parameters(node: ast.AST) -> set[str]:
    """Names of PEP 695's `[T]`."""
    return {p.name for p in getattr(node, "type_params", [])}


def scope_of(node: ast.AST) -> Scope:
    """The scope that the node opens; worked out once and kept on the node itself."""
    known: Scope | None = getattr(node, "_kfp_scope", None)
    if known is None:
        known = _make_scope(node)
        node._kfp_scope = known  # type: ignore[attr-defined]  # a cache that lives and dies with the tree
    return known


def _make_scope(node: ast.AST) -> Scope:
    walk = _Collector()
    if isinstance(node, COMPREHENSIONS):
        for index, generator in enumerate(node.generators):
            walk.visit(generator.target)
            if index:
                walk.visit(generator.iter)
            walk.children(list(generator.ifs))
        outer = set(walrus_names(node))
        if isinstance(node, ast.DictComp):
            walk.children([node.key, node.value])
        else:
            walk.visit(node.elt)
        local = walk.bound - outer
        return Scope(frozenset(local), frozenset(), frozenset((walk.read | outer) - local))
    if isinstance(node, ast.Lambda):
        walk.bound.update(a.arg for a in all_arguments(node.args))
        walk.visit(node.body)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        walk.bound.update(a.arg for a in all_arguments(node.args))
        walk.body(node.body)
    elif isinstance(node, (ast.ClassDef, ast.Module)):
        walk.body(node.body)
    local = walk.bound - walk.globals - walk.nonlocals
    own = local | type_parameters(node)
    if isinstance(node, ast.ClassDef):
        # A class body reads outside what it also binds: its lookups fall through to the globals.
        free = walk.read | walk.globals | walk.nonlocals
        own_only = {"__module__", "__qualname__", "__class__"} | type_parameters(node)
        return Scope(frozenset(local), frozenset(walk.globals), frozenset(free - own_only))
    free = (walk.read - own) | walk.globals | walk.nonlocals
    return Scope(frozenset(own), frozenset(walk.globals), frozenset(free - {"__class__"}))


def is_generator(node: ast.AST) -> bool:
    """Whether calling the function gives a generator."""
    waiting: list[ast.AST] = (
        list(getattr(node, "body", [])) if not isinstance(node, ast.Lambda) else [node.body]
    )
    while waiting:
        child = waiting.pop()
        if isinstance(child, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(child, SCOPES):
            waiting.extend(ast.iter_child_nodes(child))
    return False
