"""Which earlier run made the result that Kubeflow's cache gave a step: its files are in that run's folder.

In: a run, its IR, its parameters. Out: the run that left the same. Kubeflow's cache takes a result where container
and inputs are the same; so do we, over what a step waits for, and look through the pipeline's runs from the newest on.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..notebook.cells import StepName
from .errors import ClusterError
from .interface import ClusterApi
from .records import ClusterRun, PipelineId, RunId
from .results import Left, Results
from .spec import Json, SpecStep, inputs_of, steps_of

MOST = 50  # runs that are looked at


def fingerprints(
    spec: Json, parameters: Mapping[str, Any], steps: tuple[SpecStep, ...]
) -> dict[StepName, str]:
    """A digest of all that each step's result depends on: container, inputs, and those of the steps before it."""
    defaults = {
        name: told.get("defaultValue")
        for name, told in spec.get("root", {}).get("inputDefinitions", {}).get("parameters", {}).items()
    }
    values = {**defaults, **parameters}
    found: dict[StepName, str] = {}
    for step in steps:  # each after those that it waits for
        container, sources = inputs_of(spec, step)
        told = {
            "container": container,
            "item": step.item,
            "inputs": {name: values.get(source[1:]) for name, source in sources.items() if source[0] == "$"},
            "constants": {name: source for name, source in sources.items() if source[0] == "="},
            "before": [found[parent] for parent in step.parents],
        }
        found[step.name] = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return found


class Earlier:
    """The earlier runs of a pipeline, asked for once and only where a step was cached."""

    def __init__(self, api: ClusterApi, run: ClusterRun, bucket: str, steps: tuple[SpecStep, ...]) -> None:
        self._api = api
        self._run = run
        self._bucket = bucket
        self._steps = steps
        self._own: dict[StepName, str] | None = None
        self._others: list[tuple[ClusterRun, dict[str, str]]] | None = None

    def find(self, step: SpecStep) -> tuple[RunId, Left] | None:
        """The newest run that left the same result of this step, and what it left; None where none is found."""
        try:
            own, others = self._known()
            for other, by_print in others:
                folder = by_print.get(own[step.name])
                if folder is not None:
                    run = RunId(other.run_id)
                    if left := Results.open(self._bucket, run).left(folder):
                        return run, left
        except ClusterError:  # a result that is found is more than one has to have
            return None
        return None

    def _known(self) -> tuple[dict[StepName, str], list[tuple[ClusterRun, dict[str, str]]]]:
        if self._own is None or self._others is None:
            self._own = fingerprints(self._api.spec_of(self._run), _parameters(self._run), self._steps)
            self._others = list(self._read())
        return self._own, self._others

    def _read(self) -> Iterator[tuple[ClusterRun, dict[str, str]]]:
        """The other runs, each with the folders of its steps by fingerprint."""
        reference = self._run.pipeline_version_reference
        pipeline = PipelineId(reference.pipeline_id) if reference else None
        specs: dict[str, Json] = {}
        for other in itertools.islice(self._api.runs(pipeline=pipeline), MOST):
            if other.run_id == self._run.run_id:
                continue
            version = other.pipeline_version_reference
            key = version.pipeline_version_id if version else other.run_id
            if key not in specs:
                specs[key] = self._api.spec_of(other)
            steps = steps_of(specs[key])
            prints = fingerprints(specs[key], _parameters(other), steps)
            yield other, {prints[step.name]: step.planned.folder for step in steps}


def _parameters(run: ClusterRun) -> Mapping[str, Any]:
    return run.runtime_config.parameters if run.runtime_config else {}
