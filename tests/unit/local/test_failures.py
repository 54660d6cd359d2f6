import json

from jupyter_kfp.local.failures import read_failure
from jupyter_kfp.notebook.cells import Cell
from jupyter_kfp.pipeline import Step


def test_cells_are_told_as_people_count_them(tmp_path):
    step = Step("train", 0, "Train", (Cell("c7", 7, "fit()"), Cell("c9", 9, "fit()")))
    told = {
        "step": "train", "kind": "cell", "cell": "c9", "line": 1, "name": "KeyError", "message": "'b'",
        "frame": "  cell 'c7', line 2\n    bad['b']",
    }  # fmt: skip
    (tmp_path / "error.json").write_text(json.dumps(told))
    failure = read_failure(step, tmp_path, 1, "")
    assert failure.cell_number == 9
    assert failure.frame == "  cell 7, line 2\n    bad['b']"


def test_a_step_that_ran_out_of_memory_is_told_as_that(tmp_path):
    failure = read_failure(Step("train", 0, "Train", ()), tmp_path, -9, "last line")
    assert "memory" in failure.message
    assert failure.log == "last line"
