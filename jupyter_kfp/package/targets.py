"""What a target can and cannot carry, said before anything is written.

A Pipeline and a target come in, findings go out: nothing that the user set is dropped without a word.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, TypeAlias

from ..findings import Finding, Level, finding
from ..notebook.settings import StepSettings
from ..pipeline import JsonValue, Parameter, Pipeline, Step
from .control import arrange

Target: TypeAlias = Literal["kubeflow", "vertex", "kubernetes"]
TARGETS: tuple[Target, ...] = ("kubeflow", "vertex", "kubernetes")
MOST_TASKS = 100
LARGEST_INTEGER = 2**53  # Kubeflow carries every number as a double

_KUBERNETES_ONLY = (
    "timeout",
    "secrets",
    "config_maps",
    "secret_volumes",
    "google_credentials",
    "volumes",
    "tolerations",
    "node_selector",
    "labels",
    "annotations",
    "image_pull_secrets",
    "security",
)


def check_target(pipeline: Pipeline, target: Target = "kubeflow") -> tuple[Finding, ...]:
    """Everything that `target` cannot take of this pipeline, as it is. Errors stop a compilation."""
    found = [*arrange(pipeline).findings]
    for parameter in pipeline.parameters:
        found += _parameter(parameter)
    for step in pipeline.steps:
        found += _step(step, target)
    found += _pipeline(pipeline, target)
    return tuple(found)


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those that stop a compilation."""
    return tuple(found for found in findings if found.level is Level.ERROR)


def _pipeline(pipeline: Pipeline, target: Target) -> Iterator[Finding]:
    bucket = pipeline.settings.bucket
    if bucket is not None and not bucket.startswith("gs://"):
        yield finding(
            "JK503",
            f"the bucket {bucket!r} is a folder of this machine, so a run on {target} has to be given another",
            "set a gs:// bucket, or give one when the run is started",
            name="bucket",
        )
    if target == "kubernetes" and pipeline.settings.service_account:
        yield finding(
            "JK503",
            "a Kubernetes manifest cannot carry the service account, which belongs to a run",
            "give the service account when a run is started",
            name="service_account",
        )
    if len(pipeline.steps) > MOST_TASKS:
        yield finding(
            "JK502",
            f"the pipeline has {len(pipeline.steps)} steps; above {MOST_TASKS} in one run Kubeflow gets slow or fails",
            "join small neighbouring steps under one tag",
        )


def _parameter(parameter: Parameter) -> Iterator[Finding]:
    default, name = parameter.default, parameter.name
    if default is None:
        yield finding(
            "JK504",
            f"parameter {name} is None by default, and Kubeflow has no None",
            f"give {name} a default of its type",
            name=name,
        )
    for value in _leaves(default):
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            yield finding(
                "JK504",
                f"parameter {name} holds {value}; above 2**53 Kubeflow rounds whole numbers",
                f"make {name} a text and turn it into a number in a cell",
                name=name,
            )
        elif isinstance(value, float) and not math.isfinite(value):
            yield finding(
                "JK504",
                f"parameter {name} holds {value}, which Kubeflow has no number for",
                f"make {name} a text and turn it into a number in a cell",
                name=name,
            )
    if any(isinstance(value, str) and not _encodes(value) for value in _leaves(default)):
        yield finding(
            "JK504",
            f"parameter {name} holds text that is not valid Unicode, which Kubeflow does not take",
            f"give {name} another default",
            name=name,
        )
    if isinstance(default, (list, dict)) and any(
        isinstance(value, float) and value.is_integer() for value in _leaves(default) if value is not None
    ):
        yield finding(
            "JK505",
            f"whole numbers written with a point in {name} arrive without it (1.0 as 1)",
            "convert with float() where it matters",
            name=name,
        )
    if isinstance(default, str) and len(default.splitlines()) > 1:
        yield finding(
            "JK506",
            f"the default of {name} has several lines, which `python pipeline.py` writes into a comment",
            "use `jupyter kfp compile`, which writes it rightly",
            name=name,
        )


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _leaves(value: JsonValue) -> Iterator[bool | int | float | str | None]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    else:
        yield value


def _step(step: Step, target: Target) -> Iterator[Finding]:
    settings = step.settings
    for name, why, fix in _not_carried(settings, target):
        yield finding("JK503", f"step {step.name}: {why}", fix, step=step.name, name=name)


def _not_carried(settings: StepSettings, target: Target) -> Iterator[tuple[str, str, str]]:
    """(setting, what becomes of it, what to do) for each that the target cannot carry."""
    if settings.backoff is not None and not settings.retries:
        yield "backoff", "backoff has no effect without retries", "set retries too"
    if settings.gpu_type is not None and not settings.gpu:
        yield "gpu_type", "gpu_type has no effect without gpu", "set gpu to how many it needs"
    if target == "vertex":
        for name in _KUBERNETES_ONLY:
            if getattr(settings, name) not in (None, (), {}):
                yield (
                    name,
                    f"Vertex AI takes no {name.replace('_', ' ')}, so a run there goes without",
                    f"remove {name}, or compile for kubeflow",
                )
        if settings.gpu and settings.gpu_type is None:
            yield (
                "gpu_type",
                "Vertex AI does not know the accelerator nvidia.com/gpu",
                "set gpu_type to one of Vertex AI's, such as NVIDIA_TESLA_T4",
            )
        return
    if settings.security is not None and settings.security.privilege_escalation:
        yield (
            "security",
            "Kubeflow never lets a step gain privileges, whatever security.privilege_escalation says",
            "remove security.privilege_escalation",
        )
    if settings.security is not None and settings.security.read_only_root:
        yield (
            "security",
            "Kubeflow's packages cannot say security.read_only_root",
            "have the cluster's admission policy set it, with an emptyDir at /tmp",
        )
