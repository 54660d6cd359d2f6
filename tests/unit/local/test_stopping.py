import os
import signal
import threading
import time

import psutil
import pytest

from jupyter_kfp.local import RunCanceled, RunFailed, Status, cancel, read_run, runner, runs
from jupyter_kfp.local.events import StepOutput

SLEEP = "import time; time.sleep(600)"
# A step with a child in its own session, as a kernel is, and one that has dropped the mark as well.
FAMILY = f"""
import subprocess, time
child = subprocess.Popen([sys.executable, "-c", {SLEEP!r}], start_new_session=True)
bare = subprocess.Popen([sys.executable, "-c", {SLEEP!r}], env={{}})
print("family", os.getpid(), child.pid, bare.pid, flush=True)
time.sleep(600)
"""
STUBBORN = f"""
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); " + {SLEEP!r}
child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
print("family", os.getpid(), child.pid, flush=True)
time.sleep(600)
"""


class Watch:
    """Keeps events; once a step has told its processes, does what the test wants."""

    def __init__(self, then):
        self.pids, self.then = [], then

    def __call__(self, event):
        if isinstance(event, StepOutput):
            for line in event.text.splitlines():
                if line.startswith("family"):
                    self.pids += [int(word) for word in line.split()[1:]]
                    self.then()

    def left(self):
        """Those of the step's processes that still live."""
        return [pid for pid in self.pids if lives(pid)]


def lives(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def interrupt(times=1, number=signal.SIGINT):
    def send():
        for _ in range(times):
            os.kill(os.getpid(), number)

    return send


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_steps_with_all_that_they_started(workshop, number):
    demo = workshop({"train": FAMILY, "test": (["train"], "")})
    watch = Watch(interrupt(number=number))
    before = signal.getsignal(number)
    with pytest.raises(RunCanceled) as caught:
        demo.run(on_event=watch)
    assert len(watch.pids) == 3
    assert watch.left() == []
    assert caught.value.exit_status == 128 + number
    run = read_run(caught.value.run.folder)
    assert run.status is Status.CANCELED
    assert [step.status for step in run.steps] == [Status.CANCELED, Status.SKIPPED]
    assert signal.getsignal(number) == before
    assert not (run.folder / "scratch").exists()


def test_a_step_that_does_not_listen_is_ended_by_force_after_a_grace(workshop, monkeypatch):
    monkeypatch.setattr(runner, "GRACE", 0.2)
    watch = Watch(interrupt())
    with pytest.raises(RunCanceled):
        workshop({"train": STUBBORN}).run(on_event=watch)
    assert len(watch.pids) == 2
    assert watch.left() == []


def test_a_second_signal_does_not_wait_for_the_grace(workshop):
    watch = Watch(interrupt(times=2))
    with pytest.raises(RunCanceled):
        workshop({"train": STUBBORN}).run(on_event=watch)
    assert watch.left() == []


def test_steps_that_run_side_by_side_are_all_ended(workshop):
    def when_both_run():
        if len(watch.pids) == 6:
            os.kill(os.getpid(), signal.SIGINT)

    watch = Watch(when_both_run)
    with pytest.raises(RunCanceled):
        workshop({"one": FAMILY, "two": FAMILY}).run(on_event=watch, jobs=2)
    assert watch.left() == []


def test_another_process_cancels_a_run_by_its_folder(workshop):
    demo = workshop({"train": FAMILY})

    def stop():
        assert cancel(runs(demo.root)[0].folder)

    with pytest.raises(RunCanceled) as caught:
        demo.run(on_event=Watch(stop))
    assert caught.value.signal == signal.SIGTERM


def test_what_a_step_leaves_running_is_ended_with_the_step(workshop):
    code = f"""
import subprocess
child = subprocess.Popen([sys.executable, "-c", {SLEEP!r}], start_new_session=True)
print("family", child.pid, flush=True)
"""
    watch = Watch(lambda: None)
    run = workshop({"train": code}).run(on_event=watch)
    assert run.status is Status.SUCCEEDED
    assert len(watch.pids) == 1
    assert watch.left() == []


def test_a_step_that_takes_too_long_is_ended_and_fails(workshop):
    watch = Watch(lambda: None)
    with pytest.raises(RunFailed, match="timeout of 1 s") as caught:
        workshop({"train": FAMILY}, settings={"train": {"timeout": 1}}).run(on_event=watch)
    assert caught.value.run.step("train").failure.kind == "timeout"
    assert watch.left() == []


def test_a_display_that_breaks_ends_the_run(workshop):
    def fail():
        raise BrokenPipeError

    demo = workshop({"train": FAMILY})
    watch = Watch(fail)
    with pytest.raises(BrokenPipeError):
        demo.run(on_event=watch)
    assert watch.left() == []
    assert runs(demo.root)[0].status is Status.FAILED


def test_a_runner_that_is_killed_takes_its_steps_with_it_and_the_run_is_interrupted(workshop):
    demo = workshop({"train": FAMILY})
    watch = Watch(lambda: None)
    reading, writing = os.pipe()
    runner_pid = os.fork()
    if runner_pid == 0:
        os.close(reading)
        try:
            demo.run(on_event=lambda event: os.write(writing, getattr(event, "text", "").encode()))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        watch(StepOutput(step="train", text=next(line for line in told if line.startswith("family"))))
    os.kill(runner_pid, signal.SIGKILL)
    os.waitpid(runner_pid, 0)
    assert len(watch.pids) == 3
    deadline = time.monotonic() + 60
    while watch.left() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert watch.left() == []
    run = runs(demo.root)[0]
    assert run.status is Status.INTERRUPTED
    assert run.step("train").status is Status.INTERRUPTED


def test_a_run_in_a_thread_leaves_signals_alone_and_cannot_be_canceled_from_outside(workshop):
    demo = workshop({"train": ""})
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def on_event(event):
        if isinstance(event, StepOutput):
            seen.append(signal.getsignal(signal.SIGINT))
            try:
                cancel(runs(demo.root)[0].folder)
            except Exception as error:
                seen.append(str(error))

    thread = threading.Thread(target=demo.run, kwargs={"on_event": on_event})
    thread.start()
    thread.join(60)
    assert seen[0] == before
    assert "another program" in seen[1]
    assert runs(demo.root)[0].status is Status.SUCCEEDED
