"""The list of commands in docs/command-line.md, made from the commands themselves.

`python -m jupyter_kfp.cli.reference_page docs/command-line.md` writes it between the page's two marks; the rest of
the page is written by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from .app import PROGRAM, application

BEGIN = (
    "<!-- made by `python -m jupyter_kfp.cli.reference_page docs/command-line.md`; the texts are in cli/ -->"
)
END = "<!-- end of what is made -->"


def with_commands(page: str) -> str:
    """The page with what stands between its marks made anew. Raises ValueError where it has no marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{_commands()}\n{END}{after}"


def _commands() -> str:
    context = click.Context(application, info_name=PROGRAM)
    parts = ["\n".join(_table(application, context))]
    for name in application.list_commands(context):
        parts += _sections(application, context, name, level=3)
    return "\n\n".join(parts) + "\n"


def _table(group: click.Group, context: click.Context) -> Iterator[str]:
    yield "| command | what it does |"
    yield "| --- | --- |"
    for name in group.list_commands(context):
        command = _command(group, context, name)
        words = [*context.command_path.removeprefix(PROGRAM).split(), name]
        yield f"| [`{' '.join(words)}`](#{'-'.join(words)}) | {_cell(command.get_short_help_str(limit=200))} |"


def _sections(group: click.Group, above: click.Context, name: str, level: int) -> Iterator[str]:
    """A command's section, then those of its own commands."""
    command = _command(group, above, name)
    context = click.Context(command, info_name=name, parent=above)
    yield f"{'#' * level} {context.command_path.removeprefix(PROGRAM).strip()}"
    yield f"```\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```"
    yield _text(command.help or "")
    if isinstance(command, click.Group):
        yield "\n".join(_table(command, context))
    elif rows := list(_options(command, context)):
        yield "\n".join(["| option | what it does |", "| --- | --- |", *rows])
    if command.epilog:
        lines = command.epilog.replace("\b", "").strip().splitlines()[1:]
        yield "\n".join(["```", *(line.strip() for line in lines), "```"])
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            yield from _sections(command, context, each, level + 1)


def _command(group: click.Group, context: click.Context, name: str) -> click.Command:
    command = group.get_command(context, name)
    assert command is not None
    return command


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.params:  # without --help, which all have
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record is not None:
            names, text = record
            yield f"| `{_cell(names)}` | {_cell(text)} |"


def _text(text: str) -> str:
    """Paragraphs of a docstring, each in a line."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.replace("\b", "").split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main(path: Path) -> None:
    """Write the page anew, beside it first."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(with_commands(path.read_text(encoding="utf-8")), encoding="utf-8")
    beside.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
