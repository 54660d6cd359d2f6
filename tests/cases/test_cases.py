"""Every hard case of tests/notebooks: identical, or refused as its comment says."""

import os

import pytest

from .case import all_cases
from .run_case import run_case, wrong_of


def _parametrised():
    for case in all_cases():
        marks = [pytest.mark.xfail(reason=case.xfail, strict=True)] if case.xfail else []
        yield pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", list(_parametrised()))
def test_the_pipeline_gives_what_the_notebook_gives(case, kernels):
    if case.missing:
        here = pytest.fail if os.environ.get("CI") else pytest.skip
        here(f"{case.missing} is not here")
    wrong = [text for title, result in run_case(case, kernels) if (text := wrong_of(case, title, result))]
    assert not wrong, "\n".join(wrong)
