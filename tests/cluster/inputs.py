"""Values between the tasks of a DAG: what a task is given, and what a group gives, as the driver resolves them.

In: the IR's words for where a value comes from, how the tasks beside it ended, the DAG's own inputs. Out: values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .conditions import select
from .outcome import Ended, Outputs
from .values import checked

Json = dict[str, Any]


class DriverError(Exception):
    """The inputs of a task cannot be resolved."""


@dataclass(frozen=True)
class Place:
    """A task, and what it may take from: the DAG's own inputs and the tasks beside it that are over."""

    key: str
    task: Json
    component: Json
    given: Outputs
    results: Mapping[str, Ended]
    workflow: str  # the workflow's name
    run_id: str

    @property
    def declared(self) -> Json:
        """The parameters that the component declares."""
        found: Json = self.component.get("inputDefinitions", {}).get("parameters", {})
        return found

    def inputs(self, item: tuple[str, Any] | None = None) -> Outputs:
        """All inputs by value; in a loop with the `item` of that name. Raises DriverError, and what `values` raises."""
        parameters: Json = {} if item is None else {item[0]: item[1]}
        artifacts: dict[str, list[Json]] = {}
        for name, source in self.task.get("inputs", {}).get("parameters", {}).items():
            found, value = self._parameter(name, source)
            if not found:
                continue
            if selector := source.get("parameterExpressionSelector"):
                value = select(selector, value)
            parameters[name] = checked(value, self.declared.get(name, {}).get("parameterType", ""), name)
        for name, source in self.task.get("inputs", {}).get("artifacts", {}).items():
            if (held := self._artifact(name, source)) is not None:
                artifacts[name] = held
        return Outputs(parameters, artifacts)

    def items(self) -> list[Any]:
        """What a loop goes through. Raises DriverError."""
        told = self.task["parameterIterator"]["items"]
        if "raw" in told:
            items = json.loads(told["raw"])
        else:
            given = self.inputs((self.task["parameterIterator"]["itemInput"], None)).parameters
            if told["inputParameter"] not in given:
                raise DriverError(f"no input parameter {told['inputParameter']!r} to loop over")
            items = given[told["inputParameter"]]
        if not isinstance(items, list):
            raise DriverError(f"the items of the loop are no list: {json.dumps(items)[:80]}")
        return items

    def _parameter(self, name: str, source: Json) -> tuple[bool, Any]:
        """Whether there is a value, and which."""
        if told := source.get("taskOutputParameter"):
            outputs = self.results[told["producerTask"]].outputs.parameters
            if told["outputParameterKey"] in outputs:
                return True, outputs[told["outputParameterKey"]]
            where = f"output parameter {told['outputParameterKey']} of task {told['producerTask']}"
        elif "runtimeValue" in source:
            return True, self._constant(source["runtimeValue"].get("constant"))
        elif "taskFinalStatus" in source:
            return True, self._final_status(source["taskFinalStatus"]["producerTask"])
        else:
            wanted = source.get("componentInputParameter", "")
            if wanted in self.given.parameters:
                return True, self.given.parameters[wanted]
            where = f"the input parameter {wanted} of the DAG above"
        if self.declared.get(name, {}).get("isOptional") or "defaultValue" in self.declared.get(name, {}):
            return False, None  # a component's own default is not seen by the driver
        raise DriverError(f'resolving input parameter "{name}": {where} is not there')

    def _artifact(self, name: str, source: Json) -> list[Json] | None:
        if told := source.get("taskOutputArtifact"):
            held = self.results[told["producerTask"]].outputs.artifacts.get(told["outputArtifactKey"])
        else:
            held = self.given.artifacts.get(source.get("componentInputArtifact", ""))
        declared = self.component.get("inputDefinitions", {}).get("artifacts", {}).get(name, {})
        if held is None and not declared.get("isOptional", False):
            raise DriverError(f'resolving input artifact "{name}": there is no such artifact')
        return held

    def _constant(self, value: Any) -> Any:
        """A constant of the IR, in which the driver fills in what it knows of the run."""
        if not isinstance(value, str):
            return value
        known = {
            "{{$.pipeline_job_name}}": self.workflow,
            "{{$.pipeline_job_uuid}}": self.run_id,
            "{{$.pipeline_job_resource_name}}": self.workflow,
            "{{$.pipeline_task_name}}": self.key,
        }
        for placeholder, text in known.items():
            value = value.replace(placeholder, text)
        return value

    def _final_status(self, task: str) -> Json:
        ended = self.results[task]
        status: Json = {
            "state": "FAILED" if ended.failed else "SUCCEEDED",
            "pipelineJobResourceName": self.workflow,
            "pipelineTaskName": task,
        }
        if ended.failed:
            status["error"] = {"code": 2, "message": ended.message}
        return status


def with_defaults(component: Json, parameters: Mapping[str, Any]) -> Json:
    """The run's parameters, with the pipeline's defaults for those not given."""
    declared = component.get("inputDefinitions", {}).get("parameters", {})
    defaults = {name: each["defaultValue"] for name, each in declared.items() if "defaultValue" in each}
    return {**defaults, **parameters}


def dag_outputs(component: Json, results: Mapping[str, Ended]) -> Outputs:
    """What a group gives: of the tasks inside that may give it, the first that did."""
    told = component["dag"].get("outputs", {})
    parameters: Json = {}
    for name, source in told.get("parameters", {}).items():
        several = source.get("valueFromOneof", {}).get("parameterSelectors")
        for selector in several or [source.get("valueFromParameter", {})]:
            inner = results.get(selector.get("producerSubtask", ""), Ended("")).outputs.parameters
            if selector.get("outputParameterKey") in inner:
                parameters[name] = inner[selector["outputParameterKey"]]
                break
    artifacts: dict[str, list[Json]] = {}
    for name, source in told.get("artifacts", {}).items():
        for selector in source.get("artifactSelectors", ()):
            held = results.get(selector["producerSubtask"], Ended("")).outputs.artifacts
            if selector["outputArtifactKey"] in held:
                artifacts[name] = held[selector["outputArtifactKey"]]
                break
    return Outputs(parameters, artifacts)


def collected(component: Json, each: list[Ended]) -> Outputs:
    """What `dsl.Collected` takes: lists of the items' outputs, in their order."""
    told = component.get("dag", {}).get("outputs", {})
    return Outputs(
        {
            name: [ended.outputs.parameters[name] for ended in each if name in ended.outputs.parameters]
            for name in told.get("parameters", {})
        },
        {
            name: [artifact for ended in each for artifact in ended.outputs.artifacts.get(name, ())]
            for name in told.get("artifacts", {})
        },
    )
