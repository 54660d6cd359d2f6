"""The generated pipeline.py: readable, formatted, and hostile text stays text."""

import ast
import keyword
import subprocess
import sys

import pytest

from jupyter_kfp.errors import FindingsError
from jupyter_kfp.flags import step_flags
from jupyter_kfp.package import argument_names, render_dsl, task_names
from jupyter_kfp.pipeline import Parameter

from .made import compiled, make_pipeline, make_step

HOSTILE = '"""\n\\"); import os; os.abort() # {{$}} %s \u202e {bucket}'


def ruff_format_check(source):
    return subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--check", "-"],
        input=source.encode(),
        capture_output=True,
        check=False,
    ).returncode


def tasks(pipeline):
    ir, _ = compiled(pipeline)
    return ir["root"]["dag"]["tasks"]


def test_the_iris_pipeline_reads_as_a_person_would_write_it(iris):
    source = render_dsl(iris)
    assert "@dsl.container_component\ndef split(" in source
    assert '@dsl.pipeline(name="iris")\ndef iris(\n    bucket: str = "gs://flowers/runs",' in source
    assert "    test_size: float = 0.4,\n" in source
    assert '    train_task = train(bucket=bucket, split_state=split_task.outputs["state"])\n' in source
    assert "        test_size: Share that is held back.\n" in source
    assert source.startswith('"""Kubeflow pipeline of iris.ipynb')
    assert "kubernetes" not in source


def test_the_source_is_formatted_as_ruff_formats_it(iris):
    assert ruff_format_check(render_dsl(iris)) == 0


def test_every_flag_is_one_token_that_the_backend_resolves(iris):
    ir, _ = compiled(iris)
    args = ir["deploymentSpec"]["executors"]["exec-test"]["container"]["args"]
    assert args == [
        "--bucket={{$.inputs.parameters['bucket']}}",
        "--split-state={{$.inputs.parameters['split_state']}}",
        "--train-state={{$.inputs.parameters['train_state']}}",
        "--state-path={{$.outputs.parameters['state'].output_file}}",
        "--html-path={{$.outputs.artifacts['notebook'].path}}",
        "--metrics-path={{$.outputs.artifacts['metrics'].path}}",
        "--executor-input={{$}}",
    ]
    assert ir["deploymentSpec"]["executors"]["exec-test"]["container"]["command"] == ["python", "main.py"]
    assert "IfPresent" not in str(ir)
    assert "Concat" not in str(ir)


def test_the_flags_are_those_that_main_py_has(iris):
    ir, _ = compiled(iris)
    flags = step_flags(iris, "split")
    args = ir["deploymentSpec"]["executors"]["exec-split"]["container"]["args"]
    for flag in (*flags.parameters.values(), *flags.states.values()):
        assert sum(arg.startswith(f"{flag}=") for arg in args) == 1


def test_every_parameter_is_passed_by_the_pipeline_and_has_no_default_in_the_component(iris):
    ir, _ = compiled(iris)
    for task in ir["root"]["dag"]["tasks"].values():
        component = ir["components"][task["componentRef"]["name"]]
        inputs = component["inputDefinitions"]["parameters"]
        assert set(inputs) == set(task["inputs"]["parameters"])
        assert not any("defaultValue" in value for value in inputs.values())


def test_no_run_id_is_among_the_inputs_so_that_the_cache_can_hit(iris):
    ir, _ = compiled(iris)
    assert "pipeline_job" not in str(ir)


def test_states_are_handed_on_as_string_parameters(iris):
    assert tasks(iris)["train"]["inputs"]["parameters"]["split_state"] == {
        "taskOutputParameter": {"producerTask": "split", "outputParameterKey": "state"}
    }


def test_a_step_gives_an_html_artifact_and_metrics_where_it_has_some(iris):
    ir, _ = compiled(iris)
    artifacts = {
        name: set(component["outputDefinitions"]["artifacts"]) for name, component in ir["components"].items()
    }
    assert artifacts["comp-train"] == {"notebook"}
    assert artifacts["comp-test"] == {"notebook", "metrics"}
    outputs = ir["components"]["comp-test"]["outputDefinitions"]["artifacts"]
    assert outputs["notebook"]["artifactType"]["schemaTitle"] == "system.HTML"
    assert outputs["metrics"]["artifactType"]["schemaTitle"] == "system.Metrics"


def test_results_are_typed_artifacts():
    pipeline = make_pipeline(
        ["train"], settings={"steps": {"train": {"results": {"model": "Model", "df": "Dataset"}}}}
    )
    ir, _ = compiled(pipeline)
    artifacts = ir["components"]["comp-train"]["outputDefinitions"]["artifacts"]
    assert artifacts["result_model"]["artifactType"]["schemaTitle"] == "system.Model"
    assert artifacts["result_df"]["artifactType"]["schemaTitle"] == "system.Dataset"
    args = ir["deploymentSpec"]["executors"]["exec-train"]["container"]["args"]
    assert "--result-model-path={{$.outputs.artifacts['result_model'].path}}" in args


def test_parameters_have_types_defaults_and_docs():
    parameters = [
        Parameter("flag", "bool", True, "A switch."),
        Parameter("count", "int", 3),
        Parameter("rate", "float", 1),
        Parameter("name", "str", "x"),
        Parameter("sizes", "list", [1, 2]),
        Parameter("depths", "dict", {"a": [1, "b"]}),
    ]
    pipeline = make_pipeline(
        [make_step("load", parameters=tuple(p.name for p in parameters))], parameters=parameters
    )
    ir, _ = compiled(pipeline)
    inputs = ir["root"]["inputDefinitions"]["parameters"]
    types = {name: value["parameterType"] for name, value in inputs.items()}
    assert types == {
        "bucket": "STRING",
        "flag": "BOOLEAN",
        "count": "NUMBER_INTEGER",
        "rate": "NUMBER_DOUBLE",
        "name": "STRING",
        "sizes": "LIST",
        "depths": "STRUCT",
    }
    defaults = {name: value.get("defaultValue") for name, value in inputs.items()}
    assert defaults == {
        "bucket": None,
        "flag": True,
        "count": 3,
        "rate": 1,
        "name": "x",
        "sizes": [1, 2],
        "depths": {"a": [1, "b"]},
    }
    assert inputs["flag"]["description"] == "A switch."


def test_the_bucket_has_a_default_only_where_it_is_in_the_cloud(iris):
    assert compiled(iris)[0]["root"]["inputDefinitions"]["parameters"]["bucket"]["defaultValue"]
    local = make_pipeline(["load"], settings={"bucket": "/data/runs"})
    assert "defaultValue" not in compiled(local)[0]["root"]["inputDefinitions"]["parameters"]["bucket"]


def test_data_files_are_a_parameter_of_the_pipeline_and_go_to_every_step():
    pipeline = make_pipeline(["load", "train"], [("load", "train")], data_files=("Iris.csv",))
    ir, _ = compiled(pipeline)
    assert ir["root"]["inputDefinitions"]["parameters"]["files"]["defaultValue"] == ""
    for task in ir["root"]["dag"]["tasks"].values():
        assert task["inputs"]["parameters"]["files"] == {"componentInputParameter": "files"}


def test_images_stand_as_constants_at_the_top(iris):
    source = render_dsl(iris, {"train": "registry.example.com/iris/train@sha256:abc"})
    assert 'TRAIN_IMAGE = "registry.example.com/iris/train@sha256:abc"\n' in source
    assert 'LOAD_IMAGE = "iris-load:latest"\n' in source


def test_a_step_shows_its_heading():
    pipeline = make_pipeline([make_step("train", title="Train  the model\u202e")])
    assert tasks(pipeline)["train"]["taskInfo"]["name"] == "Train the model"


def test_hostile_text_stays_text():
    pipeline = make_pipeline(
        [make_step("train", title=HOSTILE, parameters=("text",))],
        parameters=[Parameter("text", "str", HOSTILE.replace("\n", " "), HOSTILE)],
        settings={
            "description": HOSTILE,
            "defaults": {"environment": {"A": HOSTILE}, "labels": {HOSTILE: HOSTILE}},
        },
        name=HOSTILE,
    )
    source = render_dsl(pipeline, {"train": HOSTILE})
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    assert "os" not in names
    assert ruff_format_check(source) == 0
    ir, platform = compiled(pipeline)
    assert ir["root"]["inputDefinitions"]["parameters"]["text"]["defaultValue"] == HOSTILE.replace("\n", " ")
    assert ir["deploymentSpec"]["executors"]["exec-train"]["container"]["env"] == [
        {"name": "A", "value": HOSTILE}
    ]
    labels = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]["exec-train"]["podMetadata"]
    assert labels["labels"] == {HOSTILE: HOSTILE}


@pytest.mark.parametrize(
    "name", [*keyword.kwlist[3:], "str", "dsl", "kubernetes", "compiler", "match", "1", "1-a", "path"]
)
def test_any_step_name_becomes_a_task(name):
    name = name.lower()
    pipeline = make_pipeline([name, "after"], [(name, "after")], name=name)
    ir, _ = compiled(pipeline)
    names = task_names(pipeline)
    assert set(ir["root"]["dag"]["tasks"]) == set(names.values())
    assert ir["root"]["dag"]["tasks"][names["after"]]["dependentTasks"] == [names[name]]


def test_names_that_kubeflow_would_take_for_one_stay_apart():
    steps = ["a-b", "a--b", "a-b-step", "a-b-task"]
    pipeline = make_pipeline(steps, [("a-b", "a--b"), ("a--b", "a-b-task")])
    names = task_names(pipeline)
    assert len(set(names.values())) == 4
    found = compiled(pipeline)[0]["root"]["dag"]["tasks"]
    assert set(found) == set(names.values())
    assert found[names["a-b-task"]]["dependentTasks"] == [names["a--b"]]


@pytest.mark.parametrize(
    "name",
    [
        "bucket",
        "files",
        "state",
        "notebook",
        "metrics",
        "run",
        "dsl",
        "str",
        "Output",
        "_x",
        "größe",
        "load",
        "load_task",
    ],
)
def test_any_parameter_name_is_an_argument(name):
    parameter = Parameter(name, "str", "v", "Doc.")
    pipeline = make_pipeline(
        [make_step("load", parameters=(name,)), make_step("next", parameters=(name,))],
        [("load", "next")],
        [parameter],
        data_files=("a.csv",),
    )
    argument = argument_names(pipeline)[name]
    ir, _ = compiled(pipeline)
    assert ir["root"]["inputDefinitions"]["parameters"][argument]["defaultValue"] == "v"
    flag = step_flags(pipeline, "next").parameters[name]
    args = ir["deploymentSpec"]["executors"]["exec-" + task_names(pipeline)["next"]]["container"]["args"]
    assert f"{flag}={{{{$.inputs.parameters['{argument}']}}}}" in args


def test_a_parameter_called_like_a_state_keeps_its_flag_apart():
    parameter = Parameter("load_state", "str", "v")
    pipeline = make_pipeline(
        [make_step("load"), make_step("next", parameters=("load_state",))], [("load", "next")], [parameter]
    )
    ir, _ = compiled(pipeline)
    assert set(ir["components"]["comp-next"]["inputDefinitions"]["parameters"]) == {
        "bucket",
        "load_state",
        "load_state_2",
    }


def test_a_pipeline_with_errors_is_not_written():
    pipeline = make_pipeline(["load"], parameters=[Parameter("big", "int", 2**60)])
    with pytest.raises(FindingsError) as caught:
        render_dsl(pipeline)
    assert [found.code for found in caught.value.findings] == ["JK504"]
