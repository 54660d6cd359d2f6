"""Every example gives as a pipeline what it gives as a notebook, as it is tagged and cut elsewhere.

`JUPYTER_KFP_CUTS` says how many other cuts are tried; `make verify` tries twenty.
"""

import os
from pathlib import Path

import pytest

from jupyter_kfp.verify import Outcome, verify

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "notebooks").glob("*.ipynb"))
CUTS = int(os.environ.get("JUPYTER_KFP_CUTS", "1"))


@pytest.mark.parametrize("notebook", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_gives_the_same_as_a_pipeline(notebook):
    found = verify(notebook, cuts=CUTS, seed=len(notebook.stem))
    assert not found.failure
    assert found.cases[0].outcome is Outcome.IDENTICAL, found.cases[0]
    for case in found.cases[1:]:
        assert case.outcome is not Outcome.DIFFERS, case
