from pathlib import Path

from jupyter_kfp.notebook import parse_notebook
from jupyter_kfp.notebook.document import DocumentCell
from jupyter_kfp.notebook.ids import cell_ids


def cell(source, cell_id=None):
    return DocumentCell(cell_type="code", id=cell_id, source=source)


def test_ids_of_the_notebook_are_kept():
    assert cell_ids([cell("a", "one"), cell("b", "two")]) == ["one", "two"]


def test_missing_ids_are_the_same_each_time():
    cells = [cell("a"), cell("b"), cell("a")]
    assert cell_ids(cells) == cell_ids(cells)


def test_equal_cells_get_different_ids():
    first, second = cell_ids([cell("a"), cell("a")])
    assert first != second


def test_a_cell_added_above_does_not_change_the_ids_below():
    assert cell_ids([cell("new"), cell("a"), cell("b")])[1:] == cell_ids([cell("a"), cell("b")])


def test_the_first_of_two_equal_ids_keeps_it():
    first, second = cell_ids([cell("a", "same"), cell("b", "same")])
    assert first == "same"
    assert second != "same"


def test_a_derived_id_never_takes_one_that_stands_further_down():
    (derived,) = cell_ids([cell("a")])
    ids = cell_ids([cell("a"), cell("b", derived)])
    assert ids[1] == derived
    assert ids[0] != derived


def test_an_id_that_nbformat_does_not_allow_counts_as_missing(as_json, codes):
    node = as_json(("x = 1", "step:a"))
    node["cells"][0]["id"] = "../../etc"
    notebook = parse_notebook(node, Path("demo.ipynb"))
    assert notebook.cells[0].id.isalnum()
    assert codes(notebook) == ["JK113"]


def test_cells_without_ids_are_a_hint(as_json):
    node = as_json(("x = 1", "step:a"), ("y = 1",)) | {"nbformat_minor": 4}
    for cell in node["cells"]:
        del cell["id"]
    notebook = parse_notebook(node, Path("demo.ipynb"))
    (found,) = notebook.findings
    assert found.code == "JK113"
    assert found.message.startswith("2 of 2 code cells have no id")


def test_an_id_that_stands_twice_is_an_error_and_both_cells_are_told_apart(as_json):
    node = as_json(("x = 1", "step:a"), ("y = 1",))
    node["cells"][1]["id"] = "c1"
    notebook = parse_notebook(node, Path("demo.ipynb"))
    (found,) = notebook.findings
    assert (found.code, found.cell_number) == ("JK114", 2)
    assert len({cell.id for cell in notebook.cells}) == 2
