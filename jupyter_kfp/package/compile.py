"""Compile a Pipeline into a package that Kubeflow, Vertex AI or `kubectl apply` takes.

The generated `pipeline.py` is run, with kfp, in a namespace of its own, and what it declares is written down. So
`python pipeline.py` gives the same package. kfp is imported only here, when it is needed.
"""

from __future__ import annotations

import copy
import hashlib
import json
import threading
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import FindingsError
from ..findings import Finding, finding
from ..pipeline import Pipeline
from .dsl import render_dsl
from .pack import PackageError, pack, write_whole
from .targets import Target, check_target, errors

LARGE = 200 * 1024
_API = "pipelines.kubeflow.org/v2beta1"
_ONE_AT_A_TIME = threading.Lock()  # kfp keeps the pipeline that is being declared in a class attribute


@dataclass(frozen=True)
class Package:
    """A compiled pipeline. `path` is where it was written, `documents` what its YAML says."""

    path: Path
    target: Target
    size: int  # bytes of the YAML
    documents: tuple[dict[str, Any], ...]
    findings: tuple[Finding, ...]


def compile_package(
    pipeline: Pipeline,
    out: Path,
    *,
    target: Target = "kubeflow",
    images: Mapping[str, str] | None = None,
    code: Mapping[str, str] | None = None,
) -> Package:
    """Write the package of `pipeline` to `out`, a .yaml, .tar.gz or .zip.

    `target`: "kubeflow" (IR, and a platform document where settings need it), "vertex" (IR alone) or
    "kubernetes" (manifests of a Pipeline and its PipelineVersion). `images`: the image of each step.
    `code`: the archive of each step whose image does not hold its code, as `render_dsl` takes it.
    The same pipeline gives the same bytes. What the target cannot carry is in the package's findings;
    findings of level error raise FindingsError, and nothing is written.
    """
    findings = check_target(pipeline, target)
    if errors(findings):
        raise FindingsError(errors(findings), where=pipeline.notebook.name)
    pack("", out)  # a name with a wrong ending is told before the work
    source = render_dsl(pipeline, images, code=code, target=target)
    text, documents = compile_source(source, target=target)
    size = len(text.encode())
    if size > LARGE:
        findings += (
            finding(
                "JK501",
                f"the package has {size // 1024} KiB; near 256 KiB Kubeflow's runs get slow or fail",
                "join small neighbouring steps under one tag",
            ),
        )
    write_whole(out, pack(text, out))
    return Package(out, target, size, documents, findings)


def compile_source(source: str, *, target: Target = "kubeflow") -> tuple[str, tuple[dict[str, Any], ...]]:
    """The YAML of a generated `pipeline.py`, and its documents. Raises PackageError where kfp refuses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from google.protobuf import json_format
        from kfp.dsl.graph_component import GraphComponent

        namespace: dict[str, Any] = {"__name__": "pipeline", "__file__": "pipeline.py"}
        try:
            with _ONE_AT_A_TIME:
                exec(compile(source, "pipeline.py", "exec", dont_inherit=True), namespace)  # noqa: S102
        except Exception as error:
            raise PackageError(
                f"kfp refuses the pipeline: {error}",
                where="pipeline.py",
                fix="look at the settings of the step that it names",
            ) from error
    graph = next(value for value in namespace.values() if isinstance(value, GraphComponent))
    spec = json_format.MessageToDict(graph.pipeline_spec)
    platform = json_format.MessageToDict(graph.platform_spec)
    if target == "kubernetes":
        documents = _manifests(spec, platform, graph.description)
        return _dump(documents), documents
    documents = (spec, platform) if platform.get("platforms") and target == "kubeflow" else (spec,)
    return _header(spec, graph.description) + _dump(documents), documents


def _header(spec: dict[str, Any], description: str | None) -> str:
    """kfp's comment on top of a package. Texts that would break out of a comment are escaped, unlike kfp's."""
    from kfp.compiler.pipeline_spec_builder import extract_comments_from_pipeline_spec

    shown = copy.deepcopy({"pipelineInfo": spec["pipelineInfo"], "root": spec["root"]})
    for parameter in shown["root"].get("inputDefinitions", {}).get("parameters", {}).values():
        if isinstance(parameter.get("defaultValue"), str):
            parameter["defaultValue"] = "".join(
                c if c.isprintable() else repr(c)[1:-1] for c in parameter["defaultValue"]
            )
    return str(extract_comments_from_pipeline_spec(shown, description or ""))


def _manifests(
    spec: dict[str, Any], platform: dict[str, Any], description: str | None
) -> tuple[dict[str, Any], ...]:
    """A Pipeline and its PipelineVersion, named by the content, so that `kubectl apply` adds what is new."""
    name = spec["pipelineInfo"]["name"]
    shown = spec["pipelineInfo"].get("displayName", name)
    digest = hashlib.sha256(json.dumps([spec, platform], sort_keys=True).encode()).hexdigest()
    told = {"description": description} if description else {}
    version = {"displayName": f"{shown} {digest[:10]}", "pipelineName": name, "pipelineSpec": spec, **told}
    if platform:
        version["platformSpec"] = platform
    return (
        {
            "apiVersion": _API,
            "kind": "Pipeline",
            "metadata": {"name": name},
            "spec": {"displayName": shown, **told},
        },
        {
            "apiVersion": _API,
            "kind": "PipelineVersion",
            "metadata": {"name": f"{name}-{digest[:10]}"},
            "spec": version,
        },
    )


def _dump(documents: Iterable[dict[str, Any]]) -> str:
    """As kfp writes it, by libyaml where it is there: ten times as fast."""
    import yaml

    dumper = getattr(yaml, "CDumper", yaml.Dumper)
    return str(yaml.dump_all(documents, Dumper=dumper, sort_keys=True))
