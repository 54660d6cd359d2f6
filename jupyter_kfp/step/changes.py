"""Was a loaded value changed? Its pickle is taken right after loading and again at the end, and compared.

In: values. Out: fingerprints that are equal as long as nothing in the value was changed, within one process.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .mapped import MappedMemory
from .objects import HASHERS, digest_of_buffer
from .pickling import Pickled, Reference, Scope, pickle_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .manifest import Digest


@dataclass(frozen=True)
class Fingerprint:
    """What a value's pickle was: a digest of the pickle, the digests of its buffers."""

    pickle: str
    buffers: tuple[Digest, ...]


def take_fingerprint(
    value: Any,  # noqa: ANN401
    scope: Scope,
    mapped: MappedMemory,
    refs: Mapping[int, Reference] | None,
) -> tuple[Fingerprint, Pickled]:
    """The value's fingerprint, and the pickle that it was made from.

    Raises whatever pickling raises. Memory that is still mapped from an object, untouched, is not digested again.
    """
    pickled = pickle_value(value, scope, refs=refs)
    sha = hashlib.sha256()
    for piece in pickled.pieces:
        sha.update(piece)
    views = [buffer.raw() for buffer in pickled.buffers]
    with ThreadPoolExecutor(HASHERS) as pool:
        digests = tuple(pool.map(lambda view: mapped.known(view) or digest_of_buffer(view), views))
    return Fingerprint(sha.hexdigest(), digests), pickled
