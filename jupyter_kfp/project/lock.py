"""Whether a project's requirements are still those of the notebook and its kernel's environment."""

from __future__ import annotations

from pathlib import Path

from ..notebook.cells import StepName
from ..pipeline import Pipeline
from .environment import Environment, read_environment
from .hashes import without_hashes
from .lineage import trace
from .requirements import pin


def stale(
    project_folder: Path, pipeline: Pipeline, *, environment: Environment | None = None
) -> tuple[StepName, ...]:
    """The steps whose requirements.txt is missing or differs from what would be written now, in notebook order.

    Hashes do not count, nor steps that are in the folder and no more in the pipeline. Raises KernelEnvironmentError.
    """
    environment = environment or read_environment(pipeline.kernel.name)
    pinned, _ = pin(pipeline, trace(pipeline), environment)
    return tuple(
        step.name
        for step in pipeline.steps
        if _without_hashes(project_folder / "steps" / step.name / "requirements.txt")
        != pinned[step.name].text
    )


def _without_hashes(file: Path) -> str | None:
    try:
        return without_hashes(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
