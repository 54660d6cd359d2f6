"""A log is told as it grows."""

from jupyter_kfp.local.log_tail import tail


def looks(*texts):
    """Somebody who looks: the text so far, and with the last one that no more will come."""
    waiting = list(texts)
    return lambda: (waiting.pop(0), not waiting)


def test_what_is_new_is_told_once():
    waits = []
    pieces = list(tail(looks("", "one\n", "one\ntw", "one\ntwo\n"), sleep=waits.append))
    assert pieces == ["one\n", "tw", "o\n"]
    assert len(waits) == 3


def test_another_attempt_is_told_from_where_it_is_another():
    assert list(tail(looks("step a\nfailed\n", "step a\nworked\n"), sleep=lambda _: None)) == [
        "step a\nfailed\n",
        "worked\n",
    ]


def test_a_log_that_never_comes_ends_with_its_step():
    assert list(tail(looks("", ""), sleep=lambda _: None)) == []
