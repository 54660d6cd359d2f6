"""Packages as they are uploaded: taken apart, and their IR held against its protocol buffer.

In: a file's name and bytes, or a specification in JSON. Out: `Spec`, the IR and the platform document. What the
open-source backend cannot compile is refused here as it is there, with HTTP's 400.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import dataclass
from typing import Any

import yaml
from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2
from kfp.pipeline_spec import pipeline_spec_pb2

from .errors import invalid

LARGEST = 32 << 20
Json = dict[str, Any]


@dataclass(frozen=True)
class Spec:
    """A pipeline: its IR, and what it says of Kubernetes besides."""

    ir: Json
    platform: Json

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.ir["pipelineInfo"]["name"])

    def as_record(self) -> Json:
        """As the API's `pipeline_spec` has it."""
        return {"pipeline_spec": self.ir, "platform_spec": self.platform} if self.platform else self.ir

    def component(self, name: str) -> Json:
        """A component of that name."""
        found: Json = self.ir["root"] if name == "root" else self.ir["components"][name]
        return found

    def executor(self, component: Json) -> Json:
        """What a component's executor label stands for."""
        found: Json = self.ir["deploymentSpec"]["executors"][component["executorLabel"]]
        return found

    def kubernetes(self, component: Json) -> Json:
        """What the platform document says of a component's executor."""
        platform = self.platform.get("platforms", {}).get("kubernetes", {})
        executors = platform.get("deploymentSpec", {}).get("executors", {})
        found: Json = executors.get(component.get("executorLabel", ""), {})
        return found


def read_package(name: str, data: bytes) -> Spec:
    """The pipeline of a .yaml, .zip or .tar.gz. Raises ApiError."""
    if len(data) > LARGEST:
        raise invalid(f"File size too large. Maximum supported file size: {LARGEST}")
    text = _unpacked(name, data)
    try:
        documents = [document for document in yaml.safe_load_all(text) if document is not None]
    except yaml.YAMLError as error:
        raise invalid(f"Failed to parse the package: {error}") from None
    return _spec(documents)


def read_record(content: Any) -> Spec:
    """The pipeline of a `pipeline_spec` in JSON. Raises ApiError."""
    if isinstance(content, dict) and "pipeline_spec" in content:
        return _spec([content["pipeline_spec"], content.get("platform_spec") or {}])
    return _spec([content])


def _unpacked(name: str, data: bytes) -> bytes:
    try:
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return archive.read(_only([each for each in archive.namelist() if not each.endswith("/")]))
        if name.endswith((".tar.gz", ".tgz")):
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
                member = archive.extractfile(_only([each.name for each in archive if each.isfile()]))
                return member.read() if member else b""
    except (zipfile.BadZipFile, tarfile.TarError, OSError) as error:
        raise invalid(f"Error extracting the pipeline package: {error}") from None
    if name.endswith((".yaml", ".yml")):
        return data
    raise invalid(f"Unexpected pipeline file format: {name}. Support .zip, .tar.gz, .json or YAML")


def _only(names: list[str]) -> str:
    named = [name for name in names if name.rsplit("/", 1)[-1] == "pipeline.yaml"]
    found = named or [name for name in names if name.endswith((".yaml", ".yml"))]
    if not found:
        raise invalid("the archive holds no pipeline.yaml")
    return found[0]


def _spec(documents: list[Any]) -> Spec:
    irs = [each for each in documents if isinstance(each, dict) and "pipelineInfo" in each]
    platforms = [each for each in documents if isinstance(each, dict) and "platforms" in each]
    others = [each for each in documents if each and each not in irs and each not in platforms]
    if len(irs) != 1 or len(platforms) > 1 or others:
        raise invalid("unknown template format: pipeline spec is invalid")
    for message, document in (
        (pipeline_spec_pb2.PipelineSpec(), irs[0]),
        *((pipeline_spec_pb2.PlatformSpec(), each) for each in platforms),
    ):
        try:
            json_format.ParseDict(document, message)
        except json_format.ParseError as error:
            raise invalid(f"pipeline spec is invalid: {error}") from None
    spec = Spec(irs[0], platforms[0] if platforms else {})
    _check_kubernetes(spec)
    _check_compiles(spec)
    return spec


def _check_kubernetes(spec: Spec) -> None:
    """Each executor's part of the platform document is what kfp-kubernetes says, and its executor is there."""
    platform = spec.platform.get("platforms", {}).get("kubernetes", {})
    for name, config in platform.get("deploymentSpec", {}).get("executors", {}).items():
        if name not in spec.ir.get("deploymentSpec", {}).get("executors", {}):
            raise invalid(f"the platform document names an executor {name!r} that is not there")
        try:
            json_format.ParseDict(config, kubernetes_executor_config_pb2.KubernetesExecutorConfig())
        except json_format.ParseError as error:
            raise invalid(f"the platform document of {name!r} is invalid: {error}") from None


def _check_compiles(spec: Spec) -> None:
    """What the backend's compiler refuses."""
    if not spec.ir["pipelineInfo"].get("name"):
        raise invalid("pipelineInfo.name is empty")
    if not str(spec.ir.get("schemaVersion", "")).startswith("2."):
        raise invalid("the IR's schemaVersion is not 2.x")
    for name in ("root", *spec.ir.get("components", {})):
        component = spec.component(name)
        for key, task in component.get("dag", {}).get("tasks", {}).items():
            reference = task.get("componentRef", {}).get("name", "")
            if reference not in spec.ir.get("components", {}):
                raise invalid(f'compiling task "{key}": component spec for "{reference}" not found')
            if "artifactIterator" in task:
                raise invalid(f'compiling task "{key}": artifact iterator not implemented yet')
            for other in task.get("dependentTasks", ()):
                if other not in component["dag"]["tasks"]:
                    raise invalid(f'compiling task "{key}": it waits for "{other}", which is not there')
        if "executorLabel" in component:
            try:
                executor = spec.executor(component)
            except KeyError:
                raise invalid(f"executor with label {component['executorLabel']!r} not found") from None
            if "container" not in executor and "importer" not in executor:
                raise invalid("custom job executors is Google Cloud only, it's not supported")
