"""A set that is filled again has the order of the one that was stored, now and later."""

import pickle

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupyter_kfp.step import set_order

ELEMENTS = st.one_of(
    st.integers(-50, 2000),
    st.text("abc", max_size=4),
    st.tuples(st.integers(0, 9), st.text("ab", max_size=1)),
    st.floats(allow_nan=False),
)
CHANGES = st.lists(st.tuples(st.sampled_from(["add", "discard"]), ELEMENTS), max_size=150)


def stored_and_loaded(value):
    pieces = set_order.layouts_of({id(value): (0, value)})
    loaded = pickle.loads(pickle.dumps(value))
    set_order.restore_layouts(b"".join(pieces), {0: loaded})
    return loaded


def change(value, changes):
    for method, element in changes:
        getattr(value, method)(element)


@given(st.lists(ELEMENTS, max_size=300), CHANGES, CHANGES)
@example([0, 1, 2, 375, 23], [], [("add", -1)])
@settings(max_examples=300)
def test_order_is_kept_and_goes_on_the_same_way(elements, before, after):
    value = set(elements)
    change(value, before)
    loaded = stored_and_loaded(value)
    assert list(loaded) == list(value)
    change(value, after)
    change(loaded, after)
    assert list(loaded) == list(value)


@given(st.sets(st.integers(0, 10_000), max_size=400), st.sets(st.integers(0, 10_000), max_size=400))
def test_sets_made_of_sets_keep_their_order(one, other):
    for value in (one | other, one - other, one & other, one ^ other, one.copy()):
        assert list(stored_and_loaded(value)) == list(value)
    one -= other
    assert list(stored_and_loaded(one)) == list(one)


def test_what_is_as_good_when_built_anew_is_not_noted():
    assert set_order.layouts_of({1: (0, {0, 1, 2}), 2: (1, "text"), 3: (2, set())}) == []


def test_elements_hashed_by_address_are_left_alone():
    value = {object() for _ in range(50)}
    assert set_order.layouts_of({1: (0, value)}) == []


class Quarrelsome:
    """Says its hash, and will be compared with its own kind alone."""

    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return self.number

    def __eq__(self, other):
        return self.number == other.number


def test_elements_that_will_not_be_compared_are_all_there():
    value = {Quarrelsome(number) for number in (8, 0, 16, 24, 1, 3)}
    assert stored_and_loaded(value) == value


@pytest.mark.parametrize("readable", [False])
def test_where_tables_cannot_be_read_nothing_is_noted(monkeypatch, readable):
    monkeypatch.setattr(set_order, "_is_readable", lambda: readable)
    assert set_order.layouts_of({1: (0, set("the quick brown fox"))}) == []


@given(st.lists(ELEMENTS, min_size=2, max_size=300), st.sampled_from(["list", "set", "union", "without"]))
@settings(max_examples=200)
def test_frozen_sets_keep_their_order(elements, made):
    makers = {
        "list": lambda: frozenset(elements),
        "set": lambda: frozenset(set(elements)),
        "union": lambda: frozenset(elements) | set(elements[:5]),
        "without": lambda: frozenset(elements) - {elements[0]},
    }
    value = makers[made]()
    ordered = set_order.frozen_order(value)
    again = frozenset(list(value)) if ordered is None else set_order.frozen(*ordered)
    assert again == value
    assert list(again) == list(value)
