"""Memory that is mapped from objects: whose it is, and whether anybody has written to it.

The kernel keeps the pages of a private mapping apart once they are written; Linux tells which
(`/proc/self/smaps`: Anonymous and Swap). Where it does not tell, the memory is digested again.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from . import arrays

if TYPE_CHECKING:
    import mmap

    from .manifest import Digest


def address_of(view: memoryview) -> int | None:
    """The address of raw memory; None where nothing here can tell."""
    np = arrays.numpy()
    if np is None or not hasattr(np, "frombuffer"):
        return None
    return int(np.frombuffer(view, np.uint8).__array_interface__["data"][0])


@dataclass
class MappedMemory:
    """The mappings of loaded buffers, by address."""

    _digests: dict[tuple[int, int], Digest] = field(default_factory=dict)
    _keep: list[mmap.mmap] = field(default_factory=list)
    _clean: dict[int, int] = field(default_factory=dict)

    def add(self, digest: Digest, mapped: mmap.mmap) -> None:
        """Remember a mapping and the object that it shows."""
        self._keep.append(mapped)
        with memoryview(mapped) as view:
            address = address_of(view)
            if address is not None:
                self._digests[(address, len(view))] = digest

    def refresh(self) -> None:
        """Look which mappings nobody has written to up to now."""
        self._clean = _untouched_mappings() if self._digests else {}

    def known(self, view: memoryview) -> Digest | None:
        """The digest of that memory if it is a whole mapping that nobody has written to."""
        if not self._clean:
            return None
        address = address_of(view)
        if address is None or self._clean.get(address, 0) < address + view.nbytes:
            return None
        return self._digests.get((address, view.nbytes))


def _untouched_mappings() -> dict[int, int]:
    """Start and end of the mappings without pages of their own; none where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return {}
    try:
        text = Path("/proc/self/smaps").read_text()
    except OSError:
        return {}
    untouched: dict[int, int] = {}
    span: tuple[int, int] = (0, 0)
    own: dict[str, int] = {}
    for line in (*text.splitlines(), "0-0 "):
        head, _, rest = line.partition(" ")
        if head.endswith(":"):
            if head in ("Anonymous:", "Swap:"):
                own[head] = int(rest.split()[0])
            continue
        if "Anonymous:" in own and not any(own.values()):
            untouched[span[0]] = span[1]
        start, _, end = head.partition("-")
        span, own = (int(start, 16), int(end, 16)), {}
    return untouched
