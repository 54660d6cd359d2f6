"""What the tags of one cell say together.

In: a cell with its tags as written. Out: `CellTags`, in our words whoever's tags they were, with the findings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..findings import Finding, finding
from .kale import translate_tags
from .tags import AfterTag, StepTag, Word, WordTag, WrongTag, parse_tag

if TYPE_CHECKING:
    from .cells import Cell

# Words that say what kind of cell it is, the stronger first: only one of them can count
_KINDS = (Word.SKIP, Word.PARAMETERS, Word.SETUP)


@dataclass(frozen=True)
class CellTags:
    """The meaning of a cell's tags."""

    step: StepTag | None = None
    after: tuple[AfterTag, ...] = ()
    kind: Word | None = None  # SKIP, PARAMETERS or SETUP
    metrics: bool = False
    takes_along: str | None = None  # Kale: untagged cells below are `setup` or `metrics` too
    settings: dict[str, Any] = field(default_factory=dict)  # Kale: for the cell's step
    findings: tuple[Finding, ...] = ()


def read_cell_tags(cell: Cell, *, kale_notebook: bool) -> CellTags:
    """What the tags of `cell` mean. A tag that cannot be read is left out, with a finding."""
    kale = translate_tags(cell.tags, kale_notebook=kale_notebook)
    meanings = {tag: parse_tag(tag) for tag in kale.tags}
    parsed = list(meanings.values())
    steps = {tag.name: tag for tag in reversed(parsed) if isinstance(tag, StepTag)}
    words = {tag.word for tag in parsed if isinstance(tag, WordTag)}
    after = {tag.name: tag for tag in parsed if isinstance(tag, AfterTag)}
    kind = next((word for word in _KINDS if word in words), None)
    step = next((tag for tag in parsed if isinstance(tag, StepTag)), None)
    findings = [
        finding(meaning.code, meaning.message, meaning.fix, cell=cell, name=tag)
        for tag, meaning in meanings.items()
        if isinstance(meaning, WrongTag)
    ]
    findings += _conflicts(cell, list(steps), words, kind)
    findings += [
        finding(
            "JK120",
            f"Kale's tag `{tag}` has no counterpart here",
            "Remove the tag, or set what you need in the notebook's settings.",
            cell=cell,
            name=tag,
        )
        for tag in kale.lost
    ]
    if kale.notebook is not None:
        findings.append(
            finding(
                "JK121",
                f"the cell stands for another notebook, `{kale.notebook}`, which is not run",
                "Copy that notebook's cells into this one, and remove the tag.",
                cell=cell,
                name=kale.notebook,
            )
        )
    return CellTags(
        step=step if kind in (None, Word.SKIP) else None,
        after=tuple(after.values()),
        kind=kind,
        metrics=Word.METRICS in words and kind is None,
        takes_along=kale.takes_along,
        settings=kale.settings,
        findings=tuple(findings),
    )


def _conflicts(cell: Cell, steps: list[str], words: set[Word], kind: Word | None) -> list[Finding]:
    """One finding if tags exclude each other. `skip` takes its cell out, whatever else stands on it."""
    if kind is Word.SKIP:
        clash: list[str] = []
    elif kind is not None:
        others = [f"step:{name}" for name in reversed(steps)]
        others += sorted(word.value for word in words if word is not kind)
        clash = [kind.value, *others] if others else []
    else:
        clash = [f"step:{name}" for name in reversed(steps)] if len(steps) > 1 else []
    if not clash:
        return []
    listed = ", ".join(f"`{tag}`" for tag in clash[:-1]) + f" and `{clash[-1]}`"
    return [
        finding(
            "JK115",
            f"the tags {listed} exclude each other on one cell",
            "Keep one of them, or split the cell.",
            cell=cell,
        )
    ]
