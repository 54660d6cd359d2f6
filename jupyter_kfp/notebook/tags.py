"""The grammar of tags, once. `tests/data/tags.json` holds the same grammar as a table, for other languages.

In: one tag as people wrote it. Out: what it means. Tags that are none of ours (`hide-input`, `raises-exception`, …)
are `ForeignTag`; tags that look like ours but are not are `WrongTag`, with what was meant.
"""

from __future__ import annotations

import difflib
import enum
import re
import unicodedata
from dataclasses import dataclass
from typing import TypeAlias

from .cells import StepName

MAX_STEP_NAME = 63
"""Kubernetes' limit for names that become labels and host names (RFC 1123)."""


class Word(enum.Enum):
    """A tag that is one word."""

    PARAMETERS = "parameters"
    SETUP = "setup"
    SKIP = "skip"
    METRICS = "metrics"


@dataclass(frozen=True)
class StepTag:
    """`step:NAME`: the cell begins, or goes on with, a step."""

    name: StepName
    spelling: str


@dataclass(frozen=True)
class AfterTag:
    """`after:NAME`: the cell's step waits for NAME too."""

    name: StepName
    spelling: str


@dataclass(frozen=True)
class WordTag:
    """`parameters`, `setup`, `skip` or `metrics`."""

    word: Word


@dataclass(frozen=True)
class ForeignTag:
    """A tag for somebody else."""


@dataclass(frozen=True)
class WrongTag:
    """A tag meant for us that cannot be read."""

    code: str
    message: str
    fix: str
    suggestion: str = ""  # the tag that was meant, where that is known


Tag: TypeAlias = StepTag | AfterTag | WordTag | ForeignTag | WrongTag

_NAMED: dict[str, type[StepTag] | type[AfterTag]] = {"step": StepTag, "after": AfterTag}
_WORDS = {word.value: word for word in Word}
_TWO_IN_ONE = re.compile(r"[,;]\s*(step|after)\s*:")


def parse_tag(text: str) -> Tag:
    """What a tag means. White space around it, and around a name, does not count."""
    tag = text.strip()
    if tag in _WORDS:
        return WordTag(_WORDS[tag])
    kind, colon, spelling = tag.partition(":")
    spelling = spelling.strip()
    if not colon or kind not in _NAMED:
        return _foreign_or_misspelt(tag)
    if not spelling:
        return WrongTag(
            "JK101", f"the tag `{tag}` has no name", f"Write the step's name behind it: `{kind}:train`."
        )
    if _TWO_IN_ONE.search(spelling):
        return WrongTag(
            "JK101", f"the tag `{tag}` is two tags in one", "Add each of them as a tag of its own."
        )
    name = normalise_name(spelling)
    if name is None:
        return WrongTag(
            "JK102",
            f"no letter or digit is left of the step name `{spelling}`",
            "Use letters a–z, digits and dashes in the name.",
        )
    if len(name) > MAX_STEP_NAME:
        return WrongTag(
            "JK102",
            f"the step name `{spelling}` is {len(name)} characters long; {MAX_STEP_NAME} are allowed",
            f"Shorten it, for instance to `{kind}:{name[:40].rstrip('-')}`.",
        )
    return _NAMED[kind](name, spelling)


def normalise_name(spelling: str) -> StepName | None:
    """A step's name as Kubernetes wants it: lower-case ASCII letters, digits, single dashes between them.

    `Load Data` → `load-data`, `Größe_2` → `grosse-2`. None where nothing is left. Length is not looked at.
    """
    folded = unicodedata.normalize("NFKD", spelling.casefold())
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    dashed = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return StepName(dashed) if dashed else None


def _foreign_or_misspelt(tag: str) -> Tag:
    suggestion = _suggest(tag)
    if suggestion is None:
        return ForeignTag()
    return WrongTag(
        "JK101",
        f"the tag `{tag}` is not known",
        f"Did you mean `{suggestion}`? Correct or remove it.",
        suggestion,
    )


def _suggest(tag: str) -> str | None:
    """The tag of ours that was meant, if `tag` comes near one."""
    kind, colon, name = tag.partition(":")
    if not colon:
        # `step train`, `step=train`; a dash would catch too many foreign tags
        match = re.fullmatch(r"(step|after)(?:\s*=\s*|\s+)(.+)|(step|after)", tag, re.IGNORECASE)
        if match:
            return f"{(match[1] or match[3]).lower()}:{match[2] or 'NAME'}"
        return _closest(tag, _WORDS)
    word = _closest(kind, _NAMED)
    if word is None:
        return None
    return f"{word}:{name.strip() or 'NAME'}"


def _closest(text: str, known: dict[str, Word] | dict[str, type[StepTag] | type[AfterTag]]) -> str | None:
    close = difflib.get_close_matches(text.strip().casefold(), known, n=1, cutoff=0.75)
    return close[0] if close else None
