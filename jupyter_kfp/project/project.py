"""Write a pipeline down: a folder with a step folder for every step, each a Docker context of its own.

In comes a Pipeline, out goes the folder of docs/step-contract.md. The same notebook and environment give the same
bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ..errors import FindingsError, JupyterKfpError
from ..findings import Finding, Level
from ..notebook.cells import StepName
from ..pipeline import Pipeline, Step
from .base_digests import FindDigest, digests_in, pin_base
from .digest import Digest, content_of, counts, digest_of, files_below
from .dockerfile import DOCKERIGNORE, base_image, check_image, render_dockerfile
from .environment import Environment, read_environment
from .hashes import AddHashes, without_hashes
from .lineage import Lineage, trace
from .main_py import render_main
from .readme import render_readme
from .requirements import Requirements, pin
from .step_json import render_step_json
from .step_notebook import render_notebook
from .tree import Files, write_tree

RUNTIME = "jupyter_kfp_step"
RUNTIME_FOLDER = Path(__file__).parent.parent / "step"


Rewrite = Callable[[Step, str, str], str]
"""Gives another text for a file of a step: the step, the file's name, our text. Asked for Dockerfile and main.py."""


def keep(step: Step, name: str, text: str) -> str:
    """Every file as it is made here."""
    return text


@dataclass(frozen=True)
class StepFolder:
    """A step, written down."""

    name: StepName
    folder: Path
    digest: Digest  # of its content; the tag of its image


@dataclass(frozen=True)
class Project:
    """A pipeline, written down. `findings` are those about its environment and images, none of them errors."""

    folder: Path
    steps: tuple[StepFolder, ...]
    findings: tuple[Finding, ...] = ()

    def step(self, name: str) -> StepFolder:
        """The folder of that step; KeyError where there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)


def write_project(
    pipeline: Pipeline,
    out: Path,
    *,
    environment: Environment | None = None,
    extra_files: Mapping[str, str] | None = None,
    add_hashes: AddHashes | None = None,
    find_digest: FindDigest | None = None,
    rewrite: Rewrite = keep,
) -> Project:
    """Write the pipeline's step folders below `out`, whole or not at all.

    `environment` is that of the notebook's kernel, read where not given. `extra_files` (relative path → text) are
    written with them, such as pipeline.py. `add_hashes` puts hashes into each requirements.txt; those that are there
    already stay for as long as the requirements are the same. `find_digest` pins base images by digest; digests that
    are there already stay for as long as the image is the same. `rewrite` may give a step's Dockerfile and main.py
    another text, which then counts in its digest.

    Raises FindingsError, KernelEnvironmentError, ProjectFolderError, and JupyterKfpError where a local module cannot be
    copied.
    """
    _stop_on_errors(pipeline, pipeline.findings)
    lineage = trace(pipeline)
    environment = environment or read_environment(pipeline.kernel.name)
    pinned, notes = pin(pipeline, lineage, environment)
    images = [check_image(step) for step in pipeline.steps]
    findings = (*notes, *(note for note in images if note is not None))
    _stop_on_errors(pipeline, findings)

    pinned = {
        name: replace(one, text=(add_hashes or _hashes_in(out, name))(one.text))
        for name, one in pinned.items()
    }
    known = digests_in(out) if find_digest is None else {}
    bases = {
        step.name: pin_base(base_image(step, environment), known, find_digest) for step in pipeline.steps
    }
    runtime = _runtime_files()
    folders = {
        step.name: _step_files(pipeline, step, lineage, bases[step.name], pinned[step.name], runtime, rewrite)
        for step in pipeline.steps
    }
    files = {"README.md": render_readme(pipeline).encode()}
    for step_name, inside in folders.items():
        files |= {f"steps/{step_name}/{path}": content for path, content in inside.items()}
    for path, text in (extra_files or {}).items():
        files[_inside(path)] = _encoded(text, path)
    kept = write_tree(out, files, about={"pipeline": pipeline.name}, alike=RUNTIME)
    return Project(
        folder=out,
        steps=tuple(
            StepFolder(name, out / "steps" / name, _digest(out, name, inside, kept))
            for name, inside in folders.items()
        ),
        findings=findings,
    )


def _hashes_in(out: Path, step_name: StepName) -> AddHashes:
    """Adds the hashes that the step's requirements.txt has, where it is the same but for them."""
    try:
        before = (out / "steps" / step_name / "requirements.txt").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return lambda text: text
    return lambda text: before if without_hashes(before) == text else text


def _stop_on_errors(pipeline: Pipeline, findings: tuple[Finding, ...]) -> None:
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    if errors:
        raise FindingsError(errors, where=str(pipeline.notebook))


def _step_files(
    pipeline: Pipeline,
    step: Step,
    lineage: Lineage,
    base: str,
    requirements: Requirements,
    runtime: Files,
    rewrite: Rewrite,
) -> dict[str, bytes]:
    """All files of a step folder, by their paths in it."""
    modules = _module_files(pipeline, step)
    dockerfile = render_dockerfile(pipeline, step, base, requirements, modules=bool(modules))
    texts = {
        "Dockerfile": rewrite(step, "Dockerfile", dockerfile),
        ".dockerignore": DOCKERIGNORE,
        "requirements.txt": requirements.text,
        "main.py": rewrite(step, "main.py", render_main(pipeline, step)),
        "step.ipynb": render_notebook(pipeline, step, lineage),
        "step.json": render_step_json(pipeline, step),
    }
    files = {path: _encoded(text, f"step {step.name}") for path, text in texts.items()}
    wheels = {f"wheels/{wheel.name}": _read(wheel) for wheel in requirements.wheels}
    return files | wheels | dict(runtime) | modules


def _runtime_files() -> dict[str, bytes]:
    """The runtime that every step carries: our `step` room, under the name jupyter_kfp_step."""
    return {
        f"{RUNTIME}/{path}": (RUNTIME_FOLDER / path).read_bytes()
        for path in sorted(files_below(RUNTIME_FOLDER))
    }


def _module_files(pipeline: Pipeline, step: Step) -> dict[str, bytes]:
    """The local modules that the step imports, at their relative paths below `modules/`."""
    root = pipeline.notebook.parent
    files = {}
    for path in step.local_modules:
        file = root / _inside(path)
        if not file.resolve().is_relative_to(root.resolve()):
            raise JupyterKfpError(
                "the local module is a link to a place outside of the notebook's folder",
                where=str(file),
                fix="copy the module into the notebook's folder",
            )
        files[f"modules/{_inside(path)}"] = _read(file)
    return files


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise JupyterKfpError(
            f"a file that a step needs cannot be read: {error.strerror}",
            where=str(file),
            fix="make it readable, or take out the import of it",
        ) from error


def _inside(path: str) -> str:
    """The path, known to stay in the folder that it is relative to."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise JupyterKfpError(
            f"{path!r} is not a path within the folder", fix="use a file beside the notebook"
        )
    return "/".join(parts)


def _encoded(text: str, where: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise JupyterKfpError(
            f"it holds {error.object[error.start]!r}, half of a character, which no file can hold",
            where=where,
            fix="take it out of the notebook",
        ) from error


def _digest(out: Path, step_name: StepName, inside: Files, kept: tuple[str, ...]) -> Digest:
    """As `step_digest`, reading only the files that were not just written: those that users added."""
    start = f"steps/{step_name}/"
    added = [path.removeprefix(start) for path in kept if path.startswith(start) and counts(path)]
    return digest_of({**inside, **{path: content_of(out / start / path) for path in added}})
