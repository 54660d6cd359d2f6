"""The generated `pipeline.py`: the pipeline in Kubeflow's DSL, as a person would have written it.

One `@dsl.container_component` per step and one `@dsl.pipeline`. Only what the open-source backend and Vertex AI
both resolve is used: every flag is one token, `--name=value`, and every value is passed by the pipeline.

A step's state is handed on as the uri of its manifest, a string output parameter. No run id is among the
inputs, since it would defeat Kubeflow's cache: main.py finds the run in its executor input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..conditions import Comparison, Reference, When
from ..errors import FindingsError
from ..notebook.cells import StepName
from ..pipeline import Parameter, Pipeline
from .control import Arrangement, Block, arrange
from .interface import (
    BUCKET,
    BUCKET_DOC,
    FILES,
    FILES_DOC,
    METRICS,
    NOTEBOOK,
    STATE,
    Interface,
    StepInterface,
    interface,
)
from .setters import setters
from .source import assignment, call, docstring, literal, one_line, text
from .targets import Target, check_target, errors


def render_dsl(
    pipeline: Pipeline, images: Mapping[str, str] | None = None, *, target: Target = "kubeflow"
) -> str:
    """The source of `pipeline.py`.

    `images` gives each step's image; a step without one gets `<pipeline>-<step>:latest`. For Vertex AI the
    settings that only Kubernetes has are left out. Raises FindingsError where the pipeline has what
    Kubeflow cannot express; `targets.check_target` says so beforehand.
    """
    found = errors(check_target(pipeline, target))
    if found:
        raise FindingsError(found, where=pipeline.notebook.name)
    arrangement = arrange(pipeline)
    names = interface(pipeline, arrangement.metrics)
    body = _function(pipeline, names, arrangement, target)
    modules = ["compiler", "dsl", *(["kubernetes"] if "    kubernetes." in body else [])]
    lines = [
        *docstring(f"Kubeflow pipeline of {one_line(pipeline.notebook.name)}, a container for each step.", 0),
        "",
        "from pathlib import Path",
        "",
        f"from kfp import {', '.join(modules)}",
        "",
        *(
            assignment(step.image, (images or {}).get(name) or f"{names.name}-{name}:latest")
            for name, step in names.steps.items()
        ),
        *(line for step in names.steps.values() for line in _component(pipeline, names, step)),
        "",
        "",
        body,
        "",
        "",
        'if __name__ == "__main__":',
        '    package = str(Path(__file__).with_suffix(".yaml"))',
        f"    compiler.Compiler().compile({names.function}, package)",
        "",
    ]
    return "\n".join(lines)


def _component(pipeline: Pipeline, names: Interface, step: StepInterface) -> Iterator[str]:
    types = {parameter.name: parameter.type for parameter in pipeline.parameters}
    given: list[tuple[str, str, str]] = [("--bucket", BUCKET, "str")]
    if names.files:
        given.append(("--files", FILES, "str"))
    given += [(flag, names.arguments[name], types[name]) for name, flag in step.flags.parameters.items()]
    given += [(flag, step.states[parent], "str") for parent, flag in step.flags.states.items()]
    given.append(("--state-path", STATE, "dsl.OutputPath(str)"))
    given.append(("--html-path", NOTEBOOK, "dsl.Output[dsl.HTML]"))
    if step.step.metrics:
        given.append(("--metrics-path", METRICS, "dsl.Output[dsl.Metrics]"))
    given += [
        (step.flags.metrics[metric], output, "dsl.OutputPath(float)")
        for metric, output in step.metrics.items()
    ]
    given += [
        (step.flags.results[result.name], result.output, f"dsl.Output[dsl.{result.kind}]")
        for result in step.results
    ]
    parameters = [f"{name}: {kind}" for _, name, kind in given]
    flags = [
        f'f"{flag}={{{name}{".path" if kind.startswith("dsl.Output[") else ""}}}"'
        for flag, name, kind in given
    ]
    flags.append('f"--executor-input={dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER}"')
    yield from ("", "", "@dsl.container_component", f"def {step.function}(")
    yield from (f"    {parameter}," for parameter in parameters)
    yield "):"
    title = one_line(step.step.title)
    yield from docstring(title if title and title != step.step.name else f"Step {step.step.name}.", 4)
    yield "    return dsl.ContainerSpec("
    yield f"        image={step.image},"
    yield '        command=["python", "main.py"],'
    yield "        args=["
    yield from (f"            {flag}," for flag in flags)
    yield "        ],"
    yield "    )"


def _function(pipeline: Pipeline, names: Interface, arrangement: Arrangement, target: Target) -> str:
    lines = [call("dsl.pipeline", _decoration(pipeline, names), 0, before="@"), f"def {names.function}("]
    lines += [f"    {parameter}," for parameter in _signature(pipeline, names)]
    lines.append("):")
    lines += docstring(_documentation(pipeline, names), 4)
    indent = 4
    if arrangement.on_exit is not None:
        step = names.steps[arrangement.on_exit]
        lines += _task(step, names, target, indent)
        if arrangement.body:
            lines.append(f"    with dsl.ExitHandler({step.function}_task):")
            indent = 8
    lines += _body(arrangement.body, names, target, indent)
    return "\n".join(lines)


def _decoration(pipeline: Pipeline, names: Interface) -> list[str]:
    decoration = [f"name={text(names.name)}"]
    if pipeline.name != names.name:
        decoration.append(f"display_name={text(one_line(pipeline.name))}")
    if pipeline.settings.description:
        decoration.append(f"description={text(one_line(pipeline.settings.description))}")
    return decoration


def _signature(pipeline: Pipeline, names: Interface) -> Iterator[str]:
    bucket = pipeline.settings.bucket
    given = bucket is not None and bucket.startswith("gs://")
    yield f"{BUCKET}: str = {text(bucket)}" if given and bucket else f"{BUCKET}: str"
    if names.files:
        yield f'{FILES}: str = ""'
    for parameter in pipeline.parameters:
        start = f"{names.arguments[parameter.name]}: {parameter.type} = "
        yield start + literal(_default(parameter), 4, 5 + len(start))


def _default(parameter: Parameter) -> object:
    """The default as its type has it: a float that is written `1` stays a float."""
    if parameter.type == "float" and isinstance(parameter.default, int):
        return float(parameter.default)
    return parameter.default


def _documentation(pipeline: Pipeline, names: Interface) -> str:
    title = pipeline.settings.description or f"Run {pipeline.notebook.name} as a pipeline."
    lines = [one_line(title), "", "Args:", f"    {BUCKET}: {BUCKET_DOC}"]
    if names.files:
        lines.append(f"    {FILES}: {FILES_DOC}")
    for parameter in pipeline.parameters:
        if one_line(parameter.doc):
            lines.append(f"    {names.arguments[parameter.name]}: {one_line(parameter.doc)}")
    return "\n".join(lines)


def _body(body: Sequence[StepName | Block], names: Interface, target: Target, indent: int) -> Iterator[str]:
    for member in body:
        if not isinstance(member, Block):
            yield from _task(names.steps[member], names, target, indent)
            continue
        inner = indent
        for comparison in member.comparisons:
            yield _condition(comparison, member.when, names, inner)
            inner += 4
        yield from _body(member.body, names, target, inner)


def _task(step: StepInterface, names: Interface, target: Target, indent: int) -> Iterator[str]:
    task = f"{step.function}_task"
    arguments = [f"{BUCKET}={BUCKET}"]
    if names.files:
        arguments.append(f"{FILES}={FILES}")
    arguments += [f"{names.arguments[name]}={names.arguments[name]}" for name in step.flags.parameters]
    arguments += [
        f'{name}={names.steps[parent].function}_task.outputs["{STATE}"]'
        for parent, name in step.states.items()
    ]
    yield call(step.function, arguments, indent, before=f"{task} = ")
    yield from setters(step, task, target, indent)


def _condition(comparison: Comparison, when: When | None, names: Interface, indent: int) -> str:
    def side(value: Reference | bool | int | float | str) -> str:
        if not isinstance(value, Reference):
            return literal(value)
        for metric, step in (when.metrics if when else {}).items():
            if metric == value.name:
                giver = names.steps[step]
                return f'{giver.function}_task.outputs["{giver.metrics[metric]}"]'
        return next(argument for name, argument in names.arguments.items() if name == value.name)

    condition = f"{side(comparison.left)} {comparison.operator} {side(comparison.right)}"
    arguments = [condition, f"name={text(one_line(when.text if when else condition))}"]
    return call("dsl.If", arguments, indent, before="with ", after=":")
