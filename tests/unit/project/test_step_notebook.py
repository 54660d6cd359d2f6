import ast
from dataclasses import replace

import nbformat
import pytest

from jupyter_kfp.notebook.cells import CellId, StepName
from jupyter_kfp.pipeline import Name, Replay, ReplayKind
from jupyter_kfp.project.lineage import trace
from jupyter_kfp.project.step_notebook import render_notebook


@pytest.fixture
def render():
    def render(pipeline, step="train"):
        return render_notebook(pipeline, pipeline.step(step), trace(pipeline))

    return render


@pytest.fixture
def cells(render):
    """The cells of a step's notebook, once it is known to be valid."""

    def cells(pipeline, step="train"):
        notebook = nbformat.reads(render(pipeline, step), as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
        return notebook.cells

    return cells


def replay(kind, source, cell="c1", line=1):
    return Replay(ReplayKind(kind), source, CellId(cell), line, ())


def test_the_notebook_reads_well(render, pipeline, golden):
    golden(render(pipeline), "step.ipynb.txt")


def test_cells_stand_in_the_order_of_the_contract_with_their_own_ids(cells, pipeline):
    assert [cell.id for cell in cells(pipeline)] == [
        "c0", "kfp-replay-1", "kfp-replay-2", "kfp-load", "c4", "kfp-save",
    ]  # fmt: skip
    assert cells(pipeline)[0].metadata.tags == ["parameters"]
    assert cells(pipeline)[4].metadata.tags == ["step:train", "metrics"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells(pipeline))


def test_the_notebook_is_written_as_an_editor_writes_it(render, pipeline):
    text = render(pipeline)
    assert nbformat.writes(nbformat.reads(text, as_version=4)) + "\n" == text


def test_its_metadata_is_the_kernelspec_alone(render, pipeline):
    notebook = nbformat.reads(render(pipeline), as_version=4)
    assert notebook.metadata == {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
    }
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)


def test_a_step_without_parameters_has_no_parameters_cell(cells, pipeline):
    assert [cell.id for cell in cells(pipeline, "load")] == ["kfp-replay-1", "kfp-load", "c2", "kfp-save"]


def test_neighbours_of_one_kind_share_a_cell(cells, pipeline, make):
    replays = (
        replay("import", "import a\n"),
        replay("import", "import b", line=2),
        replay("definition", "def f(): ..."),
        replay("definition", "def g(): ..."),
        replay("import", "import c"),
    )
    found = cells(make.with_step(pipeline, "train", replays=replays))
    assert [cell.source for cell in found if "kfp-replay" in cell.metadata.get("tags", [])] == [
        "import a\nimport b",
        "def f(): ...\n\n\ndef g(): ...",
        "import c",
    ]


def test_a_whole_setup_cell_keeps_its_id_and_a_piece_of_one_does_not(cells, pipeline, make):
    replays = (
        replay("setup", "%matplotlib inline", "s1"),
        replay("setup", "sns.set_theme()", "s2"),
        replay("import", "import a", "s3"),
        replay("setup", "a.configure()", "s3", 2),
    )
    found = cells(make.with_step(pipeline, "train", replays=replays))
    assert [cell.id for cell in found][1:6] == ["s1", "s2", "kfp-replay-1", "kfp-replay-2", "kfp-load"]


def test_the_load_cell_says_which_step_made_a_name(cells, pipeline):
    load = cells(pipeline)[3]
    assert "#   df  made by load" in load.source
    assert load.source.endswith('__import__("jupyter_kfp_step").load()')


def test_the_last_step_that_made_a_name_counts_and_only_those_before_do(pipeline, make):
    second = replace(pipeline.step("load"), name=StepName("clean"), order=1)
    beside = replace(pipeline.step("load"), name=StepName("beside"), order=2)
    steps = (pipeline.step("load"), second, beside, pipeline.step("train"))
    edges = (make.edge("load", "clean"), make.edge("load", "beside"), make.edge("clean", "train"))
    assert trace(replace(pipeline, steps=steps, edges=edges)).makers["train"] == {"df": "clean"}


def test_the_save_cell_lists_names_and_not_their_readers(cells, pipeline):
    save = cells(pipeline, "load")[-1]
    assert save.source == '# Hands on to the steps behind:\n#   df\n__import__("jupyter_kfp_step").save()'


@pytest.mark.parametrize("changes", [{"loads_all": True, "saves_all": True}, {"loads": (), "saves": ()}])
def test_load_and_save_cells_are_there_whatever_is_loaded(cells, pipeline, make, changes):
    found = cells(make.with_step(pipeline, "train", **changes))
    for cell in (found[3], found[-1]):
        assert cell.source.startswith("# ")
        ast.parse(cell.source)


def test_cells_of_the_notebook_that_have_our_ids_keep_them(cells, pipeline, make):
    own = (make.cell("kfp-load", "1"), make.cell("kfp-replay-1", "2"), make.cell("kfp-save", "3"))
    found = [cell.id for cell in cells(make.with_step(pipeline, "train", cells=own))]
    assert len(set(found)) == len(found)
    assert found[-4:] == ["kfp-load", "kfp-replay-1", "kfp-save", "kfp-save-2"]


def test_sources_and_tags_come_through_letter_by_letter(cells, pipeline, make):
    for text in make.hostile:
        own = (make.cell("x", text, 1, [f"step:{text}"]),)
        found = cells(make.with_step(pipeline, "train", cells=own, loads=(Name("größe"),)))
        assert found[-2].source == text
        assert found[-2].metadata.tags == [f"step:{text}"]


def test_papermill_finds_the_parameters_of_a_kale_notebook_and_no_other_place(cells, pipeline):
    step = pipeline.step("train")
    kale = replace(pipeline.parameters_cell, tags=("pipeline-parameters",))
    executed_before = replace(step.cells[0], tags=("step:train", "injected-parameters", "parameters"))
    others = tuple(each for each in pipeline.steps if each is not step)
    step = replace(step, cells=(executed_before, *step.cells[1:]))
    changed = replace(pipeline, parameters_cell=kale, steps=(*others, step))
    tags = {cell.id: cell.metadata.get("tags") for cell in cells(changed)}
    assert tags[kale.id] == ["pipeline-parameters", "parameters"]
    assert tags[executed_before.id] == ["step:train"]
