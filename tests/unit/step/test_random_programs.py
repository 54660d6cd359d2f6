"""Random notebooks, cut anywhere into steps, give what a straight run gives, or say why not.

Programs bind, alias, nest, change in place, close over, subclass, delete. The steps run in this process on plain
dicts, so a program costs milliseconds. `KFP_PROGRAMS=20000 pytest …` runs more of them.
"""

import ast
import contextlib
import io
import linecache
import os
import random
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jupyter_kfp.step.definitions import Definition
from jupyter_kfp.step.errors import StateError
from jupyter_kfp.step.loading import load_state
from jupyter_kfp.step.manifest import ALL, conflicts, decode, empty_manifest, encode, merge
from jupyter_kfp.step.objects import ObjectFolder
from jupyter_kfp.step.saving import StepName, save_state

NAMES = "abcdefgh"
PROGRAMS = int(os.environ.get("KFP_PROGRAMS", "150"))
CLASS = (
    "class {t}:\n    items = []\n    count = 0\n    def __init__(self, v): self.v = v\n"
    "    def get(self): return (len({t}.items), self.v)"
)
CLOSURES = (
    "def {t}():\n    n = [0]\n    m = 0\n    def inc():\n        nonlocal m\n"
    "        m += 1; n.append(m); return (m, n)\n"
    "    def get(): return (m, n)\n    return inc, get\n{t} = {t}()"
)
SLEEP = "def {t}(x=[{r}]):\n    x.append(1); return x"

# template, kind of what `t` becomes ("" for nothing), kinds of o, p
STATEMENTS = [
    ("{t} = [{r}, {s}]", "list", ()),
    ("{t} = {{'k': {r}}}", "dict", ()),
    ("{t} = {r} + 300", "num", ()),
    ("{t} = float('nan')", "num", ()),
    ("{t} = {o}", "same", ("any",)),
    ("{o}.append({p})", "", ("list", "other")),
    ("{o}.reverse()", "", ("list",)),
    ("{o}['x{r}'] = {p}", "", ("dict", "other")),
    ("{t} = [{o}, {r}]", "list", ("any",)),
    ("{t} = {{'v': {o}}}", "dict", ("any",)),
    ("{t} = lambda: {o}", "fun", ("any",)),
    (SLEEP, "fun", ()),
    ("def {t}():\n    {o}.append(7); return {o}", "fun", ("list",)),
    ("def {t}():\n    global {o}\n    {o} = [{r}]; return {o}", "fun", ("list",)),
    ("print({o}())", "", ("fun",)),
    ("{t} = np.arange({r} + 3.)", "arr", ()),
    ("{t} = np.zeros(2000)", "arr", ()),
    ("{t} = np.array([[1, 2], [3, 4]], order='F')[:, ::-1]", "arr", ()),
    ("{t} = {o}[1:]", "arr", ("arr",)),
    ("{o}[{r} % 2:2] += 1", "", ("arr",)),
    ("{t} = pd.DataFrame({{'p': np.arange(3.), 'q': 1}})", "df", ()),
    ("{o}.iloc[0, 0] = {r}.5", "", ("df",)),
    ("{t} = {o}[['p']]", "df", ("df",)),
    ("{t} = {o}['p']", "ser", ("df",)),
    ("{o}.iloc[0] = {r}.5", "", ("ser",)),
    ("{t} = {o}.rename('r')", "ser", ("ser",)),
    ("{t} = {o}.keys()", "keys", ("dict",)),
    (CLASS, "cls", ()),
    ("{t} = {o}({p})", "obj", ("cls", "any")),
    ("{o}.v = {p}", "", ("obj", "other")),
    ("{o}.items.append(1)", "", ("cls",)),
    ("{o}.count += 1", "", ("cls",)),
    ("print({o}.get()[0])", "", ("obj",)),
    ("{t} = {o}.get", "fun", ("obj",)),
    ("del {o}", "deleted", ("any",)),
    (CLOSURES, "pair", ()),
    ("print({o}[{r} % 2]())", "", ("pair",)),
    ("{t} = {o}[0]", "fun", ("pair",)),
    ("{t} = iter({o})", "iter", ("list",)),
    ("print(next({o}, None))", "", ("iter",)),
    ("print({o} in {p} if type({o}) in (int, float) else 0)", "", ("num", "list")),
]


def make_program(chance: random.Random) -> list[str]:
    """Statements that use what earlier ones have bound."""
    kinds: dict[str, str] = {}
    lines = []
    for _ in range(chance.randrange(6, 30)):
        template, gives, takes = chance.choice(STATEMENTS)
        target = chance.choice(NAMES)
        taken: list[str] = []
        for kind in takes:
            fitting = [
                name
                for name, own in sorted(kinds.items())
                if (kind in ("any", "other") or own == kind) and not (kind == "other" and name in taken)
            ]
            if not fitting:
                break
            taken.append(chance.choice(fitting))
        if len(taken) < len(takes) or (("def " in template or "lambda" in template) and target in taken):
            continue
        first, second = (*taken, "", "")[:2]
        lines.append(
            template.format(t=target, o=first, p=second, r=chance.randrange(4), s=chance.randrange(4))
        )
        if gives == "deleted":
            del kinds[first]
        elif gives:
            kinds[target] = kinds[first] if gives == "same" else gives
    return lines


def cut(chance: random.Random, lines: list[str]) -> list[list[str]]:
    cuts = sorted(chance.randrange(len(lines) + 1) for _ in range(chance.randrange(1, 5)))
    return [lines[start:end] for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True)]


def new_namespace():
    return {"__name__": "__main__", "np": np, "pd": pd}


def run(namespace, lines, place):
    """What the lines print; an exception ends its line only, as in a notebook run on."""
    out = io.StringIO()
    for line in lines:
        filename = f"/kernel-{place}/{abs(hash(line))}.py"
        linecache.cache[filename] = (len(line), None, line.splitlines(keepends=True), filename)
        with contextlib.redirect_stdout(out):
            try:
                exec(compile(line, filename, "exec"), namespace)
            except Exception as error:
                print(type(error).__name__)
    return re.sub(r"0x[0-9a-f]+", "0x", out.getvalue())


def show(value, seen=frozenset(), depth=0):
    if depth > 6 or id(value) in seen:
        return "…"
    seen = seen | {id(value)}

    def inner(each):
        return show(each, seen, depth + 1)

    if isinstance(value, list | tuple):
        return type(value)(map(inner, value))
    if isinstance(value, dict):
        return {key: inner(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        return value.ravel()[:6].tolist(), value.flags.writeable, value.strides, value.base is None
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.to_dict()
    if isinstance(value, type({}.keys())):
        return list(value)
    if isinstance(value, type):
        return value.__name__, value.items, value.count
    if hasattr(type(value), "items") and hasattr(value, "v"):
        return type(value).__name__, inner(value.v), type(value).items, type(value).count
    if callable(value):
        return value.__name__
    return value if isinstance(value, int | float | str) else type(value).__name__


def observe(namespace, names):
    """Values, and which names are one object, are instances of one another, look at the same memory."""
    values = [(name, namespace[name]) for name in names if name in namespace]
    pairs = [(one, other) for place, one in enumerate(values) for other in values[place + 1 :]]
    return repr(
        [
            [(name, show(value)) for name, value in values],
            [(n, m) for (n, v), (m, w) in pairs if v is w and not isinstance(v, int | float)],
            [(n, m) for n, v in values for m, w in values if isinstance(w, type) and isinstance(v, w)],
            [
                (n, m)
                for (n, v), (m, w) in pairs
                if isinstance(v, np.ndarray) and isinstance(w, np.ndarray) and np.shares_memory(v, w)
            ],
        ]
    )


def names_in(lines, binding=False):
    found = set()
    for node in (node for line in lines for node in ast.walk(ast.parse(line))):
        if isinstance(node, ast.Name) and (not binding or not isinstance(node.ctx, ast.Load)):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Global):
            found.update(node.names)
    return sorted(found & set(NAMES))


def definitions_in(lines, step):
    found = []
    for number, line in enumerate(lines):
        body = ast.parse(line).body
        if len(body) == 1 and isinstance(body[0], ast.FunctionDef | ast.ClassDef):
            needs = tuple(name for name in names_in([line]) if name != body[0].name)
            found.append(Definition(body[0].name, line, needs, f"{step}-{number}"))
    return found


def is_hidden(name):
    return name.startswith("__") or name in ("np", "pd")


many = settings(
    max_examples=PROGRAMS,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a program that fails is short enough to read; shrinking takes minutes
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _quiet(recwarn):
    return None


@many
@given(chance=st.randoms(use_true_random=False), takes_all=st.booleans())
def test_steps_in_a_row_give_what_the_notebook_gives(chance, takes_all, tmp_path_factory):
    parts = cut(chance, make_program(chance))
    straight = new_namespace()
    expected = []
    for lines in parts:
        printed = run(straight, lines, "straight")
        expected.append((printed, observe(straight, NAMES if takes_all else names_in(lines))))
    folder = ObjectFolder(tmp_path_factory.mktemp("objects"))
    manifest = empty_manifest()
    for order, lines in enumerate(parts):
        namespace = new_namespace()
        named = ALL if takes_all else names_in(lines)
        try:
            loaded = load_state(namespace, manifest, named, folder, definitions_in(lines, order))
        except StateError as error:
            assert "cannot be handed" in error.message  # noqa: PT017
            return
        printed = run(namespace, lines, order)
        assert (printed, observe(namespace, NAMES if takes_all else names_in(lines))) == expected[order], (
            parts
        )
        before = observe(namespace, NAMES)
        parents = (f"s{order - 1}",) if order else ()
        manifest = save_state(loaded, named, StepName(f"s{order}", order, parents), is_hidden)
        assert observe(namespace, NAMES) == before, parts
        assert not conflicts([manifest])
        manifest = decode(encode(manifest))


@many
@given(chance=st.randoms(use_true_random=False))
def test_steps_side_by_side_give_what_the_notebook_gives_or_a_conflict(chance, tmp_path_factory):
    """Edges as an analysis makes them that sees names and what functions lead to, but no change in place."""
    parts = cut(chance, make_program(chance))
    straight = new_namespace()
    folder = ObjectFolder(tmp_path_factory.mktemp("objects"))
    leads_to: dict[str, set[str]] = {}
    bound_in: dict[str, int] = {}
    manifests = []
    wrong = None
    for order, lines in enumerate(parts):
        for line in lines:
            for name in names_in([line]):
                leads_to.setdefault(name, set()).update(names_in([line]))
        named = set(names_in(lines))
        while more := set().union(*(leads_to.get(name, set()) for name in named)) - named:
            named |= more
        parents = sorted({bound_in[name] for name in named if name in bound_in})
        bound_in.update(dict.fromkeys(names_in(lines, binding=True), order))
        expected = run(straight, lines, "straight"), observe(straight, names_in(lines))
        if conflicts(manifests[each] for each in parents):
            return
        namespace = new_namespace()
        try:
            loaded = load_state(
                namespace,
                merge(manifests[each] for each in parents),
                sorted(named),
                folder,
                definitions_in(lines, order),
            )
        except StateError as error:
            assert "cannot be handed" in error.message  # noqa: PT017
            return
        actual = run(namespace, lines, order), observe(namespace, names_in(lines))
        if actual != expected and wrong is None:
            wrong = (order, parents, expected, actual, parts)
        step = StepName(f"s{order}", order, tuple(f"s{each}" for each in parents))
        manifests.append(decode(encode(save_state(loaded, sorted(named), step, is_hidden))))
    assert wrong is None or conflicts(manifests), wrong


if __name__ == "__main__":
    sys.exit(pytest.main([str(Path(__file__)), "-q", "-x"]))
