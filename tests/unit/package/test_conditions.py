"""Conditions: what may be said, what it means, and where its names come from."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.conditions import (
    ConditionError,
    comparisons,
    evaluate,
    parse_condition,
    references,
    step_condition,
)
from jupyter_kfp.pipeline import Parameter

from .made import make_pipeline, make_step

VALUES = {"a": 1, "b": 2.5, "mode": "full", "flag": True, "off": False}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a == 1", True),
        ("a > 1", False),
        ("1 < b", True),
        ("0 < a <= 1", True),
        ("0 < a < 1", False),
        ("not a > 1", True),
        ("not (a == 1 and b == 2.5)", False),
        ("a > 1 or b > 1", True),
        ("not (a > 1 or b > 1)", False),
        ("mode == 'full'", True),
        ("mode != 'full'", False),
        ("mode < 'g'", True),
        ("flag", True),
        ("not flag", False),
        ("not off", True),
        ("flag == False", False),
        ("flag and not off", True),
        ("a >= -1", True),
        ("a == +1", True),
        ("a < b", True),
        ("  a == 1 ", True),
        ("not not a == 1", True),
    ],
)
def test_a_condition_means_what_python_means(text, holds):
    assert evaluate(parse_condition(text), VALUES) is holds
    assert bool(eval(text.strip(), {}, dict(VALUES))) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a >",
        "1",
        "1 > 0",
        "a",
        "a + 1 > 2",
        "f(a) > 1",
        "a.b > 1",
        "a[0] > 1",
        "__import__('os').system('true') == 0",
        "a in [1, 2]",
        "a is None",
        "a == None",
        "(a := 2) > 1",
        "a > 1 if b else c",
        "[x for x in a]",
        "lambda: 1",
        "a == 1e999",
        "a > b'x'",
        "a == 1j",
        "a == f'{b}'",
        "a > 1; b",
        "a > 1\nb > 1",
        "\x00",
        "-" * 900 + "1 > a",
        "(" * 400 + "a",
        "a > 1 and " * 200 + "a",
        "-True == a",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ConditionError):
        evaluate(parse_condition(text), {**VALUES, "a": 1})


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text):
    with contextlib.suppress(ConditionError):
        parse_condition(text)


@pytest.mark.parametrize("text", ["mode > 1", "a == 'x'", "flag > False", "flag == 1", "a", "mode"])
def test_kinds_that_differ_are_not_compared(text):
    with pytest.raises(ConditionError):
        evaluate(parse_condition(text), VALUES)


def test_a_mistake_in_any_part_is_told_however_the_others_turn_out():
    with pytest.raises(ConditionError):
        evaluate(parse_condition("a == 1 or missing > 1"), VALUES)


def test_names_are_told_once_in_the_order_they_stand():
    assert references(parse_condition("b > 1 and a < b or not mode == 'x'")) == ("b", "a", "mode")


def test_not_is_moved_to_the_comparisons():
    parsed = parse_condition("not (a > 1 or b <= 2)")
    assert [part.operator for part in comparisons(parsed)] == ["<=", ">"]


def pipeline(when):
    return make_pipeline(
        [make_step("one", metrics=("score",)), make_step("two", metrics=("score", "other")), "three"],
        parameters=[
            Parameter("rate", "float", 0.1),
            Parameter("mode", "str", "x"),
            Parameter("many", "list", []),
        ],
        settings={"steps": {"three": {"when": when}, "one": {"when": "other > 1"}}},
    )


def test_a_metric_comes_from_the_nearest_step_above():
    found = step_condition(pipeline("score > 0.9 and rate < 1"), "three")
    assert found.metrics == {"score": "two"}
    assert found.parameters == ("rate",)
    assert found.steps == ("two",)


def test_a_metric_of_a_later_step_is_not_known():
    with pytest.raises(ConditionError, match="other"):
        step_condition(pipeline("score > 1"), "one")


@pytest.mark.parametrize("when", ["nothing > 1", "mode > 1", "many == 1", "score == 'high'", "rate"])
def test_a_condition_that_cannot_hold_its_types_says_where(when):
    with pytest.raises(ConditionError) as caught:
        step_condition(pipeline(when), "three")
    assert caught.value.where == "step three, when"
    assert caught.value.fix


def test_a_step_without_a_condition_has_none():
    assert step_condition(pipeline("rate > 1"), "two") is None
