"""Text that comes from a notebook, made fit to stand in one line of a file that people read."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text in one line: white space of any kind becomes one space, what cannot be printed goes."""
    return " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())


def shortened(text: str, longest: int) -> str:
    """The text in one line of at most `longest` characters."""
    line = one_line(text)
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
