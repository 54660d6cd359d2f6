"""Read a notebook: cells, tags and settings, no analysis.

In: the path of an `.ipynb`, or its JSON where it is not saved yet. Out: a `Notebook`, whose findings say what is wrong
with its tags and settings. NotebookError is for what is no notebook at all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import NotebookError
from ..findings import Finding, finding
from . import kale
from .cells import Cell, CellId, Heading, Kernel, Notebook, Role
from .document import Document, check_document, parse_text, read_text
from .grouping import START, Grouping, group_cells
from .headings import headings_in
from .ids import cell_ids, has_id
from .magic_lines import MagicLines
from .settings import METADATA_KEY
from .tags import AfterTag, StepTag, Word, WordTag, parse_tag
from .validate import check_settings

if TYPE_CHECKING:
    from pathlib import Path

# Kernels that do not say their language, by the names that their makers give them
_LANGUAGES = {"ir": "R", "bash": "bash", "julia": "julia", "javascript": "javascript", "scala": "scala"}


def read_notebook(path: Path) -> Notebook:
    """The notebook at `path`.

    Raises NotebookError where the file is missing, unreadable, not JSON, not a notebook, of another format than 4,
    broken, or without code. Everything else that is wrong is a finding of the notebook.
    """
    return parse_notebook(parse_text(read_text(path), path), path)


def parse_notebook(node: dict[str, Any], path: Path) -> Notebook:
    """The notebook of this JSON; `path` is where it is, or will be. Raises NotebookError like `read_notebook`."""
    document = check_document(node, path)
    cells, headings = _code_and_headings(document)
    if not any(cell.source.strip() for cell in cells):
        raise NotebookError(
            "the notebook has no code", where=str(path), fix="Write code into a code cell first."
        )
    kernel = _kernel(document.metadata)
    grouping = group_cells(cells, headings, kale_notebook=kale.is_kale(document.metadata))
    kale_settings, lost = kale.pipeline_settings(document.metadata)
    if grouping.tag_settings:
        kale_settings["steps"] = dict(grouping.tag_settings)
    settings, settings_findings = check_settings(
        document.metadata.get(METADATA_KEY), kale_settings, _names_for_settings(grouping)
    )
    findings = [
        *_kernel_findings(kernel),
        *_id_findings(document, cells),
        *_tags_beside_code(document, cells),
        *grouping.findings,
        *settings_findings,
        *(_lost_setting(entry) for entry in lost),
    ]
    return Notebook(
        path=path,
        kernel=kernel,
        settings=settings,
        cells=grouping.cells,
        groups=grouping.groups,
        headings=headings,
        findings=tuple(sorted(findings, key=lambda found: (found.cell_number or 0, found.code))),
    )


def _code_and_headings(document: Document) -> tuple[list[Cell], tuple[Heading, ...]]:
    """All code cells, empty ones too (people count them), and the headings of the markdown between them."""
    cells: list[Cell] = []
    headings: list[Heading] = []
    magics = MagicLines()
    for raw, cell_id in zip(document.cells, cell_ids(document.cells), strict=True):
        number = len(cells) + 1
        if raw.cell_type == "code":
            source, tags = magics.read(raw.source, tuple(raw.metadata.tags))
            cells.append(Cell(cell_id, number, source, tags))
        elif raw.cell_type == "markdown":
            headings += [Heading(level, text, before=number) for level, text in headings_in(raw.source)]
    return cells, tuple(headings)


def _names_for_settings(grouping: Grouping) -> list[Any]:
    names = [group.name for group in grouping.groups]
    has_preamble = any(cell.role is Role.PREAMBLE for cell in grouping.cells)
    return [START, *names] if has_preamble else names


def _kernel(metadata: dict[str, Any]) -> Kernel:
    spec = metadata.get("kernelspec")
    info = metadata.get("language_info")
    spec = spec if isinstance(spec, dict) else {}
    info = info if isinstance(info, dict) else {}
    name = str(spec.get("name") or Kernel.name)
    language = spec.get("language") or info.get("name") or _LANGUAGES.get(name.split("-")[0], Kernel.language)
    return Kernel(name, str(spec.get("display_name") or name), str(language))


def _kernel_findings(kernel: Kernel) -> list[Finding]:
    if kernel.language.lower() in ("python", "python3", "ipython"):
        return []
    return [
        finding(
            "JK109",
            f"the notebook's kernel `{kernel.name}` runs {kernel.language}; only Python can become a pipeline",
            "Choose a Python kernel for it (Kernel → Change Kernel).",
            name=kernel.name,
        )
    ]


def _id_findings(document: Document, cells: list[Cell]) -> list[Finding]:
    code = [raw for raw in document.cells if raw.cell_type == "code"]
    findings: list[Finding] = []
    missing = sum(not has_id(raw) for raw in code)
    if missing:
        findings.append(
            finding(
                "JK113",
                f"{missing} of {len(code)} code cells have no id, so one is made from what they hold",
                "Run `jupyter kfp init`, or save the notebook in a current JupyterLab: both write ids.",
            )
        )
    first: dict[str, int] = {}
    for raw, cell in zip(code, cells, strict=True):
        if raw.id is None or not has_id(raw):
            continue
        if raw.id in first:
            findings.append(
                finding(
                    "JK114",
                    f"cell {cell.number} has the same id as cell {first[raw.id]}: `{raw.id}`",
                    "Run `jupyter kfp init`, which gives it an id of its own.",
                    cell=cell,
                    name=raw.id,
                )
            )
        first.setdefault(raw.id, cell.number)
    return findings


def _tags_beside_code(document: Document, cells: list[Cell]) -> list[Finding]:
    """Tags of ours on markdown and raw cells, where they do nothing. `skip` says there what is so anyway."""
    findings: list[Finding] = []
    number = 0
    for raw, cell_id in zip(document.cells, cell_ids(document.cells), strict=True):
        if raw.cell_type == "code":
            number += 1
            continue
        for tag in kale.translate_tags(raw.metadata.tags, kale_notebook=False).tags:
            parsed = parse_tag(tag)
            if isinstance(parsed, StepTag | AfterTag) or (
                isinstance(parsed, WordTag) and parsed.word is not Word.SKIP
            ):
                findings.append(
                    _tag_beside_code(raw.cell_type, tag, cell_id, number, last=number == len(cells))
                )
    return findings


def _tag_beside_code(kind: str, tag: str, cell_id: CellId, number: int, *, last: bool) -> Finding:
    place = f"below code cell {number}" if last else f"above code cell {number + 1}"
    found = finding(
        "JK112",
        f"the tag `{tag}` stands on the {kind} cell {place}, where it has no effect",
        "Put it on the first code cell below.",
        name=tag,
    )
    return replace(found, cell=cell_id)


def _lost_setting(entry: str) -> Finding:
    return finding(
        "JK120",
        f"Kale's setting `{entry}` has no counterpart here",
        "Files and values travel between steps without volumes; remove the setting, or see the settings page.",
        name=entry,
    )
