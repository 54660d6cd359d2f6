from pathlib import Path

import pytest

from jupyter_kfp.notebook import Role, parse_notebook


def roles(notebook):
    return [cell.role.name for cell in notebook.cells]


def test_untagged_code_belongs_to_the_step_above_across_markdown(read, steps):
    notebook = read(("a = 1", "step:load"), "text", ("b = 1",), ("c = 1", "step:train"), ("d = 1",))
    assert steps(notebook) == {"load": [1, 2], "train": [3, 4]}
    assert notebook.findings == ()


def test_untagged_code_above_the_first_step_is_the_preamble(read, steps):
    notebook = read(("import os",), ("a = 1", "step:load"))
    assert roles(notebook) == ["PREAMBLE", "STEP"]
    assert steps(notebook) == {"load": [2]}


def test_a_cell_may_go_on_with_an_earlier_step(read, steps):
    notebook = read(("a = 1", "step:a"), ("b = 1", "step:b"), ("a += 1", "step:a"), ("a += 1",))
    assert steps(notebook) == {"a": [1, 3, 4], "b": [2]}
    assert notebook.findings == ()


@pytest.mark.parametrize("tag", ["skip", "setup", "parameters"])
def test_a_special_cell_in_the_middle_does_not_end_the_step(read, steps, tag):
    notebook = read(("a = 1", "step:a"), ("b = 1", tag), ("c = 1",))
    assert steps(notebook) == {"a": [1, 3]}
    assert roles(notebook) == ["STEP", tag.upper(), "STEP"]
    assert notebook.findings == ()


def test_empty_cells_are_left_out_but_counted(read, steps):
    notebook = read(("a = 1", "step:a"), ("  \n",), ("b = 1",))
    assert steps(notebook) == {"a": [1, 3]}
    assert [cell.number for cell in notebook.cells] == [1, 3]


def test_the_tag_of_an_empty_cell_still_begins_its_step(read, steps):
    notebook = read(("a = 1", "step:a"), ("", "step:b"), ("b = 1",))
    assert steps(notebook) == {"a": [1], "b": [3]}


def test_a_step_without_code_is_left_out_with_a_warning(read, steps):
    notebook = read(("a = 1", "step:a"), ("", "step:b"))
    assert steps(notebook) == {"a": [1]}
    (found,) = notebook.findings
    assert (found.code, found.step, found.cell_number) == ("JK111", "b", 2)


def test_a_skipped_cell_still_begins_its_step(read, steps):
    notebook = read(("a = 1", "step:a"), ("b = 1", "step:b", "skip"), ("c = 1",))
    assert steps(notebook) == {"a": [1], "b": [3]}
    assert roles(notebook) == ["STEP", "SKIP", "STEP"]
    assert notebook.findings == ()


def test_raw_cells_are_not_code(as_json):
    node = as_json(("a = 1", "step:a"), ("b = 1",))
    node["cells"][0]["cell_type"] = "raw"
    notebook = parse_notebook(node, Path("demo.ipynb"))
    assert [cell.source for cell in notebook.cells] == ["b = 1"]
    assert [found.code for found in notebook.findings] == ["JK108", "JK112"]


def test_metrics_stand_on_a_step_cell_or_on_one_below(read):
    notebook = read(("a = 1", "step:a", "metrics"), ("b = 1",), ("c = 1", "metrics"))
    assert [cell.metrics for cell in notebook.cells] == [True, False, True]
    assert roles(notebook) == ["STEP"] * 3
    assert notebook.findings == ()


def test_foreign_tags_are_kept_and_none_of_our_business(read):
    notebook = read(("a = 1", "step:a", "raises-exception", "hide-input"))
    assert notebook.cells[0].tags == ("step:a", "raises-exception", "hide-input")
    assert notebook.findings == ()


@pytest.mark.parametrize("tag", ["stpe:train", "Step:x", "step:", "paramters"])
def test_a_misspelt_tag_is_an_error_at_its_cell(read, tag):
    notebook = read(("a = 1", "step:a"), ("b = 1", tag))
    (found,) = notebook.findings
    assert (found.code, found.cell, found.cell_number, found.name) == ("JK101", "c2", 2, tag)
    assert tag in found.message


def test_a_name_of_which_nothing_is_left_is_an_error(read, codes):
    assert codes(read(("a = 1", "step:训练"))) == ["JK102"]


def test_two_spellings_of_one_name_are_one_step_with_a_warning(read, steps):
    notebook = read(("a = 1", "step:Load Data"), ("b = 1", "step:b"), ("c = 1", "step:load_data"))
    assert steps(notebook) == {"load-data": [1, 3], "b": [2]}
    (found,) = notebook.findings
    assert (found.code, found.cell_number) == ("JK103", 3)


def test_after_may_spell_a_step_in_another_way(read):
    notebook = read(("a = 1", "step:Load Data"), ("b = 1", "step:b", "after:load-data"))
    assert notebook.groups[1].after == ("load-data",)
    assert notebook.findings == ()


def test_a_second_parameters_cell_is_an_error(read, codes):
    notebook = read(("a = 1", "parameters"), ("b = 1", "parameters"), ("c = 1", "step:c"))
    assert codes(notebook) == ["JK110"]
    assert [cell.number for cell in notebook.with_role(Role.PARAMETERS)] == [1]


@pytest.mark.parametrize(
    "tags",
    [
        ("step:a", "step:b"),
        ("setup", "step:a"),
        ("parameters", "step:a"),
        ("parameters", "setup"),
        ("metrics", "setup"),
    ],
)
def test_tags_that_exclude_each_other_are_an_error(read, codes, tags):
    notebook = read(("x = 1", *tags), ("y = 1", "step:y"))
    assert "JK115" in codes(notebook)
    assert all(f"`{tag}`" in notebook.findings[0].message for tag in tags)


def test_the_same_tag_twice_on_a_cell_is_fine(read, codes):
    assert codes(read(("a = 1", "step:a", "step:a"))) == []


def test_after_above_the_first_step_has_no_effect(read, codes):
    notebook = read(("a = 1", "after:b"), ("b = 1", "step:b"))
    assert codes(notebook) == ["JK116"]


def test_a_step_tag_on_markdown_is_a_warning_that_names_the_place(as_json):
    node = as_json(("a = 1", "step:a"), "## B", ("b = 1",))
    node["cells"][1]["metadata"]["tags"] = ["step:b", "skip", "other"]
    (found,) = parse_notebook(node, Path("demo.ipynb")).findings
    assert (found.code, found.cell) == ("JK112", "m1")
    assert "above code cell 2" in found.message


def test_a_notebook_without_step_tags_is_one_step_with_a_hint(read, steps):
    notebook = read(("p = 1", "parameters"), ("a = 1",), ("b = 1", "skip"), ("c = 1",))
    assert steps(notebook) == {"notebook": [2, 4]}
    assert roles(notebook) == ["PARAMETERS", "STEP", "SKIP", "STEP"]
    assert [found.code for found in notebook.findings] == ["JK108"]


def test_a_misspelt_step_tag_gives_no_hint_about_missing_tags(read, codes):
    assert codes(read(("a = 1", "stpe:a"))) == ["JK101"]


def test_a_notebook_of_which_everything_is_skipped_has_nothing_to_run(read, codes):
    assert codes(read(("a = 1", "skip"), ("import os", "setup"))) == ["JK122"]


def test_a_step_is_titled_by_the_heading_above_it(read):
    notebook = read(
        "# Iris",
        ("import os",),
        "## Load the data",
        ("a = 1", "step:load"),
        "### Detail",
        ("b = 1",),
        ("c = 1", "step:Train It"),
        "## Test",
        ("import re", "setup"),
        ("d = 1", "step:test"),
    )
    assert {group.name: group.title for group in notebook.groups} == {
        "load": "Load the data",
        "train-it": "Train It",
        "test": "Test",
    }


def test_the_notebooks_own_title_is_no_steps_title(read):
    notebook = read("# Iris", ("a = 1", "step:load"), "## Train", ("b = 1", "step:train"))
    assert [group.title for group in notebook.groups] == ["load", "Train"]


def test_headings_of_level_one_title_steps_where_there_are_several(read):
    notebook = read("# Load", ("a = 1", "step:a"), "# Train", ("b = 1", "step:b"))
    assert [group.title for group in notebook.groups] == ["Load", "Train"]
