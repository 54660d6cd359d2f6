"""Run a pipeline in this process, step by step, as the contract says; and the notebook straight, to compare.

Objects that can be changed (`Box`, `Record`, functions) have an identity that survives copying, so that sharing is
kept as the real state keeps it: by reference. Two versions of one object in one step are a stale alias, and
`StaleError` is raised.
"""

import ast
import contextlib
import io
import itertools
import types


class StaleError(Exception):
    pass


NUMBERS = itertools.count()


class Shallow:
    """Shown a few levels deep: what shares its parts many times over would take for ever."""

    depth = 0

    def __repr__(self):
        if Shallow.depth > 3:
            return "…"
        Shallow.depth += 1
        try:
            return super().__repr__()
        finally:
            Shallow.depth -= 1


class Box(Shallow, list):
    def __init__(self, *items):
        super().__init__(items)
        self.uid = next(NUMBERS)

    def __add__(self, other):
        return Box(*list.__add__(self, other))

    def __getitem__(self, key):
        found = list.__getitem__(self, key)
        return Box(*found) if isinstance(key, slice) else found

    def copy(self):
        return Box(*self)


class Record(Shallow, dict):
    def __init__(self, items=()):
        super().__init__(items)
        self.uid = next(NUMBERS)

    def copy(self):
        return Record(self)


class Frozen:
    """An object in a manifest."""

    def __init__(self, kind, uid):
        self.kind, self.uid, self.parts, self.rest = kind, uid, [], None


DELETED = object()
START = {
    "__name__": "__main__",
    "boxed_list": Box,
    "boxed_dict": Record,
    "list": lambda items=(): Box(*items),
    "sorted": lambda items, **k: Box(*sorted(items, **k)),
}


class Identified(ast.NodeTransformer):
    """Lists and dicts become objects with an identity; the analysis sees the plain code."""

    def visit_List(self, node):
        self.generic_visit(node)
        return self.call("boxed_list", node, node.elts) if isinstance(node.ctx, ast.Load) else node

    def visit_ListComp(self, node):
        self.generic_visit(node)
        return self.call("boxed_list", node, [ast.Starred(node, ast.Load())])

    def visit_Dict(self, node):
        self.generic_visit(node)
        return self.call("boxed_dict", node, [node])

    def call(self, name, node, arguments):
        call = ast.Call(ast.Name(name, ast.Load()), arguments, [])
        return ast.fix_missing_locations(ast.copy_location(call, node))


def execute(sources, namespace, local_names=None):
    """What the code prints. `local_names`: where names at the top level are looked up and bound instead."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        for source in sources:
            tree = Identified().visit(ast.parse(source))
            exec(compile(tree, "<cell>", "exec"), namespace, local_names)
    return out.getvalue()


def run_straight(notebook):
    namespace = dict(START)
    return {cell.number: execute([cell.source], namespace) for cell in notebook.cells}


def run_pipeline(pipeline):
    """The output of each cell. States are name → (order of the writer, frozen value)."""
    states, outputs = {}, {}
    for step in pipeline.steps:
        merged = {}
        for parent in pipeline.parents(step.name):
            for name, entry in states[parent].items():
                if name not in merged or merged[name][0] < entry[0]:
                    merged[name] = entry
        namespace = dict(START)
        execute([replay.source for replay in step.replays], namespace)
        names = [n for n in (merged if step.loads_all else step.loads) if n in merged]
        memo = {}
        for name in names:
            value = merged[name][1]
            if value is DELETED:
                namespace.pop(name, None)
            else:
                namespace[name] = thaw(value, memo, namespace)
        for cell in step.cells:
            outputs[cell.number] = execute([cell.source], namespace)
        state, memo = dict(merged), {}
        for name in namespace if step.saves_all else step.saves:
            if name in START or name == "__builtins__":
                continue
            value = freeze(namespace[name], memo) if name in namespace else DELETED
            state[name] = (step.order, value)
        states[step.name] = state
    return outputs


def freeze(value, memo):
    """A copy for the manifest, shared parts once."""
    if id(value) in memo:
        return memo[id(value)][0]
    if isinstance(value, Box | Record):
        found = Frozen(type(value), value.uid)
        memo[id(value)] = (found, value)
        found.parts = [freeze(v, memo) for v in (value.values() if isinstance(value, Record) else value)]
        found.rest = list(value) if isinstance(value, Record) else None
        return found
    if isinstance(value, types.FunctionType):
        uid = value.__dict__.setdefault("uid", next(NUMBERS))
        found = Frozen(types.FunctionType, uid)
        memo[id(value)] = (found, value)
        cells = [c.cell_contents for c in value.__closure__ or ()]
        named = value.__kwdefaults__ or {}
        found.parts = [freeze(v, memo) for v in (*named.values(), *(value.__defaults__ or ()), *cells)]
        found.rest = (value.__code__, value.__name__, list(named), len(value.__defaults__ or ()))
        return found
    if isinstance(value, tuple):
        return tuple(freeze(v, memo) for v in value)
    if isinstance(value, list):
        return [freeze(v, memo) for v in value]
    return value


def thaw(value, memo, namespace):
    """A live object; one for each identity."""
    if isinstance(value, Frozen):
        known = memo.get(value.uid)
        if known is not None:
            if known[0] is not value and not same(known[0], value, set()):
                raise StaleError(value.uid)
            return known[1]
        if value.kind is types.FunctionType:
            return thaw_function(value, memo, namespace)
        live = value.kind.__new__(value.kind)
        live.uid = value.uid
        memo[value.uid] = (value, live)
        parts = [thaw(v, memo, namespace) for v in value.parts]
        if value.kind is Record:
            live.update(zip(value.rest, parts, strict=True))
        else:
            live.extend(parts)
        return live
    if isinstance(value, tuple):
        return tuple(thaw(v, memo, namespace) for v in value)
    if isinstance(value, list):
        return [thaw(v, memo, namespace) for v in value]
    return value


def thaw_function(value, memo, namespace):
    code, name, named, count = value.rest
    cells = [types.CellType() for _ in value.parts[len(named) + count :]]
    live = types.FunctionType(code, namespace, name, None, tuple(cells) or None)
    live.__dict__["uid"] = value.uid
    memo[value.uid] = (value, live)
    parts = [thaw(v, memo, namespace) for v in value.parts]
    live.__kwdefaults__ = dict(zip(named, parts, strict=False))
    live.__defaults__ = tuple(parts[len(named) : len(named) + count]) or None
    for cell, content in zip(cells, parts[len(named) + count :], strict=True):
        cell.cell_contents = content
    return live


def same(one, other, seen):
    """Whether two frozen values are the same version of one thing."""
    if one is other:
        return True
    if isinstance(one, Frozen) and isinstance(other, Frozen):
        if (one.uid, other.uid) in seen:
            return one.uid == other.uid
        seen.add((one.uid, other.uid))
        return one.uid == other.uid and same(one.parts, other.parts, seen)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(same(a, b, seen) for a, b in zip(one, other, strict=True))
    return one == other
