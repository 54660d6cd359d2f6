"""One file of tests/notebooks: what its first comment says of it, and the ways in which it is cut.

    # What the case is about.
    # expect: identical            as it is tagged; or `refused JK301`, `refused state`, `refused conflict`
    # cuts: identical              at every boundary; or `safe`: identical or refused, never different
    # needs: torch                 skipped where a module is missing
    # system: bash                 skipped where a program is missing
    # xfail: reason                what is known to go wrong; the test fails once it goes right

Files beside the notebook lie in a folder of the same name.
"""

import importlib.util
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.engine.percent import PercentCell, cut_at, read_percent

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
FIELD = re.compile(r"^# (expect|cuts|needs|system|xfail): *(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """A case, read."""

    path: Path
    cells: list[PercentCell]
    expect: str
    cuts: str
    needs: tuple[str, ...]
    system: tuple[str, ...]
    xfail: str

    @property
    def name(self) -> str:
        parts = self.path.with_suffix("").parts
        return "/".join(parts[-2:])

    @property
    def missing(self) -> str:
        """The first module or program that is not here."""
        for module in self.needs:
            if importlib.util.find_spec(module) is None:
                return f"the module {module}"
        return next((f"the program {each}" for each in self.system if shutil.which(each) is None), "")

    @property
    def is_tagged(self) -> bool:
        return any(tag.startswith("step:") for cell in self.cells for tag in cell.tags)

    @property
    def files(self) -> dict[str, bytes]:
        """What lies beside the notebook."""
        folder = self.path.with_suffix("")
        files = (
            each for each in sorted(folder.rglob("*")) if each.is_file() and "__pycache__" not in each.parts
        )
        return {each.relative_to(folder).as_posix(): each.read_bytes() for each in files}

    def cut_everywhere(self) -> Iterator[tuple[str, list[PercentCell]]]:
        """Every boundary alone; the first and the last also with the cells above as a preamble; all; some at random."""
        count = sum(cell.movable for cell in self.cells)
        for boundary in range(1, count):
            yield f"cut at {boundary}", cut_at(self.cells, [0, boundary])
            if boundary in (1, count - 1):
                yield f"cut at {boundary}, preamble", cut_at(self.cells, [boundary])
        if count > 2:
            yield "cut everywhere", cut_at(self.cells, range(count))
            yield "cut everywhere, preamble", cut_at(self.cells, range(1, count))
        if count > 4:
            chance = random.Random(self.name)
            begins = sorted(chance.sample(range(1, count), chance.randint(2, count - 2)))
            yield f"cut at {begins}", cut_at(self.cells, [0, *begins])


def read_case(path: Path) -> Case:
    """Read a file of cells in percent format."""
    head, cells = read_percent(path.read_text(encoding="utf-8"))
    fields = dict(FIELD.findall(head))
    expect = fields.get("expect", "identical")
    return Case(
        path=path,
        cells=cells,
        expect=expect,
        cuts=fields.get("cuts", "identical" if expect == "identical" else "safe").split()[0],
        needs=tuple(fields.get("needs", "").replace(",", " ").split()),
        system=tuple(fields.get("system", "").replace(",", " ").split()),
        xfail=fields.get("xfail", ""),
    )


def all_cases() -> list[Case]:
    """Every case there is."""
    return [read_case(path) for path in sorted(NOTEBOOKS.rglob("*.py")) if not _is_beside(path)]


def _is_beside(path: Path) -> bool:
    """Whether the file lies beside a case's notebook and is none itself."""
    folders = path.relative_to(NOTEBOOKS).parents
    return any((NOTEBOOKS / folder).with_suffix(".py").is_file() for folder in folders if folder.name)
