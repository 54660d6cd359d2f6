"""Other step boundaries for a notebook, drawn at random.

A pipeline must equal the notebook wherever it is cut: so cut it anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..notebook.cells import Notebook, Role

KEPT_ROLES = frozenset({Role.PARAMETERS, Role.SETUP, Role.SKIP})


@dataclass(frozen=True)
class Cut:
    """Boundaries: the numbers of the cells that begin a step, and the tags that say so."""

    begins: tuple[int, ...]
    tags: Mapping[str, tuple[str, ...]]  # by cell id: every cell whose tags change

    @property
    def title(self) -> str:
        """`cut at cells 3, 7`."""
        return "cut at cells " + ", ".join(map(str, self.begins))


def draw_cuts(notebook: Notebook, count: int, seed: int = 0) -> Iterator[Cut]:
    """`count` random cuts of the notebook's step cells into two to six steps; the same ones for one seed.

    Parameters, setup and skip cells keep their tags; `step:` and `after:` tags make way.
    """
    cells = [cell for cell in notebook.cells if cell.role not in KEPT_ROLES]
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    for _ in range(count if len(cells) > 1 else 0):
        steps = rng.randint(2, min(6, len(cells)))
        begins = sorted(rng.sample(range(1, len(cells)), steps - 1))
        if rng.random() < 0.5:  # half the time the first cells are a step too, not the preamble
            begins = [0, *begins]
        names = {cells[place].id: f"cut-{index}" for index, place in enumerate(begins, 1)}
        tags: dict[str, tuple[str, ...]] = {}
        for cell in cells:
            own = tuple(
                tag for tag in cell.tags if not tag.startswith(("step:", "block:", "after:", "prev:"))
            )
            if cell.id in names:
                own = (*own, f"step:{names[cell.id]}")
            if own != cell.tags:
                tags[cell.id] = own
        yield Cut(tuple(cells[place].number for place in begins), tags)
