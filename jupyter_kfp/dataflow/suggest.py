"""Step tags for a notebook without: cut at headings, mended by the data flow.

In: a notebook. Out: tags by cell id, nothing where there is nothing to propose. Sections that only import and configure
become `setup`; tiny ones join the section before; no cut is proposed across which a value would have to travel that
cannot.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..notebook.cells import Cell, CellId, Group, Notebook, Role, StepName
from .analyse import understand
from .cells import follow
from .effects import Effects
from .layout import sets_up

LONGEST_NAME = 30
FEWEST_LINES = 3
MOST_STEPS = 12
WORDS = (
    (
        "test",
        re.compile(
            r"\.(score|evaluate)\(|accuracy_score|classification_report|confusion_matrix|mean_squared_error|r2_score"
        ),
    ),
    ("train", re.compile(r"\.(fit|fit_transform|train)\(")),
    ("split", re.compile(r"train_test_split")),
    (
        "load",
        re.compile(
            r"read_(csv|excel|json|parquet|table|sql)|load_(iris|digits|wine|dataset|boston)|np\.load\("
        ),
    ),
    ("plot", re.compile(r"plt\.|sns\.|\.plot\(|px\.")),
    ("clean", re.compile(r"dropna|fillna|drop_duplicates|\.replace\(|astype")),
    ("save", re.compile(r"to_csv|to_parquet|joblib\.dump|pickle\.dump|savefig")),
)


@dataclass(frozen=True)
class _Section:
    title: str
    cells: tuple[int, ...]  # places in the list of cells


@dataclass
class _Names:
    taken: set[str] = field(default_factory=set)

    def give(self, wish: str) -> str:
        name, number = wish, 1
        while name in self.taken:
            number += 1
            name = f"{wish}-{number}"
        self.taken.add(name)
        return name


def suggest(notebook: Notebook) -> dict[CellId, tuple[str, ...]]:
    """Tags to put on cells, by cell id, in notebook order. Empty for a notebook that has step tags."""
    tagged = any(t.startswith(("step:", "block:", "step-")) for c in notebook.cells for t in c.tags)
    cells = [c for c in notebook.cells if c.role not in (Role.SKIP, Role.PARAMETERS)]
    if tagged or len(cells) < 2:
        return {}
    effects = follow([replace(c) for c in notebook.cells if c.role is not Role.SKIP])
    by_id = {
        c.id: e for c, e in zip((c for c in notebook.cells if c.role is not Role.SKIP), effects, strict=True)
    }
    kept = [by_id[c.id] for c in cells]
    first = _first_work(kept)
    sections = _sections(notebook, cells, kept, first)
    sections = _merge(notebook, cells, kept, sections)
    if len(sections) < 2:
        return {}
    return _tags(cells, kept, sections)


def _first_work(effects: Sequence[Effects]) -> int:
    """The place of the first cell that does more than set up."""
    return next((i for i, e in enumerate(effects) if not sets_up(e)), len(effects))


def _sections(notebook: Notebook, cells: list[Cell], effects: list[Effects], first: int) -> list[_Section]:
    cuts: dict[int, str] = {first: ""}
    number_of = {c.number: i for i, c in enumerate(cells)}
    levels = [h.level for h in notebook.headings if h.level > 1] or [h.level for h in notebook.headings]
    level = _cutting_level(levels)
    for heading in notebook.headings:
        place = next((number_of[n] for n in sorted(number_of) if n >= heading.before), None)
        if place is None or heading.level > level:
            continue
        if place >= first:
            cuts[place] = heading.text
        else:
            cuts[first] = heading.text or cuts[first]
    if len(cuts) < 3:
        _cut_by_work(cells, cuts, first)
    places = sorted(cuts)
    return [
        _Section(cuts[start], tuple(range(start, end)))
        for start, end in zip(places, [*places[1:], len(cells)], strict=True)
        if end > start
    ]


def _cutting_level(levels: list[int]) -> int:
    """The deepest level of headings that does not make too many steps."""
    chosen = min(levels, default=6)
    for level in sorted(set(levels)):
        if sum(1 for each in levels if each <= level) <= MOST_STEPS:
            chosen = max(chosen, level)
    return chosen


def _cut_by_work(cells: list[Cell], cuts: dict[int, str], first: int) -> None:
    """Without headings: where the kind of work changes."""
    last = ""
    for index in range(first, len(cells)):
        word = _kind_of_work(cells[index].source)
        if word and word != last:
            cuts.setdefault(index, word)
            if index == first and not cuts[first]:
                cuts[first] = word
            last = word


def _kind_of_work(source: str) -> str:
    return next((word for word, pattern in WORDS if pattern.search(source)), "")


def _merge(
    notebook: Notebook, cells: list[Cell], effects: list[Effects], sections: list[_Section]
) -> list[_Section]:
    """Join what is tiny, and what must not be cut."""
    merged: list[_Section] = []
    for section in sections:
        lines = sum(len(cells[i].source.strip().splitlines()) for i in section.cells)
        only_setup = all(sets_up(effects[i]) for i in section.cells)
        if merged and (lines < FEWEST_LINES or only_setup):
            merged[-1] = _Section(merged[-1].title, merged[-1].cells + section.cells)
        else:
            merged.append(section)
    for _ in range(len(merged)):
        place = _bad_cut(notebook, cells, merged)
        if place is None:
            break
        first, second = merged[place - 1], merged[place]
        merged[place - 1 : place + 1] = [_Section(first.title or second.title, first.cells + second.cells)]
    return merged


def _bad_cut(notebook: Notebook, cells: list[Cell], sections: list[_Section]) -> int | None:
    """The number of a section that cannot be parted from the one before it."""
    if len(sections) < 2:
        return None
    names = [StepName(f"s{i}") for i in range(len(sections))]
    role = {cells[i].id: names[n] for n, s in enumerate(sections) for i in s.cells}
    tried = tuple(
        replace(
            c,
            role=Role.STEP
            if c.id in role
            else c.role
            if c.role in (Role.SKIP, Role.PARAMETERS)
            else Role.PREAMBLE,
        )
        for c in notebook.cells
    )
    groups = tuple(Group(n, n, tuple(c for c in tried if role.get(c.id) == n)) for n in names)
    known = understand(replace(notebook, cells=tried, groups=groups, findings=()))
    order_of = {name: i for i, name in enumerate(names)}
    for found in known.findings:
        if found.code in ("JK206", "JK209", "JK301", "JK302", "JK212") and found.step in order_of:
            order = order_of[StepName(found.step)]
            if found.code == "JK212":
                return order + 1 if order + 1 < len(sections) else None
            if order > 0:
                return order
    return None


def _tags(
    cells: list[Cell], effects: list[Effects], sections: list[_Section]
) -> dict[CellId, tuple[str, ...]]:
    names = _Names()
    found: dict[CellId, tuple[str, ...]] = {}
    for number, section in enumerate(sections):
        source = "\n".join(cells[i].source for i in section.cells)
        wish = slug(section.title) or _kind_of_work(source) or f"part-{number + 1}"
        found[cells[section.cells[0]].id] = (f"step:{names.give(wish)}",)
    return found


def slug(text: str) -> str:
    """A heading as a step's name: lower case, words joined by dashes, no markup and numbering."""
    plain = re.sub(r"<[^>]*>|!?\[([^\]]*)\]\([^)]*\)|[`*_~]", lambda m: m.group(1) or "", text)
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", re.sub(r"^\s*(\d+[.):]\s*)+", "", ascii_only.lower()))
    name = ""
    for word in words:
        if name and len(name) + 1 + len(word) > LONGEST_NAME:
            break
        name = f"{name}-{word}" if name else word[:LONGEST_NAME]
    return name
