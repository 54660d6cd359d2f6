"""Run a case as it is tagged and at every boundary, and say what is not as it should be.

`python -m tests.cases.run_case tests/notebooks/NAME.py …` prints what came of each cut.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from jupyter_kfp.verify import Outcome
from tests.engine.compare import Result, layout, make_pipeline, run_cut, run_straight, scratch_folder
from tests.engine.kernels import Kernels

from .case import Case, read_case

AS_TAGGED = "as tagged"


def run_case(case: Case, kernels: Kernels) -> Iterator[tuple[str, Result]]:
    """What came of each way of cutting; ways that lay the cells out alike are run once."""
    with scratch_folder() as scratch:
        straight = run_straight(kernels, case.cells, case.files, scratch / "straight")
        if straight.failed_cell is not None:
            error = straight.outputs[straight.failed_cell][-1]
            text = f"the notebook itself fails: {error['ename']}: {error['evalue']}"
            yield "straight", Result(Outcome.DIFFERS, text)
            return
        ways = list(case.cut_everywhere())
        if case.is_tagged:
            ways.insert(0, (AS_TAGGED, case.cells))
        seen: list[object] = []
        for number, (title, cells) in enumerate(ways):
            folder = scratch / f"way-{number}"
            pipeline = make_pipeline(cells, case.files, folder)
            if layout(pipeline) in seen:
                continue
            seen.append(layout(pipeline))
            yield title, run_cut(kernels, pipeline, straight, folder)


def wrong_of(case: Case, title: str, result: Result) -> str:
    """What is not as the case's comment says; empty where all is well."""
    wanted = case.expect if title == AS_TAGGED else case.cuts
    got = " ".join(filter(None, (result.outcome.value, result.code)))
    well = {
        "identical": result.outcome is Outcome.IDENTICAL,
        "safe": result.outcome is not Outcome.DIFFERS,
        "refused": result.outcome is Outcome.REFUSED,
    }.get(wanted, wanted == got)
    return (
        "" if well else f"{title}: {result}\n  steps {result.steps}, edges {result.edges}, {result.findings}"
    )


def main(paths: list[str]) -> None:
    """Print what came of each cut."""
    with Kernels() as kernels:
        for path in paths:
            case = read_case(Path(path).resolve())
            print(f"== {case.name}: expect {case.expect}, cuts {case.cuts} {case.xfail and 'xfail'}")
            for title, result in run_case(case, kernels):
                mark = "WRONG" if wrong_of(case, title, result) else "     "
                if mark.strip() or result.outcome is not Outcome.IDENTICAL:
                    print(f"{mark} {title}: {result}\n      {result.edges}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
