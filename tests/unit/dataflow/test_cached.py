"""Which functions that remember their results can be made again from their source alone."""

import ast

import pytest

from jupyter_kfp.dataflow.cached import forgets, is_cache


def function(source):
    return ast.parse(source).body[0]


@pytest.mark.parametrize(
    "source",
    [
        "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)",
        'def area(w, h):\n    """Of a rectangle."""\n    return w * h',
        "def root(x):\n    if x < 0:\n        raise ValueError(f'{x} is below 0')\n    return math.sqrt(x)",
        "def total(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s",
        "def gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return a",
    ],
)
def test_one_that_only_reckons_with_its_arguments_forgets(source):
    assert forgets(function(source))


@pytest.mark.parametrize(
    "source",
    [
        "def load():\n    return [1]",
        "def load():\n    return {}",
        "def load(path):\n    return pd.read_csv(path)",
        "def rate(x):\n    return x * factor",
        "def told(x):\n    print(x)\n    return x",
        "def odd(len):\n    return len(3)",
        "def item(self):\n    return self.items",
        "def count():\n    global n\n    n += 1\n    return n",
        "async def wait(x):\n    return x",
        "def names(n):\n    return [n]",
        "def inner(n):\n    def deep():\n        return n\n    return deep",
    ],
)
def test_one_that_gives_or_uses_anything_else_remembers(source):
    assert not forgets(function(source))


def test_a_cache_is_known_by_its_decorator():
    decorators = function("@functools.lru_cache(maxsize=3)\n@cache\n@wraps(f)\ndef f(): pass").decorator_list
    assert [is_cache(each) for each in decorators] == [True, True, False]


def edges(pipeline, define, use, look):
    cells = zip(("make", "use", "look"), (define, use, look), strict=True)
    found = pipeline("".join(f"# %% step:{step}\n{source}\n" for step, source in cells))
    return {(edge.source, edge.target) for edge in found.edges}


DOUBLE = "import functools\n@functools.cache\ndef double(n):\n    return 2 * n"


def test_a_step_that_calls_a_remembering_function_changes_it(pipeline):
    load = "import functools\n@functools.lru_cache\ndef load():\n    return [1]"
    assert ("use", "look") in edges(pipeline, load, "load().append(2)", "print(load())")


def test_steps_that_call_one_that_reckons_stay_side_by_side(pipeline):
    assert ("use", "look") not in edges(pipeline, DOUBLE, "print(double(1))", "print(double(2))")


def test_one_whose_counts_are_asked_for_remembers(pipeline):
    assert ("use", "look") in edges(pipeline, DOUBLE, "print(double(1))", "print(double.cache_info())")
