"""Scopes agree with Python's own symbol table."""

import ast
import symtable

import pytest

from jupyter_kfp.dataflow.scopes import scope_of

PROGRAMS = [
    "def f(a, b=1, *c, d, **e):\n    x = a\n    def g():\n        nonlocal x\n"
    "        x = y\n        return z\n    return g",
    "def f():\n    global k\n    k = 1\n    del m\n    m = 2\n    return n",
    "def f():\n    return [x + y for x in z for y in x if w]",
    "def f():\n    if (n := g()): return n\n    return [m := i for i in n]",
    "def f():\n    try:\n        pass\n    except E as e:\n        print(e)\n    with a as b, c as (d, *g): pass",
    "def f():\n    import os.path, sys as s\n    from a import b as c, d",
    "def f():\n    for i, (j, k) in x: pass\n    else: z = 1\n    while t: u += 1",
    "def f(x):\n    class C(B):\n        y = x\n        def m(self): return __class__, q\n    return C",
    "def f(v):\n    match v:\n        case [a, *b]: pass\n"
    "        case {'k': c, **d}: pass\n        case P(x=e) as g: pass",
    "f = lambda a, *b, c=d, **e: (a, b, c, e, g)",
    "async def f():\n    async for i in a: await i\n    async with b as c: pass\n    return {k: v async for k, v in d}",
    "def f(a: A = B) -> C:\n    x: D = 1\n    y: E\n    return lambda: (x, y)",
    "@deco(arg)\ndef f(): return f",
]


def functions(table):
    for child in table.get_children():
        if child.get_type() == "function" and child.get_name() not in (
            "listcomp",
            "dictcomp",
            "setcomp",
            "genexpr",
        ):
            yield child
        yield from functions(child)


def nodes(tree):
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]


@pytest.mark.parametrize("program", PROGRAMS)
def test_local_and_free_names_are_those_of_symtable(program):
    tables = {
        (t.get_name(), t.get_lineno()): t for t in functions(symtable.symtable(program, "<cell>", "exec"))
    }
    for node in nodes(ast.parse(program)):
        line = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        table = (
            tables.get((getattr(node, "name", "lambda"), line))
            or tables[getattr(node, "name", "lambda"), node.lineno]
        )
        scope = scope_of(node)
        assert scope.local == set(table.get_locals()) - {"__class__"}
        outside = set(table.get_globals()) | set(table.get_frees()) - {"__class__"}
        assert outside <= scope.free
