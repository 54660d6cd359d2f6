"""Whatever the pipeline: it compiles, kfp's own loader takes it, and it says what the model says."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_kfp.package import argument_names, check_target, compile_package, task_names
from jupyter_kfp.pipeline import Parameter

from .made import make_pipeline, make_step

hostile = st.text(max_size=30) | st.sampled_from(
    [
        '"""',
        "'''\\",
        "{{$.inputs.parameters['x']}}",
        "a: b # c",
        "\n---\n",
        "%s {} \\u0041",
        "\u202e",
        "```",
        ":param x: y",
    ]
)
names = st.text("abc-1", min_size=1, max_size=6).filter(
    lambda n: re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", n)
)
identifiers = st.text("abz_äß1", min_size=1, max_size=6).filter(str.isidentifier) | st.sampled_from(
    ["bucket", "state", "dsl", "str", "run", "b_state"]
)
kept = (
    st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | hostile
)
parameters = st.one_of(
    st.tuples(st.just("bool"), st.booleans()),
    st.tuples(st.just("int"), st.integers(-(2**53), 2**53)),
    st.tuples(st.just("float"), st.floats(allow_nan=False, allow_infinity=False)),
    st.tuples(st.just("str"), hostile),
    st.tuples(st.just("list"), st.lists(kept, max_size=3)),
    st.tuples(st.just("dict"), st.dictionaries(hostile, kept, max_size=3)),
)


@st.composite
def pipelines(draw):
    step_names = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    chosen = draw(st.lists(identifiers, max_size=4, unique=True))
    declared = [Parameter(name, *draw(parameters), draw(hostile)) for name in chosen]
    steps = [
        make_step(
            name,
            title=draw(hostile),
            parameters=tuple(draw(st.lists(st.sampled_from(chosen), unique=True))) if chosen else (),
            metrics=("accuracy",) if draw(st.booleans()) else (),
        )
        for name in step_names
    ]
    edges = [
        (step_names[i], step_names[j])
        for j in range(len(step_names))
        for i in range(j)
        if draw(st.integers(0, 2)) == 0
    ]
    given_settings = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "description": hostile,
                "bucket": st.just("gs://b/p"),
                "defaults": st.fixed_dictionaries(
                    {},
                    optional={
                        "environment": st.dictionaries(st.just("A"), hostile),
                        "labels": st.dictionaries(hostile, hostile, max_size=2),
                        "cpu": st.just("500m"),
                        "gpu": st.integers(0, 2),
                    },
                ),
            },
        )
    )
    files = draw(st.sampled_from([(), ("a.csv",)]))
    return make_pipeline(
        steps,
        edges,
        declared,
        settings=given_settings,
        name=draw(hostile),
        data_files=files,
        notebook=Path(draw(hostile)),
    )


def no_surrogates(value):
    try:
        repr(value).encode()
    except UnicodeEncodeError:
        return False
    return "\\ud" not in repr(value)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(pipelines().filter(no_surrogates))
def test_any_pipeline_compiles_to_what_the_model_says(tmp_path_factory, pipeline):
    from google.protobuf import json_format
    from kfp import components
    from kfp.pipeline_spec import pipeline_spec_pb2

    path = tmp_path_factory.mktemp("any") / "p.yaml"
    package = compile_package(pipeline, path)
    loaded = components.load_component_from_file(str(path))
    ir = package.documents[0]
    assert json_format.MessageToDict(loaded.pipeline_spec) == ir
    json_format.ParseDict(ir, pipeline_spec_pb2.PipelineSpec())

    tasks, arguments = task_names(pipeline), argument_names(pipeline)
    assert set(ir["root"]["dag"]["tasks"]) == set(tasks.values())
    for step in pipeline.steps:
        task = ir["root"]["dag"]["tasks"][tasks[step.name]]
        parents = {tasks[parent] for parent in pipeline.parents(step.name)}
        assert set(task.get("dependentTasks", [])) == parents
        passed = {
            value["componentInputParameter"]
            for value in task["inputs"]["parameters"].values()
            if "componentInputParameter" in value
        }
        own = {arguments[name] for name in step.parameters}
        assert passed == own | {"bucket"} | ({"files"} if pipeline.data_files else set())
    declared = ir["root"]["inputDefinitions"]["parameters"]
    for parameter in pipeline.parameters:
        assert declared[arguments[parameter.name]]["defaultValue"] == parameter.default
    assert not [found for found in check_target(pipeline) if found.level.value == "error"]


@pytest.mark.parametrize("name", ["p.yaml", "p.tar.gz", "p.zip"])
def test_kfps_client_reads_the_package_in_every_form(iris, tmp_path, name):
    from kfp.client import client

    compile_package(iris, tmp_path / name)
    read = client._extract_pipeline_yaml(str(tmp_path / name))
    assert read.pipeline_spec.pipeline_info.name == "iris"
