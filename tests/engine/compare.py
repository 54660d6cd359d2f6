"""Does a notebook's pipeline give what the notebook gives? The same question as `verify`, in milliseconds.

Analysis, step.ipynb, step.json, the session, state, files and conflicts are the real ones; only the kernels are forked
ones (`kernels.py`), without papermill's loop around them. Steps run one after the other in notebook order, each in a
folder of its own with its parents' state alone, so what is side by side cannot see each other.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jupyter_kfp.dataflow import analyse
from jupyter_kfp.findings import Level
from jupyter_kfp.notebook import read_notebook
from jupyter_kfp.notebook.cells import Role
from jupyter_kfp.pipeline import Pipeline
from jupyter_kfp.project.lineage import trace
from jupyter_kfp.project.project import _module_files
from jupyter_kfp.project.step_json import render_step_json
from jupyter_kfp.project.step_notebook import render_notebook
from jupyter_kfp.step import conflicts, run_step, stage_files
from jupyter_kfp.step.execute import Executed
from jupyter_kfp.step.manifest import Manifest, decode
from jupyter_kfp.verify import Outcome
from jupyter_kfp.verify.compare import Output, compare

from .kernels import Given, Kernels, Ran, Source
from .percent import PercentCell, write_notebook

RAISES = "raises-exception"


@dataclass(frozen=True)
class Result:
    """What came of one way of cutting. `text`: the refusal, or the difference."""

    outcome: Outcome
    text: str = ""
    code: str = ""  # of the finding that refused; "state" or "conflict" where a step or a run did
    steps: tuple[str, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    findings: tuple[str, ...] = ()  # codes

    def __str__(self) -> str:
        return f"{self.outcome.value} {self.code}".strip() + (f": {self.text}" if self.text else "")


@dataclass
class _Progress:
    """What the pipeline gave so far."""

    outputs: dict[str, list[Output]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    manifests: dict[str, Manifest] = field(default_factory=dict)
    failed: tuple[str, str] | None = None  # kind, text
    failed_cell: str | None = None


@dataclass
class Straight:
    """A straight run: outputs by cell id, and the cell that ended it."""

    outputs: dict[str, list[Output]]
    failed_cell: str | None


def run_straight(
    kernels: Kernels, cells: Sequence[PercentCell], files: Mapping[str, bytes], scratch: Path
) -> Straight:
    """The cells from top to bottom. Raises AssertionError where the kernel dies."""
    folder = _lay_out(cells, files, scratch)
    notebook = read_notebook(folder / "nb.ipynb")
    own = [cell for cell in notebook.cells if cell.role is not Role.SKIP]
    ran = kernels.run(
        [Source(cell.source, RAISES in cell.tags) for cell in own],
        folder,
        {"PYTHONHASHSEED": "0"},
    )
    assert not ran.died, f"the straight run {ran.died}"
    outputs = {str(cell.id): given.outputs for cell, given in zip(own, ran.cells, strict=False)}
    last = own[len(ran.cells) - 1]
    stopped = ran.cells[-1].failed and RAISES not in last.tags
    return Straight(outputs, str(last.id) if stopped else None)


def make_pipeline(cells: Sequence[PercentCell], files: Mapping[str, bytes], scratch: Path) -> Pipeline:
    """The pipeline of cells with tags; `scratch` is a new folder for it and its run."""
    folder = _lay_out(cells, files, scratch)
    return analyse(read_notebook(folder / "nb.ipynb"))


def layout(pipeline: Pipeline) -> object:
    """Which cells run where: pipelines of one notebook with equal layouts give the same."""
    return [
        ([cell.id for cell in step.cells], [replay.source for replay in step.replays], step.loads, step.saves)
        for step in pipeline.steps
    ]


def run_cut(kernels: Kernels, pipeline: Pipeline, straight: Straight, scratch: Path) -> Result:
    """Run the pipeline, where no finding refuses it, and compare it with the straight run."""
    about: dict[str, Any] = {
        "steps": tuple(str(step.name) for step in pipeline.steps),
        "edges": tuple((str(edge.source), str(edge.target)) for edge in pipeline.edges),
        "findings": tuple(finding.code for finding in pipeline.findings),
    }
    errors = [finding for finding in pipeline.findings if finding.level is Level.ERROR]
    if errors:
        return Result(Outcome.REFUSED, errors[0].message, errors[0].code, **about)
    progress = _run_pipeline(kernels, pipeline, scratch)
    # Where a name could not travel, its cell shows a NameError that is told as a refusal.
    stopped = {progress.failed_cell} if progress.failed and progress.failed[0] == "state" else set()
    for step in pipeline.steps:
        for cell in step.cells:
            one, two = straight.outputs.get(cell.id), progress.outputs.get(cell.id)
            if one is None or two is None or cell.id in stopped:
                continue
            found = compare(one, two, [str(scratch.parent)])
            if not found.same:
                text = (
                    f"cell {cell.number} of step {step.name}: {cell.source[:200]!r}\n"
                    f"  straight: {found.straight}\n  pipeline: {found.pipeline}"
                )
                return Result(Outcome.DIFFERS, text, **about)
    if straight.failed_cell is not None and straight.failed_cell == progress.failed_cell:
        return Result(Outcome.IDENTICAL, **about)
    if progress.failed is not None:
        kind, text = progress.failed
        refused = kind in ("state", "conflict")
        return Result(Outcome.REFUSED if refused else Outcome.DIFFERS, text, kind, **about)
    missing = straight.outputs.keys() - progress.outputs.keys()
    own = {str(cell.id) for step in pipeline.steps for cell in step.cells}
    if missing & own:
        return Result(Outcome.DIFFERS, f"cells {sorted(missing & own)} were not run", **about)
    return Result(Outcome.IDENTICAL, **about)


def _lay_out(cells: Sequence[PercentCell], files: Mapping[str, bytes], scratch: Path) -> Path:
    folder = scratch / "notebook"
    folder.mkdir(parents=True)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    write_notebook(cells, folder / "nb.ipynb")
    return folder


def _run_pipeline(kernels: Kernels, pipeline: Pipeline, scratch: Path) -> _Progress:
    root = scratch / "root"
    root.mkdir()
    lineage = trace(pipeline)
    files = None
    if pipeline.data_files:
        files = stage_files(str(root), pipeline.notebook.resolve().parent, pipeline.data_files)
    progress = _Progress()
    for step in pipeline.steps:
        folder = scratch / "project" / step.name
        written = {
            "step.ipynb": render_notebook(pipeline, step, lineage).encode(),
            "step.json": render_step_json(pipeline, step).encode(),
            **_module_files(pipeline, step),
        }
        for path, content in written.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        parents = pipeline.parents(step.name)
        _run_step(
            kernels,
            folder,
            step.name,
            root,
            files,
            {name: progress.states[name] for name in parents},
            progress,
        )
        if progress.failed is None:
            ends = _ends(pipeline, progress)
            if len(ends) > 1 and (found := conflicts(ends)):
                progress.failed = ("conflict", found[0].message)
        if progress.failed is not None:
            break
    return progress


def _ends(pipeline: Pipeline, progress: _Progress) -> list[Manifest]:
    """The manifests of finished steps that no other finished one has taken over, as the local runner looks at them."""
    taken = {parent for name in progress.manifests for parent in pipeline.parents(name)}
    return [manifest for name, manifest in progress.manifests.items() if name not in taken]


def _run_step(
    kernels: Kernels,
    folder: Path,
    name: str,
    root: Path,
    files: str | None,
    states: Mapping[str, str],
    progress: _Progress,
) -> None:
    """Run a step as its main.py does, in a forked kernel."""
    executions: list[Executed] = []

    def execute(notebook: Any, *, folder: Path, environment: Mapping[str, str], **_: Any) -> Executed:
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        sources = [Source(cell.source, RAISES in cell.metadata.get("tags", [])) for cell in cells]
        path = environment["PYTHONPATH"].split(":")[0]
        variables = {key: value for key, value in environment.items() if key != "PYTHONPATH"}
        executed = _filled(notebook, cells, kernels.run(sources, folder, variables, path))
        executions.append(executed)
        return executed

    state = folder / "state"
    words = io.StringIO()
    with (
        patch("jupyter_kfp.step.execute.execute", execute),
        patch("jupyter_kfp.step.run.html_writer", lambda: lambda notebook: ""),
        contextlib.redirect_stderr(words),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        status = run_step(
            folder, bucket=str(root), run="r", parameters={}, states=states, files=files, state_path=state
        )
    own = {"kfp-load", "kfp-save"}
    for executed in executions:
        for cell in executed.notebook.cells:
            if cell.get("execution_count") is not None and cell["id"] not in own:
                progress.outputs.setdefault(cell["id"], cell.outputs)
    if status != 0:
        error = _read_error(root, name)
        progress.failed = (error.get("kind", "internal"), f"{words.getvalue().strip()}")
        progress.failed_cell = error.get("cell")
        return
    progress.states[name] = state.read_text()
    progress.manifests[name] = decode(Path(progress.states[name]).read_bytes())


def _read_error(root: Path, step: str) -> dict[str, Any]:
    path = root / "runs" / "r" / "steps" / step / "error.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _filled(notebook: Any, cells: list[Any], ran: Ran) -> Executed:
    import nbformat

    for cell, given in zip(cells, ran.cells, strict=False):
        _fill(nbformat, cell, given)
    count = len(ran.cells)
    if ran.died:
        return Executed(notebook, count, ran.died)
    failed = ran.cells[-1].failed and RAISES not in cells[count - 1].metadata.get("tags", [])
    return Executed(notebook, notebook.cells.index(cells[count - 1]) if failed else None)


def _fill(nbformat: Any, cell: Any, given: Given) -> None:
    cell["outputs"] = [nbformat.from_dict(output) for output in given.outputs]
    cell["execution_count"] = given.count


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for one straight run and its cuts."""
    folder = Path(tempfile.mkdtemp(prefix="jkfp-case-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
