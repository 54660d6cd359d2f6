"""Random notebooks, cut anywhere: their pipelines give what they give, or say why not.

The same programs each time in `make test`; `make fuzz` looks for new ones as long as it is told. A failure prints the
smallest such notebook, in percent format: it belongs into tests/notebooks.
"""

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings

from jupyter_kfp.verify import Outcome
from tests.engine.compare import make_pipeline, run_cut, run_straight, scratch_folder
from tests.engine.kernels import Kernels
from tests.engine.percent import cut_at

from .programs import notebooks

PROGRAMS = int(os.environ.get("JUPYTER_KFP_FUZZ_PROGRAMS", "150"))
SECONDS = float(os.environ.get("JUPYTER_KFP_FUZZ_SECONDS", "0"))
COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
}


@pytest.fixture(scope="module")
def kernels():
    """Kernels that run cells plainly, with what the programs import warm."""
    with Kernels(plain=True, warm=("numpy", "pandas")) as running:
        yield running


def look_at(kernels, notebook):
    """Run a notebook both ways."""
    cells, begins = notebook
    with scratch_folder() as scratch:
        straight = run_straight(kernels, cells, {}, scratch / "straight")
        tagged = cut_at(cells, begins)
        pipeline = make_pipeline(tagged, {}, scratch / "cut")
        result = run_cut(kernels, pipeline, straight, scratch / "cut")
    text = "\n\n".join(f"# %% {' '.join(cell.tags)}\n{cell.source}" for cell in tagged)
    assert result.outcome is not Outcome.DIFFERS, f"{result}\n\n{text}"
    return result


def test_random_notebooks_give_what_they_give_or_say_why_not(kernels):
    outcomes = []

    @settings(max_examples=PROGRAMS, derandomize=True, **COMMON)
    @given(notebooks())
    def run(notebook):
        outcomes.append(look_at(kernels, notebook).outcome)

    run()
    identical = sum(outcome is Outcome.IDENTICAL for outcome in outcomes)
    assert identical > 0.9 * len(outcomes), f"{len(outcomes) - identical} of {len(outcomes)} were refused"


@pytest.mark.skipif(not SECONDS, reason="make fuzz")
@pytest.mark.timeout(0)
def test_new_random_notebooks_as_long_as_told(kernels):
    end = time.monotonic() + SECONDS
    count = 0

    @settings(max_examples=100, **COMMON)
    @given(notebooks())
    def run(notebook):
        nonlocal count
        if time.monotonic() < end:
            look_at(kernels, notebook)
            count += 1

    while time.monotonic() < end:
        run()
    print(f"{count} notebooks, no difference")
