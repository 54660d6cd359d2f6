"""`notebook.metadata.jupyter_kfp`: everything that is not a tag.

One schema: it validates, it makes the form in the sidebar (as JSON Schema), and its descriptions are the docs.
Unknown keys are refused, so a misspelt setting never gets lost.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Quantity = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$"),
    BeforeValidator(_number_as_text),
]
"""A Kubernetes quantity, such as `500m` or `4Gi`; `2` may be written as a number."""

EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
KubernetesName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)
]
"""The name of a Kubernetes object."""

DebianPackage = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+~:-]+)?$", max_length=200)
]
"""The name of a Debian package, with a version if it has to be that one: `libgomp1`, `git=1:2.39.5-0+deb12u2`."""

MountPath = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._/-]+$", max_length=255)]
"""An absolute path in the container."""

METADATA_KEY = "jupyter_kfp"
STEP_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretVariable(_Settings):
    """An environment variable filled from a Kubernetes secret."""

    secret: str = Field(description="Name of the Kubernetes secret.")
    key: str = Field(description="Key in the secret.")


class ConfigMapVariable(_Settings):
    """An environment variable filled from a Kubernetes config map."""

    config_map: KubernetesName = Field(description="Name of the config map.")
    key: str = Field(min_length=1, description="Key in the config map.")


class SecretVolume(_Settings):
    """A Kubernetes secret whose keys are files in a folder."""

    secret: KubernetesName = Field(description="Name of the Kubernetes secret.")
    path: MountPath = Field(description="Folder that holds a file for each key.")


class GoogleCredentials(_Settings):
    """A Google service account's key, kept in a Kubernetes secret."""

    secret: KubernetesName = Field("user-gcp-sa", description="Name of the Kubernetes secret.")
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+$")] = Field(
        "user-gcp-sa.json", description="Key in the secret that holds the service account's JSON."
    )


class Volume(_Settings):
    """A persistent volume claim, mounted as a folder."""

    claim: KubernetesName = Field(description="Name of the persistent volume claim.")
    path: MountPath = Field(description="Folder that it is mounted as.")


class Toleration(_Settings):
    """A taint of nodes that the step puts up with."""

    key: str | None = Field(None, description="Key of the taint; every taint where not set.")
    operator: Literal["Exists", "Equal"] = Field("Equal", description="How key and value are compared.")
    value: str | None = Field(None, description="Value of the taint.")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        None, description="Effect of the taint; every effect where not set."
    )
    seconds: int | None = Field(None, ge=0, description="How long a NoExecute taint is put up with.")

    @model_validator(mode="after")
    def _as_kubernetes_has_it(self) -> Toleration:
        if self.operator == "Exists" and self.value is not None:
            raise ValueError("a toleration with operator Exists has no value")
        if self.operator == "Equal" and self.key is None:
            raise ValueError("a toleration without a key has operator Exists")
        return self


class SecurityContext(_Settings):
    """What the step's container may do."""

    non_root: bool = Field(True, description="Refuse to start as root.")
    user: int | None = Field(None, ge=0, description="User id that it runs as.")
    group: int | None = Field(None, ge=0, description="Group id that it runs as.")
    privilege_escalation: bool = Field(False, description="May gain more rights than it started with.")
    read_only_root: bool = Field(False, description="May write only to /tmp and mounted folders.")


class Backoff(_Settings):
    """How long to wait before a failed step is tried again."""

    seconds: int = Field(ge=0, description="Seconds before the first retry.")
    factor: float = Field(2.0, ge=1, le=100, description="What each further wait is multiplied by.")
    longest: int = Field(3600, gt=0, description="Seconds that a wait lasts at most.")


class StepSettings(_Settings):
    """Settings of one step; what is not set falls back to the pipeline's defaults."""

    image: str | None = Field(None, description="Base image of the step's container.")
    build: bool | None = Field(
        None,
        description="Build an image on `image`; false takes `image` as it is, and the step folder comes to it.",
    )
    system_packages: tuple[DebianPackage, ...] = Field(
        (), description="Debian packages that the step's image gets, e.g. `libgomp1`."
    )
    cpu: Quantity | None = Field(None, description="CPUs the step asks for, e.g. `500m` or `2`.")
    cpu_limit: Quantity | None = Field(None, description="CPUs the step may use at most, e.g. `4`.")
    memory: Quantity | None = Field(None, description="Memory the step asks for, e.g. `4Gi`.")
    memory_limit: Quantity | None = Field(None, description="Memory the step may use at most, e.g. `8Gi`.")
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
    display_name: str | None = Field(None, description="What the step is called in Kubeflow's graph.")
    backoff: Backoff | None = Field(None, description="Waits between retries.")
    config_maps: dict[EnvironmentName, ConfigMapVariable] = Field(
        default_factory=dict, description="Environment variables that come from Kubernetes config maps."
    )
    secret_volumes: tuple[SecretVolume, ...] = Field((), description="Kubernetes secrets mounted as folders.")
    google_credentials: GoogleCredentials | None = Field(
        None, description="Secret that GOOGLE_APPLICATION_CREDENTIALS points into; {} is user-gcp-sa."
    )
    volumes: tuple[Volume, ...] = Field((), description="Persistent volume claims mounted as folders.")
    tolerations: tuple[Toleration, ...] = Field((), description="Taints of nodes that the step tolerates.")
    image_pull_secrets: tuple[KubernetesName, ...] = Field(
        (), description="Secrets that the step's image is pulled with."
    )
    security: SecurityContext | None = Field(None, description="What the step's container may do.")
    results: dict[str, Literal["Model", "Dataset", "Artifact"]] = Field(
        default_factory=dict,
        description="Names that are kept as files and recorded as typed artifacts, e.g. {model: Model}.",
    )
    when: str | None = Field(
        None, description="Run only if this holds, over parameters and metrics: `accuracy > 0.9`."
    )
    foreach: dict[EnvironmentName, tuple[bool | int | float | str, ...]] = Field(
        default_factory=dict,
        description="Run once for each value of a parameter: {lr: [0.1, 0.01]}. A later step gets lists.",
    )
    on_exit: bool | None = Field(None, description="Run at the end, whether the others succeeded or not.")

    @field_validator("results")
    @classmethod
    def _names_of_python(cls, results: dict[str, str]) -> dict[str, str]:
        for name in results:
            if not name.isidentifier():
                raise ValueError(f"{name!r} is not a Python name")
        return results


class PipelineSettings(_Settings):
    """Settings of the pipeline, and of its steps by name."""

    name: str | None = Field(None, description="Name of the pipeline; the file's name where not set.")
    description: str | None = Field(None, description="What the pipeline does, in a sentence.")
    bucket: str | None = Field(
        None, description="Where runs keep their state: `gs://bucket/prefix`, or a folder."
    )
    service_account: KubernetesName | None = Field(
        None, description="Kubernetes service account that runs are started with."
    )
    experiment: str | None = Field(None, description="Kubeflow experiment that runs are listed under.")
    defaults: StepSettings = Field(
        default_factory=StepSettings, description="Settings of every step that does not set its own."
    )
    steps: dict[str, StepSettings] = Field(default_factory=dict, description="Settings of single steps.")

    @field_validator("defaults")
    @classmethod
    def _only_what_steps_share(cls, defaults: StepSettings) -> StepSettings:
        own = sorted({"display_name", "foreach", "on_exit", "results", "when"} & defaults.model_fields_set)
        if own:
            raise ValueError(f"{', '.join(own)} belong to single steps, not to the defaults")
        return defaults

    def for_step(self, name: str) -> StepSettings:
        """The step's own settings over the pipeline's defaults."""
        own = self.steps.get(name, StepSettings())
        merged = self.defaults.model_dump() | own.model_dump(exclude_unset=True)
        for key in ("environment", "secrets", "node_selector", "labels", "annotations", "config_maps"):
            merged[key] = getattr(self.defaults, key) | getattr(own, key)
        return StepSettings.model_validate(merged)
