"""Does the pipeline give what the notebook gives?

Runs a notebook straight and as a pipeline, in scratch folders, and compares every cell's outputs: as it is tagged,
and cut elsewhere at random. A loop (`foreach`) is run for one item, the values that the parameters have in the
notebook, since the notebook's own run is of that item. Where something differs, the notebook runs straight once more:
what it does not repeat itself, no pipeline can. Out comes a `Verification` for people and for CI.
"""

from __future__ import annotations

import enum
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import local
from ..dataflow import analyse
from ..errors import JupyterKfpError, StepFailed
from ..findings import Finding, Level
from ..notebook import read_notebook, write_tags
from ..notebook.cells import Cell, CellId, Notebook
from ..pipeline import Pipeline, Step
from .compare import Output, Part, compare
from .cuts import draw_cuts
from .scratch import copy_surroundings, take_off_step_lines
from .straight import Outputs, collect, run_straight

AS_TAGGED = "as tagged"


class Outcome(enum.Enum):
    """How a pipeline compares with its notebook."""

    IDENTICAL = "identical"
    REFUSED = "refused"  # the tool said, before or while running, that it cannot keep the promise
    DIFFERS = "differs"  # never meant to happen


@dataclass(frozen=True)
class Difference:
    """The first cell whose outputs differ, and the first parts that do."""

    cell: Cell
    straight: Part | None
    pipeline: Part | None


@dataclass(frozen=True)
class Case:
    """One way of cutting the notebook, and what came of it."""

    title: str
    outcome: Outcome
    steps: int
    rules: frozenset[str] = frozenset()
    difference: Difference | None = None
    reason: str = ""  # of a refusal, for people
    findings: tuple[Finding, ...] = ()  # errors that refused it
    unrepeatable: tuple[Cell, ...] = ()  # not compared: two straight runs of the notebook differ there


@dataclass(frozen=True)
class Verification:
    """What `verify` found. `failure` is set where the notebook itself does not run to its end."""

    notebook: Path
    cases: tuple[Case, ...]
    failure: str = ""

    @property
    def kept(self) -> bool:
        """The promise holds: the pipeline as tagged gives the same, and no cut gives something else."""
        return (
            bool(self.cases)
            and self.cases[0].outcome is Outcome.IDENTICAL
            and all(case.outcome is not Outcome.DIFFERS for case in self.cases)
        )


def verify(
    path: Path,
    *,
    cuts: int = 0,
    seed: int = 0,
    keep: Path | None = None,
    on_case: Callable[[Case], None] = lambda case: None,
) -> Verification:
    """Compare the notebook's straight run with its pipeline, as tagged and at `cuts` random boundaries.

    `keep` is a folder for the scratch copies and runs; a temporary one where not given. `on_case` is called
    as each case is known. Raises NotebookError, StraightRunError, RunCanceled where a signal stopped it, and errors of
    the machine (no kernel, disk full).
    """
    notebook = read_notebook(path)
    pipeline = analyse(notebook)
    with _scratch(keep) as scratch:
        straight = _Straight(pipeline, scratch)
        cases = []
        ways: list[tuple[str, Mapping[str, tuple[str, ...]]]] = [(AS_TAGGED, {})]
        ways += [(cut.title, cut.tags) for cut in draw_cuts(notebook, cuts, seed)]
        for index, (title, tags) in enumerate(ways):
            folder = scratch / f"case-{index}"
            copied = copy_surroundings(pipeline, folder / "files")
            if tags:
                take_off_step_lines(copied)
                write_tags(copied, tags)
            case = _try(title, copied, folder / "root", straight, scratch)
            on_case(case)
            cases.append(case)
            if keep is None:
                shutil.rmtree(folder)
    failure = straight.outputs.failure
    said = f"cell {failure.number} raises {failure.name}: {failure.message}" if failure else ""
    return Verification(path, tuple(cases), said)


class _scratch:  # noqa: N801 - a context manager used like a function
    """`keep`, or a temporary folder that goes away afterwards."""

    def __init__(self, keep: Path | None) -> None:
        self._keep = keep
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Path:
        if self._keep is not None:
            self._keep.mkdir(parents=True, exist_ok=True)
            return self._keep.resolve()
        self._temporary = tempfile.TemporaryDirectory(prefix="jupyter-kfp-verify-")
        return Path(self._temporary.name).resolve()

    def __exit__(self, *_: object) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()


class _Straight:
    """What the notebook itself gives: run once, and once more as soon as somebody asks what it repeats."""

    def __init__(self, pipeline: Pipeline, scratch: Path) -> None:
        self._pipeline = pipeline
        self._scratch = scratch
        self._unrepeatable: frozenset[CellId] | None = None
        self.outputs = self._run("straight")

    def _run(self, name: str) -> Outputs:
        path = copy_surroundings(self._pipeline, self._scratch / name)
        return run_straight(read_notebook(path), path.parent)

    def unrepeatable(self) -> frozenset[CellId]:
        """The cells whose outputs two runs of the notebook do not share, or that only one of them reached."""
        if self._unrepeatable is None:
            one, two = self.outputs.cells, self._run("straight-again").cells
            folders = [str(self._scratch)]
            same = {cell for cell in one.keys() & two if compare(one[cell], two[cell], folders).same}
            self._unrepeatable = frozenset((one.keys() | two) - same)
        return self._unrepeatable


def _try(title: str, path: Path, root: Path, straight: _Straight, scratch: Path) -> Case:
    notebook = read_notebook(path)
    pipeline = _as_the_notebook_runs(analyse(notebook))
    errors = tuple(finding for finding in pipeline.findings if finding.level is Level.ERROR)
    steps = len(pipeline.steps)
    if errors:
        return Case(title, Outcome.REFUSED, steps, reason=errors[0].message, findings=errors)
    output = root / "run"
    refusal = ""
    try:
        local.run(pipeline, root=root, output=output, cache=False)
    except local.RunCanceled:
        raise  # somebody wants all of it to stop: no refusal of the pipeline's
    except StepFailed as error:
        refusal = str(error)
    except JupyterKfpError as error:
        return Case(title, Outcome.REFUSED, steps, reason=str(error))
    case = _compared(title, notebook, pipeline, output, straight.outputs, refusal, scratch)
    if case.outcome is Outcome.DIFFERS and straight.unrepeatable():
        ignored = straight.unrepeatable()
        return _compared(title, notebook, pipeline, output, straight.outputs, refusal, scratch, ignored)
    return case


def _as_the_notebook_runs(pipeline: Pipeline) -> Pipeline:
    """The pipeline with loops of one item, that of the notebook: its parameters' own values."""
    own = {str(parameter.name): parameter.default for parameter in pipeline.parameters}

    def step_of(step: Step) -> Step:
        loop = {name: (own.get(name, values[0]),) for name, values in step.settings.foreach.items() if values}
        return replace(step, settings=step.settings.model_copy(update={"foreach": loop}))

    return replace(pipeline, steps=tuple(map(step_of, pipeline.steps)))


def _compared(
    title: str,
    notebook: Notebook,
    pipeline: Pipeline,
    output: Path,
    straight: Outputs,
    refusal: str,
    scratch: Path,
    unrepeatable: frozenset[CellId] = frozenset(),
) -> Case:
    """Compare cell by cell what the run left, also of a run that stopped: what it did give must be right."""
    gave = _outputs(notebook, pipeline, output)
    steps = len(pipeline.steps)
    rules: frozenset[str] = frozenset()
    missing: list[int] = []
    stopped = {error["cell"] for error in _errors(output) if error["kind"] == "state"}
    cells = [cell for step in pipeline.steps for cell in step.cells]
    ignored = tuple(cell for cell in cells if cell.id in unrepeatable)
    for cell in (cell for cell in cells if cell.id not in unrepeatable):
        one, two = straight.cells.get(cell.id), gave.cells.get(cell.id)
        if one is None or two is None or cell.id in stopped:
            if one is not None:
                missing.append(cell.number)
            continue
        found = compare(one, two, [str(scratch)])
        rules |= found.rules
        if not found.same:
            difference = Difference(cell, found.straight, found.pipeline)
            return Case(title, Outcome.DIFFERS, steps, rules, difference, refusal, unrepeatable=ignored)
    if straight.failure and gave.failure and straight.failure.cell == gave.failure.cell:
        return Case(title, Outcome.IDENTICAL, steps, rules, unrepeatable=ignored)
    if refusal and _refused_clearly(output):
        return Case(title, Outcome.REFUSED, steps, rules, reason=refusal, unrepeatable=ignored)
    if refusal or missing:
        reason = refusal or f"cell {missing[0]} was not run"
        return Case(title, Outcome.DIFFERS, steps, rules, reason=reason, unrepeatable=ignored)
    return Case(title, Outcome.IDENTICAL, steps, rules, unrepeatable=ignored)


def _outputs(notebook: Notebook, pipeline: Pipeline, output: Path) -> Outputs:
    cells: dict[CellId, tuple[Output, ...]] = {}
    failure = None
    for step in pipeline.steps:
        place = output / "items" / "0" if step.settings.foreach else output
        executed = place / "steps" / step.name / "output.ipynb"
        if executed.is_file():
            collected = collect(json.loads(executed.read_text(encoding="utf-8")), notebook)
            failure = failure or collected.failure
            own = [cell.id for cell in step.cells if cell.id in collected.cells]
            cells.update((cell, collected.cells[cell]) for cell in own)
    return Outputs(cells, failure)


def _refused_clearly(output: Path) -> bool:
    """Whether every step that failed did so because its state cannot be kept, not because a cell raised."""
    return all(error["kind"] in ("state", "conflict") for error in _errors(output))


def _errors(output: Path) -> list[dict[str, Any]]:
    """What stopped steps told. A state error may stand in a cell, as the NameError of a name that did not travel."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in _steps_of(output, "error.json")]


def _steps_of(output: Path, file: str) -> list[Path]:
    return [*output.glob(f"steps/*/{file}"), *output.glob(f"items/0/steps/*/{file}")]
