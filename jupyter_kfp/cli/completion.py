"""`jupyter kfp completion`: the shell's own completion, by click."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from .options import examples

SCRIPT = "jupyter-kfp"
"""Shells complete by the name of the program, which is this one on the path."""


@click.command(
    epilog=examples(
        "completion bash >> ~/.bashrc", "completion fish > ~/.config/fish/completions/jupyter-kfp.fish"
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    It completes commands, options and file names of `jupyter-kfp`, which is the same program as `jupyter kfp`.
    """
    from .app import COMPLETION_VARIABLE

    completion = get_completion_class(shell)
    assert completion is not None
    root = ctx.find_root().command
    click.echo(completion(root, {}, SCRIPT, COMPLETION_VARIABLE).source())
