"""Changes of a notebook that take a finding away, for a button beside it.

In: a finding, and the notebook that it is about. Out: tags or settings as they are afterwards, best first. Code is
never changed, and where only a person can know what is meant there is nothing.
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..notebook.cells import Role
from ..notebook.document import check_document
from ..notebook.ids import cell_ids
from ..notebook.settings import METADATA_KEY
from ..notebook.tags import MAX_STEP_NAME, AfterTag, StepTag, WordTag, WrongTag, normalise_name, parse_tag

if TYPE_CHECKING:
    from ..findings import Finding
    from ..notebook import Cell, Notebook
    from ..pipeline import Pipeline
    from .shapes import Mend

Tags = Mapping[str, Sequence[str]]
"""Cell ids to all the tags that the cells have afterwards."""


@dataclass(frozen=True)
class Known:
    """What mends are worked out from."""

    node: Mapping[str, Any]
    notebook: Notebook
    pipeline: Pipeline

    def cell(self, found: Finding) -> Cell | None:
        """The code cell that the finding is about, if it is not empty."""
        return next((cell for cell in self.notebook.cells if cell.id == found.cell), None)

    def tags(self, cell: str) -> list[str]:
        """Tags of any cell, by its id."""
        return self.all_tags().get(cell, [])

    def all_tags(self) -> dict[str, list[str]]:
        """Tags of all cells, markdown and empty ones too."""
        cells = check_document(dict(self.node), self.notebook.path).cells
        ids = cell_ids(cells)
        return {str(name): list(raw.metadata.tags) for name, raw in zip(ids, cells, strict=True)}

    def settings(self) -> dict[str, Any]:
        """A copy of the notebook's own settings."""
        own = self.node.get("metadata", {}).get(METADATA_KEY)
        return copy.deepcopy(own) if isinstance(own, dict) else {}

    def steps(self) -> list[str]:
        """Names of the steps."""
        return [str(step.name) for step in self.pipeline.steps]


def mends_of(found: Finding, known: Known) -> list[Mend]:
    """The mends of a finding."""
    make = MENDS.get(found.code)
    return [] if make is None else list(make(found, known))


def _retag(title: str, cell: str, tags: Sequence[str], more: Tags | None = None) -> Mend:
    everything = {cell: list(tags), **{name: list(its) for name, its in (more or {}).items()}}
    return {"title": title, "tags": everything}


def _without(tags: Iterable[str], unwanted: Callable[[str], bool]) -> list[str]:
    return [tag for tag in tags if not unwanted(tag)]


def _is_step(tag: str) -> bool:
    return isinstance(parse_tag(tag), StepTag)


def _is_word(word: str) -> Callable[[str], bool]:
    def is_it(tag: str) -> bool:
        parsed = parse_tag(tag)
        return isinstance(parsed, WordTag) and parsed.word.value == word

    return is_it


def _wrong_tag(found: Finding, known: Known) -> Iterable[Mend]:
    """The tag that was meant, or none."""
    cell, tag = found.cell or "", found.name or ""
    tags = known.tags(cell)
    parsed = parse_tag(tag)
    kind, _, spelling = tag.partition(":")
    better = parsed.suggestion if isinstance(parsed, WrongTag) else ""
    if found.code == "JK102" and (name := normalise_name(spelling)):
        better = f"{kind.strip()}:{name[:MAX_STEP_NAME].rstrip('-')}"
    if better and not better.endswith(":NAME"):
        yield _retag(f"Write `{better}`", cell, [better if each == tag else each for each in tags])
    yield _retag(f"Remove the tag `{tag}`", cell, [each for each in tags if each != tag])


def _one_spelling(found: Finding, known: Known) -> Iterable[Mend]:
    if found.cell is None:
        return
    first = next(
        tag
        for tags in known.all_tags().values()
        for tag in tags
        if isinstance(parsed := parse_tag(tag), StepTag) and parsed.name == found.step
    )
    tags = [first if _is_step(tag) else tag for tag in known.tags(found.cell)]
    yield _retag(f"Write `{first}`", found.cell, tags)


def _waits(found: Finding, known: Known) -> Iterable[Mend]:
    """A tag `after:` that cannot be: another name where one comes near, or none."""
    cell = found.cell or ""
    tags = known.tags(cell)

    def is_it(tag: str) -> bool:
        parsed = parse_tag(tag)
        return isinstance(parsed, AfterTag) and parsed.name == found.name

    if found.code == "JK105":
        others = [name for name in known.steps() if name != found.step]
        for name in difflib.get_close_matches(found.name or "", others, n=1):
            yield _retag(f"Wait for `{name}`", cell, [f"after:{name}" if is_it(tag) else tag for tag in tags])
    yield _retag(f"Do not wait for `{found.name}`", cell, _without(tags, is_it))


def _drop(word: str, title: str) -> Callable[[Finding, Known], Iterable[Mend]]:
    def make(found: Finding, known: Known) -> Iterable[Mend]:
        cell = found.cell or ""
        yield _retag(title, cell, _without(known.tags(cell), _is_word(word)))

    return make


def _drop_step(found: Finding, known: Known) -> Iterable[Mend]:
    cell = found.cell or ""
    yield _retag("Remove the step's tag", cell, _without(known.tags(cell), _is_step))


def _drop_named(found: Finding, known: Known) -> Iterable[Mend]:
    cell, names = found.cell or "", (found.name or "").split(", ")
    tags = known.tags(cell)
    kept = [tag for tag in tags if tag not in names and tag.strip() not in names]
    if kept != tags:
        yield _retag(f"Remove `{found.name}`", cell, kept)


def _to_code_below(found: Finding, known: Known) -> Iterable[Mend]:
    """Tags on markdown go to the code cell below it."""
    cell, tag = found.cell or "", found.name or ""
    everything = known.all_tags()
    names = list(everything)
    here = everything.get(cell, [])
    code = {str(each.id) for each in known.notebook.cells}
    below = next((name for name in names[names.index(cell) + 1 :] if name in code), None) if here else None
    kept = [each for each in here if each != tag]
    if below is not None and not any(_is_step(each) for each in everything[below]):
        yield _retag("Move it to the code below", cell, kept, {below: [*everything[below], tag]})
    if here:
        yield _retag("Remove the tag", cell, kept)


def _one_of(found: Finding, known: Known) -> Iterable[Mend]:
    """Tags that exclude each other: one button for each."""
    cell = found.cell or ""
    tags = known.tags(cell)
    ours = [tag for tag in tags if isinstance(parse_tag(tag), StepTag | WordTag)]
    for kept in dict.fromkeys(ours):
        metrics = _is_step(kept)  # `metrics` goes with a step
        others = [tag for tag in ours if tag != kept and not (metrics and _is_word("metrics")(tag))]
        yield _retag(f"Keep `{kept}`", cell, [tag for tag in tags if tag not in others])


def _drop_setting(found: Finding, known: Known) -> Iterable[Mend]:
    """A setting that is not known, or one of a step that does not exist."""
    settings = known.settings()
    parts = (found.name or "").split(".")
    if found.code == "JK119" and isinstance(settings.get("steps"), dict):
        spelt = next((key for key in settings["steps"] if normalise_name(key) == found.step), None)
        parts = ["steps", spelt or parts[-1]]
        for name in difflib.get_close_matches(found.step or "", known.steps(), n=1):
            moved = copy.deepcopy(settings)
            moved["steps"].setdefault(name, moved["steps"].pop(parts[-1], {}))
            yield {"title": f"Make them settings of `{name}`", "settings": moved}
    if _remove(settings, parts):
        yield {"title": f"Remove `{found.name}`", "settings": settings}


def _remove(settings: dict[str, Any], parts: Sequence[str]) -> bool:
    """Take out the entry at that place; False where there is none."""
    node: Any = settings
    for part in parts[:-1]:
        node = node.get(part) if isinstance(node, dict) else None
    if not isinstance(node, dict) or parts[-1] not in node:
        return False
    del node[parts[-1]]
    return True


def _skip(found: Finding, known: Known) -> Iterable[Mend]:
    if (cell := known.cell(found)) is not None:
        yield _as_word(known, cell, "skip", "Leave the cell out of the pipeline")


def _as_word(known: Known, cell: Cell, word: str, title: str) -> Mend:
    """The cell becomes `setup` or `skip`; the step that it began begins at its next cell then."""
    begun = [tag for tag in cell.tags if _is_step(tag)]
    kept = _without(cell.tags, lambda tag: isinstance(parse_tag(tag), StepTag | WordTag | AfterTag))
    more: dict[str, list[str]] = {}
    if begun:
        waits = [tag for tag in cell.tags if isinstance(parse_tag(tag), AfterTag)]
        after = [each for each in known.notebook.cells if each.number > cell.number]
        heir = next((each for each in after if each.role is Role.STEP), None)
        if heir is not None and not any(_is_step(tag) for tag in heir.tags):
            more[str(heir.id)] = [*begun, *waits, *heir.tags]
    return _retag(title, str(cell.id), [*kept, word], more)


def _no_skip(found: Finding, known: Known) -> Iterable[Mend]:
    """The skipped cell that binds the name takes part."""
    from ..dataflow.scopes import scope_of
    from ..dataflow.transform import parse

    for cell in known.notebook.with_role(Role.SKIP):
        if found.name in scope_of(parse(cell.source).tree).local:
            tags = _without(cell.tags, _is_word("skip"))
            yield _retag(f"Take cell {cell.number} into the pipeline", str(cell.id), tags)
            return


def _own_step(found: Finding, known: Known) -> Iterable[Mend]:
    """A cell that lies too far from its step begins one of its own."""
    cell = known.cell(found)
    if cell is None or found.step is None:
        return
    taken = {*known.steps(), *(normalise_name(name) or "" for name in known.settings().get("steps", {}))}
    number = next(n for n in range(2, len(taken) + 3) if f"{found.step}-{n}" not in taken)
    name = f"{found.step}-{number}"
    yield _retag(
        f"Make it a step of its own, `{name}`",
        str(cell.id),
        [f"step:{name}", *_without(cell.tags, _is_step)],
    )


def _cannot_travel(found: Finding, known: Known) -> Iterable[Mend]:
    """Made anew in each step, or used in the step where it is made."""
    cell = known.cell(found)
    if cell is None or found.step is None:
        return
    yield _as_word(known, cell, "setup", f"Make `{found.name}` anew in every step (`setup`)")
    makers = [step for step in known.pipeline.steps if any(each.id == cell.id for each in step.cells)]
    users = [step for step in known.pipeline.steps if step.name == found.step]
    if makers and users and makers[0] is not users[0]:
        maker, user = str(makers[0].name), users[0]
        tags = {
            str(each.id): [f"step:{maker}" if _is_step(tag) else tag for tag in each.tags]
            for each in user.cells
            if any(_is_step(tag) for tag in each.tags)
        }
        if tags:
            yield {"title": f"Join the steps `{maker}` and `{user.name}`", "tags": tags}


def _as_setup(found: Finding, known: Known) -> Iterable[Mend]:
    if (cell := known.cell(found)) is not None:
        yield _as_word(known, cell, "setup", "Run the cell at the start of every step (`setup`)")


MENDS: Mapping[str, Callable[[Finding, Known], Iterable[Mend]]] = {
    "JK101": _wrong_tag,
    "JK102": _wrong_tag,
    "JK103": _one_spelling,
    "JK104": _waits,
    "JK105": _waits,
    "JK106": _waits,
    "JK107": _waits,
    "JK110": _drop("parameters", "Make it an ordinary cell"),
    "JK111": _drop_step,
    "JK112": _to_code_below,
    "JK115": _one_of,
    "JK116": _drop_named,
    "JK118": _drop_setting,
    "JK119": _drop_setting,
    "JK120": _drop_named,
    "JK121": _drop_named,
    "JK201": _skip,
    "JK205": _no_skip,
    "JK207": _skip,
    "JK209": _own_step,
    "JK211": _drop("setup", "Make it part of the step above"),
    "JK212": _as_setup,
    "JK214": _drop("setup", "Make it part of the step above"),
    "JK301": _cannot_travel,
    "JK302": _cannot_travel,
}
