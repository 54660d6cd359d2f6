"""`jupyter kfp …`: the command line over the other rooms.

In: argv. Out: text or JSON on stdout, progress and errors on stderr, an exit status. A file per command; each
command is imported only when it runs, so that `--help` and completion stay quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line on `arguments`, `sys.argv[1:]` where not given; returns the exit status."""
    from .app import run_command_line

    return run_command_line(arguments)
