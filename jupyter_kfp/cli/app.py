"""The group of commands, and what becomes of an error.

Exit status: 0 done, 1 an error that the user can read about, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING

import click

from .. import __version__
from .output import prepare_streams
from .trouble import report

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "jupyter kfp"
COMPLETION_VARIABLE = "_JUPYTER_KFP_COMPLETE"

# The summaries stand here, not in the modules, so that the list of commands imports none of them.
COMMANDS = {
    "check": "Say what would keep the notebook from running as a pipeline.",
    "graph": "Draw the pipeline: its steps, and what they hand on.",
    "convert": "Write the pipeline down: a folder per step, and pipeline.py.",
    "build": "Write the pipeline down and build the images of its steps.",
    "lock": "Write the project with the requirements of each step as they are now.",
    "compile": "Compile the pipeline into a package.",
    "clean": "Remove artifacts that a step declares and does not write.",
    "run": "Run the notebook as a pipeline on this machine.",
    "verify": "Compare the notebook, run top to bottom, with its pipeline.",
    "login": "Sign in to a cluster.",
    "submit": "Run the notebook as a pipeline on a cluster.",
    "runs": "List runs, show one, its logs and results; cancel, retry.",
    "schedule": "Run the notebook on a cluster at fixed times.",
    "debug": "Make a notebook of one step of a run, with its real inputs.",
    "doctor": "Check the way to a cluster, each part with its mend.",
    "suggest": "Propose step tags for a notebook that has none.",
    "init": "Write default settings into the notebook.",
    "completion": "Print the completion script of a shell.",
}


class Commands(click.Group):
    """The commands of `COMMANDS`, each imported when it is first asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"{__package__}.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            ctx.fail(f"There is no command `{name}`.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"""\b
Example:
  {PROGRAM} check iris.ipynb
  {PROGRAM} run iris.ipynb -p test_size=0.3""",
)
@click.version_option(__version__, prog_name=PROGRAM)
def application() -> None:
    """Run a tagged notebook as a Kubeflow pipeline.

    Tag cells with the step they belong to (`step:train`); every step becomes a container. On this machine the
    same pipeline runs without a cluster.
    """


OBJECTS = 100_000
"""New ones until the garbage collector looks for cycles: a command makes many that live until its end, in a third of
whose time it would look at them again and again."""


def run_command_line(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every error ends here as a message and an exit status, never as a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:  # the process is ours
        gc.set_threshold(OBJECTS)
    prepare_streams()
    try:
        status = application.main(
            given, prog_name=PROGRAM, complete_var=COMPLETION_VARIABLE, standalone_mode=False
        )
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
        return 1
    except Exception as error:
        return report(error, given)
    except KeyboardInterrupt as error:
        return report(error, given)
    return status if isinstance(status, int) else 0


def _drop_stdout() -> None:
    """Whoever read our output has gone: keep the interpreter from saying so when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
