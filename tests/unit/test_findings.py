"""Every finding is explained in docs/findings.md, and every explained finding exists."""

import re
from pathlib import Path

import pytest

from jupyter_kfp.findings import CODES, Level

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")

# `### JK101: a title`, or `## JK101 — a title`, and the text below it
SECTION = re.compile(r"^#{2,3} (JK\d{3})(?::| —) (.+)\n+((?:(?!#{1,3} ).*\n?)*)", re.MULTILINE)
SECTIONS = {code: (title, text) for code, title, text in SECTION.findall(PAGE)}
SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for path in (ROOT / "jupyter_kfp").rglob("*.py")
    if path.name != "findings.py" or path.parent.name != "jupyter_kfp"
)


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_its_section_with_title_and_level(code):
    assert code in SECTIONS, f"docs/findings.md has no section `### {code}: {CODES[code].title}`"
    title, text = SECTIONS[code]
    assert title == CODES[code].title
    assert text.startswith(f"{CODES[code].level.value.capitalize()}.")
    assert len(text.split()) > 10


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_used_in_the_package(code):
    assert f'"{code}"' in SOURCE


def test_every_section_is_of_a_code_that_exists():
    assert SECTIONS.keys() - CODES.keys() == set()


def test_no_code_is_explained_twice():
    assert len(SECTION.findall(PAGE)) == len(SECTIONS)


def test_the_sections_stand_in_the_order_of_their_codes():
    assert list(SECTIONS) == sorted(SECTIONS)


def test_every_code_used_in_the_package_is_known():
    assert set(re.findall(r'"(JK\d{3})"', SOURCE)) - CODES.keys() == set()


def test_titles_are_phrases_and_levels_are_levels():
    for code in CODES.values():
        assert isinstance(code.level, Level)
        assert not code.title.endswith(".")
