"""Cut artifacts out of YAML text, line for line, and prove that nothing else changed.

In: the text, which artifacts go, and where the steps' `outputs` stand. Out: the text without them. An `artifacts`
or `outputs` that is left empty goes too. Block and flow style are cut as a person would: whole lines with what
stands behind them, or the element with its comma.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .pack import PackageError
from .yaml_tree import Node, Said, Use, block_entries, said

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_BREAKS = "\n\r\x85\u2028\u2029"
_SPACE = " \t" + _BREAKS

Pair = tuple[Use, Use]


@dataclass
class Removal:
    """Which nodes go. One that several steps share (by anchor) must go from all of them, or from none."""

    gone: dict[int, Node] = field(default_factory=dict)
    stay: dict[int, Node] = field(default_factory=dict)
    emptied: dict[int, Node] = field(default_factory=dict)  # `artifacts` and `outputs` with nothing left
    keys: list[Use] = field(default_factory=list)  # of these

    def decide(self, node: Node, *, stays: bool, where: str) -> None:
        """Note what becomes of an artifact."""
        (self.stay if stays else self.gone)[id(node)] = node
        if id(node) in self.stay and id(node) in self.gone:
            raise PackageError(
                f"an artifact under the anchor &{node.anchor or '?'} is shared by steps that keep and lose it",
                where=where,
                fix="write the shared part out at each step",
            )

    def without(self, node: Node) -> bool:
        """Whether the node is gone, by itself or because nothing is left in it."""
        return id(node) in self.gone or id(node) in self.emptied


@dataclass(frozen=True)
class _Cut:
    start: int
    end: int


def cut(text: str, removal: Removal, outputs: Iterable[tuple[Node, Pair]], where: str) -> str:
    """The text without what `removal` says. `outputs`: each step's mapping and its pair of that name."""
    cuts: dict[int, list[_Cut]] = {}
    for holder, pair in {id(pair[0]): (holder, pair) for holder, pair in outputs}.values():
        outer = pair[1].node
        listed = outer.pair("artifacts")
        if listed is None:
            continue
        inner_holder, inner = listed
        artifacts = inner[1].node
        held = [*artifacts.items, *(value for _, value in artifacts.pairs)]
        if not any(removal.without(use.node) for use in held):
            continue
        if not all(removal.without(use.node) for use in held):
            cuts[id(artifacts)] = [
                *(_items(text, artifacts, removal, where) if artifacts.items else ()),
                *_named(text, artifacts, removal, where),
            ]
            continue
        removal.emptied[id(artifacts)] = artifacts
        removal.keys.append(inner[0])
        if len(outer.pairs) > 1 or inner_holder is not outer:
            cuts[id(inner[0])] = [_pair(text, inner_holder, inner, where)]
            continue
        removal.emptied[id(outer)] = outer
        removal.keys.append(pair[0])
        cuts[id(pair[0])] = [_pair(text, holder, pair, where)]
    ranges = sorted((c for found in cuts.values() for c in found), key=lambda c: c.start)
    _check_anchors(text, removal, ranges, where)
    kept: list[str] = []
    position = 0
    for piece in ranges:
        kept.append(text[position : max(position, piece.start)])
        position = max(position, piece.end)
    return "".join([*kept, text[position:]])


def says_the_rest(before: str, after: str, removal: Removal) -> bool:
    """Whether `after` says what `before` says without what was removed: values, tags, anchors, styles, order."""
    skipped = {(use.start, _kind(use)) for node in removal.gone.values() for use in node.uses}
    for node in removal.emptied.values():
        skipped |= {(use.start, _kind(use)) for use in node.uses}
    skipped |= {(key.start, _kind(key)) for key in removal.keys}
    rest = (told for place, kind, told in _without(said(before), skipped))
    return all(
        one == other for one, other in itertools.zip_longest(rest, (told for _, _, told in said(after)))
    )


def _without(events: Iterable[Said], skipped: Collection[tuple[int, str]]) -> Iterator[Said]:
    depth = 0
    for event in events:
        place, kind, _ = event
        if depth or (place, kind) in skipped:
            depth += {"mapping": 1, "sequence": 1, "end": -1}.get(kind, 0)
            continue
        yield event


def _kind(use: Use) -> str:
    return "alias" if use.alias else use.node.kind


def _items(text: str, sequence: Node, removal: Removal, where: str) -> list[_Cut]:
    """The cuts of a sequence that keeps some of its items."""
    uses = sequence.items
    places = [place for place, use in enumerate(uses) if removal.without(use.node)]
    if not sequence.flow:
        return [_lines(text, _dash(text, uses[place].start), uses[place].end) for place in places]
    spans = [(use.start, use.end) for use in uses]
    return [_element(text, spans, place, set(places), where) for place in places]


def _named(text: str, mapping: Node, removal: Removal, where: str) -> list[_Cut]:
    """The cuts of a mapping that keeps some of its pairs."""
    gone = [pair for pair in mapping.pairs if removal.without(pair[1].node)]
    removal.keys += [key for key, _ in gone]
    if mapping.flow and len(gone) > 1:
        raise PackageError(
            "several artifacts of one step stand inside braces, so that this cannot be cut exactly",
            where=where,
            fix="write each artifact on a line of its own",
        )
    return [_pair(text, mapping, pair, where) for pair in gone]


def _pair(text: str, mapping: Node, pair: Pair, where: str) -> _Cut:
    """The cut of a key and its value."""
    spans = [(key.start, max(key.end, value.end)) for key, value in mapping.pairs]
    place = next(index for index, (key, _) in enumerate(mapping.pairs) if key is pair[0])
    return _element(text, spans, place, {place}, where) if mapping.flow else _lines(text, *spans[place])


def _element(
    text: str, spans: Sequence[tuple[int, int]], place: int, gone: Collection[int], where: str
) -> _Cut:
    """The cut of an element of `[…]` or `{…}` with one comma.

    Where comments stand around it, only its own lines go; the comma before it may stay, as YAML allows.
    """
    start, end = spans[place]
    rest = _rest_of_line(text, end)
    on_own_lines = not text[_start_of_line(text, start) : start].strip() and re.fullmatch(
        r"[ \t]*,?[ \t]*(#.*)?", rest
    )
    if place + 1 < len(spans):
        inline = _Cut(start, spans[place + 1][0])
        gaps = [text[end : inline.end]]
    else:
        before = max((p for p in range(place) if p not in gone), default=place)
        inline = _Cut(start if before == place else spans[before][1], end)
        gaps = [text[spans[p][1] : spans[p + 1][0]] for p in range(before, place)]
    commented = any("#" in gap for gap in gaps) or bool(re.match(r"[ \t]*,?[ \t]+#", rest))
    if on_own_lines and (commented or place + 1 < len(spans)):
        return _lines(text, start, end)
    if not commented:
        return inline
    raise PackageError(
        "comments stand inside brackets, on one line with what goes, so that this cannot be cut exactly",
        where=where,
        fix="move the comments out of the brackets",
    )


def _dash(text: str, start: int) -> int:
    """Where the dash of the block item that begins at `start` stands."""
    position = start - 1
    while position >= 0 and text[position] in _SPACE:
        position -= 1
    if text[position] == "-":
        return position
    # A comment stands between the dash and its item: have the scanner tell.
    dashes = block_entries(text)
    return dashes[bisect.bisect_right(dashes, start) - 1]


def _rest_of_line(text: str, position: int) -> str:
    found = _BREAK.search(text, position)
    return text[position : found.start() if found else len(text)]


def _start_of_line(text: str, position: int) -> int:
    while position and text[position - 1] not in _BREAKS:
        position -= 1
    return position


def _lines(text: str, start: int, end: int) -> _Cut:
    """The lines from `start` to `end`, with a comment behind the last; not what stands before `start`."""
    if end and text[end - 1] not in _BREAKS:
        found = _BREAK.search(text, end)
        end = found.end() if found else len(text)
    line = _start_of_line(text, start)
    if not text[line:start].strip():
        return _Cut(line, end)
    # Something stands before it on its line, such as the dash of the mapping that it begins: what follows
    # moves up to there.
    while end < len(text) and text[end] in _SPACE:
        end += 1
    return _Cut(start, end)


def _check_anchors(text: str, removal: Removal, ranges: Sequence[_Cut], where: str) -> None:
    """Refuse where an anchor would go while an alias of it stays."""
    if "&" not in text:
        return

    def inside(use: Use) -> bool:
        return any(c.start <= use.start and use.end <= c.end for c in ranges)

    stack = [*removal.gone.values(), *removal.emptied.values()]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        left = [use for use in node.uses if use.alias and not inside(use)]
        if node.anchor is not None and left and inside(node.uses[0]):
            line = text.count("\n", 0, left[0].start) + 1
            raise PackageError(
                f"the anchor &{node.anchor} stands on an artifact that goes, and line {line} still uses it",
                where=where,
                fix=f"write out what *{node.anchor} stands for",
            )
        stack += [use.node for use in node.items]
        stack += [use.node for pair in node.pairs for use in pair]
