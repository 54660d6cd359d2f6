"""Texts, placeholders and conditions, each by themselves."""

import pytest

from tests.cluster.conditions import ExpressionError, holds, select
from tests.cluster.values import ValueTypeError, resolved, shortest, text_of, value_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.5, "0.5"),
        (-3.0, "-3"),
        (100000.0, "100000"),
        (1e6, "1e+06"),
        (1234567.5, "1.2345675e+06"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (float("inf"), "+Inf"),
    ],
)
def test_floats_are_written_as_go_writes_them(value, text):
    assert shortest(value) == text


def test_parameters_are_texts_in_arguments():
    assert text_of(True, "BOOLEAN") == "true"
    assert text_of(1234567.0, "NUMBER_INTEGER") == "1234567"
    assert text_of({"b": [1, "é"], "a": None}, "STRUCT") == '{"a":null,"b":[1,"é"]}'


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", "NUMBER_DOUBLE"), ("1.5", "NUMBER_INTEGER"), ("yes", "BOOLEAN"), ("[", "LIST"), ("[]", "STRUCT")],
)
def test_an_output_that_is_not_of_its_type_is_refused(text, kind):
    with pytest.raises(ValueTypeError):
        value_of(text, kind)


def test_what_is_filled_in_is_not_looked_at_again():
    assert resolved("{{a}}-{{b}}-{{a}}", {"{{a}}": "{{b}}", "{{b}}": "{{a}}"}) == "{{b}}-{{a}}-{{b}}"


VALUES = {"n": 3.0, "x": 0.5, "mode": "it's", "flag": True, "y": 0.25}


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("int(inputs.parameter_values['n']) == 3", True),
        ("inputs.parameter_values['n'] == 3", True),
        ("inputs.parameter_values['n'] > 3", False),
        ("inputs.parameter_values['x'] > inputs.parameter_values['y']", True),
        ("inputs.parameter_values['mode'] == 'it\\'s'", True),
        ("inputs.parameter_values['flag'] == true && !(inputs.parameter_values['x'] >= 0.75)", True),
        ("inputs.parameter_values['x'] < 0.25 || inputs.parameter_values['flag'] != true", False),
    ],
)
def test_conditions_are_as_the_driver_takes_them(expression, result):
    assert holds(expression, VALUES) is result


@pytest.mark.parametrize(
    "expression", ["inputs.parameter_values['other'] == 1", "1 +", "inputs.parameter_values['mode']"]
)
def test_a_condition_that_makes_no_sense_fails_the_driver(expression):
    with pytest.raises(ExpressionError):
        holds(expression, VALUES)


def test_a_selector_takes_a_part():
    assert select('parseJson(string_value)["lr"]', {"lr": 0.1}) == 0.1
    assert select("parseJson(string_value)[1]", '["a", "b"]') == "b"
    with pytest.raises(ExpressionError):
        select('parseJson(string_value)["lr"]', {})
