"""Conditions and exit steps, as the compiled package has them."""

import pytest

from jupyter_kfp.package import check_target, render_dsl
from jupyter_kfp.package.control import Block, arrange
from jupyter_kfp.pipeline import Parameter

from .made import compiled, make_pipeline, make_step

PARAMETERS = [
    Parameter("rate", "float", 0.1),
    Parameter("count", "int", 1),
    Parameter("mode", "str", "full"),
    Parameter("flag", "bool", True),
]


def made(when, edges=(("load", "train"), ("train", "test"), ("test", "deploy")), **more):
    """load → train → test (accuracy) → deploy, with `when` by step."""
    steps = [
        make_step("load"),
        make_step("train"),
        make_step("test", metrics=("accuracy",)),
        make_step("deploy"),
    ]
    settings = {"steps": {name: {"when": condition} for name, condition in when.items()}}
    return make_pipeline(steps, edges, PARAMETERS, settings=settings, **more)


def conditions(pipeline):
    """The CEL of every group, by its path of names."""
    ir, _ = compiled(pipeline)
    found = {}

    def look(dag, path):
        for name, task in dag["tasks"].items():
            component = ir["components"][task["componentRef"]["name"]]
            if "triggerPolicy" in task and "condition" in task["triggerPolicy"]:
                found[(*path, name)] = task["triggerPolicy"]["condition"]
            if "dag" in component:
                look(component["dag"], (*path, name))

    look(ir["root"]["dag"], ())
    return found


def members(pipeline):
    ir, _ = compiled(pipeline)
    return {
        name: set(component["dag"]["tasks"])
        for name, component in ir["components"].items()
        if "dag" in component
    }


def codes(pipeline):
    return [found.code for found in check_target(pipeline)]


def test_a_condition_over_a_metric_reads_the_steps_output_parameter():
    pipeline = made({"deploy": "accuracy > 0.9"})
    ir, _ = compiled(pipeline)
    (condition,) = conditions(pipeline).values()
    assert condition == "inputs.parameter_values['pipelinechannel--test-metric_accuracy'] > 0.9"
    outputs = ir["components"]["comp-test"]["outputDefinitions"]["parameters"]
    assert outputs["metric_accuracy"] == {"parameterType": "NUMBER_DOUBLE"}
    args = ir["deploymentSpec"]["executors"]["exec-test"]["container"]["args"]
    assert "--metric-accuracy-path={{$.outputs.parameters['metric_accuracy'].output_file}}" in args
    group = ir["root"]["dag"]["tasks"]["condition-1"]
    assert group["dependentTasks"] == ["test"]
    assert group["taskInfo"]["name"] == "accuracy > 0.9"
    assert members(pipeline) == {"comp-condition-1": {"deploy"}}


def test_metrics_that_no_condition_reads_are_no_output_parameters():
    ir, _ = compiled(made({}))
    assert set(ir["components"]["comp-test"]["outputDefinitions"]["parameters"]) == {"state"}


@pytest.mark.parametrize(
    ("when", "cel"),
    [
        ("rate < 0.5", "inputs.parameter_values['pipelinechannel--rate'] < 0.5"),
        ("0.5 > rate", "inputs.parameter_values['pipelinechannel--rate'] < 0.5"),
        ("count == 3", "int(inputs.parameter_values['pipelinechannel--count']) == 3"),
        ("count >= -3", "int(inputs.parameter_values['pipelinechannel--count']) >= -3"),
        ("mode == 'full'", "inputs.parameter_values['pipelinechannel--mode'] == 'full'"),
        ("flag", "inputs.parameter_values['pipelinechannel--flag'] == true"),
        ("not flag", "inputs.parameter_values['pipelinechannel--flag'] == false"),
        ("not rate < 0.5", "inputs.parameter_values['pipelinechannel--rate'] >= 0.5"),
        ("rate > 1", "inputs.parameter_values['pipelinechannel--rate'] > double(1)"),
    ],
)
def test_comparisons_are_what_the_backend_evaluates(when, cel):
    assert list(conditions(made({"deploy": when})).values()) == [cel]


def test_and_is_a_condition_inside_a_condition():
    found = conditions(made({"deploy": "rate < 0.5 and accuracy > 0.9"}))
    assert len(found) == 2
    assert max(len(path) for path in found) == 2


def test_what_waits_for_a_skipped_step_is_skipped_with_it():
    assert members(made({"train": "flag"})) == {"comp-condition-1": {"train", "test", "deploy"}}


def test_steps_under_the_same_condition_share_a_group():
    edges = [("load", "train"), ("load", "test"), ("train", "deploy"), ("test", "deploy")]
    assert members(made({"train": "flag", "test": "flag"}, edges)) == {
        "comp-condition-1": {"train", "test", "deploy"}
    }


def test_a_condition_inside_another_is_a_group_inside_it():
    found = members(made({"train": "flag", "deploy": "accuracy > 0.9"}))
    assert found == {"comp-condition-1": {"train", "test", "condition-2"}, "comp-condition-2": {"deploy"}}


def test_a_step_beside_a_condition_stays_outside():
    edges = [("load", "train"), ("load", "test"), ("load", "deploy")]
    assert members(made({"train": "flag"}, edges)) == {"comp-condition-1": {"train"}}


def test_a_group_stands_after_every_step_that_it_needs():
    steps = [make_step("a"), make_step("b"), make_step("c"), make_step("d", metrics=("m",)), make_step("e")]
    pipeline = make_pipeline(
        steps,
        [("a", "b"), ("b", "e"), ("d", "e"), ("a", "c"), ("c", "d")],
        PARAMETERS,
        settings={"steps": {"b": {"when": "flag"}}},
    )
    body = arrange(pipeline).body
    assert body[:3] == ("a", "c", "d")
    assert isinstance(body[3], Block)
    assert body[3].body == ("b", "e")
    compiled(pipeline)


def test_a_condition_waits_for_a_metric_even_without_an_edge():
    pipeline = made({"deploy": "accuracy > 0.9"}, [("load", "train")])
    ir, _ = compiled(pipeline)
    assert ir["root"]["dag"]["tasks"]["condition-1"]["dependentTasks"] == ["test"]


def test_a_step_that_joins_two_conditions_is_an_error():
    edges = [("load", "train"), ("load", "test"), ("train", "deploy"), ("test", "deploy")]
    assert codes(made({"train": "flag", "test": "rate > 0.5"}, edges)) == ["JK513"]


@pytest.mark.parametrize("text", ["it's", "a\\b", "}", "a\nb"])
def test_text_that_cel_would_read_otherwise_is_compared_by_a_task(text):
    found = conditions(made({"deploy": f"mode == {text!r}"}))
    assert list(found.values()) == [
        "inputs.parameter_values['pipelinechannel--deploy-condition-holds'] == true"
    ]


def test_text_that_kubeflow_would_replace_is_an_error():
    assert codes(made({"deploy": "mode == '{{x}}'"})) == ["JK512"]


@pytest.mark.parametrize("when", ["unknown > 1", "mode > 1", "f()", ""])
def test_a_condition_that_cannot_be_read_is_an_error(when):
    assert codes(made({"deploy": when})) == ["JK511"]


def test_the_step_on_exit_runs_after_all_others():
    steps = [make_step("load"), make_step("train"), make_step("tidy", parameters=("mode",))]
    pipeline = make_pipeline(
        steps, [("load", "train")], PARAMETERS, settings={"steps": {"tidy": {"on_exit": True}}}
    )
    ir, _ = compiled(pipeline)
    tasks = ir["root"]["dag"]["tasks"]
    assert set(tasks) == {"exit-handler-1", "tidy"}
    assert tasks["tidy"]["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"
    assert tasks["tidy"]["dependentTasks"] == ["exit-handler-1"]
    assert set(ir["components"]["comp-exit-handler-1"]["dag"]["tasks"]) == {"load", "train"}
    assert "with dsl.ExitHandler(tidy_task):" in render_dsl(pipeline)


def test_a_condition_works_under_an_exit_handler():
    steps = [make_step("test", metrics=("m",)), make_step("deploy"), make_step("tidy")]
    pipeline = make_pipeline(
        steps,
        [("test", "deploy")],
        settings={"steps": {"tidy": {"on_exit": True}, "deploy": {"when": "m > 0"}}},
    )
    assert members(pipeline) == {
        "comp-exit-handler-1": {"test", "condition-2"},
        "comp-condition-2": {"deploy"},
    }


def test_a_pipeline_of_nothing_but_an_exit_step_compiles():
    pipeline = make_pipeline(["tidy"], settings={"steps": {"tidy": {"on_exit": True}}})
    assert set(compiled(pipeline)[0]["root"]["dag"]["tasks"]) == {"tidy"}


@pytest.mark.parametrize(
    ("edges", "settings"),
    [
        ([("a", "b")], {"b": {"on_exit": True}}),
        ([("a", "b")], {"a": {"on_exit": True}}),
        ([], {"a": {"on_exit": True}, "b": {"on_exit": True}}),
        ([], {"b": {"on_exit": True, "when": "flag"}}),
    ],
)
def test_a_step_on_exit_that_cannot_stand_alone_is_an_error(edges, settings):
    pipeline = make_pipeline(["a", "b"], edges, PARAMETERS, settings={"steps": settings})
    assert set(codes(pipeline)) == {"JK514"}


def test_conditions_are_formatted_as_ruff_formats_them():
    import subprocess
    import sys

    source = render_dsl(
        made({"deploy": "accuracy > 0.9123456789 and rate < 0.123456789 and mode == 'full' and flag"})
    )
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--check", "-"],
        input=source.encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
