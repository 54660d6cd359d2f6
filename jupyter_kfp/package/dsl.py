"""The generated `pipeline.py`: the pipeline in Kubeflow's DSL, as a person would have written it.

One `@dsl.container_component` per step and one `@dsl.pipeline`. Only what the open-source backend and Vertex AI
both resolve is used: every flag is one token, `--name=value`, and every value is passed by the pipeline.

A step's state is handed on as the uri of its manifest, a string output parameter. No run id is among the
inputs, since it would defeat Kubeflow's cache: main.py finds the run in its executor input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..conditions import Comparison, Reference, When
from ..errors import FindingsError
from ..loops import loop_items
from ..notebook.cells import StepName
from ..pipeline import Name, Parameter, Pipeline
from ..project.plain import one_line
from ..project.python_source import assignment, call, docstring, literal, text
from .control import Arrangement, Block, Loop, Member, arrange
from .from_bucket import FETCH
from .interface import (
    BUCKET,
    BUCKET_DOC,
    FILES,
    FILES_DOC,
    HOLDS,
    ITEM,
    METRICS,
    NOTEBOOK,
    STATE,
    Interface,
    StepInterface,
    interface,
)
from .setters import setters
from .targets import Target, check_target, errors


def render_dsl(
    pipeline: Pipeline,
    images: Mapping[str, str] | None = None,
    *,
    code: Mapping[str, str] | None = None,
    target: Target = "kubeflow",
) -> str:
    """The source of `pipeline.py`.

    `images` gives each step's image; a step without one gets `<pipeline>-<step>:latest`. `code` gives the digest of
    the archive in the bucket (`project.code_archive`) for each step whose image does not hold its code. For Vertex AI
    the settings that only Kubernetes has are left out. Raises FindingsError where the pipeline has what
    Kubeflow cannot express; `targets.check_target` says so beforehand.
    """
    found = errors(check_target(pipeline, target))
    if found:
        raise FindingsError(found, where=pipeline.notebook.name)
    code = code or {}
    arrangement = arrange(pipeline)
    names = interface(pipeline, arrangement.metrics)
    body = _function(pipeline, names, arrangement, target, frozenset(code))
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
        *_code(names, code),
        *(
            line
            for name, step in names.steps.items()
            for line in _component(pipeline, names, step, from_bucket=name in code)
        ),
        *(
            line
            for name, when in _decisions(arrangement.body)
            for line in _decision_component(pipeline, names, name, when, from_bucket=name in code)
        ),
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


def _code(names: Interface, code: Mapping[str, str]) -> Iterator[str]:
    """The constants of steps that fetch their code: how, and what."""
    if not code:
        return
    yield from (assignment(step.code, code[name]) for name, step in names.steps.items() if name in code)
    yield from ("", 'START_FROM_BUCKET = """\\', *FETCH.splitlines(), '"""')


def _command(step: StepInterface, words: Sequence[str], *, from_bucket: bool) -> str:
    """What the container runs with Python; the bucket is an input of every component that fetches code."""
    quoted = [text(word) for word in words]
    if from_bucket:
        quoted = ['"-c"', "START_FROM_BUCKET", step.code, BUCKET, *quoted]
    return f'        command=["python", {", ".join(quoted)}],'


def _component(
    pipeline: Pipeline, names: Interface, step: StepInterface, *, from_bucket: bool
) -> Iterator[str]:
    types = {parameter.name: parameter.type for parameter in pipeline.parameters}
    given: list[tuple[str, str, str]] = [("--bucket", BUCKET, "str")]
    if names.files:
        given.append(("--files", FILES, "str"))
    given += [(step.flags.parameters[name], names.arguments[name], types[name]) for name in step.parameters]
    if step.step.settings.foreach:
        given.append(("--item", ITEM, "dict"))
    given += [
        (flag, step.states[parent], "list" if parent in step.gathered else "str")
        for parent, flag in step.flags.states.items()
    ]
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
    # What these are is told by the executor input's answer alone, so no flag names them.
    parameters += [f"{name}: dsl.Output[dsl.ClassificationMetrics]" for name in step.classification]
    yield from ("", "", "@dsl.container_component", f"def {step.function}(")
    yield from (f"    {parameter}," for parameter in parameters)
    yield "):"
    title = one_line(step.step.title)
    yield from docstring(title if title and title != step.step.name else f"Step {step.step.name}.", 4)
    yield "    return dsl.ContainerSpec("
    yield f"        image={step.image},"
    yield _command(step, ["main.py"], from_bucket=from_bucket)
    yield "        args=["
    yield from (f"            {flag}," for flag in flags)
    yield "        ],"
    yield "    )"


def _function(
    pipeline: Pipeline,
    names: Interface,
    arrangement: Arrangement,
    target: Target,
    from_bucket: frozenset[str],
) -> str:
    lines = [call("dsl.pipeline", _decoration(pipeline, names), 0, before="@"), f"def {names.function}("]
    lines += [f"    {parameter}," for parameter in _signature(pipeline, names)]
    lines.append("):")
    lines += docstring(_documentation(pipeline, names), 4)
    indent = 4
    steps = _Steps(pipeline, names, target, from_bucket)
    if arrangement.on_exit is not None:
        step = names.steps[arrangement.on_exit]
        lines += _task(step, steps, indent)
        if arrangement.body:
            lines.append(f"    with dsl.ExitHandler({step.function}_task):")
            indent = 8
    lines += _body(arrangement.body, steps, indent, None)
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


@dataclass(frozen=True)
class _Steps:
    """What the body of the pipeline's function is written from."""

    pipeline: Pipeline
    names: Interface
    target: Target
    from_bucket: frozenset[str]  # steps whose image does not hold their code

    def item(self, loop: Loop) -> str:
        """What the item of the loop is called."""
        return f"{self.names.steps[loop.first].function}_item"

    def giver(self, metric: Name, when: When) -> str:
        """The output that holds the metric."""
        step = self.names.steps[when.metrics[metric]]
        return f'{step.function}_task.outputs["{step.metrics[metric]}"]'


def _body(body: Sequence[Member], steps: _Steps, indent: int, loop: Loop | None) -> Iterator[str]:
    for member in body:
        match member:
            case Loop(_, inner):
                yield from _loop(member, steps, indent)
                yield from _body(inner, steps, indent + 4, member)
            case Block(when, comparisons, inner, decided_for):
                column = indent
                for comparison in comparisons:
                    yield _condition(comparison, when, steps.names, column)
                    column += 4
                if decided_for is not None and when is not None:
                    yield from _decision(decided_for, when, steps, indent, loop)
                    column += 4
                yield from _body(inner, steps, column, loop)
            case _:
                yield from _task(steps.names.steps[member], steps, indent, loop)


def _loop(loop: Loop, steps: _Steps, indent: int) -> Iterator[str]:
    step = steps.pipeline.step(loop.first)
    types = {parameter.name: parameter.type for parameter in steps.pipeline.parameters}
    items: list[dict[str, object]] = [
        {ITEM: number, "parameters": {name: _as(types[name], value) for name, value in item.items()}}
        for number, item in enumerate(loop_items(step))
    ]
    name = f"for each {', '.join(step.settings.foreach)}"
    yield call(
        "dsl.ParallelFor",
        [literal(items, indent + 4, indent + 5), f"name={text(name)}"],
        indent,
        before="with ",
        after=f" as {steps.item(loop)}:",
    )


def _as(kind: str, value: object) -> object:
    return float(value) if kind == "float" and isinstance(value, int) else value


def _task(step: StepInterface, steps: _Steps, indent: int, loop: Loop | None = None) -> Iterator[str]:
    names = steps.names
    task = f"{step.function}_task"
    arguments = [f"{BUCKET}={BUCKET}"]
    if names.files:
        arguments.append(f"{FILES}={FILES}")
    arguments += [f"{names.arguments[name]}={names.arguments[name]}" for name in step.parameters]
    if loop is not None and step.step.settings.foreach:
        arguments.append(f"{ITEM}={steps.item(loop)}")
    for parent, name in step.states.items():
        state = f'{names.steps[parent].function}_task.outputs["{STATE}"]'
        arguments.append(f"{name}={f'dsl.Collected({state})' if parent in step.gathered else state}")
    yield call(step.function, arguments, indent, before=f"{task} = ")
    yield from setters(step, task, steps.target, indent)


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


def _decision(name: StepName, when: When, steps: _Steps, indent: int, loop: Loop | None) -> Iterator[str]:
    """The task that decides, and the condition on what it says."""
    step = steps.names.steps[name]
    task = f"{step.decision}_task"
    inputs = _decided_from(step, when, steps.names)
    arguments = [f"{BUCKET}={BUCKET}"] if name in steps.from_bucket else []
    arguments += [f"{argument}={steps.giver(metric, when)}" for metric, argument in inputs.metrics.items()]
    arguments += [f"{argument}={argument}" for argument in inputs.parameters.values()]
    if inputs.item and loop is not None:
        arguments.append(f"{ITEM}={steps.item(loop)}")
    shown = text(one_line(when.text))
    yield call(step.decision, arguments, indent, before=f"{task} = ")
    yield call(f"{task}.set_display_name", [shown], indent)
    condition = f'{task}.outputs["{HOLDS}"] == True'
    yield call("dsl.If", [condition, f"name={shown}"], indent, before="with ", after=":")


@dataclass(frozen=True)
class _DecidedFrom:
    """The inputs of a task that decides on a condition: by name there, the input parameter."""

    metrics: Mapping[Name, str]
    parameters: Mapping[Name, str]
    item: bool  # a loop sets some of the names


def _decided_from(step: StepInterface, when: When, names: Interface) -> _DecidedFrom:
    loop = step.step.settings.foreach
    return _DecidedFrom(
        {metric: names.steps[giver].metrics[metric] for metric, giver in when.metrics.items()},
        {name: names.arguments[name] for name in when.parameters if name not in loop},
        any(name in loop for name in when.parameters),
    )


def _decision_component(
    pipeline: Pipeline, names: Interface, name: StepName, when: When, *, from_bucket: bool
) -> Iterator[str]:
    """The component that decides: the step's own image, which has the words of conditions in it."""
    step = names.steps[name]
    types = {parameter.name: parameter.type for parameter in pipeline.parameters}
    inputs = _decided_from(step, when, names)
    given = [(argument, "float") for argument in inputs.metrics.values()]
    given += [(argument, types[parameter]) for parameter, argument in inputs.parameters.items()]
    if inputs.item:
        given.append((ITEM, "dict"))
    renamed = [
        text(f"--name={name}={argument}")
        for name, argument in {**inputs.metrics, **inputs.parameters}.items()
        if name != argument
    ]
    yield from ("", "", "@dsl.container_component", f"def {step.decision}(")
    if from_bucket:
        yield f"    {BUCKET}: str,"
    yield from (f"    {argument}: {kind}," for argument, kind in given)
    yield f"    {HOLDS}: dsl.OutputPath(bool),"
    yield "):"
    yield from docstring(f"Whether step {step.step.name} is to run.", 4)
    yield "    return dsl.ContainerSpec("
    yield f"        image={step.image},"
    yield _command(step, ["-m", "jupyter_kfp_step.decide"], from_bucket=from_bucket)
    yield "        args=["
    flags = [text(f"--when={one_line(when.text)}"), *renamed]
    flags.append('f"--executor-input={dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER}"')
    yield from (f"            {flag}," for flag in flags)
    yield "        ],"
    yield "    )"


def _decisions(body: Sequence[Member]) -> Iterator[tuple[StepName, When]]:
    for member in body:
        if isinstance(member, Block) and member.decided_for is not None and member.when is not None:
            yield member.decided_for, member.when
        if isinstance(member, (Block, Loop)):
            yield from _decisions(member.body)
