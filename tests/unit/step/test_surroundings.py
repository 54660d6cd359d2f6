"""What travels in layers: warning filters."""

import random
import warnings

import pytest

from jupyter_kfp.step.registry import SURROUNDINGS

FILTERS = next(each for each in SURROUNDINGS if each.name == "warning filters")
KINDS = [
    ("ignore", None, kind, None, 0) for kind in (UserWarning, FutureWarning, BytesWarning, ImportWarning)
]


@pytest.mark.parametrize("seed", range(40))
def test_filters_after_a_chain_of_steps_are_those_of_the_notebook(seed):
    chance = random.Random(seed)
    with warnings.catch_warnings():
        warnings.filters[:] = base = chance.sample(KINDS, 2)
        layers, notebook = [], list(base)
        for _ in range(3):
            before = list(notebook)
            for _ in range(chance.randint(0, 3)):
                each, what = chance.choice(KINDS), chance.choice(["front", "end", "out"])
                if what == "front":
                    notebook = [each, *(other for other in notebook if other != each)]
                elif what == "end" and each not in notebook:
                    notebook.append(each)
                elif what == "out":
                    notebook = [other for other in notebook if other != each]
            layers.append(FILTERS.layers.difference(before, notebook))
        FILTERS.put(None, layers)
        assert list(warnings.filters) == notebook


def test_filters_of_steps_side_by_side_are_put_together_in_the_order_of_the_notebook():
    user, future, _, _ = KINDS
    with warnings.catch_warnings():
        warnings.filters[:] = []
        layers = [FILTERS.layers.difference([], [user]), FILTERS.layers.difference([], [future])]
        FILTERS.put(None, layers)
        assert list(warnings.filters) == [future, user]


def test_what_a_library_sets_up_for_itself_is_no_clash():
    class Own(UserWarning):
        pass

    clashing = FILTERS.layers.clashing
    assert not clashing(FILTERS.layers.difference([], [("always", None, Own, None, 0)]))
    assert clashing(FILTERS.layers.difference([], [KINDS[0]]))
