"""The order of runs, over graphs of any shape; the work is a function."""

import queue
import signal
import threading
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.flags import StepFlags
from jupyter_kfp.local.events import Failure, StepFailed, StepFinished, StepSkipped
from jupyter_kfp.local.plan import Node, NodeName, Way
from jupyter_kfp.local.scheduler import Doing, Done, Failed, StopAsked, Stopped, run_nodes
from jupyter_kfp.notebook.settings import StepSettings
from jupyter_kfp.pipeline import Step

NO_FLAGS = StepFlags(parameters={}, states={}, metrics={}, results={})


def node(number, parents, last):
    name = NodeName(f"s{number}")
    step = Step(name=name, order=number, title="", cells=(), settings=StepSettings(on_exit=last or None))
    inputs = {f"s{parent}": (NodeName(f"s{parent}"),) for parent in parents}
    return Node(name, step, Path(), NO_FLAGS, None, {}, inputs, frozenset(), None, {})


@st.composite
def graphs(draw):
    nodes = []
    for number in range(draw(st.integers(1, 9))):
        last = draw(st.integers(0, 9)) == 0
        before = [other for other in range(number) if not nodes[other].last]
        parents = draw(st.sets(st.sampled_from(before), max_size=3)) if before and not last else set()
        nodes.append(node(number, sorted(parents), last))
    return tuple(nodes)


class Work:
    """Counts what runs at once, and looks whether all that a node waits for is done."""

    def __init__(self, bad):
        self.bad, self.lock = bad, threading.Lock()
        self.now = self.most = 0
        self.started, self.done, self.early = [], set(), []

    def __call__(self, node, inputs):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.started.append(node.name)
            if not node.waits_for <= self.done or set(inputs) != set(node.inputs):
                self.early.append(node.name)
        with self.lock:
            self.now -= 1
            if node.name in self.bad:
                return Failed(Failure(step=node.name, kind="cell", name="E", message=""))
            self.done.add(node.name)
        return Done(StepFinished(step=node.name, manifest=f"m-{node.name}"))


@settings(max_examples=200, deadline=None)
@given(graphs(), st.data(), st.integers(1, 4))
def test_every_node_comes_to_one_end_in_an_order_that_fits(nodes, data, jobs):
    names = [node.name for node in nodes]
    bad = data.draw(st.sets(st.sampled_from(names), max_size=2))
    left = data.draw(st.sets(st.sampled_from(names), max_size=2))
    work, events = Work(bad), []
    doing = Doing(
        work=work,
        check=lambda manifests: None,
        jobs=jobs,
        inbox=queue.SimpleQueue(),
        emit=events.append,
        stop_all=lambda: None,
        parameters={},
    )
    ways = {name: Way.LEAVE if name in left else Way.RUN for name in names}
    ending = run_nodes(nodes, ways, doing)

    assert sorted(event.step for event in events) == sorted(names)
    assert work.early == []
    assert work.most <= jobs
    assert len(set(work.started)) == len(work.started)
    failed = {event.step for event in events if isinstance(event, StepFailed)}
    finished = {event.step for event in events if isinstance(event, StepFinished)}
    skipped = {event.step: event.reason for event in events if isinstance(event, StepSkipped)}
    assert failed == bad & set(work.started)
    assert finished == set(work.started) - failed
    assert (ending.failed in failed) if failed else (ending.failed is None)
    last = [node.name for node in nodes if node.last and node.name not in left]
    assert set(last) <= set(work.started)
    assert set(work.started[len(work.started) - len(last) :]) == set(last)
    if not failed:
        for node in nodes:
            if node.name in skipped and node.name not in left:
                assert node.waits_for & skipped.keys()
    if jobs == 1 and not left and not bad:
        assert work.started == [*(name for name in names if name not in last), *last]


class Inbox(queue.SimpleQueue):
    """Says when its reader is about to wait: as it keeps the interpreter's lock till then, others see it wait."""

    waited_for = threading.Event()

    def get(self, *args, **kwargs):
        self.waited_for.set()
        return super().get(*args, **kwargs)


def test_a_signal_that_does_not_end_the_wait_for_a_message_is_seen_all_the_same(monkeypatch):
    """As one does that comes just before the wait; here it comes to another thread."""
    inbox, stopped, events = Inbox(), threading.Event(), []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: inbox.put(StopAsked(number)))
    monkeypatch.setattr("jupyter_kfp.inbox.LOOK", 0.01)

    def work(node, inputs):
        inbox.waited_for.wait()
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        assert stopped.wait(60)
        return Stopped()

    doing = Doing(
        work=work,
        check=lambda manifests: None,
        jobs=1,
        inbox=inbox,
        emit=events.append,
        stop_all=stopped.set,
        parameters={},
    )
    try:
        ending = run_nodes((node(0, (), False),), {NodeName("s0"): Way.RUN}, doing)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert ending.stopped == signal.SIGUSR1
    assert [event.event for event in events] == ["step-canceled"]
