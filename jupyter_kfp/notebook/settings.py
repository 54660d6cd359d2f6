"""`notebook.metadata.jupyter_kfp`: everything that is not a tag.

One schema: it validates, it makes the form in the sidebar (as JSON Schema), and its descriptions are the docs.
Unknown keys are refused, so a misspelt setting never gets lost.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Quantity = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$")]
"""A Kubernetes quantity, such as `500m` or `4Gi`."""

EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
METADATA_KEY = "jupyter_kfp"
STEP_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretVariable(_Settings):
    """An environment variable filled from a Kubernetes secret."""

    secret: str = Field(description="Name of the Kubernetes secret.")
    key: str = Field(description="Key in the secret.")


class StepSettings(_Settings):
    """Settings of one step; what is not set falls back to the pipeline's defaults."""

    image: str | None = Field(None, description="Base image of the step's container.")
    cpu: Quantity | None = Field(None, description="CPUs the step asks for, e.g. `500m` or `2`.")
    cpu_limit: Quantity | None = Field(None, description="CPUs the step may use at most.")
    memory: Quantity | None = Field(None, description="Memory the step asks for, e.g. `4Gi`.")
    memory_limit: Quantity | None = Field(None, description="Memory the step may use at most.")
    gpu: int | None = Field(None, ge=0, description="How many accelerators the step needs.")
    gpu_type: str | None = Field(None, description="Kind of accelerator, e.g. `nvidia.com/gpu`.")
    retries: int | None = Field(None, ge=0, description="How often a failed step is tried again.")
    timeout: int | None = Field(None, gt=0, description="Seconds after which the step is stopped.")
    cache: bool | None = Field(None, description="Reuse the result of an earlier run with the same inputs.")
    environment: dict[EnvironmentName, str] = Field(
        default_factory=dict, description="Environment variables."
    )
    secrets: dict[EnvironmentName, SecretVariable] = Field(
        default_factory=dict, description="Environment variables that come from Kubernetes secrets."
    )
    node_selector: dict[str, str] = Field(default_factory=dict, description="Labels of the nodes to run on.")
    labels: dict[str, str] = Field(default_factory=dict, description="Labels of the step's pod.")
    annotations: dict[str, str] = Field(default_factory=dict, description="Annotations of the step's pod.")


class PipelineSettings(_Settings):
    """Settings of the pipeline, and of its steps by name."""

    name: str | None = Field(None, description="Name of the pipeline; the file's name where not set.")
    description: str | None = Field(None, description="What the pipeline does, in a sentence.")
    bucket: str | None = Field(
        None, description="Where runs keep their state: `gs://bucket/prefix`, or a folder."
    )
    experiment: str | None = Field(None, description="Kubeflow experiment that runs are listed under.")
    defaults: StepSettings = Field(
        default_factory=StepSettings, description="Settings of every step that does not set its own."
    )
    steps: dict[str, StepSettings] = Field(default_factory=dict, description="Settings of single steps.")

    def for_step(self, name: str) -> StepSettings:
        """The step's own settings over the pipeline's defaults."""
        own = self.steps.get(name, StepSettings())
        merged = self.defaults.model_dump() | own.model_dump(exclude_unset=True)
        for key in ("environment", "secrets", "node_selector", "labels", "annotations"):
            merged[key] = getattr(self.defaults, key) | getattr(own, key)
        return StepSettings.model_validate(merged)
