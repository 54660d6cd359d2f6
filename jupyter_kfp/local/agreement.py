"""Whether steps that ran side by side agree: none changed what another read without waiting for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import JupyterKfpError
from ..notebook.cells import StepName
from ..step.manifest import Digest, Manifest, conflicts, decode
from .cache import Uri, digest_of, object_path
from .events import Failure
from .plan import Node, NodeName


def agreement(root: Path, nodes: tuple[Node, ...]) -> Callable[[Mapping[NodeName, Uri]], Failure | None]:
    """A check over the manifests of all nodes that are done: the failure of a conflict, or None."""
    passed_on = {node.name: {name for names in node.inputs.values() for name in names} for node in nodes}
    read: dict[Digest, Manifest] = {}

    def check(manifests: Mapping[NodeName, Uri]) -> Failure | None:
        # A manifest carries the history of those before it, so only the last of each line are looked at.
        seen = set().union(*(passed_on[name] for name in manifests))
        ends = [digest_of(uri) for name, uri in manifests.items() if name not in seen]
        if len(ends) < 2:
            return None
        for digest in ends:
            if digest not in read:
                read[digest] = _read(root, digest)
        found = conflicts([read[digest] for digest in ends])
        if not found:
            return None
        first = found[0]
        return Failure(
            step=StepName(first.later), kind="conflict", name="Conflict", message=first.message, fix=first.fix
        )

    return check


def _read(root: Path, digest: Digest) -> Manifest:
    try:
        return decode(object_path(root, digest).read_bytes())
    except (OSError, ValueError) as error:
        raise JupyterKfpError(f"the state of a step cannot be read: {error}", where=str(root)) from error
