"""The magics: `%load_ext jupyter_kfp`, then `%%step train` over a cell, and `%kfp graph`, `%kfp check`.

`%%step NAME` is the tag `step:NAME`, for editors without tags. Here it changes nothing: the line is taken off before
IPython reads the cell, so that the cell runs as any other does (top-level await, the last expression's display, the
lines of errors). In a pipeline `notebook.magic_lines` reads it.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from .errors import JupyterKfpError

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from .api import Loaded

USE = "%kfp graph [NOTEBOOK]  or  %kfp check [NOTEBOOK]"


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give the session our magics. Called by `%load_ext jupyter_kfp`; doing it again changes nothing."""
    if without_step_line not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(without_step_line)
    shell.register_magic_function(_step, "cell", "step")  # type: ignore[arg-type]
    shell.register_magic_function(kfp, "line", "kfp")  # type: ignore[arg-type]


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take them away again. Called by `%unload_ext jupyter_kfp`."""
    if without_step_line in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(without_step_line)
    shell.magics_manager.magics["cell"].pop("step", None)
    shell.magics_manager.magics["line"].pop("kfp", None)


def without_step_line(lines: list[str]) -> list[str]:
    """The cell as IPython is to read it: an input transformer."""
    from .notebook.magic_lines import take_off_step_line

    taken = take_off_step_line("".join(lines))
    if taken is None:
        return lines
    # an empty line that another cell magic follows would hide it: IPython looks at the first line
    source = taken.source.lstrip("\n") if taken.source.lstrip("\n").startswith("%%") else taken.source
    return source.splitlines(keepends=True)


def _step(line: str, cell: str) -> None:
    """`%%step NAME`: the cell begins, or goes on with, step NAME of the pipeline. The same as the tag `step:NAME`.

    Cells below without a step of their own belong to it too. The cell runs here as any other cell.
    """
    # Reached only by code that calls the magic itself; a cell's line is taken off before.
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    assert shell is not None
    shell.run_cell(cell)  # type: ignore[no-untyped-call]


def kfp(line: str) -> None:
    """`%kfp graph`: this notebook's steps as a picture. `%kfp check`: what hinders it from being a pipeline.

    Both read the notebook as it was last saved; a path behind them names another one.
    """
    from IPython.core.error import UsageError
    from IPython.display import display

    from .api import load

    show = {"graph": _graph, "check": _check}
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{error}: {USE}") from None
    if not 1 <= len(words) <= 2 or words[0] not in show:
        raise UsageError(USE)
    try:
        loaded = load(words[1] if len(words) == 2 else None)
    except JupyterKfpError as error:
        raise UsageError(str(error)) from None
    shown: Callable[[Loaded], Any] = show[words[0]]
    display(shown(loaded))  # type: ignore[no-untyped-call]


def _graph(loaded: Loaded) -> object:
    return loaded.graph


def _check(loaded: Loaded) -> object:
    return Findings(loaded)


class Findings:
    """What `%kfp check` shows."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded

    def __repr__(self) -> str:
        from .api.loaded import finding_text

        return "\n".join(map(finding_text, self.loaded.findings)) or self._fine()

    def _repr_html_(self) -> str:
        from .api.html import findings_table, page, paragraph

        findings = self.loaded.findings
        return page(findings_table(findings) if findings else paragraph(self._fine()))

    def _fine(self) -> str:
        steps = self.loaded.steps
        return f"{self.loaded.name}: {len(steps)} step{'s' if len(steps) != 1 else ''}, nothing to mend"
