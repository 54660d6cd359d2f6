"""Take out the artifacts that legacy compilers added to every step, and touch nothing else.

KFP SDKs before 0.1.29 declare `mlpipeline-ui-metadata` and `mlpipeline-metrics` as outputs of every step, and a
step that writes neither then fails. In: a package of any compiler and form. Out: the same package without these
declarations, or with those that a step really has: under another path, named with `keep`, handed on to another
step, or declared by an author where the compiler (0.1.29 and later) adds none. Those compilers leave an artifact
bare; the ones that add write `optional` or `s3` into it, and put it on every step.

Of a package of our own goes what a step declares (HTML, metrics, results) and has no flag for, so that its main.py
cannot give it, and Kubeflow would show an empty artifact.

The text is cut where the YAML parser says the declarations stand, read again, and compared with what was meant,
before anything is written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .archive import Opened, open_package
from .cut import Removal, cut, says_the_rest
from .pack import PackageError, pack, write_whole
from .yaml_tree import Node, Use, read_documents

ADDED = {
    "mlpipeline-ui-metadata": "/mlpipeline-ui-metadata.json",
    "mlpipeline-metrics": "/mlpipeline-metrics.json",
}
"""What the compilers add: the artifact and its path."""

_COMMAND = ["python", "main.py"]  # of a step of our own
_VERSION = "pipelines.kubeflow.org/kfp_sdk_version"
_DISPLAY_NAME = "pipelines.kubeflow.org/task_display_name"


@dataclass(frozen=True)
class Cleaned:
    """What cleaning did, or with `check` would do."""

    path: Path
    changed: bool
    removed: dict[str, tuple[str, ...]]  # artifacts by step
    kept: dict[str, tuple[str, ...]]  # declared on purpose, by step
    before: str = field(repr=False)
    after: str = field(repr=False)

    @property
    def diff(self) -> str:
        """The change of the YAML, as `diff -u` shows it; empty where there is none."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            f"{self.path.name} (as it was)",
            f"{self.path.name} (cleaned)",
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
        )


def clean_package(
    path: Path, out: Path | None = None, *, keep: Sequence[str] = (), check: bool = False
) -> Cleaned:
    """Clean the package at `path`, in place or to `out`.

    `keep`: steps (by template or display name) whose artifacts stay. `check`: look only, write nothing.
    Raises PackageError for what is not a sound package, and then nothing is written either.
    """
    opened = open_package(path)
    before, marked = _decoded(opened.yaml, str(path))
    documents = read_documents(before, str(path))
    refers = "outputs.artifacts.mlpipeline-" in before
    steps = [step for document in documents for step in _steps(document, refers=refers)]
    steps += [step for document in documents for step in _own_steps(document)]
    if not steps and not any(_is_pipeline(document) for document in documents):
        raise PackageError(
            "no pipeline stands in this file", where=str(path), fix="give a package that a KFP compiler wrote"
        )
    _check_keep(keep, steps, str(path))
    removed: dict[str, tuple[str, ...]] = {}
    kept: dict[str, tuple[str, ...]] = {}
    removal = Removal()
    for step in steps:
        for artifact in step.artifacts:
            stays = step.on_purpose(artifact) or bool(step.names & set(keep))
            if artifact.path is not None:
                found = kept if stays else removed
                found[step.name] = (*found.get(step.name, ()), artifact.name)
            removal.decide(artifact.use.node, stays=stays, where=str(path))
    after = before
    if removed:
        outputs = [step.outputs for step in steps if step.outputs is not None]
        after = cut(before, removal, outputs, str(path))
        if not _sound(before, after, removal):
            raise PackageError(
                "this YAML is written in a way that cannot be cut exactly, so it was left alone",
                where=str(path),
                fix="remove the artifacts by hand, and report the file's form",
            )
    cleaned = Cleaned(path, bool(removed), removed, kept, before, after)
    if not check:
        _write(opened, marked + after.encode(), path, out, changed=cleaned.changed)
    return cleaned


def _sound(before: str, after: str, removal: Removal) -> bool:
    import yaml

    try:
        return says_the_rest(before, after, removal)
    except yaml.YAMLError:
        return False


@dataclass(frozen=True)
class _Artifact:
    use: Use
    name: str
    path: str | None  # None: not one of the two
    marked: bool  # has what only the compiler writes
    handed_on: bool


@dataclass(frozen=True)
class _Step:
    name: str
    names: frozenset[str]
    template: Node
    outputs: tuple[Node, tuple[Use, Use]] | None  # the mapping that holds the key, and the pair
    artifacts: tuple[_Artifact, ...]
    adding: bool  # whether the compiler may be one that adds, and every step has what it adds
    ours: bool = False  # a step of a package of our own

    def on_purpose(self, artifact: _Artifact) -> bool:
        if self.ours:
            return artifact.handed_on
        if artifact.path is None or artifact.path != ADDED[artifact.name] or artifact.handed_on:
            return True
        return not self.adding and not artifact.marked


def _steps(document: Node, *, refers: bool) -> Iterator[_Step]:
    """Every template of an Argo workflow, or of one within (CronWorkflow, ScheduledWorkflow)."""
    unversioned = not _find(document, "metadata", "annotations", _VERSION)
    for path in (("spec",), ("spec", "workflowSpec"), ("spec", "workflow", "spec")):
        templates = _at(document, *path, "templates")
        if templates is not None and templates.kind == "sequence":
            handed_on = _handed_on(templates) if refers else set()
            adding = unversioned and all(_may_be_added(item.node) for item in templates.items)
            for item in templates.items:
                yield _step(item.node, handed_on, adding=adding)


def _own_steps(document: Node) -> Iterator[_Step]:
    """The components of a package of our own, in IR or in the manifest of a version."""
    spec = _at(document, "spec", "pipelineSpec") or document
    components, executors = _at(spec, "components"), _at(spec, "deploymentSpec", "executors")
    if components is None or executors is None or _at(spec, "pipelineInfo") is None:
        return
    for key, use in components.pairs:
        component = use.node
        container = _at(executors, _find(component, "executorLabel"), "container")
        declared = _at(component, "outputDefinitions", "artifacts")
        if container is None or declared is None or _texts(container.get("command")) != _COMMAND:
            continue
        flags = "\n".join(_texts(container.get("args")))
        artifacts = tuple(
            _Artifact(
                value,
                name.node.value,
                "",
                marked=False,
                # Confusion matrices and curves are told to Kubeflow by main.py's answer, and have no flag.
                handed_on=f"outputs.artifacts['{name.node.value}']" in flags
                or _find(value.node, "artifactType", "schemaTitle") == "system.ClassificationMetrics",
            )
            for name, value in declared.pairs
        )
        step = key.node.value.removeprefix("comp-")
        outputs = component.pair("outputDefinitions")
        yield _Step(step, frozenset({step}), component, outputs, artifacts, adding=False, ours=True)


def _texts(use: Use | None) -> list[str]:
    return [item.node.value for item in use.node.items] if use is not None else []


def _may_be_added(template: Node) -> bool:
    """Whether this looks like the work of a compiler that adds: no container, or one with either of the two."""
    if template.get("container") is None:
        return True
    artifacts = _at(template, "outputs", "artifacts")
    return any(_text(use.node.get("name")) in ADDED for use in (artifacts.items if artifacts else ()))


def _step(template: Node, handed_on: set[str], *, adding: bool) -> _Step:
    name = _text(template.get("name"))
    shown = _find(template, "metadata", "annotations", _DISPLAY_NAME)
    outputs = template.pair("outputs")
    artifacts: list[_Artifact] = []
    if outputs is not None:
        listed = outputs[1][1].node.get("artifacts")
        for use in listed.node.items if listed and listed.node.kind == "sequence" else ():
            artifact = _text(use.node.get("name"))
            known = artifact in ADDED
            artifacts.append(
                _Artifact(
                    use,
                    artifact,
                    _text(use.node.get("path")) if known else None,
                    marked=use.node.get("s3") is not None
                    or _text(use.node.get("optional")).lower() == "true",
                    handed_on=artifact in handed_on,
                )
            )
    names = frozenset({name, shown} - {""})
    return _Step(name, names, template, outputs, tuple(artifacts), adding)


def _handed_on(templates: Node) -> set[str]:
    """Which of the two artifacts some template refers to, so that they are used."""
    pattern = re.compile(r"outputs\.artifacts\.(mlpipeline-(?:ui-metadata|metrics))\b")
    found: set[str] = set()
    seen: set[int] = set()
    stack = [templates]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.kind == "scalar":
            found.update(pattern.findall(node.value))
        stack += [use.node for use in node.items]
        stack += [use.node for pair in node.pairs for use in pair]
    return found


def _is_pipeline(document: Node) -> bool:
    """Whether this is a pipeline of any kind: v1, v2's IR, or a manifest of it."""
    kinds = ("CronWorkflow", "PipelineVersion", "ScheduledWorkflow", "Workflow", "WorkflowTemplate")
    return document.get("pipelineInfo") is not None or _find(document, "kind") in kinds


def _at(node: Node, *keys: str) -> Node | None:
    """The node at that path of keys."""
    for key in keys:
        use = node.get(key)
        if use is None:
            return None
        node = use.node
    return node


def _find(node: Node, *keys: str) -> str:
    """The text at that path of keys; empty where there is none."""
    found = _at(node, *keys)
    return found.value if found is not None and found.kind == "scalar" else ""


def _text(use: Use | None) -> str:
    return use.node.value if use is not None and use.node.kind == "scalar" else ""


def _check_keep(keep: Sequence[str], steps: Sequence[_Step], where: str) -> None:
    known = {name for step in steps for name in step.names}
    for name in keep:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise PackageError(
                f"no step is called {name!r}",
                where=where,
                fix=f"did you mean {near[0]!r}?"
                if near
                else f"the steps are {', '.join(sorted(known)) or 'none'}",
            )


def _decoded(yaml: bytes, where: str) -> tuple[str, bytes]:
    """The text, and the byte order mark in front of it, which the parser would not count."""
    mark = b"\xef\xbb\xbf" if yaml.startswith(b"\xef\xbb\xbf") else b""
    try:
        return yaml[len(mark) :].decode(), mark
    except UnicodeDecodeError as error:
        raise PackageError(
            f"the YAML is not UTF-8 (byte {error.start})", where=where, fix="save it as UTF-8"
        ) from None


def _write(opened: Opened, yaml: bytes, path: Path, out: Path | None, *, changed: bool) -> None:
    target = out or path
    if out is not None and _form(out) != opened.form:
        if opened.others:
            raise PackageError(
                f"{path.name} holds {opened.others} other files, which {out.name} would lose",
                where=str(path),
                fix="give -o the same ending as the package",
            )
        write_whole(out, pack(yaml.decode(), out))
    elif changed:
        write_whole(target, opened.rebuild(yaml))
    elif target.resolve() != path.resolve():
        write_whole(target, opened.content)


def _form(out: Path) -> str:
    name = out.name.lower()
    if name.endswith((".tar.gz", ".tgz")):
        return "tar"
    return "zip" if name.endswith(".zip") else "yaml"
