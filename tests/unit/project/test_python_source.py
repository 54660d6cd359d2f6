"""Generated source is laid out as ruff lays it out, and gives back the values that went in."""

import ast
import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.project.plain import one_line
from jupyter_kfp.project.python_source import WIDTH, assignment, block, call, docstring, literal, text

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


def formatted(source):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "-"],
        input=source.encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


@given(values)
def test_a_literal_gives_back_the_value(value):
    assert ast.literal_eval(literal(value)) == value


@given(values)
def test_a_literal_is_source_that_can_be_printed(value):
    assert all(c.isprintable() or c == "\n" for c in literal(value))


@given(st.text())
def test_a_docstring_gives_back_its_text_and_ends_where_it_should(words):
    shown = one_line(words)
    source = "def f():\n" + "\n".join([*docstring(shown, 4), "    return 1"]) + "\n"
    function = ast.parse(source).body[0]
    assert len(function.body) == (2 if shown else 1)
    if shown:
        assert ast.get_docstring(function).strip() == shown


# Letters whose width everybody agrees on: ruff and Python may know different versions of Unicode.
known = st.text(
    alphabet=st.characters(max_codepoint=0x17F) | st.sampled_from("漢字カナ\u2028\u202e"), max_size=60
)
laid_out = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | known,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(known, inner, max_size=4),
)
HOSTILE = [
    '"""\nimport os\n"""',
    '"""',
    '"',
    'ends with "',
    "back\\slash\\",
    "\\",
    "{bucket} {{x}} %s",
    "'; DROP",
    "\u202eabc",
    "a\u2028b",
    "é漢😀",
    "x" * 200,
    " ".join(["word"] * 40),
    "tab\there",
    "\x00\x07",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_ruff_leaves_hostile_text_as_it_stands(words):
    source = "\n".join(
        [
            *docstring(one_line(words) or "x", 0),
            "",
            assignment("IMAGE", words),
            "",
            "",
            "@decorate",
            "def f(",
            f"    a: str = {literal(words, 4, 14)},",
            "):",
            *docstring(one_line(words) or "x", 4),
            call("g", [f"x={text(words)}", "y=1"], 4),
            call("task.set_display_name", [text(words)], 4),
            "    return 1",
            "",
        ]
    )
    assert formatted(source) == source


@settings(max_examples=40, deadline=None)
@given(st.lists(laid_out, min_size=1, max_size=6), st.text(alphabet="abc\"'\\ \n", max_size=100))
def test_ruff_leaves_generated_source_as_it_stands(given_values, words):
    signature = [f"    a{i}: str = {literal(value, 4, 15)}," for i, value in enumerate(given_values)]
    source = "\n".join(
        [
            assignment("LONG_NAME_OF_AN_IMAGE", words),
            "",
            "",
            "def f(",
            *signature,
            "):",
            call("function", [f"a={text(words)}", "b=1"], 4, before="task = "),
            call("function", [text(words)], 4),
            "",
        ]
    )
    assert formatted(source) == source


def test_a_call_is_broken_only_where_it_does_not_fit():
    assert call("f", ["a", "b"], 0) == "f(a, b)"
    assert call("f", ["a" * 50, "b" * 33], 0) == f"f({'a' * 50}, {'b' * 33})"[: WIDTH + 1]
    assert call("f", ["a" * 50, "b" * 34], 0) == f"f(\n    {'a' * 50},\n    {'b' * 34},\n)"


def test_a_text_on_one_line_keeps_no_control_characters():
    assert one_line(" a\n\tb\x07c\x1b[31m ") == "a bc[31m"


@given(st.text(alphabet=st.characters() | st.sampled_from('"\\\n')))
def test_a_block_is_the_text_and_a_line_end(value):
    assert ast.literal_eval(block(value)) == value + "\n"


def test_numbers_without_a_literal_are_written_as_calls():
    namespace = {}
    exec(f"value = {literal([math.nan, math.inf, -math.inf])}", namespace)
    nan, inf, minus_inf = namespace["value"]
    assert math.isnan(nan)
    assert (inf, minus_inf) == (math.inf, -math.inf)
