"""What a step and the pipeline look like from Kubeflow: names, types, inputs, outputs.

A Pipeline comes in. Out come the Python names that stand in `pipeline.py` (and with them in the package), each
free of keywords, of the module's own names and of the others, and the flag of main.py that each goes to.
"""

from __future__ import annotations

import itertools
import keyword
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..flags import StepFlags, step_flags
from ..loops import gathered
from ..notebook.cells import StepName
from ..pipeline import Name, Pipeline, Step
from ..step.classification import NAMES as CLASSIFICATION

MODULE_NAMES = frozenset(
    {"bool", "compiler", "dict", "dsl", "float", "int", "kubernetes", "list", "Output", "Path", "str"}
)
"""What the generated module uses itself (`Output` is refused by kfp as a name)."""

BUCKET = "bucket"
FILES = "files"
STATE = "state"
NOTEBOOK = "notebook"
METRICS = "metrics"
ITEM = "item"
HOLDS = "holds"
BUCKET_DOC = "Where runs keep their state: gs://bucket/prefix."
FILES_DOC = "Manifest of the notebook's data files, as stored before the run."
_FIXED = frozenset({BUCKET, FILES, STATE, NOTEBOOK, METRICS, ITEM, HOLDS, *MODULE_NAMES})
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Result:
    """A name that the user marks as a result: an output artifact and its class in kfp.dsl."""

    name: Name
    output: str
    kind: str


@dataclass(frozen=True)
class StepInterface:
    """One step as a component."""

    step: Step
    function: str  # the component's function; its task is held by `<function>_task`
    task: str  # name of its task in the package
    image: str  # name of the constant that holds the image
    code: str  # name of the constant that holds the digest of its code, where the image has none
    flags: StepFlags
    states: Mapping[StepName, str]  # parent → input parameter
    gathered: frozenset[StepName]  # the parents whose state comes as a list, one for each item of a loop
    parameters: tuple[Name, ...]  # those that the pipeline passes; a loop sets the rest
    decision: str  # the component that decides on its `when`, where the DSL cannot say it
    metrics: Mapping[Name, str]  # metric that some `when` reads → output parameter
    results: tuple[Result, ...]
    classification: tuple[str, ...]  # confusion matrix and ROC curve, where the step has them


@dataclass(frozen=True)
class Interface:
    """The whole pipeline: its function, the names of its arguments, its steps in notebook order."""

    function: str
    name: str
    arguments: Mapping[Name, str]
    files: bool  # whether the notebook has data files that the run is given
    steps: Mapping[StepName, StepInterface]


def pipeline_name(name: str) -> str:
    """The name as Kubeflow allows it: lower case letters, digits and single dashes, 128 at most."""
    return re.sub("[^0-9a-z]+", "-", name.lower()).strip("-")[:128].strip("-") or "pipeline"


def argument_names(pipeline: Pipeline) -> dict[Name, str]:
    """What each parameter is called in the package: its own name wherever Kubeflow takes that."""
    own = {str(parameter.name) for parameter in pipeline.parameters}
    names: dict[Name, str] = {}
    for parameter in pipeline.parameters:
        name = str(parameter.name)
        if name in _FIXED or not _PLAIN.fullmatch(name):
            name = _free(f"parameter_{_ascii(name)}", {*_FIXED, *own, *names.values()})
        names[parameter.name] = name
    return names


def task_names(pipeline: Pipeline) -> dict[StepName, str]:
    """The name of each step's task in the package, which is how Kubeflow reports on it."""
    return {name: step.task for name, step in interface(pipeline, {}).steps.items()}


def interface(pipeline: Pipeline, condition_metrics: Mapping[StepName, Iterable[Name]]) -> Interface:
    """Names for everything in the pipeline. `condition_metrics`: metrics of a step that conditions read."""
    arguments = argument_names(pipeline)
    functions = _functions(pipeline, {*_FIXED, *arguments.values()})
    steps = {
        step.name: _step(
            step,
            step_flags(pipeline, step.name),
            arguments,
            functions,
            condition_metrics.get(step.name, ()),
            frozenset(gathered(pipeline, step)),
        )
        for step in pipeline.steps
    }
    taken = {
        *_FIXED,
        *arguments.values(),
        *functions.values(),
        *(name for f in functions.values() for name in _uses(f)),
    }
    name = pipeline_name(pipeline.name)
    function = _free(_identifier(name, "pipeline"), taken)
    return Interface(function, name, arguments, bool(pipeline.data_files), steps)


def _step(
    step: Step,
    flags: StepFlags,
    arguments: Mapping[Name, str],
    functions: Mapping[StepName, str],
    metrics: Iterable[Name],
    gathers: frozenset[StepName],
) -> StepInterface:
    taken = {*_FIXED, *(arguments[parameter] for parameter in step.parameters)}

    def claim(name: str) -> str:
        free = _free(name, taken)
        taken.add(free)
        return free

    drawn = tuple(claim(name) for name in CLASSIFICATION if name in step.metrics)
    states = {parent: claim(f"{functions[parent]}_state") for parent in flags.states}
    function = functions[step.name]
    return StepInterface(
        step=step,
        function=function,
        task=_task_name(function),
        image=f"{function.upper()}_IMAGE",
        code=f"{function.upper()}_CODE",
        flags=flags,
        states=states,
        gathered=gathers,
        parameters=tuple(name for name in flags.parameters if name not in step.settings.foreach),
        decision=f"{function}_condition",
        metrics={metric: claim(f"metric_{_ascii(str(metric))}") for metric in metrics},
        results=tuple(
            Result(Name(name), claim(f"result_{_ascii(name)}"), kind)
            for name, kind in step.settings.results.items()
        ),
        classification=drawn,
    )


def _functions(pipeline: Pipeline, reserved: Collection[str]) -> dict[StepName, str]:
    """`train-model` → `train_model`; another name where that, or its task's name, is taken."""
    taken, tasks = set(reserved), set[str]()
    functions: dict[StepName, str] = {}
    for step in pipeline.steps:
        name = _identifier(str(step.name), "step")
        function = next(
            candidate
            for candidate in itertools.chain((name, f"{name}_step"), _numbered(f"{name}_step"))
            if not taken & _uses(candidate)
            and not tasks & {_task_name(candidate), _task_name(f"{candidate}_condition")}
        )
        taken |= _uses(function)
        tasks |= {_task_name(function), _task_name(f"{function}_condition")}
        functions[step.name] = function
    return functions


def _uses(function: str) -> set[str]:
    """The names in `pipeline.py` that belong to a step."""
    return {
        function,
        f"{function}_task",
        f"{function}_condition",
        f"{function}_condition_task",
        f"{function}_item",
    }


def _task_name(function: str) -> str:
    """As kfp makes a task's name of a function's."""
    return re.sub("[^0-9a-z]+", "-", function.lower()).strip("-")


def _identifier(name: str, prefix: str) -> str:
    plain = re.sub("[^0-9a-z]+", "_", name.lower()).strip("_")
    if not plain or not plain[0].isalpha():
        plain = f"{prefix}_{plain}".rstrip("_")
    return f"{plain}_{prefix}" if keyword.iskeyword(plain) or keyword.issoftkeyword(plain) else plain


def _ascii(name: str) -> str:
    if re.fullmatch("[A-Za-z0-9_]+", name):
        return name
    return re.sub("[^A-Za-z0-9]+", "_", name).strip("_") or "name"


def _free(name: str, taken: Collection[str]) -> str:
    return next(
        candidate for candidate in itertools.chain((name,), _numbered(name)) if candidate not in taken
    )


def _numbered(name: str) -> Iterable[str]:
    return (f"{name}_{number}" for number in itertools.count(2))
