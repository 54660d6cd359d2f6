"""A scratch copy of what a notebook can see beside it, at the same relative paths."""

from __future__ import annotations

import json
import shutil
from pathlib import Path, PurePosixPath

from ..errors import JupyterKfpError
from ..notebook.magic_lines import take_off_step_line
from ..pipeline import Pipeline

LIMIT = 2 * 1024**3
"""Bytes of the notebook's folder above which it is not copied."""

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".jupyter-kfp", "*-pipeline", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints"
)


def copy_surroundings(pipeline: Pipeline, scratch: Path) -> Path:
    """Copy the notebook's folder and the data files that its cells name; the path of the notebook's copy.

    Raises JupyterKfpError where the folder is larger than `LIMIT`.
    """
    source = pipeline.notebook.resolve().parent
    target = scratch.joinpath(*source.parts[len(source.parts) - pipeline.folder_depth :])
    if pipeline.folder_depth == 0:
        target = scratch / "notebook"
    size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file() and not path.is_symlink())
    if size > LIMIT:
        raise JupyterKfpError(
            f"the notebook's folder holds {size / 1024**3:.1f} GiB; verifying copies it",
            where=str(source),
            fix="move the notebook and what it needs to a folder of their own",
        )
    shutil.copytree(source, target, symlinks=True, ignore=_LEFT_OUT, dirs_exist_ok=True)
    for name in pipeline.data_files:
        if ".." in PurePosixPath(name).parts:
            outside = target / name
            outside.parent.mkdir(parents=True, exist_ok=True)
            if (source / name).is_dir():
                shutil.copytree(source / name, outside, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(source / name, outside)
    return target / pipeline.notebook.name


def take_off_step_lines(notebook: Path) -> None:
    """Let the tags alone say where the copy is cut: a `%%step` line is as good as a tag."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    changed = False
    for cell in content["cells"]:
        taken = take_off_step_line("".join(cell["source"])) if cell["cell_type"] == "code" else None
        if taken is not None:
            cell["source"], changed = taken.source, True
    if changed:
        notebook.write_text(json.dumps(content), encoding="utf-8")
