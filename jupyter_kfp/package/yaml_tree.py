"""Read YAML as a tree that knows where in the text each node stands, and build nothing from it.

In: the text of a YAML stream. Out: the root node of each document. PyYAML's event parser does the reading; no tag
is ever followed to a Python object, aliases stay references to the one node that they name, and a stream that would
unfold, nest or tag its way to harm is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .pack import PackageError

DEEPEST = 200
MOST_UNFOLDED = 5_000_000  # nodes that a reader of the whole document would see, with aliases followed
MOST_ALIASED = 1_000_000  # of these, nodes that are there only by aliases
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("binary", "bool", "float", "int", "map", "merge", "null", "seq", "str", "timestamp", "value")
)


Said: TypeAlias = "tuple[int, str, tuple[object, ...]]"
"""Where an event stands, what it begins or ends, and all that it says."""


@dataclass(eq=False, slots=True)
class Node:
    """A node. `start` and `end` are offsets in the text; a property such as an anchor counts as part of it."""

    kind: Literal["scalar", "sequence", "mapping"]
    start: int
    end: int  # behind its last character; for a block collection, of its last leaf
    tag: str | None
    anchor: str | None
    flow: bool
    value: str = ""
    size: int = 1  # nodes in it, itself among them, with aliases followed
    items: list[Use] = field(default_factory=list)  # of a sequence
    pairs: list[tuple[Use, Use]] = field(default_factory=list)  # of a mapping
    uses: list[Use] = field(default_factory=list)  # everywhere that it stands, by itself or as an alias

    def get(self, key: str) -> Use | None:
        """The value of that key, here or by merge keys; None where there is none, or this is no mapping."""
        found = self.pair(key)
        return found[1][1] if found else None

    def pair(self, key: str) -> tuple[Node, tuple[Use, Use]] | None:
        """The mapping that holds the key, itself or one that it merges, and the pair."""
        seen: list[Node] = []
        waiting = [self]
        while waiting:
            node = waiting.pop(0)
            if any(node is other for other in seen):
                continue
            seen.append(node)
            for name, value in node.pairs:
                if name.node.kind == "scalar" and name.node.value == key:
                    return node, (name, value)
            for name, value in node.pairs:
                if name.node.value == "<<" and name.node.kind == "scalar":
                    waiting += [use.node for use in value.node.items] or [value.node]
        return None


@dataclass(eq=False, slots=True)
class Use:
    """A place where a node stands: itself, or an alias of it."""

    node: Node
    start: int
    end: int
    alias: bool = False


def read_documents(text: str, where: str = "") -> list[Node]:
    """The root of each document that is not empty. Raises PackageError for what is not sound YAML."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _build(yaml.parse(text, Loader=loader), where)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise PackageError(
            f"this is not YAML: {problem[:300]}", where=where, fix="compile the pipeline again"
        ) from None


def said(text: str) -> Iterator[Said]:
    """What the text says, event by event. Raises yaml.YAMLError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    kinds = {
        yaml.ScalarEvent: "scalar",
        yaml.AliasEvent: "alias",
        yaml.MappingStartEvent: "mapping",
        yaml.SequenceStartEvent: "sequence",
        yaml.MappingEndEvent: "end",
        yaml.SequenceEndEvent: "end",
    }
    told = {
        yaml.ScalarEvent: operator.attrgetter("anchor", "tag", "value", "style"),
        yaml.AliasEvent: operator.attrgetter("anchor"),
        yaml.MappingStartEvent: operator.attrgetter("anchor", "tag", "flow_style"),
        yaml.SequenceStartEvent: operator.attrgetter("anchor", "tag", "flow_style"),
        yaml.DocumentStartEvent: operator.attrgetter("explicit"),
        yaml.DocumentEndEvent: operator.attrgetter("explicit"),
    }
    for event in yaml.parse(text, Loader=loader):
        kind = type(event)
        tell = told.get(kind)
        yield _place(event)[0], kinds.get(kind, ""), (kind, tell(event) if tell else None)


def block_entries(text: str) -> list[int]:
    """Where the dashes of block sequences stand, in order."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [
        _place(token)[0]
        for token in yaml.scan(text, Loader=loader)
        if isinstance(token, yaml.BlockEntryToken)
    ]


def _build(events: Iterator[Any], where: str) -> list[Node]:
    import yaml

    roots: list[Node] = []
    anchors: dict[str, Node] = {}
    open_nodes: list[Node] = []
    keys: list[Use | None] = []  # of each open node, the key that waits for its value
    written = 0
    for event in events:
        kind = type(event)
        start, end = event.start_mark.index, event.end_mark.index
        if kind is yaml.ScalarEvent:
            node = Node("scalar", start, end, event.tag, event.anchor, flow=True, value=event.value)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            name: Literal["mapping", "sequence"] = "mapping" if kind is yaml.MappingStartEvent else "sequence"
            node = Node(name, start, end, event.tag, event.anchor, flow=bool(event.flow_style))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            node = open_nodes.pop()
            keys.pop()
            node.end = node.uses[0].end = end if node.flow else _last(node)
            if open_nodes:
                open_nodes[-1].size += node.size
            continue
        elif kind is yaml.AliasEvent:
            node = _aliased(event.anchor, anchors, open_nodes, where)
        else:
            if kind is yaml.DocumentStartEvent:
                anchors.clear()
            continue
        use = Use(node, start, end, alias=kind is yaml.AliasEvent)
        node.uses.append(use)
        _attach(use, open_nodes, keys, roots)
        if use.alias or node.kind == "scalar":
            if open_nodes:
                open_nodes[-1].size += node.size
        else:
            open_nodes.append(node)
            keys.append(None)
            if len(open_nodes) > DEEPEST:
                raise PackageError(f"the YAML is nested more than {DEEPEST} deep", where=where)
        if not use.alias:
            written += 1
            if node.anchor is not None:
                anchors[node.anchor] = node
            if node.tag is not None:
                _check_tag(node.tag, where)
    _check_unfolded(sum(root.size for root in roots), written, where)
    return [root for root in roots if root.kind != "scalar" or root.value]


def _place(event: Any) -> tuple[int, int]:  # noqa: ANN401
    return event.start_mark.index, event.end_mark.index


def _aliased(name: str, anchors: dict[str, Node], open_nodes: list[Node], where: str) -> Node:
    node = anchors.get(name)
    if node is None or any(node is parent for parent in open_nodes):
        raise PackageError(f"the alias *{name} names nothing before it", where=where)
    return node


def _attach(use: Use, open_nodes: list[Node], keys: list[Use | None], roots: list[Node]) -> None:
    if not open_nodes:
        roots.append(use.node)
        return
    parent = open_nodes[-1]
    if parent.kind == "sequence":
        parent.items.append(use)
        return
    key = keys[-1]
    if key is None:
        keys[-1] = use
    else:
        parent.pairs.append((key, use))
        keys[-1] = None


def _last(node: Node) -> int:
    """The end of a block collection's last leaf: the parser's own mark stands behind comments below it."""
    uses = node.items or [use for pair in node.pairs for use in pair]
    return max([node.start, *(use.end for use in uses[-2:])])


def _check_tag(tag: str, where: str) -> None:
    if tag != "!" and tag not in _PLAIN_TAGS:
        raise PackageError(
            f"the YAML has the tag {tag[:80]}, which no pipeline has and which may run code",
            where=where,
            fix="take packages only from people you trust",
        )


def _check_unfolded(unfolded: int, written: int, where: str) -> None:
    """Refuse documents whose aliases unfold to far more than is written."""
    if unfolded > MOST_UNFOLDED or unfolded - written > MOST_ALIASED:
        raise PackageError(
            "the YAML unfolds to millions of values by its aliases",
            where=where,
            fix="take packages only from people you trust",
        )
