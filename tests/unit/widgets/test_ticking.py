"""What makes durations go on."""

import threading

from jupyter_kfp.widgets.ticking import ticking

PATIENCE = 60
OFTEN = 0.001


def test_it_ticks_while_the_block_lasts_and_not_after():
    ticks = []
    third = threading.Event()

    def tick():
        ticks.append(threading.current_thread())
        if len(ticks) == 3:
            third.set()
        return True

    with ticking(tick, every=OFTEN):
        assert third.wait(PATIENCE)
    assert not ticks[0].is_alive()
    assert len(set(ticks)) == 1


def test_it_ends_when_it_is_told_that_nobody_looks():
    ticks = []
    with ticking(lambda: bool(ticks.append(threading.current_thread())), every=OFTEN):
        while not ticks:
            pass
        ticks[0].join(PATIENCE)
        assert not ticks[0].is_alive()
    assert len(ticks) == 1


def test_a_block_that_fails_leaves_no_thread():
    before = threading.active_count()
    try:
        with ticking(lambda: True, every=PATIENCE):
            raise ValueError
    except ValueError:
        pass
    assert threading.active_count() == before
