"""Steps, parents, loops and conditions read back from a compiled package."""

import json

import pytest

from jupyter_kfp.cluster.api import ClusterRun
from jupyter_kfp.cluster.cached import fingerprints
from jupyter_kfp.cluster.observe import observe
from jupyter_kfp.cluster.spec import steps_of


def leaf(**inputs):
    return {"componentRef": {"name": "comp-leaf"}, "inputs": {"parameters": inputs}}


def made_by(task, output="state"):
    return {"taskOutputParameter": {"producerTask": task, "outputParameterKey": output}}


def passed(name):
    return {"componentInputParameter": name}


LEAF = {"executorLabel": "exec-leaf"}
SPEC = {
    "root": {
        "inputDefinitions": {"parameters": {"size": {"defaultValue": 3}, "depth": {}}},
        "dag": {
            "tasks": {
                "train": {**leaf(s=made_by("load")), "taskInfo": {"name": "Train it"}},
                "load": leaf(size=passed("size")),
                "condition-1": {
                    "componentRef": {"name": "comp-if"},
                    "inputs": {"parameters": {"pipelinechannel--train-state": made_by("train")}},
                    "triggerPolicy": {"condition": "inputs.parameter_values['x'] > 1"},
                },
                "for-loop-1": {
                    "componentRef": {"name": "comp-loop"},
                    "inputs": {"parameters": {"pipelinechannel--load-state": made_by("load")}},
                    "parameterIterator": {"items": {"raw": json.dumps([1, 2])}, "itemInput": "item"},
                },
                "gather": leaf(s=made_by("for-loop-1", "pipelinechannel--fit-state")),
                "bye": {
                    **leaf(),
                    "dependentTasks": ["gather"],
                    "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
                },
            }
        },
    },
    "components": {
        "comp-leaf": LEAF,
        "comp-if": {"dag": {"tasks": {"deploy": leaf(s=passed("pipelinechannel--train-state"))}}},
        "comp-loop": {
            "dag": {
                "tasks": {"fit": leaf(s=passed("pipelinechannel--load-state"), depth=passed("outer"))},
                "outputs": {
                    "parameters": {
                        "pipelinechannel--fit-state": {
                            "valueFromParameter": {"producerSubtask": "fit", "outputParameterKey": "state"}
                        }
                    }
                },
            }
        },
    },
    "deploymentSpec": {"executors": {"exec-leaf": {"container": {"image": "i:1"}}}},
}


def by_name():
    return {step.name: step for step in steps_of(SPEC)}


def test_groups_are_taken_apart_and_loops_give_a_step_for_each_item():
    assert set(by_name()) == {"load", "train", "deploy", "fit[0]", "fit[1]", "gather", "bye"}


def test_steps_stand_after_what_they_wait_for():
    names = [step.name for step in steps_of(SPEC)]
    assert names.index("load") < names.index("train") < names.index("deploy")
    assert names[-1] == "bye"


def test_parents_are_found_through_groups():
    steps = by_name()
    assert steps["deploy"].parents == ("train",)
    assert steps["fit[1]"].parents == ("load",)
    assert set(steps["gather"].parents) == {"fit[0]", "fit[1]"}


def test_what_stands_in_a_condition_or_comes_last_is_marked():
    steps = by_name()
    assert steps["deploy"].conditional
    assert not steps["train"].conditional
    assert steps["bye"].last


def test_a_step_is_called_as_in_the_notebook_where_that_is_known():
    steps = steps_of(SPEC, {"train": "train-model"})
    assert {"train-model"} <= {step.name for step in steps}
    assert next(step for step in steps if step.name == "deploy").parents == ("train-model",)


@pytest.mark.parametrize("spec", [{}, {"root": {}}, {"root": {"dag": {}}}])
def test_an_empty_ir_has_no_steps(spec):
    assert steps_of(spec) == ()


def run(state, *tasks):
    return ClusterRun.model_validate({"run_id": "r", "state": state, "run_details": {"task_details": tasks}})


def task(name, state, **more):
    return {"task_id": f"id-{name}", "display_name": name, "state": state, **more}


def test_drivers_executors_and_groups_are_no_steps():
    seen = observe(
        steps_of(SPEC),
        run(
            "RUNNING",
            task("root-driver", "SUCCEEDED"),
            task("train-driver", "SUCCEEDED"),
            task("executor", "RUNNING"),
            task("train", "RUNNING"),
        ),
    )
    assert seen["train"].standing == "RUNNING"
    assert seen["load"].standing == "PENDING"


def test_items_are_told_apart_by_when_they_began():
    late = task("fit", "FAILED", start_time="2026-11-24T10:00:09Z") | {"task_id": "b"}
    early = task("fit", "SUCCEEDED", start_time="2026-11-24T10:00:01Z") | {"task_id": "a"}
    seen = observe(steps_of(SPEC), run("FAILED", late, early))
    assert (seen["fit[0]"].standing, seen["fit[1]"].standing) == ("SUCCEEDED", "FAILED")


def test_an_executor_that_was_left_out_means_a_cached_result():
    step = task("train", "SUCCEEDED", child_tasks=[{"task_id": "id-executor"}])
    seen = observe(steps_of(SPEC), run("RUNNING", step, task("executor", "SKIPPED")))
    assert seen["train"].standing == "CACHED"


def test_attempts_are_counted_where_the_server_tells():
    step = task("train", "RUNNING")
    tries = [task(f"executor({n})", "FAILED", parent_task_id="id-train") for n in range(3)]
    assert observe(steps_of(SPEC), run("RUNNING", step, *tries))["train"].attempts == 3


def test_the_pods_of_children_tell_what_lies_below():
    step = task("train", "SUCCEEDED", pod_name="flow-1", child_tasks=[{"pod_name": "flow-2"}])
    executor = task("executor", "SKIPPED", pod_name="flow-system-container-impl-2")
    other = task("executor", "SUCCEEDED", pod_name="flow-system-container-impl-3") | {"task_id": "other"}
    assert observe(steps_of(SPEC), run("RUNNING", step, executor, other))["train"].standing == "CACHED"


def test_items_are_told_apart_by_the_iteration_above_them():
    tasks = []
    for number, state in ((0, "SUCCEEDED"), (1, "FAILED")):
        pods = [{"pod_name": f"flow-{number}7"}]
        name = f"iteration-iterations({number}:{number})"
        tasks.append(task(name, "RUNNING", pod_name=f"flow-{number}", child_tasks=pods))
        tasks.append(task("fit", state, pod_name=f"flow-{number}7") | {"task_id": f"fit{number}"})
    seen = observe(steps_of(SPEC), run("FAILED", *reversed(tasks)))
    assert (seen["fit[0]"].standing, seen["fit[1]"].standing) == ("SUCCEEDED", "FAILED")


def test_the_year_1970_means_not_yet():
    seen = observe(steps_of(SPEC), run("RUNNING", task("train", "RUNNING", end_time="1970-01-01T00:00:00Z")))
    assert seen["train"].finished is None


def test_in_a_run_that_is_over_nothing_is_pending():
    seen = observe(steps_of(SPEC), run("SUCCEEDED", task("train", "SUCCEEDED")))
    assert seen["deploy"].standing == "SKIPPED"


def test_a_step_has_the_fingerprint_of_all_that_it_depends_on():
    steps = steps_of(SPEC)
    plain = fingerprints(SPEC, {"depth": 1}, steps)
    assert fingerprints(SPEC, {"depth": 1, "size": 3, "unused": 1}, steps) == plain
    changed = fingerprints(SPEC, {"depth": 1, "size": 4}, steps)
    assert changed["load"] != plain["load"]
    assert changed["train"] != plain["train"]
    other_image = json.loads(json.dumps(SPEC).replace("i:1", "i:2"))
    assert fingerprints(other_image, {"depth": 1}, steps)["bye"] != plain["bye"]


def test_a_task_that_only_decides_on_a_condition_is_no_step():
    from jupyter_kfp.cluster.spec import steps_of
    from tests.unit.package.test_control import compiled, made

    spec, _ = compiled(made({"deploy": "accuracy > 0.9 or flag"}))
    assert [step.name for step in steps_of(spec)] == ["load", "train", "test", "deploy"]
