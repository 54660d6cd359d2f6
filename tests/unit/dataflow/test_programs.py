"""Random notebooks, cut anywhere: the pipeline prints what the notebook prints, or is refused."""

import builtins
import random
import types

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_kfp.dataflow import analyse
from jupyter_kfp.dataflow.cells import follow
from jupyter_kfp.findings import Level

from .conftest import read_percent
from .programs import Writer
from .simulate import START, execute, run_pipeline, run_straight

LONGEST_OUTPUT = 4000  # what prints more is lost in a recursion, whose depth is not the same in two processes
FEW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@FEW
@given(st.integers(0, 2**32))
def test_a_pipeline_prints_what_its_notebook_prints(seed):
    notebook = read_percent(Writer(random.Random(seed)).notebook())
    try:
        straight = run_straight(notebook)
    except Exception:
        return  # not a notebook that runs from top to bottom
    if any(len(output) > LONGEST_OUTPUT for output in straight.values()):
        return
    pipeline = analyse(notebook)
    if any(finding.level is Level.ERROR for finding in pipeline.findings):
        return
    assert run_pipeline(pipeline) == straight


def shape(value):
    """What can be seen of an object, shared parts told once."""
    parts, numbers, waiting = [], {}, [value]
    while waiting:
        each = waiting.pop()
        if id(each) in numbers:
            parts.append(numbers[id(each)])
            continue
        numbers[id(each)] = len(numbers)
        inner = []
        if isinstance(each, list | tuple):
            inner = list(each)
        elif isinstance(each, dict):
            inner = [*each.keys(), *each.values()]
        if type(each).__name__ == "K":
            inner += [*vars(each).values(), type(each).shared]
        if isinstance(each, types.FunctionType):
            cells = [c.cell_contents for c in each.__closure__ or ()]
            inner = [*cells, *(each.__kwdefaults__ or {}).values()]
        parts.append((type(each).__name__, len(inner), each if isinstance(each, int | str) else None))
        waiting += inner
    return parts


class Traced(dict):
    """A namespace that notes what is looked up in it before it is bound, and what is bound."""

    def __init__(self, names):
        super().__init__(names)
        self.reads, self.binds = set(), set()

    def __getitem__(self, name):
        if name not in self.binds:
            self.reads.add(name)
        return super().__getitem__(name)

    def __setitem__(self, name, value):
        self.binds.add(name)
        super().__setitem__(name, value)


@FEW
@given(st.integers(0, 2**32))
def test_the_effects_of_a_cell_cover_what_it_really_does(seed):
    notebook = read_percent(Writer(random.Random(seed), classes=True).notebook())
    namespace = dict(START)
    for cell, effects in zip(notebook.cells, follow(notebook.cells), strict=True):
        before = {name: shape(value) for name, value in namespace.items()}
        traced = Traced(namespace)  # module code looks its globals up here; functions keep `namespace`
        try:
            execute([cell.source], namespace, traced)
        except Exception:
            return
        covered = set(effects.reads) | set(effects.binds) | set(effects.maybe_binds)
        own = set(START) | {"__builtins__"} | set(dir(builtins))
        assert traced.reads - covered - own == set()
        assert traced.binds <= effects.writes
        namespace.update(traced)
        for name in set(namespace) - set(traced):
            del namespace[name]
        for name, was in before.items():
            if name not in own and name in namespace and shape(namespace[name]) != was:
                assert name in effects.writes
        assert not set(before) - set(namespace) - own - effects.writes
