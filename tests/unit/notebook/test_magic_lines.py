"""Our own magics in cells: what they say, and what is left of them in a step."""

from pathlib import Path

import pytest

from jupyter_kfp.notebook import Role, parse_notebook
from jupyter_kfp.notebook.magic_lines import take_off_step_line

from .conftest import as_json


def read(*cells):
    return parse_notebook(as_json(*cells), Path("demo.ipynb"))


def roles(*cells):
    return [cell.role for cell in read(*cells).cells]


def test_a_step_line_is_the_tag():
    notebook = read(("x = 1",), ("%%step train\ny = x",), ("z = y",), ("%%step Test It\nz + 1",))
    assert [(group.name, [cell.number for cell in group.cells]) for group in notebook.groups] == [
        ("train", [2, 3]),
        ("test-it", [4]),
    ]
    assert notebook.cells[1].tags == ("step:train",)
    assert notebook.findings == ()


def test_the_lines_below_a_step_line_keep_their_numbers():
    assert read(("\n%%step train\ny = 1\nz = 2",)).cells[0].source == "\n# %%step train\ny = 1\nz = 2"


def test_another_cell_magic_below_comes_first_then():
    line = take_off_step_line("%%step train\n%%time\ny = 1")
    assert line is not None
    assert line.source == "\n%%time\ny = 1"


@pytest.mark.parametrize(
    "source", ["%%steps train\nx", "x = '''\n%%step train\n'''", "%%step_x\n", "%step a", ""]
)
def test_what_is_no_step_line_stays(source):
    assert take_off_step_line(source) is None


@pytest.mark.parametrize("name", ['"; rm -rf /', "${HOME}", "a\x00b", "{{x}}", "a\rprint(1)"])
def test_a_hostile_name_stays_in_its_comment(name):
    line = take_off_step_line(f"%%step {name}\ny = 1")
    assert line is None or (line.source.count("\n") == 1 and compile(line.source, "cell", "exec") is not None)
    if line is not None:
        assert "\r" not in line.source


def test_a_step_line_without_a_name_is_a_finding():
    assert [found.code for found in read(("x = 1",), ("%%step\ny = 1",)).findings] == ["JK101"]


def test_a_step_line_and_another_step_tag_exclude_each_other():
    assert "JK115" in {found.code for found in read(("%%step train\ny = 1", "step:test")).findings}


def test_the_same_tag_twice_is_one():
    assert read(("%%step train\ny = 1", "step:train")).findings == ()


def test_a_cell_of_our_magics_alone_is_no_part_of_the_pipeline():
    assert roles(("%load_ext jupyter_kfp",), ("%kfp graph",), ("%reload_ext jupyter_kfp\n%kfp check",), ("x = 1",)) == [
        Role.SKIP, Role.SKIP, Role.SKIP, Role.STEP,
    ]  # fmt: skip


def test_our_lines_are_taken_off_a_cell_that_does_more():
    source = "%load_ext jupyter_kfp\nimport math\nif True:\n    %kfp graph\nmath.pi"
    cell = read((source,)).cells[0]
    assert cell.source == ("# %load_ext jupyter_kfp\nimport math\nif True:\n    pass  # %kfp graph\nmath.pi")
    assert cell.role is Role.STEP


@pytest.mark.parametrize(
    "source",
    [
        "%load_ext autoreload",
        "text = '''\n%load_ext jupyter_kfp\n'''",
        "%kfpx graph",
        "%load_ext jupyter_kfp.other",
    ],
)
def test_what_only_looks_like_our_lines_stays(source):
    assert read((source,), ("x = 1",)).cells[0].source == source


def test_a_cell_that_shows_the_panel_is_skipped():
    assert roles(
        ("from jupyter_kfp import panel",),
        ("panel()",),
        ("from jupyter_kfp import panel as kfp\nshown = kfp('other.ipynb')",),
        ("x = 1",),
    ) == [Role.SKIP, Role.SKIP, Role.SKIP, Role.STEP]


def test_the_panel_by_the_package_s_name():
    assert roles(("import jupyter_kfp\nx = 1",), ("jupyter_kfp.panel()",)) == [Role.STEP, Role.SKIP]
    assert roles(("import jupyter_kfp as kfp\nkfp.panel()",), ("x = 1",)) == [Role.SKIP, Role.STEP]


def test_importing_the_package_alone_is_not_skipped():
    assert roles(("import jupyter_kfp",), ("print(jupyter_kfp.__version__)",)) == [Role.STEP, Role.STEP]


def test_a_panel_of_somebody_else_is_not_skipped():
    assert roles(("import panel",), ("panel()",)) == [Role.STEP, Role.STEP]
    assert roles(("from jupyter_kfp import panel",), ("def panel(): pass",), ("panel()",)) == [
        Role.SKIP, Role.STEP, Role.STEP,
    ]  # fmt: skip


def test_a_cell_that_does_more_than_show_the_panel_is_kept():
    assert roles(("from jupyter_kfp import panel\npanel()\nx = 1",)) == [Role.STEP]
    assert roles(("from jupyter_kfp import run\nx = 1",)) == [Role.STEP]
