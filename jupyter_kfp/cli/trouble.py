"""What a person, or a script, reads when a command fails.

In: the exception and the arguments. Out: a message (JSON on stdout with `--json`), and the exit status.
"""

from __future__ import annotations

import os
import tempfile
import traceback
from importlib import metadata
from typing import TYPE_CHECKING

import click

from ..errors import FindingsError, JupyterKfpError
from .output import Json, printable, say, say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130


def report(error: BaseException, arguments: Sequence[str]) -> int:
    """Say what went wrong; returns the exit status."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            say(error.format_message(), error=True)
            return WRONG_USAGE
        case click.UsageError():
            return _usage(error, arguments)
        case click.ClickException():
            return _tell(error.format_message(), "UsageError", "", arguments, error.exit_code)
        case click.Abort() | KeyboardInterrupt():
            return _tell("interrupted", "Interrupted", "", arguments, INTERRUPTED)
        case FindingsError():
            return _findings(error, arguments)
        case JupyterKfpError():
            return _mistake(error, arguments)
        case OSError() if error.strerror:
            name = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, (str, bytes)) else ""
            return _tell(f"{name}{error.strerror}", "OSError", "", arguments, FAILED)
        case _:
            return _unexpected(error, arguments)


def _usage(error: click.UsageError, arguments: Sequence[str]) -> int:
    if _json_wanted(arguments):
        return _tell(error.format_message(), "UsageError", "", arguments, WRONG_USAGE)
    if error.ctx is not None:
        say(error.ctx.get_usage(), error=True)
        say(f"Try `{error.ctx.command_path} --help`.", error=True)
    say(f"\n{label()} {printable(error.format_message())}", error=True)
    return WRONG_USAGE


def _findings(error: FindingsError, arguments: Sequence[str]) -> int:
    from .findings_text import finding_json, format_finding
    from .understand import UnsoundNotebookError

    if _json_wanted(arguments):
        body = _body(error.message, "FindingsError", error.where, error.fix)
        body["findings"] = [finding_json(found) for found in error.findings]
        say_json(_command(arguments), False, {"status": FAILED, "error": body})
        return FAILED
    sources = error.sources if isinstance(error, UnsoundNotebookError) else {}
    for found in error.findings:
        say(format_finding(found, error.where, sources), error=True)
    say(f"{label()} {printable(error.message)}", error=True)
    return FAILED


def _mistake(error: JupyterKfpError, arguments: Sequence[str]) -> int:
    kind = type(error).__name__
    if _json_wanted(arguments):
        return _tell(error.message, kind, error.where, arguments, FAILED, error.fix)
    where = f"{error.where}: " if error.where else ""
    return _tell(f"{where}{error.message}", kind, "", arguments, FAILED, error.fix)


def _unexpected(error: BaseException, arguments: Sequence[str]) -> int:
    text = "".join(traceback.format_exception(error))
    if "--debug" in arguments:
        say(text, error=True)
        place = "above"
    else:
        place = f"in {_keep(text)} (`--debug` shows it)"
    return _tell(
        f"something went wrong that should not have: {type(error).__name__}: {error}",
        "Unexpected",
        "",
        arguments,
        FAILED,
        f"this is a fault of jupyter-kfp; please report it{_address()} with the traceback, which is {place}",
    )


def _keep(text: str) -> str:
    """Put a traceback into a file of its own, readable by its owner only."""
    descriptor, name = tempfile.mkstemp(prefix="jupyter-kfp-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return name


def _address() -> str:
    """Where to report: the `Issues` link of the package's metadata."""
    try:
        links = metadata.metadata("jupyter-kfp").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return ""
    return next((f" at {link.split(', ')[1]}" for link in links if link.startswith("Issues, ")), "")


def _tell(message: str, kind: str, where: str, arguments: Sequence[str], status: int, fix: str = "") -> int:
    if _json_wanted(arguments):
        say_json(_command(arguments), False, {"status": status, "error": _body(message, kind, where, fix)})
        return status
    say(f"{label()} {_lines(message)}", error=True)
    if fix:
        say(f"  fix: {_lines(fix)}", error=True)
    return status


def _body(message: str, kind: str, where: str, fix: str) -> dict[str, Json]:
    return {"kind": kind, "message": message, "where": where, "fix": fix}


def _lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.splitlines())


def label() -> str:
    """`error:`, in red where colours are wanted."""
    return click.style("error:", fg="red", bold=True)


def _json_wanted(arguments: Sequence[str]) -> bool:
    """Asked of argv and not of the parsed options, which do not exist when the parsing failed."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def _command(arguments: Sequence[str]) -> str:
    return next((argument for argument in arguments if not argument.startswith("-")), "")
