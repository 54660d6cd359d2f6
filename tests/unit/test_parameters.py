import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.errors import ParameterError
from jupyter_kfp.notebook.settings import PipelineSettings
from jupyter_kfp.parameters import check_parameters, parameter_text, parse_parameters
from jupyter_kfp.pipeline import Kernel, Parameter, Pipeline

DEFAULTS = {"flag": True, "count": 3, "rate": 0.4, "title": "x", "sizes": [1], "options": {"a": 1}}
TYPES = {"flag": "bool", "count": "int", "rate": "float", "title": "str", "sizes": "list", "options": "dict"}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    parameters = [Parameter(name, TYPES[name], default) for name, default in DEFAULTS.items()]
    parameters.append(Parameter("limit", "int", None))
    return Pipeline(
        name="demo",
        notebook=tmp_path_factory.mktemp("nb") / "demo.ipynb",
        parameters_cell=None,
        parameters=tuple(parameters),
        steps=(),
        edges=(),
        findings=(),
        settings=PipelineSettings(),
        kernel=Kernel(),
    )


def test_each_text_becomes_a_value_of_its_parameters_type(pipeline):
    texts = [
        "flag=false",
        "count=-7",
        "rate=1",
        "title=a=b, 'c'",
        'sizes=[1, "two", null]',
        'options={"depth": 3}',
        "limit=null",
    ]
    assert parse_parameters(pipeline, texts) == {
        "flag": False,
        "count": -7,
        "rate": 1.0,
        "title": "a=b, 'c'",
        "sizes": [1, "two", None],
        "options": {"depth": 3},
        "limit": None,
    }


def test_a_float_is_a_float_even_when_written_as_a_whole_number(pipeline):
    assert type(parse_parameters(pipeline, ["rate=2"])["rate"]) is float
    assert type(check_parameters(pipeline, {"rate": 2})["rate"]) is float


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flag=yes", "true or false"),
        ("flag=True", "true or false"),
        ("flag=1", "true or false"),
        ("count=3.0", "whole number"),
        ("count=1_000", "whole number"),
        ("count=", "whole number"),
        ("count=null", "whole number"),
        ("count=" + "9" * 5000, "whole number"),
        ("rate=high", "a number"),
        ("rate=nan", "a number"),
        ("rate=1e999", "a number"),
        ("sizes=1,2", "JSON list"),
        ('sizes={"a": 1}', "JSON list"),
        ("sizes=[NaN]", "JSON list"),
        ("sizes=" + "[" * 100_000, "JSON list"),
        ("options=[1]", "JSON object"),
        ("title=a\0b", "a text"),
        ("title=\udc80", "a text"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_what_would_fit(pipeline, text, expected):
    with pytest.raises(ParameterError) as caught:
        parse_parameters(pipeline, [text])
    assert expected in caught.value.fix
    assert text.partition("=")[0] in caught.value.message
    assert str(caught.value).isprintable() or "\n" in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "values",
    [
        {"flag": 1},
        {"flag": "true"},
        {"count": True},
        {"count": 1.0},
        {"rate": True},
        {"rate": float("nan")},
        {"rate": 10**400},
        {"title": 3},
        {"title": None},
        {"sizes": (1, 2)},
        {"sizes": [object()]},
        {"options": {1: 2}},
        {"options": {"a": {"b": float("inf")}}},
    ],
)
def test_a_python_value_of_the_wrong_type_is_refused(pipeline, values):
    with pytest.raises(ParameterError):
        check_parameters(pipeline, values)


def test_a_list_that_holds_itself_is_refused(pipeline):
    endless = []
    endless.append(endless)
    with pytest.raises(ParameterError):
        check_parameters(pipeline, {"sizes": endless})


def test_a_misspelt_name_is_met_with_the_nearest_one(pipeline):
    with pytest.raises(ParameterError) as caught:
        parse_parameters(pipeline, ["ratee=1"])
    assert "did you mean `rate`" in str(caught.value)


def test_an_unknown_name_is_met_with_all_there_are(pipeline):
    with pytest.raises(ParameterError) as caught:
        check_parameters(pipeline, {"zzz\n\x1b[31m": 1})
    assert "flag, count, rate" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_text_without_equals_sign_is_refused(pipeline):
    with pytest.raises(ParameterError, match="name=value"):
        parse_parameters(pipeline, ["rate"])


def test_a_name_given_twice_is_refused(pipeline):
    with pytest.raises(ParameterError, match="twice"):
        parse_parameters(pipeline, ["rate=1", "rate=2"])


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(
    st.fixed_dictionaries(
        {
            "flag": st.booleans(),
            "count": st.integers(),
            "rate": st.floats(allow_nan=False, allow_infinity=False),
            "title": texts,
            "sizes": st.lists(st.integers() | texts),
        }
    )
)
def test_what_is_written_for_a_command_line_is_read_as_the_same_value(pipeline, values):
    texts = [f"{name}={parameter_text(value)}" for name, value in values.items()]
    read = parse_parameters(pipeline, texts)
    assert json.dumps(read) == json.dumps(values)
