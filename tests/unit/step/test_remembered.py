"""What `functools.lru_cache` remembers, read from one function and put into another."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.step import remembered

KEYS = st.one_of(st.integers(0, 3), st.sampled_from([1.0, "a", (1, 2), None, True]))
CALLS = st.lists(
    st.tuples(st.lists(KEYS, max_size=2), st.dictionaries(st.sampled_from("xy"), KEYS)), max_size=12
)


def made(maxsize, typed, calls):
    around = "closed over"

    def function(*args, **named):
        calls.append((args, named))
        if args == (3,):
            raise ValueError(around)
        return [args, named]

    return functools.lru_cache(maxsize, typed)(function)


def call_all(cached, calls):
    found = []
    for args, named in calls:
        try:
            found.append(cached(*args, **named))
        except ValueError as error:
            found.append(repr(error))
    return found


@given(st.sampled_from([None, 0, 1, 3, 128]), st.booleans(), CALLS, CALLS)
def test_a_filled_cache_goes_on_as_the_one_it_was_read_from(maxsize, typed, before, after):
    ran = []
    one = made(maxsize, typed, ran)
    call_all(one, before)
    ran_again = []
    other = made(maxsize, typed, ran_again)
    known = remembered.read(one)
    if known is not None:
        remembered.fill(other, known)
    assert other.cache_info() == one.cache_info()
    assert not ran_again
    del ran[:]
    assert call_all(other, after) == call_all(one, after)
    assert ran_again == ran
    assert other.cache_info() == one.cache_info()


def test_reading_counts_as_no_call():
    cached = made(2, False, [])
    cached(1)
    remembered.read(cached)
    assert cached.cache_info().hits == 0


def test_results_are_the_very_objects():
    cached = made(None, False, [])
    result = cached(1, x=2)
    (args, named, found), *_ = remembered.read(cached)[0]
    assert (args, named) == ((1,), {"x": 2})
    assert found is result


def test_one_that_was_never_called_has_nothing_to_tell():
    assert remembered.read(made(None, False, [])) is None


def test_the_cache_of_a_builtin_is_refused():
    cached = functools.lru_cache(len)
    cached((1, 2))
    with pytest.raises(Exception, match="not written in Python"):
        remembered.read(cached)
