from __future__ import annotations

import click
import pytest

from jupyter_kfp.cli.findings_text import finding_json, format_finding, tally
from jupyter_kfp.findings import CODES, Finding, Level


def found(**given) -> Finding:
    code = next(iter(CODES))
    defaults = {"code": code, "level": Level.ERROR, "message": "it is wrong", "fix": "mend it"}
    return Finding(**{**defaults, **given})


def lines(finding: Finding, sources: dict[str, str] | None = None) -> list[str]:
    return click.unstyle(format_finding(finding, "iris.ipynb", sources or {})).splitlines()


def test_place_line_caret_and_fix():
    finding = found(cell="c", cell_number=4, line=2, column=7)
    assert lines(finding, {"c": "a = 1\nmodel.fit(X)"}) == [
        f"iris.ipynb:cell 4:2: error {finding.code}: it is wrong",
        "    model.fit(X)",
        "          ^",
        "  fix: mend it",
    ]


def test_the_caret_stands_right_behind_wide_characters_and_tabs():
    finding = found(cell="c", cell_number=1, line=1, column=5)
    _, shown, caret, _ = lines(finding, {"c": "\t数据=x"})
    assert shown == "        数据=x"
    assert caret == "    " + " " * 9 + "^"


@pytest.mark.parametrize(("line", "column"), [(0, 1), (9, 1), (1, 99), (1, 0), (None, None)])
def test_a_place_that_is_not_in_the_cell_shows_no_caret(line, column):
    shown = lines(found(cell="c", cell_number=1, line=line, column=column), {"c": "x"})
    assert "^" not in "".join(shown)


def test_a_finding_of_a_step_names_the_step():
    assert lines(found(step="train"))[0].startswith("iris.ipynb:step train: error")


def test_a_finding_of_the_notebook_names_the_notebook():
    assert lines(found(level=Level.HINT))[0].startswith("iris.ipynb: hint")


def test_each_level_has_a_colour():
    shown = {format_finding(found(level=level), "n", {}) for level in Level}
    assert len(shown) == 3
    assert all("\x1b[" in text for text in shown)


def test_json_has_words_for_levels_and_the_codes_title():
    content = finding_json(found(cell="c"))
    assert content["level"] == "error"
    assert content["title"] == CODES[content["code"]].title


def test_the_tally_counts_by_level():
    assert tally([found(), found(), found(level=Level.HINT)]) == "2 errors, 1 hint"
    assert tally([]) == ""
