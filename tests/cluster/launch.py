"""One task of a run: what its driver decides and its launcher does.

In: a component, its resolved inputs. Out: its outputs, or `TaskFailedError`. The cache is keyed as the backend keys it:
by input values and artifacts' names, the declared outputs, image, command and arguments as written, environment,
volumes, and the pipeline's name.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from . import bucket
from .executors import Container, Executor
from .outcome import Outputs
from .packages import Spec
from .values import ValueTypeError, placeholders, resolved, value_of

Json = dict[str, Any]
PULL_AGAIN = 0.1  # seconds
DEADLINE = "Pod was active on the node longer than the specified deadline"  # DeadlineExceeded
OUTPUT_FILE = "/tmp/kfp_outputs/output_metadata.json"


class TaskFailedError(Exception):
    """An attempt failed; `args[0]` is what Argo says of the pod."""


@dataclass(frozen=True)
class Task:
    """A container to run, all of whose inputs are known. `executor_input` is what `{{$}}` stands for."""

    name: str
    component: Json
    container: Json
    platform: Json
    executor_input: Json
    fingerprint: str


@dataclass
class Launcher:
    """Runs tasks of one run. `scratch` holds their files and logs; `cache` outlives it."""

    executor: Executor
    storage: str
    root: str  # the pipeline root
    environment: Mapping[str, str]
    scratch: Path
    cache: dict[str, Outputs]
    missing_images_wait: bool
    room: asyncio.Semaphore  # for pods; those for which there is none are pending
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    config_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def prepare(self, spec: Spec, run_id: str, name: str, component: Json, given: Outputs) -> Task:
        """What the driver does: the executor input, and the key for the cache."""
        container = spec.executor(component)["container"]
        declared = component.get("outputDefinitions", {})
        place = f"{self.root.rstrip('/')}/{spec.name}/{run_id}/{name}/{uuid.uuid4()}"
        inputs: Json = {}
        if given.parameters:
            inputs["parameterValues"] = dict(given.parameters)
        if given.artifacts:
            inputs["artifacts"] = {key: {"artifacts": found} for key, found in given.artifacts.items()}
        outputs: Json = {}
        if declared.get("parameters"):
            outputs["parameters"] = {
                key: {"outputFile": f"/tmp/kfp/outputs/{key}"} for key in declared["parameters"]
            }
        if declared.get("artifacts"):
            outputs["artifacts"] = {
                key: {
                    "artifacts": [
                        {
                            "name": key,
                            "type": each.get("artifactType", {}),
                            "uri": f"{place}/{key}",
                            "metadata": each.get("metadata", {}),
                        }
                    ]
                }
                for key, each in declared["artifacts"].items()
            }
        outputs["outputFile"] = OUTPUT_FILE
        executor_input = {"inputs": inputs, "outputs": outputs}
        platform = spec.kubernetes(component)
        return Task(
            name, component, container, platform, executor_input,
            _fingerprint(spec.name, executor_input, declared, container, platform),
        )  # fmt: skip

    def cached(self, task: Task) -> Outputs | None:
        """What an equal task gave before."""
        return self.cache.get(task.fingerprint)

    async def pull(self, image: str, waiting: Callable[[str], None]) -> None:
        """Return once the image is there. `waiting` is told why it takes so long. Raises TaskFailedError."""
        if await self.executor.has(image):
            return
        message = f'ImagePullBackOff: Back-off pulling image "{image}"'
        print(f"test cluster: there is no image {image}", file=sys.stderr)
        if not self.missing_images_wait:
            raise TaskFailedError(message)
        waiting(message)
        while not await self.executor.has(image):
            await asyncio.sleep(PULL_AGAIN)

    async def attempt(self, task: Task, log: Path) -> Outputs:
        """Run the container once. Raises TaskFailedError."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f"{task.name[:40]}-", dir=self.scratch))
        try:
            return await self._attempt(task, scratch, log)
        except (bucket.ArtifactError, ValueTypeError) as error:
            with log.open("a", encoding="utf-8") as output:
                output.write(f"F launcher: failed to execute component: {error}\n")
            raise TaskFailedError(
                f"main: Error (exit code 1): failed to execute component: {error}"
            ) from None
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    async def _attempt(self, task: Task, scratch: Path, log: Path) -> Outputs:
        executor_input = self._placed(task.executor_input, scratch)
        inputs, outputs = executor_input["inputs"], executor_input["outputs"]
        local = {
            artifact["uri"]: self.executor.path(scratch, f"/gcs/{artifact['uri'].removeprefix('gs://')}")
            for side in (inputs, outputs)
            for held in side.get("artifacts", {}).values()
            for artifact in held["artifacts"]
            if artifact.get("uri", "").startswith("gs://")
        }
        for held in inputs.get("artifacts", {}).values():
            for artifact in held["artifacts"][:1]:  # the launcher looks at the first of a list only
                if artifact["uri"] in local:
                    path = self.executor.outside(scratch, f"/gcs/{artifact['uri'].removeprefix('gs://')}")
                    await asyncio.to_thread(bucket.download, self.storage, artifact["uri"], path)
        for output in task.executor_input["outputs"].get("parameters", {}).values():
            self.executor.outside(scratch, output["outputFile"]).parent.mkdir(parents=True, exist_ok=True)
        for held in outputs.get("artifacts", {}).values():
            uri = held["artifacts"][0]["uri"].removeprefix("gs://")
            self.executor.outside(scratch, f"/gcs/{uri}").parent.mkdir(parents=True, exist_ok=True)
        kinds = {
            name: each.get("parameterType", "")
            for name, each in task.component.get("inputDefinitions", {}).get("parameters", {}).items()
        }
        found = placeholders(executor_input, local, kinds)
        words = [*task.container.get("command", ()), *task.container.get("args", ())]
        if not words:
            raise ValueTypeError("command and arguments are empty")
        environment = {each["name"]: each.get("value", "") for each in task.container.get("env", ())}
        environment |= self._from_kubernetes(task.platform)
        container = Container(
            image=task.container["image"],
            command=tuple(resolved(word, found) for word in words),
            environment={**self.environment, **environment},
            scratch=scratch,
            log=log,
        )
        deadline = float(task.platform.get("activeDeadlineSeconds", 0)) or None
        try:
            status = await asyncio.wait_for(self.executor.run(container), deadline)
        except asyncio.TimeoutError:
            raise TaskFailedError(DEADLINE) from None
        if status == 137 or status == -9:
            raise TaskFailedError(
                "OOMKilled (exit code 137)" if status == 137 else "main: Error (exit code 137)"
            )
        if status != 0:
            raise TaskFailedError(f"main: Error (exit code {_shown(status)})")
        return await self._collect(task, scratch)

    def _from_kubernetes(self, platform: Json) -> dict[str, str]:
        """Variables that come from secrets and config maps. Raises TaskFailedError where one is not there."""
        found: dict[str, str] = {}
        for kind, there, asked, name_key, key in (
            ("secret", self.secrets, platform.get("secretAsEnv", ()), "secretName", "secretKey"),
            (
                "configmap",
                self.config_maps,
                platform.get("configMapAsEnv", ()),
                "configMapName",
                "configMapKey",
            ),
        ):
            for each in asked:
                name = each.get(name_key) or _constant(each.get(f"{name_key}Parameter", {}))
                for pair in each.get("keyToEnv", ()):
                    if name in there and pair[key] in there[name]:
                        found[pair["envVar"]] = there[name][pair[key]]
                    elif not each.get("optional"):
                        raise TaskFailedError(f'CreateContainerConfigError: {kind} "{name}" not found')
        return found

    def _placed(self, executor_input: Json, scratch: Path) -> Json:
        """With the paths as the container calls them."""
        outputs = executor_input["outputs"]
        placed = {
            **outputs,
            "outputFile": self.executor.path(scratch, outputs["outputFile"]),
        }
        if "parameters" in outputs:
            placed["parameters"] = {
                name: {"outputFile": self.executor.path(scratch, each["outputFile"])}
                for name, each in outputs["parameters"].items()
            }
        return {"inputs": executor_input["inputs"], "outputs": placed}

    async def _collect(self, task: Task, scratch: Path) -> Outputs:
        """Output parameters and artifacts, once the container has ended well. Raises ValueTypeError, ArtifactError."""
        told = _executor_output(self.executor.outside(scratch, OUTPUT_FILE))
        declared = task.component.get("outputDefinitions", {}).get("parameters", {})
        parameters: Json = dict(told.get("parameterValues", {}))
        for name, output in task.executor_input["outputs"].get("parameters", {}).items():
            if name in parameters:
                continue
            kind = declared[name].get("parameterType", "STRING")
            path = output["outputFile"]
            try:
                text = self.executor.outside(scratch, path).read_text(encoding="utf-8")
                parameters[name] = value_of(text, kind)
            except OSError:
                raise ValueTypeError(
                    f'failed to read output parameter name="{name}" type="{kind}" path="{path}": '
                    f"open {path}: no such file or directory"
                ) from None
            except ValueTypeError as error:
                raise ValueTypeError(
                    f'failed to read output parameter name="{name}" type="{kind}" path="{path}": {error}'
                ) from None
        artifacts: dict[str, list[Json]] = {}
        for name, held in task.executor_input["outputs"].get("artifacts", {}).items():
            artifact = dict(held["artifacts"][0])
            path = self.executor.outside(scratch, f"/gcs/{artifact['uri'].removeprefix('gs://')}")
            for each in told.get("artifacts", {}).get(name, {}).get("artifacts", [])[:1]:
                artifact["uri"] = each.get("uri") or artifact["uri"]
                artifact["metadata"] = {**artifact["metadata"], **each.get("metadata", {})}
            await asyncio.to_thread(bucket.upload, self.storage, path, artifact["uri"], self.root)
            artifacts[name] = [artifact]
        return Outputs(parameters, artifacts)


def _constant(source: Json) -> str:
    """A name in the platform document, where it stands as a parameter."""
    return str(source.get("runtimeValue", {}).get("constant", ""))


def _executor_output(path: Path) -> Json:
    """What the container wrote of its outputs; it has to be strict protojson. Raises ValueTypeError."""
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    try:
        message = json_format.Parse(text, pipeline_spec_pb2.ExecutorOutput())
        json.loads(text, parse_constant=_refuse)
    except (json_format.ParseError, ValueError) as error:
        raise ValueTypeError(
            f'failed to unmarshall ExecutorOutput in file "{OUTPUT_FILE}": {error}'
        ) from None
    found: Json = json_format.MessageToDict(message)
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _fingerprint(pipeline: str, executor_input: Json, declared: Json, container: Json, platform: Json) -> str:
    inputs = executor_input["inputs"]
    key = {
        "pipeline": pipeline,
        "inputParameterValues": inputs.get("parameterValues", {}),
        "inputArtifactNames": {
            name: [each.get("name", "") for each in held["artifacts"]]
            for name, held in inputs.get("artifacts", {}).items()
        },
        "outputParametersSpec": {
            name: each.get("parameterType", "") for name, each in declared.get("parameters", {}).items()
        },
        "outputArtifactsSpec": {
            name: [each.get("artifactType", {}), each.get("metadata", {}), name]
            for name, each in declared.get("artifacts", {}).items()
        },
        "image": container["image"],
        "cmdArgs": [*container.get("command", ()), *container.get("args", ())],
        "env": container.get("env", []),
        "pvcNames": [json.dumps(mount, sort_keys=True) for mount in platform.get("pvcMount", ())],
    }
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


def _shown(status: int) -> int:
    """A status as a container runtime tells it: 128 and the signal."""
    return 128 - status if status < 0 else status
