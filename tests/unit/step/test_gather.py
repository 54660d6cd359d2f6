"""Gathering the items of a loop, over real objects: what arrives, what is kept, what is refused."""

import pytest

from jupyter_kfp.step.errors import SetupError, StateError
from jupyter_kfp.step.gather import gather, state_uris
from jupyter_kfp.step.loading import load_state
from jupyter_kfp.step.manifest import conflicts, empty_manifest
from jupyter_kfp.step.objects import ObjectFolder
from jupyter_kfp.step.saving import StepName, save_state


@pytest.fixture
def run(tmp_path):
    """Run code as a step in a namespace of its own; gives its manifest, and the namespace."""
    folder = ObjectFolder(tmp_path / "objects")

    def run(manifest, code, saves="*", *, step, order, loads="*", loop=False):
        namespace = {"__name__": "__main__"}
        loaded = load_state(namespace, manifest, loads, folder)
        exec(code, namespace)
        hidden = lambda name: name.startswith("__")  # noqa: E731
        return save_state(
            loaded, saves, StepName(step, order, tuple(manifest["steps"]), loop), hidden
        ), namespace

    return run


@pytest.fixture
def items(run):
    """Three items of `train`, after a step that bound `rows` and `seen`."""
    before, _ = run(empty_manifest(), "rows = [1, 2, 3]; seen = []", step="load", order=0)

    def items(code):
        return [run(before, f"number = {n}\n{code}", step="train", order=1, loop=True)[0] for n in range(3)]

    return items


def test_what_the_loop_bound_arrives_as_lists_in_the_order_of_the_items(items, run):
    _, after = run(gather(items("model = {'n': number}")), "", step="best", order=2)
    assert after["model"] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert after["rows"] == [1, 2, 3]


def test_what_the_loop_changed_in_place_arrives_as_lists_too(items, run):
    _, after = run(gather(items("seen.append(number)")), "", step="best", order=2)
    assert after["seen"] == [[0], [1], [2]]


def test_names_of_one_item_that_share_an_object_still_share_it(items, run):
    _, after = run(gather(items("a = [number]; b = a")), "", step="best", order=2)
    assert all(one is other for one, other in zip(after["a"], after["b"], strict=True))


def test_imports_and_definitions_of_the_loop_arrive_once(items, run):
    _, after = run(gather(items("import math")), "", step="best", order=2)
    assert after["math"].pi > 3


def test_what_a_step_after_the_loop_makes_of_it_travels_on(items, run):
    gathered = gather(items("model = {'n': number}"))
    best, _ = run(gathered, "model[1]['n'] = 'changed'; top = model[2]", step="best", order=2)
    _, after = run(best, "", step="use", order=3)
    assert after["model"] == [{"n": 0}, {"n": "changed"}, {"n": 2}]
    assert after["top"] is after["model"][2]
    assert best["names"]["model"]["kind"] == "value"


def test_a_list_that_nobody_touched_travels_on_by_reference(items, run):
    gathered = gather(items("model = {'n': number}"))
    best, _ = run(gathered, "other = 1", ["other"], step="best", order=2, loads=["rows"])
    assert best["names"]["model"] == gathered["names"]["model"]
    _, after = run(best, "", step="use", order=3)
    assert after["model"] == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_an_item_changed_where_the_list_was_not_asked_for_is_seen(items, run):
    gathered = gather(items("model = {'n': number}; first = model"))
    best, _ = run(gathered, "first[0]['n'] = 9", [], step="best", order=2, loads=["first"])
    _, after = run(best, "", step="use", order=3)
    assert [each["n"] for each in after["model"]] == [9, 1, 2]
    assert after["model"][0] is after["first"][0]


def test_a_name_that_only_some_items_bound_is_refused_where_it_is_needed(items, run):
    gathered = gather(items("if number: found = number"))
    with pytest.raises(StateError, match="not every item"):
        run(gathered, "", step="best", order=2, loads=["found"])


def test_the_history_knows_what_all_items_did(items):
    gathered = gather(items("seen.append(number); model = number"))
    record = gathered["steps"]["train"]
    assert record["binds"] == ["model", "number"]
    assert "loop" not in record
    assert len(record["changes"]) == 1
    assert not conflicts([gathered])


def test_one_item_is_a_list_of_one(items, run):
    _, after = run(gather(items("model = number")[:1]), "", step="best", order=2)
    assert after["model"] == [0]


@pytest.mark.parametrize("text", ["[1]", "[", "[]", '["a", 2]'])
def test_a_list_that_is_none_is_refused(text):
    with pytest.raises(SetupError):
        state_uris(text)


def test_one_uri_is_one_uri():
    assert state_uris("gs://b/objects/x") == ("gs://b/objects/x",)
    assert state_uris('["a", "b"]') == ("a", "b")
