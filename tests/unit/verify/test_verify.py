"""What comes of a comparison, told from a run's folder as a run leaves it."""

import json
from pathlib import Path

import pytest

from jupyter_kfp.dataflow import analyse
from jupyter_kfp.notebook import parse_notebook, read_notebook
from jupyter_kfp.verify import Outcome
from jupyter_kfp.verify.cuts import draw_cuts
from jupyter_kfp.verify.scratch import take_off_step_lines
from jupyter_kfp.verify.straight import Failure, Outputs
from jupyter_kfp.verify.verify import _compared


def cell(identity, source, *tags):
    return {
        "cell_type": "code", "id": identity, "source": source, "metadata": {"tags": list(tags)},
        "outputs": [], "execution_count": None,
    }  # fmt: skip


def printed(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


@pytest.fixture
def notebook(tmp_path):
    cells = [
        cell("p", "n = 1", "parameters"),
        cell("a", "x = 1\nprint(x)", "step:one"),
        cell("b", "print(x + 1)", "step:two"),
        cell("c", "print(x)", "skip"),
    ]
    node = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return parse_notebook(node, tmp_path / "nb.ipynb")


STRAIGHT = Outputs({"a": (printed("1\n"),), "b": (printed("2\n"),)})


def left_by_a_run(folder, **steps):
    """A run's folder: step → its cells' outputs, None for a cell that was not reached."""
    for step, cells in steps.items():
        place = folder / "steps" / step
        place.mkdir(parents=True)
        done = [
            {
                **cell(identity, ""),
                "outputs": outputs or [],
                "execution_count": None if outputs is None else 1,
            }
            for identity, outputs in cells.items()
        ]
        (place / "output.ipynb").write_text(json.dumps({"cells": done}))
    return folder


def outcome(notebook, folder, *, straight=STRAIGHT, refusal=""):
    return _compared("case", notebook, analyse(notebook), folder, straight, refusal, Path("scratch"))


def test_equal_outputs_are_identical(notebook, tmp_path):
    run = left_by_a_run(tmp_path / "run", one={"a": [printed("1\n")]}, two={"b": [printed("2\n")]})
    assert outcome(notebook, run).outcome is Outcome.IDENTICAL


def test_another_output_differs_and_names_the_cell(notebook, tmp_path):
    run = left_by_a_run(tmp_path / "run", one={"a": [printed("1\n")]}, two={"b": [printed("3\n")]})
    found = outcome(notebook, run)
    assert found.outcome is Outcome.DIFFERS
    assert found.difference.cell.id == "b"
    assert (found.difference.straight.text, found.difference.pipeline.text) == ("2\n", "3\n")


def test_a_cell_that_was_not_run_differs(notebook, tmp_path):
    run = left_by_a_run(tmp_path / "run", one={"a": [printed("1\n")]}, two={"b": None})
    assert outcome(notebook, run).outcome is Outcome.DIFFERS


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("state", Outcome.REFUSED),
        ("conflict", Outcome.REFUSED),
        ("cell", Outcome.DIFFERS),
        ("internal", Outcome.DIFFERS),
    ],
)
def test_only_a_step_that_says_why_has_refused(notebook, tmp_path, kind, expected):
    run = left_by_a_run(tmp_path / "run", one={"a": [printed("1\n")]}, two={"b": None})
    (run / "steps" / "two" / "error.json").write_text(json.dumps({"kind": kind, "cell": None}))
    assert outcome(notebook, run, refusal="step two stopped").outcome is expected


def test_a_wrong_output_is_no_refusal_even_if_the_run_then_stops(notebook, tmp_path):
    run = left_by_a_run(tmp_path / "run", one={"a": [printed("9\n")]}, two={"b": None})
    (run / "steps" / "two" / "error.json").write_text(json.dumps({"kind": "state", "cell": None}))
    assert outcome(notebook, run, refusal="step two stopped").outcome is Outcome.DIFFERS


def test_a_notebook_that_stops_must_stop_in_the_same_cell(notebook, tmp_path):
    raised = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    failure = Failure("b", 3, "ValueError", "no")
    straight = Outputs({"a": (printed("1\n"),), "b": (raised,)}, failure)
    run = left_by_a_run(tmp_path / "run", one={"a": [printed("1\n")]}, two={"b": [raised]})
    (run / "steps" / "two" / "error.json").write_text(json.dumps({"kind": "cell", "cell": "b"}))
    assert outcome(notebook, run, straight=straight, refusal="ValueError").outcome is Outcome.IDENTICAL
    elsewhere = left_by_a_run(tmp_path / "other", one={"a": [printed("1\n")]}, two={"b": [printed("2\n")]})
    assert outcome(notebook, elsewhere, straight=straight).outcome is Outcome.DIFFERS


def test_cuts_are_the_same_for_one_seed_and_leave_parameters_and_skipped_cells_alone(notebook):
    cuts = list(draw_cuts(notebook, 20, seed=3))
    assert cuts == list(draw_cuts(notebook, 20, seed=3))
    assert cuts != list(draw_cuts(notebook, 20, seed=4))
    assert all(set(cut.tags) <= {"a", "b"} for cut in cuts)
    assert all(any(tag.startswith("step:cut-") for tags in cut.tags.values() for tag in tags) for cut in cuts)


def test_a_copy_that_is_cut_elsewhere_has_no_step_lines(tmp_path):
    cells = [cell("a", ["%%step one\n", "x = 1"]), cell("b", "x", "step:two")]
    path = tmp_path / "nb.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    take_off_step_lines(path)
    notebook = read_notebook(path)
    assert [group.name for group in notebook.groups] == ["two"]
    assert notebook.cells[0].source == "# %%step one\nx = 1"


def test_what_the_notebook_itself_does_not_repeat_is_named_and_not_compared(notebook, tmp_path):
    run = left_by_a_run(tmp_path / "run", one={"a": [printed("1\n")]}, two={"b": [printed("3\n")]})
    found = _compared(
        "case", notebook, analyse(notebook), run, STRAIGHT, "", Path("scratch"), frozenset({"b"})
    )
    assert found.outcome is Outcome.IDENTICAL
    assert [cell.id for cell in found.unrepeatable] == ["b"]


def test_a_cell_that_repeats_is_compared_beside_one_that_does_not(notebook, tmp_path):
    run = left_by_a_run(tmp_path / "run", one={"a": [printed("9\n")]}, two={"b": [printed("3\n")]})
    found = _compared(
        "case", notebook, analyse(notebook), run, STRAIGHT, "", Path("scratch"), frozenset({"b"})
    )
    assert found.outcome is Outcome.DIFFERS
    assert found.difference.cell.id == "a"
