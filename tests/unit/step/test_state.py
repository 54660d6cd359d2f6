# ruff: noqa: E501 - the cases are programs, a line each
"""What a step binds, the next one finds: the named hard cases, each as two or three steps of a notebook."""

import ast
import textwrap

import pytest

from jupyter_kfp.step.definitions import Definition
from jupyter_kfp.step.errors import StateError
from jupyter_kfp.step.loading import load_state
from jupyter_kfp.step.manifest import ALL, conflicts, decode, encode, merge
from jupyter_kfp.step.objects import ObjectFolder
from jupyter_kfp.step.saving import StepName, save_state

PRELUDE = "import numpy as np\nimport pandas as pd\n"


class Steps:
    """Steps in this process, each with a namespace of its own."""

    def __init__(self, folder):
        self.folder = ObjectFolder(folder)
        self.manifests = {}

    def run(self, name, source, *parents, loads=ALL, saves=ALL, replay="", definitions=True):
        source = textwrap.dedent(source)
        namespace = {"__name__": "__main__"}
        exec(PRELUDE + textwrap.dedent(replay), namespace)
        listed = definitions_in(textwrap.dedent(replay) + "\n" + source) if definitions else ()
        merged = merge(self.manifests[each] for each in parents)
        loaded = load_state(namespace, merged, loads, self.folder, listed)
        exec(compile(source, f"<{name}>", "exec"), namespace)
        step = StepName(name, len(self.manifests), parents)
        manifest = save_state(loaded, saves, step, lambda each: each.startswith("__"))
        self.manifests[name] = decode(encode(manifest))
        return namespace

    def chain(self, *sources, **options):
        for number, source in enumerate(sources):
            parents = (f"s{number - 1}",) if number else ()
            namespace = self.run(f"s{number}", source, *parents, **options)
        return namespace


def definitions_in(source):
    return [
        Definition(node.name, ast.unparse(node), names_in(node), "cell")
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]


def names_in(node):
    return tuple(sorted({each.id for each in ast.walk(node) if isinstance(each, ast.Name)} - {node.name}))


@pytest.fixture
def steps(tmp_path):
    return Steps(tmp_path / "objects")


CASES = {
    "two names for one list": ("a = b = [1]", "a.append(2)", "assert b == [1, 2] and a is b"),
    "an object inside another": (
        "inner = {'n': 1}; outer = [inner]",
        "inner['n'] = 2",
        "assert outer[0] is inner and outer == [{'n': 2}]",
    ),
    "an alias made later": ("a = [1]", "b = [a]", "a.append(2)", "assert b[0] is a and a == [1, 2]"),
    "an alias of an alias made later": (
        "a = [1]", "b = [a]", "c = {'b': b}", "a.append(2)", "assert c['b'] is b and b[0] is a and a == [1, 2]",
    ),
    "equal values bound twice are two": ("x = [1]", "c = [x]", "x = [1]", "x.append(2)", "assert c == [[1]]"),
    "a cycle": ("a = []; a.append(a)", "assert a[0] is a; a.append(1)", "assert a[0][0] is a and a[1] == 1"),
    "a closure and its cell": (
        """
        def make():
            n = 0
            def inc():
                nonlocal n
                n += 1
                return n
            return inc, lambda: n
        inc, get = make()
        """,
        "inc(); inc()",
        "assert get() == 2",
    ),
    "a function that calls itself": (
        "def outer():\n    def fact(n): return 1 if n < 2 else n * fact(n - 1)\n    return fact\nfact = outer()",
        "assert fact(5) == 120",
    ),
    "a lambda reads a global bound later": ("f = lambda: g", "g = 1", "assert f() == 1; g = 2", "assert f() == 2"),
    "mutable defaults": ("def f(x=[]):\n    x.append(1)\n    return x", "f()", "assert f() == [1, 1]"),
    "attributes of a function": ("def f(): pass\nf.calls = 3", "f.calls += 1", "assert f.calls == 4"),
    "a redefined function kept elsewhere": (
        "def f(): return 1\nold = [f]",
        "def f(): return 2",
        "assert old[0]() == 1 and f() == 2",
    ),
    "a class of the notebook": (
        "class A:\n    def __init__(self): self.v = 1\na = A()",
        "class B(A): pass\nb = B()",
        "assert isinstance(a, A) and isinstance(b, A) and type(b) is B and not isinstance(a, B)",
    ),
    "a redefined class": (
        "class A: v = 1\na = A()",
        "class A: v = 2\nb = A()",
        "assert a.v == 1 and b.v == 2 and not isinstance(a, A) and isinstance(b, A)",
    ),
    "state of a class": (
        "class A:\n    count = 0\n    items = []\n    def add(self): type(self).count += 1; self.items.append(self)\na = A(); a.add()",
        "a.add()",
        "assert A.count == 2 and A.items == [a, a]; A.extra = 'x'; del A.count",
        "assert A.extra == 'x' and not hasattr(a, 'count')",
    ),
    "a method replaced": (
        "class A:\n    def f(self): return 1\na = A()",
        "A.f = lambda self: 2\na.g = lambda: 3",
        "assert a.f() == 2 and a.g() == 3",
    ),
    "bound methods": ("class A:\n    def f(self): return self\na = A(); m = a.f", "assert m() is a and m.__func__ is A.f"),
    "dataclass, enum, named tuple, slots": (
        """
        import dataclasses, enum, typing, collections
        @dataclasses.dataclass
        class D:
            x: int
            y: list = dataclasses.field(default_factory=list)
        class E(enum.Enum):
            A = 1
        class N(typing.NamedTuple):
            x: int
        class S:
            __slots__ = ('v',)
        P = collections.namedtuple('P', 'x y')
        d = D(1); e = E.A; n = N(1); s = S(); s.v = 2; p = P(1, 2)
        """,
        "assert d == D(1) and e is E.A and isinstance(n, N) and n.x == 1 and s.v == 2 and type(p) is P and p == (1, 2)",
    ),
    "metaclass, generic, protocol, abc": (
        """
        import typing, abc
        T = typing.TypeVar('T')
        class M(type):
            def __new__(mcs, name, bases, ns): return super().__new__(mcs, name, bases, {**ns, 'made': name})
        class A(metaclass=M): pass
        class G(typing.Generic[T]):
            def __init__(self, v): self.v = v
        class Q(abc.ABC):
            @abc.abstractmethod
            def f(self): ...
        class R(Q):
            def f(self): return super().__init__
        a, g, r = A(), G[int](3), R()
        """,
        "assert a.made == 'A' and type(A) is M and g.v == 3 and isinstance(r, Q) and r.f() is not None",
    ),
    "classes that are no listed definitions": (
        "def make():\n    class Local:\n        n = 0\n    return Local\nL = make(); a = L()",
        "b = L(); L.n = 5",
        "assert type(a) is L and type(b) is L and a.n == 5",
    ),
    "partial, lru_cache, operator": (
        "import functools, operator\n@functools.lru_cache\ndef f(x): return x + 1\n"
        "p = functools.partial(f, 1); get = operator.itemgetter(0); f(1)",
        "assert p() == 2 and f(2) == 3 and get([7]) == 7",
    ),
    "a half-consumed iterator": (
        "xs = [1, 2, 3]; it = iter(xs); next(it); z = zip(xs, 'abc'); next(z)",
        "assert next(it) == 2; xs.append(4)",
        "assert list(it) == [3, 4] and next(z) == (2, 'b')",
    ),
    "NaN and its identity": ("nan = float('nan'); xs = [nan, np.nan]", "assert nan in xs and np.nan in xs"),
    "numbers": ("big = 10 ** 100; x = 0.1 + 0.2; c = 1j", "assert big == 10 ** 100 and x == 0.1 + 0.2 and c == 1j"),
    "an exception with its cause": (
        """
        import traceback
        def boom(): raise KeyError('k')
        try:
            try: boom()
            except KeyError as error: raise ValueError('v') from error
        except ValueError as error: e = error
        before = traceback.format_exception(e)
        """,
        "import re\nstrip = lambda lines: re.sub(r'<[^>]*>|[ ~^]+\\n|    .*\\n', '', ''.join(lines))\n"
        "assert strip(traceback.format_exception(e)) == strip(before), (traceback.format_exception(e), before)",
    ),
    "nested 10,000 deep": (
        "x = []\nfor _ in range(10_000): x = [x]",
        "depth = 0\nwhile x: x = x[0]; depth += 1\nassert depth == 10_000",
    ),
    "singletons of libraries": (
        "import random, os, inspect, dataclasses\nr = np.random.mtrand._rand; choose = random.choice; env = os.environ\n"
        "m = dataclasses.MISSING; empty = inspect._empty",
        "assert r is np.random.mtrand._rand and choose.__self__ is random._inst and env is os.environ\n"
        "assert m is dataclasses.MISSING and empty is inspect._empty",
    ),
    "a module by another name": ("import os.path as place\nmods = [place]", "assert place.join('a', 'b') and mods[0] is place"),
    "functions made by exec": (
        "d = {}\nexec('k = 1\\ndef f(): return k', d)\nf = d['f']",
        "d['k'] = 2",
        "assert f() == 2 and d['f'] is f and f.__globals__ is d",
    ),
    "sets and their order": ("s = {str(i) for i in range(50)}; t = s", "s.add('x')", "assert t is s and len(t) == 51"),
    "deleted names": ("a = 1; b = 2", "del a", "assert 'a' not in globals() and b == 2"),
    "views of arrays": (
        "a = np.arange(12.).reshape(3, 4); row = a[1]; t = a.T",
        "a[1, 0] = 99; assert row.base is not None",
        "assert row[0] == 99 and t[0, 1] == 99 and np.shares_memory(a, t)",
    ),
    "a view of a loaded array": ("a = np.arange(10_000.)", "v = a[5:10]", "a[5] = -1", "assert v[0] == -1"),
    "object arrays share too": ("a = np.array([[1], {2: 3}], dtype=object); v = a[:1]", "a[0] = 'x'", "assert v[0] == 'x'"),
    "orders, strides and flags": (
        "f = np.asfortranarray(np.ones((3, 4))); n = np.arange(10)[::-2]; r = np.arange(3); r.flags.writeable = False\n"
        "z = np.array(5); e = np.empty((0, 3)); b = np.broadcast_to(np.arange(3), (4, 3))",
        "assert f.flags.f_contiguous and n.strides == (-16,) and list(n) == [9, 7, 5, 3, 1] and not r.flags.writeable\n"
        "assert z == 5 and e.shape == (0, 3) and b.strides == (0, 8) and f.flags.owndata",
    ),
    "dtypes": (
        "s = np.array([(1, 'a')], dtype=[('x', 'i4'), ('y', 'U3')]); d = np.array(['2020-01-01'], 'M8[D]')\n"
        "t = np.array(['a', 'bb']); c = np.array([1j], 'c8'); h = np.array([1], '>i2'); o = np.array([None, [1]], object)\n"
        "m = np.ma.masked_array([1, 2], [0, 1]); x = np.matrix([[1]]); rec = np.rec.array([(1,)], names='q')",
        "assert s['y'][0] == 'a' and d[0] == np.datetime64('2020-01-01') and t[1] == 'bb' and c.dtype == 'c8'\n"
        "assert h.dtype == '>i2' and o[1] == [1] and m.mask.tolist() == [False, True] and type(x) is np.matrix and rec.q[0] == 1",
    ),
    "generators of random numbers": (
        "rng = np.random.default_rng(1); rng.random(); first = rng.bit_generator.state['state']['state']",
        "assert rng.bit_generator.state['state']['state'] == first; rng.random()",
        "assert rng.bit_generator.state['state']['state'] != first",
    ),
    "frames of every kind": (
        """
        df = pd.DataFrame({'i': [1, 2], 'f': [.5, None], 's': ['a', None], 'c': pd.Categorical(['x', 'y']),
            't': pd.to_datetime(['2020-01-01', '2020-01-02']).tz_localize('Europe/Berlin'), 'n': pd.array([1, None], 'Int64'),
            'b': [True, False], 'o': [[1], {}]}, index=pd.MultiIndex.from_tuples([('a', 1), ('b', 2)], names=['k', 'l']))
        df.attrs['unit'] = 'm'; s = df['i']; s.name = 'renamed'; idx = pd.RangeIndex(3, name='r')
        p = pd.period_range('2020', periods=2, freq='M'); sp = pd.arrays.SparseArray([0, 1])
        kept = df.copy(deep=True)
        """,
        "pd.testing.assert_frame_equal(df, kept); assert df.attrs == {'unit': 'm'} and s.name == 'renamed' and idx.name == 'r'\n"
        "df.loc[:, 'i'] = 7",
        "assert df['i'].tolist() == [7, 7] and s.tolist() == ([1, 2] if pd.__version__ >= '3' else [7, 7]) and kept['i'].tolist() == [1, 2] and len(p) == 2 and sp[1] == 1",
    ),
    "frames that share until one is written": (
        "a = pd.DataFrame({'x': [1., 2.]}); b = a[:]; c = a.copy(deep=False)",
        "a.iloc[0, 0] = 9",
        "assert a.iloc[0, 0] == 9 and b.iloc[0, 0] == c.iloc[0, 0] == (1 if pd.__version__ >= '3' else 9)",
    ),
    "a frame's memory taken out": (
        "df = pd.DataFrame(np.zeros((2, 2))); x = df.values",
        "df.iloc[0, 0] = 5",
        "assert x[0, 0] == 5",
    ),
    "a frame's memory taken out later": ("df = pd.DataFrame(np.zeros((2, 2)))", "x = df.values", "df.iloc[0, 0] = 5", "assert x[0, 0] == 5"),
    "scikit-learn with a transformer of the notebook": (
        """
        from sklearn.base import BaseEstimator, TransformerMixin
        from sklearn.pipeline import make_pipeline
        from sklearn.linear_model import LinearRegression
        class Twice(TransformerMixin, BaseEstimator):
            def fit(self, X, y=None): return self
            def transform(self, X): return X * 2
        model = make_pipeline(Twice(), LinearRegression()).fit(np.array([[1], [2]]), [1, 2])
        """,
        "assert abs(model.predict(np.array([[3]]))[0] - 3) < 1e-9 and isinstance(model[0], Twice)",
    ),
    "scipy, polars, arrow": (
        "import scipy.sparse as sp, polars as pl, pyarrow as pa\nm = sp.csr_matrix(np.eye(3)); p = pl.DataFrame({'a': [1, 2]})\n"
        "t = pa.table({'a': [1]}); lazy = p.lazy()",
        "assert m.sum() == 3 and p['a'].sum() == 3 and t['a'][0].as_py() == 1 and lazy.collect().height == 2",
    ),
    "figures, images, symbols, graphs": (
        """
        import matplotlib; matplotlib.use('agg')
        import matplotlib.pyplot as plt, sympy, networkx as nx
        from PIL import Image
        fig, ax = plt.subplots(); line, = ax.plot([1, 2]); plt.close(fig)
        img = Image.new('RGB', (2, 2), 'red'); x = sympy.Symbol('x'); expr = x ** 2; g = nx.path_graph(3)
        """,
        "assert ax.figure is fig and ax.lines[0] is line and img.getpixel((0, 0)) == (255, 0, 0)\n"
        "assert expr.diff(x) == 2 * x and list(g.edges) == [(0, 1), (1, 2)]",
    ),
    "small things": (
        "import datetime, re, pathlib, uuid, decimal, fractions, zoneinfo\nd = datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo('UTC'))\n"
        "p = re.compile('a+'); path = pathlib.Path('a/b'); u = uuid.UUID(int=1); q = decimal.Decimal('0.1'); f = fractions.Fraction(1, 3)",
        "assert d.tzinfo.key == 'UTC' and p.match('aa') and path.name == 'b' and u.int == 1 and str(q) == '0.1' and f * 3 == 1",
    ),
    "closed files": (
        "import os\nwith open(os.devnull) as f: pass",
        "assert f.closed and f.name == os.devnull and f.mode == 'r'\ntry: f.read()\nexcept ValueError: pass\nelse: raise AssertionError",
    ),
    "unicode names": ("größe = 1; 変数 = [größe]", "assert 変数 == [größe]"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_case_gives_what_the_notebook_gives(case, steps):
    straight = {"__name__": "__main__"}
    exec(PRELUDE, straight)
    for source in CASES[case]:
        exec(textwrap.dedent(source), straight)
    steps.chain(*CASES[case])


@pytest.mark.parametrize("case", CASES)
def test_a_case_gives_the_same_where_nothing_travels_as_source(case, steps):
    steps.chain(*CASES[case], definitions=False)


def test_only_what_changed_is_stored_again(steps):
    steps.run("a", "x = list(range(1000)); big = np.zeros(100_000); y = 1")
    before = {path.name for path in steps.folder.path.iterdir()}
    steps.run("b", "big.sum(); x.index(3); z = big[:10]", "a", saves=["z"], loads=["x", "big"])
    names = steps.manifests["b"]["names"]
    assert (names["x"], names["big"]) == tuple(steps.manifests["a"]["names"][each] for each in ("x", "big"))
    assert len({path.name for path in steps.folder.path.iterdir()} - before) == 1
    steps.run("c", "big[0] = 1", "b", saves=["big"], loads=["big"])
    assert steps.manifests["c"]["names"]["z"]["step"] == "c"
    steps.run("d", "assert z[0] == 1; z[0] = 2; assert big[0] == 2", "c")


def test_equal_work_gives_an_equal_manifest(steps, tmp_path):
    source = "s = {'a', 'b'}; f = lambda: s; df = pd.DataFrame({'x': [1]}); a = np.arange(9)"
    steps.run("a", source)
    again = Steps(tmp_path / "again")
    again.run("a", source)
    assert encode(steps.manifests["a"]) == encode(again.manifests["a"])


def test_a_small_slice_does_not_drag_its_owner_along(steps):
    steps.run("a", "v = np.zeros(1_000_000)[5:10]")
    assert steps.manifests["a"]["names"]["v"]["size"] < 10_000


def test_globals_that_a_function_reads_come_with_it(steps):
    steps.run("a", "scale = [2]; unused = 1\nf = lambda x: x * scale[0]\ndef g(x): return f(x)", saves=["g"])
    namespace = steps.run("b", "assert g(3) == 6", "a", loads=["g"], replay="def g(x): return f(x)")
    assert "unused" not in steps.manifests["a"]["names"]
    assert namespace["scale"] == [2]


def test_a_replayed_definition_is_the_one_that_values_know(steps):
    source = "class A:\n    n = 0\n    def f(self): return helper(self)\ndef helper(x): return x.n"
    steps.run("a", f"{source}\na = A(); A.n = 5", saves=["a", "A", "helper"])
    steps.run("b", "assert isinstance(a, A) and a.f() == 5", "a", loads=["a"], replay=source)


def test_a_setup_cell_does_not_undo_what_a_step_changed(steps):
    steps.run("a", "options['x'] = 1\nf = lambda: options", replay="options = {}", saves=["f", "options"])
    steps.run("b", "assert f() == {'x': 1}", "a", loads=["f"], replay="options = {}")


def test_a_name_rebound_behind_the_analysis_is_handed_on(steps):
    steps.run("a", "n = 0\ndef bump():\n    global n\n    n += 1", saves=["n", "bump"])
    steps.run("b", "exec('n = 41'); bump()", "a", loads=["bump"], saves=[])
    steps.run("c", "assert n == 42", "b", loads=["n"])


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = (i for i in 'ab')", "x is a generator"),
        ("import threading\nx = {'a': [threading.Lock()]}", "x['a'][0] is a lock"),
        ("class A: pass\nx = A(); x.log = A(); x.log.handlers = [open('/dev/null')]", "x.log.handlers[0] is an open file"),
        ("def make(f):\n    return lambda: f\nx = make(open('/dev/null'))", "x (its closure) is an open file"),
        ("import sqlite3\nx = sqlite3.connect(':memory:')", "x is a connection"),
    ],
)  # fmt: skip
def test_what_cannot_travel_is_refused_where_it_is_needed(steps, source, said):
    steps.run("a", f"{source}\nfine = 1")
    steps.run("b", "assert fine == 1 and 'x' not in globals()", "a")
    with pytest.raises(StateError) as caught:
        steps.run("c", "x", "a", loads=["x"])
    assert said in caught.value.message
    assert "'a'" in caught.value.message
    assert "setup" in caught.value.fix


def test_a_value_changed_side_by_side_is_a_conflict(steps):
    steps.run("a", "x = [1]; y = [x]; other = [2]")
    steps.run("b", "x.append(2)", "a", loads=["x"], saves=["x"])
    steps.run("c", "n = len(y)", "a", loads=["y"], saves=["n"])
    (found,) = conflicts([steps.manifests["b"], steps.manifests["c"]])
    assert (found.kind, found.earlier, found.later) == ("value", "b", "c")
    assert "after:b" in found.fix
    steps.run("d", "m = other[0]", "a", loads=["other"], saves=["m"])
    assert not conflicts([steps.manifests["b"], steps.manifests["d"]])


def test_reading_before_another_step_changes_is_no_conflict(steps):
    steps.run("a", "x = [1]")
    steps.run("b", "n = len(x)", "a", loads=["x"], saves=["n"])
    steps.run("c", "x.append(2)", "a", loads=["x"], saves=["x"])
    assert not conflicts([steps.manifests["b"], steps.manifests["c"]])
    steps.run("d", "assert n == 1 and x == [1, 2]", "b", "c")


def test_an_alias_that_the_changing_step_did_not_know_is_a_conflict(steps):
    steps.run("a", "x = [1]")
    steps.run("b", "y = [x]", "a", loads=["x"], saves=["y"])
    steps.run("c", "x.append(2)", "a", loads=["x"], saves=["x"])
    (found,) = conflicts([steps.manifests["b"], steps.manifests["c"]])
    assert (found.kind, found.subject, found.earlier, found.later) == ("alias", "y", "b", "c")


def test_two_steps_that_change_one_value_are_a_conflict(steps):
    steps.run("a", "x = [1]")
    steps.run("b", "x.append(2)", "a", loads=["x"], saves=["x"])
    steps.run("c", "x.append(3)", "a", loads=["x"], saves=["x"])
    assert conflicts([steps.manifests["b"], steps.manifests["c"]])


def test_references_keep_identity_over_a_join(steps):
    steps.run("a", "x = [1]")
    steps.run("b", "p = {'x': x}", "a", loads=["x"], saves=["p"])
    steps.run("c", "q = (x, 1)", "a", loads=["x"], saves=["q"])
    steps.run("d", "assert p['x'] is x and q[0] is x; x.append(2)", "b", "c")
    steps.run("e", "assert p['x'] is x and q[0] is x and x == [1, 2]", "d")


def test_a_missing_object_is_named(steps):
    steps.run("a", "x = [1]")
    digest = steps.manifests["a"]["names"]["x"]["object"]
    steps.folder.file(digest).unlink()
    with pytest.raises(StateError, match=digest):
        steps.run("b", "x", "a")


def test_a_buffer_that_was_tampered_with_is_not_loaded(steps):
    steps.run("a", "x = np.arange(10_000)")
    info = steps.manifests["a"]["objects"][steps.manifests["a"]["names"]["x"]["object"]]
    path = steps.folder.file(info["buffers"][0])
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(StateError, match="damaged"):
        steps.run("b", "x", "a")


def test_writing_to_a_loaded_array_leaves_the_object_as_it_was(steps):
    steps.run("a", "x = np.zeros(10_000)")
    steps.run("b", "x[:] = 1", "a", saves=["x"])
    steps.run("c", "assert x.sum() == 0", "a")
    steps.run("d", "assert x.sum() == 10_000", "b")


def test_loading_and_saving_leave_no_names_behind(steps):
    steps.run("a", "class A: pass\nx = A(); f = lambda: x")
    namespace = steps.run("b", "seen = sorted(globals())", "a")
    assert [name for name in namespace["seen"] if not name.startswith("__")] == ["A", "f", "np", "pd", "x"]


def test_a_value_whose_library_is_not_here_stops_only_the_step_that_asks_for_it(steps, tmp_path, monkeypatch):
    (tmp_path / "rare_library.py").write_text("class Thing: pass\ndef tool(): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    steps.run("a", "import rare_library\nfrom rare_library import tool\nx = rare_library.Thing(); y = 1")
    monkeypatch.delitem(__import__("sys").modules, "rare_library")
    (tmp_path / "rare_library.py").unlink()
    __import__("importlib").invalidate_caches()
    steps.run("b", "assert y == 1 and 'x' not in globals() and 'tool' not in globals()", "a")
    with pytest.raises(StateError, match="rare_library"):
        steps.run("c", "x", "a", loads=["x"])


def test_functions_of_libraries_are_names_of_modules(steps):
    steps.run("a", "from math import sqrt\nfrom collections import OrderedDict as D")
    assert steps.manifests["a"]["objects"] == {}
    steps.run("b", "assert sqrt(4) == 2 and D().__class__ is D", "a")


def test_scalars_share_one_object_and_change_alone(steps):
    steps.run("a", "x = 1; y = 'a'; z = 2.5")
    assert len(steps.manifests["a"]["objects"]) == 1
    steps.run("b", "x = 2", "a", loads=["x"], saves=["x"])
    steps.run("c", "assert (x, y, z) == (2, 'a', 2.5)", "b")
