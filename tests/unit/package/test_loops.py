"""Loops and decided conditions, as the compiled package has them; the local runner's are in tests/unit/local."""

import json

import pytest

from jupyter_kfp.package import check_target, render_dsl
from jupyter_kfp.package.control import Loop, arrange
from jupyter_kfp.pipeline import Parameter

from .made import compiled, make_pipeline, make_step
from .test_control import PARAMETERS, codes, conditions, made, members

RATES = {"foreach": {"rate": [0.1, 1]}}


def search(edges=None, **settings):
    """load → (train → score) for each rate → best."""
    steps = [
        make_step("load"),
        make_step("train", parameters=("rate", "count")),
        make_step("score", parameters=("rate",), metrics=("accuracy",)),
        make_step("best", metrics=("chosen",)),
        make_step("last", parameters=("rate",)),
    ]
    edges = edges or [("load", "train"), ("train", "score"), ("score", "best"), ("best", "last")]
    return make_pipeline(
        steps, edges, PARAMETERS, settings={"steps": {"train": RATES, "score": RATES} | settings}
    )


def test_the_steps_of_a_loop_stand_in_one_group_that_kubeflow_runs_for_each_item():
    ir, _ = compiled(search())
    loop = ir["root"]["dag"]["tasks"]["for-loop-2"]
    assert json.loads(loop["parameterIterator"]["items"]["raw"]) == [
        {"item": 0, "parameters": {"rate": 0.1}},
        {"item": 1, "parameters": {"rate": 1.0}},
    ]
    assert loop["taskInfo"]["name"] == "for each rate"
    assert loop["dependentTasks"] == ["load"]
    assert members(search()) == {"comp-for-loop-2": {"train", "score"}}


def test_a_step_in_a_loop_takes_the_item_and_the_pipelines_other_parameters():
    ir, _ = compiled(search())
    task = ir["components"]["comp-for-loop-2"]["dag"]["tasks"]["train"]
    given = task["inputs"]["parameters"]
    assert given["item"] == {"componentInputParameter": "pipelinechannel--loop-item-param-1"}
    assert given["count"] == {"componentInputParameter": "pipelinechannel--count"}
    assert "rate" not in given
    args = ir["deploymentSpec"]["executors"]["exec-train"]["container"]["args"]
    assert "--item={{$.inputs.parameters['item']}}" in args


def test_a_step_outside_of_the_loop_gathers_a_list_of_states():
    ir, _ = compiled(search())
    inputs = ir["components"]["comp-best"]["inputDefinitions"]["parameters"]
    assert inputs["score_state"] == {"parameterType": "LIST"}
    given = ir["root"]["dag"]["tasks"]["best"]["inputs"]["parameters"]["score_state"]
    assert given["taskOutputParameter"]["producerTask"] == "for-loop-2"
    assert "dsl.Collected(score_task.outputs[" in render_dsl(search())


def test_a_step_inside_the_loop_takes_its_own_items_state():
    ir, _ = compiled(search())
    task = ir["components"]["comp-for-loop-2"]["dag"]["tasks"]["score"]
    assert task["inputs"]["parameters"]["train_state"]["taskOutputParameter"]["producerTask"] == "train"


def test_a_loop_after_a_loop_gathers_in_each_of_its_items():
    pipeline = make_pipeline(
        [
            make_step("load"),
            make_step("train", parameters=("rate",)),
            make_step("score", parameters=("rate",)),
            make_step("last", parameters=("rate",)),
        ],
        [("load", "train"), ("train", "score"), ("score", "last")],
        PARAMETERS,
        settings={"steps": {"train": RATES, "score": {"foreach": {"rate": [5.0]}}}},
    )
    found = members(pipeline)
    assert found == {"comp-for-loop-2": {"train"}, "comp-for-loop-4": {"score"}}


def test_a_condition_on_the_items_metric_stands_inside_the_loop():
    pipeline = search(
        [("train", "score"), ("score", "last")],
        score=RATES,
        last=RATES | {"when": "accuracy > 0.9"},
    )
    assert members(pipeline) == {
        "comp-for-loop-2": {"train", "score", "condition-3"},
        "comp-condition-3": {"last"},
    }
    assert codes(pipeline) == []


def test_a_condition_on_a_parameter_stands_around_the_loop():
    pipeline = search(train=RATES | {"when": "flag"})
    assert members(pipeline) == {
        "comp-condition-1": {"for-loop-3", "best", "last"},
        "comp-for-loop-3": {"train", "score"},
    }


def test_a_condition_on_what_the_loop_sets_is_decided_for_each_item():
    pipeline = search([("train", "score")], score=RATES | {"when": "rate < 0.5"})
    found = members(pipeline)
    assert found["comp-for-loop-2"] == {"train", "score-condition", "condition-3"}
    assert list(conditions(pipeline).values()) == [
        "inputs.parameter_values['pipelinechannel--score-condition-holds'] == true"
    ]
    ir, _ = compiled(pipeline)
    container = ir["deploymentSpec"]["executors"]["exec-score-condition"]["container"]
    assert container["command"] == ["python", "-m", "jupyter_kfp_step.decide"]
    assert container["args"] == ["--when=rate < 0.5", "--executor-input={{$}}"]


def test_gathering_what_a_condition_may_skip_is_an_error():
    (found,) = check_target(search(score=RATES | {"when": "rate < 0.5"}))
    assert found.code == "JK515"
    assert "list with gaps" in found.message


@pytest.mark.parametrize(
    "loop",
    [
        {"foreach": {"mode": ["a"]}},
        {"foreach": {"rate": [0.1], "count": [1, 2]}},
        {"foreach": {"rate": []}},
    ],
)
def test_a_loop_that_does_not_fit_its_step_is_an_error(loop):
    assert "JK515" in codes(search(train=loop))


def test_a_step_that_leaves_a_loop_and_comes_back_is_an_error():
    edges = [("train", "score"), ("train", "best"), ("best", "last"), ("train", "last")]
    assert "JK515" in codes(search(edges, last=RATES))


def test_two_loops_over_the_same_items_stand_apart_where_a_step_lies_between():
    pipeline = search([("train", "best"), ("best", "last")], score={}, last=RATES)
    found = arrange(pipeline)
    assert found.findings == ()
    assert [type(member) for member in found.body].count(Loop) == 2
    compiled(pipeline)


def test_or_is_decided_by_a_task_of_its_own_over_metrics_and_parameters():
    pipeline = made({"deploy": 'accuracy > 0.9 or not (flag and mode == "it\'s")'})
    ir, _ = compiled(pipeline)
    task = ir["root"]["dag"]["tasks"]["deploy-condition"]
    assert set(task["inputs"]["parameters"]) == {"metric_accuracy", "flag", "mode"}
    container = ir["deploymentSpec"]["executors"]["exec-deploy-condition"]["container"]
    assert container["args"] == [
        '--when=accuracy > 0.9 or not (flag and mode == "it\'s")',
        "--name=accuracy=metric_accuracy",
        "--executor-input={{$}}",
    ]
    assert container["image"] == "iris-deploy:latest"
    group = ir["root"]["dag"]["tasks"]["condition-1"]
    assert "deploy-condition" in group["dependentTasks"]


def test_steps_with_one_such_condition_share_the_decision():
    pipeline = made(
        {"train": "flag or rate > 1", "test": "flag or rate > 1"}, [("load", "train"), ("load", "test")]
    )
    assert members(pipeline) == {"comp-condition-1": {"train", "test"}}


def test_a_parameter_called_as_an_input_of_ours_keeps_its_meaning():
    steps = [make_step("a", parameters=("item", "holds"))]
    pipeline = make_pipeline(
        steps,
        parameters=[Parameter("item", "int", 1), Parameter("holds", "bool", True)],
        settings={"steps": {"a": {"foreach": {"item": [1, 2]}, "when": "item > 1 or holds"}}},
    )
    ir, _ = compiled(pipeline)
    loop = ir["root"]["dag"]["tasks"]["for-loop-2"]
    raw = json.loads(loop["parameterIterator"]["items"]["raw"])
    assert raw == [{"item": 0, "parameters": {"item": 1}}, {"item": 1, "parameters": {"item": 2}}]
    args = ir["deploymentSpec"]["executors"]["exec-a-condition"]["container"]["args"]
    assert "--name=holds=parameter_holds" in args
