"""A notebook of one step, with the inputs that the step had in a run: to look at what it saw, and to run it again.

In: a run of this machine or of a cluster, the step's name. Out: a folder with the notebook, the state, and the files as
the step found them. Its first cell loads the state; then come the step's cells, as they were.

Below the folder are
    work     <step>.ipynb, beside the files that the cells read (deeper, where their paths climb)
    objects  and session: what the first cell loads
    code     the runtime, as the step's container has it
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from ..errors import JupyterKfpError
from ..local.record import Run
from ..notebook.cells import StepName
from ..pipeline import JsonValue, Pipeline
from ..project import write_project
from ..project.project import RUNTIME
from ..step import StepError
from ..step.inputs import SESSION, bring_inputs
from .errors import ClusterError

SAVE, LOAD = "kfp-save", "kfp-load"


@dataclass(frozen=True)
class Rehearsal:
    """A step's notebook, ready to run."""

    notebook: Path
    folder: Path
    loads: tuple[str, ...] | Literal["*"]


@dataclass(frozen=True)
class Script:
    """What the step runs: its notebook, what it takes, and where its modules are."""

    notebook: dict[str, Any]
    loads: tuple[str, ...] | Literal["*"]
    depth: int
    keeps_random_state: bool
    modules: Path | None = None
    runtime: Path | None = None


def script_of_folder(folder: Path) -> Script:
    """What a step folder runs. Raises JupyterKfpError where it is none."""
    try:
        step = json.loads((folder / "step.json").read_text(encoding="utf-8"))
        notebook = json.loads((folder / "step.ipynb").read_text(encoding="utf-8"))
        loads = step["loads"] if step["loads"] == "*" else tuple(step["loads"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JupyterKfpError("this is not a step folder", where=str(folder), fix="run it again") from error
    return Script(
        notebook,
        loads,
        int(step.get("folder_depth", 0)),
        bool(step.get("keeps_random_state", True)),
        folder / "modules",
        folder / RUNTIME,
    )


def script_of_executed(content: bytes) -> Script:
    """What an executed notebook of a step had run; it does not say which names it took, so all are taken."""
    try:
        notebook = json.loads(content)
        cells = list(notebook["cells"])
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError("the executed notebook is damaged", fix="debug with --notebook") from error
    notebook["cells"] = [cell for cell in cells if cell.get("cell_type") == "code"]
    return Script(notebook, "*", 0, True)


def rehearse(
    script: Script,
    step: StepName,
    out: Path,
    *,
    states: Sequence[str],
    files: str = "",
    parameters: Mapping[str, JsonValue] | None = None,
    title: str = "",
) -> Rehearsal:
    """Write the folder. `states`: uris of the state of the steps before, `title`: what it is of, for people.

    Raises JupyterKfpError where `out` holds something already, or the state cannot be read.
    """
    if out.exists() and any(out.iterdir()):
        raise JupyterKfpError(
            "the folder holds something already", where=str(out), fix="choose another: -o DIR"
        )
    out = out.absolute()
    code = out / "code"
    try:
        code.mkdir(parents=True, exist_ok=True)
        runtime = script.runtime or Path(__file__).parents[1] / "step"
        shutil.copytree(
            runtime, code / RUNTIME, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
        )
        work = bring_inputs(
            out,
            step,
            states,
            loads=script.loads,
            files=files or None,
            depth=script.depth,
            keeps_random_state=script.keeps_random_state,
            package_path=str(code),
        )
        if script.modules is not None and script.modules.is_dir():
            shutil.copytree(script.modules, work, dirs_exist_ok=True)
        notebook = work / f"{step.partition('[')[0]}.ipynb"
        text = json.dumps(
            _notebook(script, out, code, work, title, parameters or {}), indent=1, ensure_ascii=False
        )
        notebook.write_text(text + "\n", encoding="utf-8")
    except StepError as error:
        raise ClusterError(error.message, where=f"step {step}", fix=error.fix) from error
    except OSError as error:
        raise JupyterKfpError(f"cannot write: {error.strerror or error}", where=str(out)) from error
    return Rehearsal(notebook, out, script.loads)


def _notebook(
    script: Script, out: Path, code: Path, work: Path, title: str, parameters: Mapping[str, JsonValue]
) -> dict[str, Any]:
    cells = []
    for cell in script.notebook["cells"]:
        tags = cell.get("metadata", {}).get("tags", [])
        if SAVE in tags or "injected-parameters" in tags:
            continue
        if LOAD in tags:
            source = _load(os.path.relpath(code, work), os.path.relpath(out / SESSION, work))
            cell = {**cell, "source": source}
        kept = {**cell, "outputs": [], "execution_count": None, "metadata": {"tags": tags} if tags else {}}
        cells.append(kept)
        if "parameters" in tags and parameters:
            cells.append(_code("kfp-parameters", _assignments(parameters), ["injected-parameters"]))
    about = {"cell_type": "markdown", "id": "kfp-about", "metadata": {}, "source": _about(title)}
    return {
        "cells": [about, *cells],
        "metadata": {"kernelspec": script.notebook.get("metadata", {}).get("kernelspec", {})},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _about(title: str) -> str:
    shown = "".join(sign if sign.isprintable() and sign not in "`<>&[]*_#" else " " for sign in title)
    return f"{shown}\n\nThe cell `kfp-load` brings what the step was given; run the cells from the top."


def _load(code: str, session: str) -> str:
    """Imports nothing into the namespace: the cells may use any name."""
    return (
        f"# Brings what the step was given in that run.\n"
        f'__import__("sys").path.insert(0, __import__("os").path.abspath({code!r}))\n'
        f'__import__("os").environ["JUPYTER_KFP_SESSION"] = __import__("os").path.abspath({session!r})\n'
        f'__import__("jupyter_kfp_step").load()'
    )


def _assignments(parameters: Mapping[str, JsonValue]) -> str:
    lines = [f"{name} = {value!r}" for name, value in parameters.items() if name.isidentifier()]
    return "\n".join(["# Parameters of that run.", *lines])


def _code(identifier: str, source: str, tags: list[str]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": identifier,
        "metadata": {"tags": tags},
        "outputs": [],
        "source": source,
    }


@contextlib.contextmanager
def find_script(
    run: Run, step: StepName, pipeline: Pipeline | None, executed: bytes | None
) -> Iterator[tuple[Script, bool]]:
    """What the step runs, while the context lasts, and whether it is what the run had.

    From the project that a run of this machine kept, else from the notebook as it is now (`pipeline`), else from the
    notebook that the step executed. Raises ClusterError where there is none of these.
    """
    plain = StepName(step.partition("[")[0])
    kept = run.folder / "project" / "steps" / plain
    if not run.url and kept.is_dir():
        yield script_of_folder(kept), True
    elif pipeline is not None:
        content = pipeline.notebook.read_bytes()
        same = hashlib.sha256(content).hexdigest() == run.notebook_digest
        with TemporaryDirectory(prefix="jupyter-kfp-") as scratch:
            project = write_project(pipeline, Path(scratch, "project"))
            yield script_of_folder(project.step(plain).folder), same
    elif executed is not None:
        yield script_of_executed(executed), True
    else:
        raise ClusterError(
            f"step {step} left no notebook in this run",
            where=run.id,
            fix="give the notebook: --notebook FILE",
        )


def states_before(run: Run, step: StepName) -> list[str]:
    """The state of the steps before it, as its flags had them: uris, and of a loop that it stands behind a JSON list.

    Raises ClusterError where one has left none.
    """
    found: dict[str, list[str]] = {}
    for parent in run.step(step).parents:
        manifest = run.step(parent).manifest
        if not manifest:
            raise ClusterError(
                f"step {parent} left no state in this run, so {step} was given none",
                where=run.id,
                fix=f"wait until {parent} has ended, or debug {parent}",
            )
        found.setdefault(parent.partition("[")[0], []).append(manifest)
    loops = {parent.partition("[")[0] for parent in run.step(step).parents if "[" in parent}
    gathered = loops if "[" not in step else set()
    return [json.dumps(states) if parent in gathered else states[0] for parent, states in found.items()]
