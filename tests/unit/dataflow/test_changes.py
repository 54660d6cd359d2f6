"""Changes in place, and names that share an object."""

import pytest

from .reading import codes, edges, loads, reasons, saves

FRAME = "# %% step:a\nimport pandas as pd\ndf = pd.DataFrame({'x': [1.0, None]})\n"


@pytest.mark.parametrize(
    "change",
    [
        "df['y'] = 1",
        "df.loc[0, 'x'] = 2",
        "df.x = 3",
        "df.dropna(inplace=True)",
        "df.insert(0, 'z', 1)",
        "df.columns = ['a']",
        "del df['x']",
        "df += 1",
        "s = df['x']\ns[0] = 5",
        "a = df.to_numpy()\na[0] = 5",
        "def add(d):\n    d['q'] = 1\nadd(df)",
        "def add():\n    df['q'] = 1\nadd()",
        "def outer(d):\n    def inner():\n        d['q'] = 1\n    inner()\nouter(df)",
        "import unknownlib\nunknownlib.fix(df)",
        "setattr(df, 'x', 1)",
        "box = {'k': [df]}\nbox['k'][0]['y'] = 1",
    ],
)
def test_a_change_in_place_is_a_state_of_the_step_that_makes_it(pipeline, change):
    found = pipeline(f"{FRAME}# %% step:b\n{change}\n# %% step:c\nprint(df)")
    assert ("state", "df") in reasons(found, "b", "c")
    assert "df" in loads(found, "b")
    assert "df" in saves(found, "b")


@pytest.mark.parametrize(
    "use",
    [
        "print(df.head())",
        "d = df.dropna()\nd['y'] = 1",
        "m = df.groupby('x').mean()",
        "d = df.copy()\nd.loc[0] = 1",
        "import numpy as np\nnp.mean(df['x'])",
        "import matplotlib.pyplot as plt\nplt.plot(df['x'])\nplt.show()",
        "import seaborn as sns\nsns.heatmap(df)",
        "from sklearn.linear_model import LinearRegression\nm = LinearRegression().fit(df, df['x'])\nm.predict(df)",
        "from sklearn.model_selection import train_test_split\na, b = train_test_split(df, random_state=1)\na['z'] = 1",
        "x = [row for row in df.itertuples()]",
        "len(df), df.shape, df.describe(), df.isnull().sum()",
    ],
)
def test_reading_changes_nothing(pipeline, use):
    found = pipeline(f"{FRAME}# %% step:b\n{use}\n# %% step:c\nprint(df)")
    assert edges(found) == {("a", "b"), ("a", "c")}


@pytest.mark.parametrize(
    "change",
    [
        "x.append(1)",
        "x[0] = 1",
        "x += [1]",
        "x[0].append(1)",
        "import random\nrandom.shuffle(x)",
        "import heapq\nheapq.heappush(x, 1)",
        "f = x.append\nf(3)",
        "list(map(x.append, [1]))",
        "y = x\ny.append(1)",
        "for y in [x]:\n    y.append(1)",
        "(lambda v: v.append(1))(x)",
        "def f(v):\n    v.append(1)\nf(*[x])",
        "def f(**k):\n    k['v'].append(1)\nf(v=x)",
        "def f(v, n):\n    v.append(n)\n    if n: f(v, n - 1)\nf(x, 3)",
        "del x[0]",
        "[v.append(1) for v in [x]]",
    ],
)
def test_every_way_to_change_a_list_is_seen(pipeline, change):
    found = pipeline(f"# %% step:a\nx = [[1]]\n# %% step:b\n{change}\n# %% step:c\nprint(x)")
    assert ("state", "x") in reasons(found, "b", "c")


def test_a_change_through_one_name_is_a_change_of_all_that_share_the_object(pipeline):
    found = pipeline(
        "# %% step:a\ndf = [1]\n# %% step:b\nc = df\n# %% step:c\ndf.append(2)\n# %% step:d\nprint(c, df)"
    )
    assert edges(found) == {("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")}
    assert loads(found, "c") == {"c", "df"}
    assert saves(found, "c") == {"c", "df"}


def test_branches_that_only_read_run_side_by_side(pipeline):
    found = pipeline(
        "# %%\nimport pandas as pd\nfrom sklearn.linear_model import LinearRegression, Ridge\n"
        "# %% step:load\ndf = pd.read_csv('https://example.com/d.csv')\nX, y = df[['a']], df['b']\n"
        "# %% step:one\none = LinearRegression().fit(X, y)\n# %% step:two\ntwo = Ridge()\ntwo.fit(X, y)\n"
        "# %% step:join\nprint(one.score(X, y), two.score(X, y))"
    )
    assert edges(found) == {
        ("load", "one"), ("load", "two"), ("load", "join"), ("one", "join"), ("two", "join"),
    }  # fmt: skip


def test_a_later_branch_may_change_what_an_earlier_one_reads(pipeline):
    found = pipeline(FRAME + "# %% step:b\nprint(df)\n# %% step:c\ndf['y'] = 1\n# %% step:d\nprint(df)")
    assert edges(found) == {("a", "b"), ("a", "c"), ("c", "d")}


def test_a_default_that_a_function_changes_makes_it_state(pipeline):
    found = pipeline(
        "# %% step:a\ndef f(x, seen=[]):\n    seen.append(x)\n    return seen\n"
        "# %% step:b\nf(1)\n# %% step:c\nprint(f(2))"
    )
    assert edges(found) == {("a", "b"), ("b", "c")}
    assert loads(found, "c") == {"f"}
    assert found.step("a").definitions == ()


def test_a_closure_that_counts_is_state(pipeline):
    found = pipeline(
        "# %% step:a\ndef make():\n    n = 0\n    def count():\n        nonlocal n\n        n += 1\n        return n\n"
        "    return count\nc = make()\n# %% step:b\nc()\n# %% step:c\nprint(c())"
    )
    assert ("state", "c") in reasons(found, "b", "c")


def test_a_global_that_a_function_binds_is_bound_where_it_is_called(pipeline):
    found = pipeline(
        "# %% step:a\ntotal = 0\ndef add(n):\n    global total\n    total += n\n"
        "# %% step:b\nadd(1)\n# %% step:c\nprint(total)"
    )
    assert edges(found) == {("a", "b"), ("b", "c")}


def test_an_instance_changed_by_its_method_is_state_of_that_step(pipeline):
    found = pipeline(
        "# %% step:a\nclass Stack:\n    def __init__(self):\n        self.items = []\n    def push(self, x):\n"
        "        self.items.append(x)\ns = Stack()\n# %% step:b\ns.push(1)\n# %% step:c\nprint(s.items)"
    )
    assert ("state", "s") in reasons(found, "b", "c")
    assert "Stack" not in loads(found, "b")


def test_a_class_attribute_that_changes_makes_the_class_state(pipeline):
    found = pipeline(
        "# %% step:a\nclass C:\n    made = 0\n    def __init__(self):\n        C.made += 1\n"
        "# %% step:b\nc = C()\n# %% step:c\nprint(C.made)"
    )
    assert edges(found) == {("a", "b"), ("b", "c")}


@pytest.mark.parametrize("code", ["f.calls = 1", "f = 3", "def f(): return 2"])
def test_a_function_that_is_changed_or_bound_again_is_state(pipeline, code):
    found = pipeline(f"# %% step:a\ndef f(): return 1\n# %% step:b\n{code}\n# %% step:c\nprint(f)")
    assert ("state", "f") in reasons(found, "b", "c")


def test_methods_read_the_globals_of_their_class(pipeline):
    found = pipeline(
        "# %% step:a\nclass C:\n    def area(self):\n        return K\nc = C()\n"
        "# %% step:b\nK = 2\n# %% step:c\nprint(c.area())"
    )
    assert {"c", "K"} <= loads(found, "c")


def test_special_methods_run_when_python_uses_the_object(pipeline):
    found = pipeline(
        "# %% step:a\nlog = []\nclass C:\n    def __repr__(self):\n        log.append(1)\n        return 'C'\nc = C()\n"
        "# %% step:b\nprint(c)\n# %% step:c\nprint(log)"
    )
    assert ("state", "log") in reasons(found, "b", "c")


def test_a_model_and_its_optimiser_change_together(pipeline):
    found = pipeline(
        "# %% step:a\nimport torch\nmodel = torch.nn.Linear(1, 1)\nopt = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "# %% step:b\nloss = model(torch.ones(1)).sum()\nloss.backward()\nopt.step()\n"
        "# %% step:c\nprint(model.weight)"
    )
    assert {"model", "opt"} <= loads(found, "b")
    assert ("state", "model") in reasons(found, "b", "c")


def test_queries_and_formulas_read_the_names_in_their_text(pipeline):
    found = pipeline(
        FRAME + "# %% step:b\nlimit = 1\n# %% step:c\ndf.query('x > @limit')\n"
        "# %% step:d\nimport statsmodels.formula.api as smf\nsmf.ols('x ~ scale(y)', data=df)"
        "\n# %% step:e\nprint(1)"
    )
    assert loads(found, "c") == {"df", "limit"}


def test_a_patch_of_a_library_is_refused_where_later_steps_would_miss_it(pipeline):
    text = "import pandas as pd\npd.DataFrame.foo = lambda self: 1\n"
    assert codes(pipeline(f"# %% step:a\n{text}# %% step:b\nprint(1)")) == ["JK212"]
    assert codes(pipeline(f"# %% setup\n{text}# %% step:b\nprint(1)")) == []


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        ("v = open('f', 'w')", "open file"),
        ("import sqlite3\nv = sqlite3.connect('f.db')", "database connection"),
        ("v = (i for i in range(3))", "generator"),
        ("def g():\n    yield 1\nv = g()", "generator"),
        ("import threading\nv = threading.Lock()", "lock"),
    ],
)
def test_what_cannot_travel_is_refused_when_a_later_step_reads_it(pipeline, make, kind):
    found = pipeline(f"# %% step:a\n{make}\n# %% step:b\nprint(v)")
    assert [f.code for f in found.findings if f.name == "v"] == ["JK301"]
    assert kind in next(f.message for f in found.findings if f.name == "v")
    assert "JK301" not in codes(pipeline(f"# %% step:a\n{make}\n# %% step:b\nprint(1)"))


@pytest.mark.parametrize(
    "told",
    [
        "from collections.abc import Sequence\nclass Mine:\n    pass\nSequence.register(Mine)",
        "import pandas as pd\n@pd.api.extensions.register_series_accessor('mine')\nclass Mine:\n    pass",
        "def f(*a):\n    pass\nget_ipython().events.register('post_run_cell', f)",
        "import codecs\ncodecs.register(lambda name: None)",
    ],
)
def test_a_library_that_is_told_of_an_object_is_changed(pipeline, told):
    assert "JK212" in codes(pipeline(f"# %% step:a\n{told}\n# %% step:b\nprint(1)"))
    assert "JK212" not in codes(pipeline(f"# %% setup\n{told}\n# %% step:b\nprint(1)"))


@pytest.mark.parametrize(
    "told",
    [
        "import pandas as pd\npd.plotting.register_matplotlib_converters()",
        "import mlflow\nrun = mlflow.start_run()\nmlflow.register_model(run.uri, 'name')",
        "import functools\n@functools.singledispatch\ndef f(x):\n    pass\n@f.register\ndef _(x: int):\n    pass",
        "import atexit\natexit.register(print)",
    ],
)
def test_other_things_named_register_are_no_change_of_a_library(pipeline, told):
    assert "JK212" not in codes(pipeline(f"# %% step:a\n{told}\n# %% step:b\nprint(1)"))
