"""Files of a run as documents: a copy beside the notebook.

A run's folder is hidden, and it is the truth of the run, which an editor that saves by itself must not change. So what
a user opens is a copy: `runs/<run>/train.ipynb` for the executed notebook of step train.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

DOCUMENTS = "runs"
WELL_KNOWN = {"output.ipynb": ".ipynb", "output.html": ".html", "log.txt": ".txt"}


def copy_beside(folder: Path, file: Path, beside: Path, run: str) -> Path:
    """The copy of `file` of the run in `folder`; made where it is not there yet or the file has changed since.

    Raises JupyterKfpError where it cannot be written.
    """
    copy = beside / DOCUMENTS / run / _name(file.relative_to(folder))
    try:
        if copy.is_file() and copy.stat().st_mtime >= file.stat().st_mtime:
            return copy
        copy.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=copy.parent, prefix=".new-")
        os.close(handle)
        try:
            shutil.copyfile(file, name)
            Path(name).chmod(0o644)
            Path(name).replace(copy)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        from .atomic import cannot_write

        raise cannot_write(error, copy) from error
    return copy


def _name(file: Path) -> str:
    """`steps/train/output.ipynb` → `train.ipynb`, `items/0/steps/train/output.html` → `train-0.html`."""
    ending = WELL_KNOWN.get(file.name)
    parts = file.parts
    if ending is None or len(parts) < 3:
        return "-".join(parts)
    item = f"-{parts[1]}" if parts[0] == "items" else ""
    return f"{parts[-2]}{item}{ending}"
