import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.notebook.settings import PipelineSettings
from jupyter_kfp.notebook.validate import check_settings

STEPS = ["load", "train"]


def check(own, fallback=None):
    return check_settings(own, fallback or {}, STEPS)


def only(own):
    """The single finding of these settings."""
    _, (found,) = check(own)
    return found


def test_no_settings_are_the_defaults():
    assert check(None) == (PipelineSettings(), [])


def test_valid_settings_are_read():
    valid, findings = check({"name": "iris", "steps": {"train": {"memory": "4Gi"}}})
    assert findings == []
    assert valid.name == "iris"
    assert valid.for_step("train").memory == "4Gi"


def test_a_wrong_value_is_named_by_its_path_and_explained():
    found = only({"steps": {"train": {"memory": "4 GB"}}})
    assert (found.code, found.name) == ("JK117", "steps.train.memory")
    assert '`"4 GB"`' in found.message
    assert "4Gi" in found.fix


def test_a_wrong_value_is_left_out_and_the_rest_kept():
    valid, findings = check({"name": "iris", "steps": {"train": {"memory": 4.5, "cpu": "2", "gpu": -1}}})
    assert {found.name for found in findings} == {"steps.train.memory", "steps.train.gpu"} or {
        found.name for found in findings
    } == {"steps.train.gpu"}
    assert valid.name == "iris"
    assert valid.steps["train"].cpu == "2"
    assert valid.steps["train"].gpu is None


def test_an_unknown_key_is_refused_with_the_nearest_one():
    found = only({"steps": {"train": {"memroy": "4Gi"}}})
    assert (found.code, found.name) == ("JK118", "steps.train.memroy")
    assert found.fix == "Did you mean `memory`?"


@pytest.mark.parametrize(
    ("own", "suggestion"),
    [
        ({"experimnt": "x"}, "experiment"),
        ({"defaults": {"retry": 1}}, "retries"),
        ({"steps": {"train": {"secrets": {"A": {"secret": "s", "key": "k", "kye": 1}}}}}, "key"),
        ({"defaults": {"volumes": [{"claim": "c", "path": "/p", "pth": "x"}]}}, "path"),
        ({"defaults": {"backoff": {"seconds": 1, "facto": 2}}}, "factor"),
    ],
)
def test_suggestions_come_from_the_same_level_of_the_schema(own, suggestion):
    assert only(own).fix == f"Did you mean `{suggestion}`?"


def test_a_key_like_no_other_lists_what_there_is():
    assert "memory_limit" in only({"defaults": {"zzz": 1}}).fix


def test_a_missing_key_is_named():
    found = only({"defaults": {"secrets": {"TOKEN": {"secret": "s"}}}})
    assert found.code == "JK117"
    assert "lacks `key`" in found.message


def test_a_name_that_is_no_environment_variable_is_refused():
    found = only({"defaults": {"environment": {"1X": "a"}}})
    assert (found.code, found.name) == ("JK117", "defaults.environment.1X")


@pytest.mark.parametrize("own", ["text", [], 3, True])
def test_settings_that_are_no_object_are_refused(own):
    assert only(own).code == "JK117"


@pytest.mark.parametrize("steps", ["x", [], 3])
def test_steps_that_are_no_object_are_refused(steps):
    assert only({"steps": steps}).name == "steps"


def test_settings_of_a_step_that_does_not_exist_are_a_warning_with_a_suggestion():
    valid, (found,) = check({"steps": {"trian": {"cpu": "1"}}})
    assert (found.code, found.step) == ("JK119", "trian")
    assert "`train`" in found.fix
    assert valid.steps == {}


def test_steps_may_be_spelt_as_in_tags():
    valid, findings = check({"steps": {"Train": {"cpu": "1"}}})
    assert findings == []
    assert valid.for_step("train").cpu == "1"


def test_a_step_named_twice_is_a_warning_and_both_count():
    valid, (found,) = check({"steps": {"Train": {"cpu": "1"}, "train": {"memory": "1Gi"}}})
    assert found.code == "JK103"
    assert (valid.steps["train"].cpu, valid.steps["train"].memory) == ("1", "1Gi")


def test_the_fallback_fills_what_is_not_set():
    valid, _ = check(
        {"steps": {"train": {"cpu": "1"}}}, {"name": "x", "steps": {"train": {"cpu": "2", "gpu": 1}}}
    )
    assert valid.name == "x"
    assert (valid.steps["train"].cpu, valid.steps["train"].gpu) == ("1", 1)


def test_what_was_given_is_not_changed():
    own = {"steps": {"Train": {"cpu": "1", "bad": 1}}}
    check(own, {"steps": {"train": {"gpu": 1}}})
    assert own == {"steps": {"Train": {"cpu": "1", "bad": 1}}}


def test_a_long_value_is_shortened():
    assert len(only({"defaults": {"gpu": "x" * 10_000}}).message) < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from([*PipelineSettings.model_fields, "memory", "secrets", "volumes", "other"])
STEP_KEYS = st.sampled_from(["cpu", "gpu", "secrets", "volumes", "environment", "tolerations", "when", "x"])


@settings(max_examples=200)
@given(
    st.dictionaries(KEYS, JSON, max_size=4),
    st.dictionaries(
        st.sampled_from([*STEPS, "other"]), JSON | st.dictionaries(STEP_KEYS, JSON, max_size=4), max_size=3
    ),
)
def test_any_json_gives_settings_and_findings_and_never_an_exception(own, steps):
    valid, findings = check(own | {"steps": steps})
    assert isinstance(valid, PipelineSettings)
    assert all(found.message and found.fix for found in findings)
