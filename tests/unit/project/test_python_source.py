import ast
import math
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.project.python_source import block, call, literal, string

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=6),
    max_leaves=12,
)


@given(VALUES)
def test_a_literal_is_the_value(value):
    assert ast.literal_eval(literal(value)) == value


@given(st.text())
def test_a_string_stands_on_one_line_and_is_the_text(text):
    source = string(text)
    assert ast.literal_eval(source) == text
    assert source.isprintable()


@given(st.text(alphabet=st.characters() | st.sampled_from('"\\\n')))
def test_a_block_is_the_text_and_a_line_end(text):
    assert ast.literal_eval(block(text)) == text + "\n"


def test_numbers_without_a_literal_are_written_as_calls():
    namespace = {}
    exec(f"value = {literal([math.nan, math.inf, -math.inf])}", namespace)
    nan, inf, minus_inf = namespace["value"]
    assert math.isnan(nan)
    assert (inf, minus_inf) == (math.inf, -math.inf)


def test_values_and_calls_are_laid_out_as_ruff_does_it():
    values = [
        [1, 2, 3],
        ["a long text that fills a good part of the line"] * 3,
        {"name": "x" * 30, "other": ["y" * 30, "z" * 30], "third": {"a": 1, "b": "w" * 70}},
        [["x" * 40, "y" * 40, "z" * 20], []],
        'a "quoted" text',
        'it\'s "both"',
        1e100,
        -0.5,
    ]
    lines = [call("show", [literal(value, indent=4, room=83)]) for value in values]
    lines += [call("add", [string("a" * n), "required=True"]) for n in (10, 55, 60, 66, 67, 80, 100)]
    source = "\n".join(lines) + "\n"
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "-"],
        input=source,
        capture_output=True,
        text=True,
    )
    assert formatted.stdout == source
