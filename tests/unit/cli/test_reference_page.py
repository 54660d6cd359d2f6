"""docs/command-line.md lists the commands as they are."""

from pathlib import Path

import pytest

from jupyter_kfp.cli.app import COMMANDS
from jupyter_kfp.cli.reference_page import main, with_commands

PAGE = Path(__file__).parents[3] / "docs" / "command-line.md"


def test_the_page_is_up_to_date():
    """Otherwise: `python -m jupyter_kfp.cli.reference_page docs/command-line.md`."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_commands(page)


def test_every_command_has_a_section():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [name for name in COMMANDS if f"### {name}" not in lines] == []
    assert {"#### runs fetch", "#### schedule add"} <= set(lines)


def test_what_is_written_by_hand_stays(tmp_path):
    page = tmp_path / "page.md"
    made = PAGE.read_text(encoding="utf-8")
    page.write_text(made.replace("### check", "### old") + "by hand\n", encoding="utf-8")
    main(page)
    assert page.read_text(encoding="utf-8") == made + "by hand\n"
    assert list(tmp_path.iterdir()) == [page]


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="lacks the marks"):
        with_commands("# The command line\n")
