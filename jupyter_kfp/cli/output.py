"""How the commands write: text that any terminal can take, colours where they are wanted, JSON for scripts."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeAlias

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

JSON_VERSION = 1
"""Version of the shapes that `--json` prints; grows when a key is taken away or changes its meaning."""

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


def prepare_streams() -> None:
    """Let no character stop the output: what the terminal's encoding lacks is written as `\\u2713`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def colours_wanted(stream: TextIO) -> bool:
    """Only on a terminal, and not where NO_COLOR is set (https://no-color.org) or the terminal is dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def takes_unicode(stream: TextIO) -> bool:
    """Whether box drawing characters and ticks can be written to it."""
    try:
        "│├✓".encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def say(text: str = "", *, error: bool = False) -> None:
    """Write a line to stdout, or to stderr; styles are dropped where colours are not wanted."""
    stream = sys.stderr if error else sys.stdout
    click.echo(text, file=stream, color=colours_wanted(stream))


def say_json(command: str, ok: bool, content: Mapping[str, Json]) -> None:
    """Print the one JSON object of a command: `version`, `command`, `ok`, then its own keys."""
    answer = {"version": JSON_VERSION, "command": command, "ok": ok, **content}
    click.echo(json.dumps(answer, indent=2), file=sys.stdout)


def write_text(path: Path, text: str) -> None:
    """Put `text` at `path` as UTF-8, whole or not at all. Raises OSError; then an old file is as it was."""
    descriptor, beside = tempfile.mkstemp(prefix=".jupyter-kfp-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        Path(beside).chmod(0o666 & ~mask)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def printable(text: str) -> str:
    """`text` without anything a terminal would obey: control and direction characters are shown escaped."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\t":
        return "    "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape").decode("ascii")
    return character


def count(number: int, noun: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listing(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *head, last = [*words] or [""]
    return f"{', '.join(head)} and {last}" if head else last
