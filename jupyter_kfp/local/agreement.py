"""Whether steps that ran side by side agree: none changed what another read without waiting for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import JupyterKfpError
from ..notebook.cells import StepName
from ..step.manifest import Conflict, Digest, Manifest, conflicts, decode
from .cache import Uri, digest_of, object_path
from .events import Failure
from .plan import Node, NodeName


def agreement(root: Path, nodes: tuple[Node, ...]) -> Callable[[Mapping[NodeName, Uri]], Failure | None]:
    """A check over the manifests of all nodes that are done: the failure of a conflict, or None."""
    passed_on = {node.name: {name for names in node.inputs.values() for name in names} for node in nodes}
    items = {node.name: node.item for node in nodes if not node.last}
    read: dict[Digest, Manifest] = {}

    def check(manifests: Mapping[NodeName, Uri]) -> Failure | None:
        # A manifest carries the history of those before it, so only the last of each line are looked at.
        seen = set().union(*(passed_on[name] for name in manifests))
        ends = {name: digest_of(uri) for name, uri in manifests.items() if name in items and name not in seen}
        for digest in ends.values():
            if digest not in read:
                read[digest] = _read(root, digest)
        # Items of one step do not see each other: each is looked at with the steps outside of the loop.
        loops = sorted({item for name in ends if (item := items[name]) is not None})
        for item in loops or (None,):
            together = [read[digest] for name, digest in ends.items() if items[name] in (None, item)]
            if len(together) > 1 and (found := conflicts(together)):
                return _failure(found[0])
        return None

    return check


def _failure(conflict: Conflict) -> Failure:
    return Failure(
        step=StepName(conflict.later),
        kind="conflict",
        name="Conflict",
        message=conflict.message,
        fix=conflict.fix,
    )


def _read(root: Path, digest: Digest) -> Manifest:
    try:
        return decode(object_path(root, digest).read_bytes())
    except (OSError, ValueError) as error:
        raise JupyterKfpError(f"the state of a step cannot be read: {error}", where=str(root)) from error
