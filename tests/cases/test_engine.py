"""The fast engine says what the real thing says: kernels, papermill, main.py, the local runner."""

import pytest

from jupyter_kfp.verify import Outcome, verify
from tests.engine.percent import write_notebook

from .case import NOTEBOOKS, read_case
from .run_case import AS_TAGGED, run_case

CASES = [
    "sharing/closure_cell",
    "names/output_history",
    "travel/generator_in_frame",
    "surroundings/shell_and_cell_magics",
]


@pytest.mark.parametrize("name", CASES)
def test_the_engine_agrees_with_verify(name, kernels, tmp_path):
    case = read_case(NOTEBOOKS / f"{name}.py")
    write_notebook(case.cells, tmp_path / "nb.ipynb")
    real = verify(tmp_path / "nb.ipynb").cases[0]
    fast = next(result for title, result in run_case(case, kernels) if title == AS_TAGGED)
    assert (fast.outcome, len(fast.steps)) == (real.outcome, real.steps)
    assert fast.outcome is Outcome.IDENTICAL or case.expect.startswith("refused")


def test_a_difference_is_told(kernels, tmp_path):
    path = tmp_path / "case.py"
    path.write_text("# expect: identical\n\n# %% step:a\nimport os\n\n# %% step:b\nprint(os.getpid())\n")
    case = read_case(path)
    (_, result), *_ = run_case(case, kernels)
    assert result.outcome is Outcome.DIFFERS
    assert "print(os.getpid())" in result.text
