"""Convert, compile, clean: what writes files that the user keeps. Runs in a process of its own.

In: paths relative to the server's root, which is the working directory. Out: the shape `Done`. Raises what the rooms
that do the work raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..dataflow import analyse
from ..errors import FindingsError, JupyterKfpError
from ..findings import Level
from ..notebook import read_notebook

if TYPE_CHECKING:
    from ..findings import Finding
    from ..images import ImageName
    from ..notebook import StepName
    from ..pipeline import Pipeline
    from ..project import Project
    from .shapes import Done, Message


def understood(path: str | Path) -> Pipeline:
    """The pipeline of a saved notebook. Raises NotebookError, and FindingsError where it has errors."""
    pipeline = analyse(read_notebook(Path(path)))
    if errors := [found for found in pipeline.findings if found.level is Level.ERROR]:
        raise FindingsError(errors, where=str(path))
    return pipeline


def project_folder(notebook: str | Path, output: str | None) -> Path:
    """Where a project is written: `NAME-pipeline` beside the notebook, where not said."""
    path = Path(notebook)
    return Path(output) if output else path.with_name(f"{path.stem}-pipeline")


def package_file(notebook: str | Path, output: str | None) -> Path:
    """Where a package is written: `NAME.yaml` beside the notebook, where not said."""
    return Path(output) if output else Path(notebook).with_suffix(".yaml")


def convert(body: Mapping[str, Any]) -> Done:
    """The step folders and pipeline.py; a CI file where asked for."""
    from ..images import write_with_images
    from ..package import render_dsl
    from ..project import read_environment, write_project

    pipeline = understood(body["path"])
    folder = project_folder(body["path"], body.get("output"))
    service, registry = body.get("ci"), body.get("registry")
    ci_files: list[Path] = []
    if service is None and registry is None:
        project = write_project(pipeline, folder, extra_files={"pipeline.py": render_dsl(pipeline)})
    else:
        environment = read_environment(pipeline.kernel.name)

        def more(written: Project, images: Mapping[StepName, ImageName]) -> dict[str, str]:
            from ..ci import gather_facts, render_ci

            if service is None:
                return {}
            facts = gather_facts(pipeline, folder, images, python=environment.minor, registry=registry)
            name, text = render_ci(service, facts)
            ci_files[:] = [folder / name]
            return {name: text}

        project = write_with_images(
            pipeline, folder, registry=registry, environment=environment, more=more
        ).project
    count = len(project.steps)
    done = f"wrote {count} step folder{'s' if count != 1 else ''} and pipeline.py"
    return _done([folder, folder / "pipeline.py", *ci_files], done, (*pipeline.findings, *project.findings))


def compile_(body: Mapping[str, Any]) -> Done:
    """The package."""
    from ..package import compile_package

    pipeline = understood(body["path"])
    images = body.get("images", {})
    steps = [str(step.name) for step in pipeline.steps]
    if unknown := [name for name in images if name not in steps]:
        raise JupyterKfpError(f"there is no step `{unknown[0]}`", fix=f"the steps are {', '.join(steps)}")
    out = package_file(body["path"], body.get("output"))
    package = compile_package(pipeline, out, target=body.get("target", "kubeflow"), images=images)
    said = f"wrote a package of {package.size / 1024:.0f} KiB for {package.target}"
    return _done([package.path], said, (*pipeline.findings, *package.findings))


def clean(body: Mapping[str, Any]) -> Done:
    """The package without what legacy compilers added."""
    from ..package import clean_package

    given = Path(body["path"])
    package = package_file(given, None) if given.suffix == ".ipynb" else given
    out = Path(body["output"]) if body.get("output") else None
    cleaned = clean_package(package, out, keep=tuple(body.get("keep", ())))
    removed = [f"{step}: {', '.join(names)}" for step, names in cleaned.removed.items()]
    said = f"took out of {'; '.join(removed)}" if removed else "nothing to clean"
    return _done([out or cleaned.path], said, ())


def _done(files: Iterable[Path], said: str, findings: Iterable[Finding]) -> Done:
    messages: list[Message] = [{"level": "info", "message": said}]
    for found in findings:
        if found.level is Level.HINT:
            continue
        message: Message = {"level": "warning", "message": found.message, "code": found.code}
        if found.fix:
            message["fix"] = found.fix
        if found.cell is not None:
            message["cell"] = found.cell
        if found.step is not None:
            message["step"] = found.step
        messages.append(message)
    return {"files": [file.as_posix() for file in files], "messages": messages}
