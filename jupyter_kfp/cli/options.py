"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., object]")


def notebook_argument(function: F) -> F:
    """The notebook that the command works on."""
    return click.argument("notebook", metavar="NOTEBOOK", type=click.Path(path_type=Path))(function)


def script_options(function: F) -> F:
    """`--json` and `--debug`. The second is read from argv, where errors are told."""
    function = click.option(
        "--debug", is_flag=True, expose_value=False, help="Show the traceback of a fault."
    )(function)
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for scripts.")(
        function
    )


def builder_option(function: F) -> F:
    """The program that builds images."""
    return click.option(
        "--builder",
        type=click.Choice(("auto", "docker", "podman", "buildah")),
        default="auto",
        show_default=True,
        help="The program that builds; `auto` takes the first that works.",
    )(function)


def registry_option(function: F) -> F:
    """Where the images of the steps are kept."""
    return click.option(
        "--registry",
        metavar="ADDRESS",
        help="Where images go, e.g. europe-docker.pkg.dev/project/repository.",
    )(function)


def examples(*lines: str) -> str:
    """An epilog of command lines."""
    return "\n".join(["\b", "Example:", *(f"  jupyter kfp {line}" for line in lines)])
