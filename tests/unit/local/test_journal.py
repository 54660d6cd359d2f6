import json
import subprocess
import sys
import threading

import pytest

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.local import Status, cancel, follow, read_run, runs
from jupyter_kfp.local import events as wire
from jupyter_kfp.local.events import PlannedStep
from jupyter_kfp.local.journal import Journal, hold, is_alive

START = wire.RunStarted(
    run="r",
    pipeline="p",
    notebook="n.ipynb",
    notebook_digest="d",
    parameters={},
    steps=(
        PlannedStep(name="load", title="Load"),
        PlannedStep(name="train", title="Train", parents=("load",)),
    ),
)
LOADED = [wire.StepStarted(step="load"), wire.StepFinished(step="load", manifest="m", metrics={"rows": 3})]


@pytest.fixture
def half_run(tmp_path):
    """A run whose runner died after the first step had begun."""
    with hold(tmp_path), Journal(tmp_path) as journal:
        for event in (START, *LOADED, wire.StepStarted(step="train")):
            journal.write(event)
    return tmp_path


def test_run_json_can_be_made_again_from_the_events(half_run):
    kept = read_run(half_run)
    (half_run / "run.json").unlink()
    assert read_run(half_run) == kept


def test_a_torn_run_json_does_no_harm(half_run):
    kept = read_run(half_run)
    text = (half_run / "run.json").read_bytes()
    (half_run / "run.json").write_bytes(text[: len(text) // 2])
    assert read_run(half_run) == kept


def test_a_last_line_torn_by_the_runners_death_is_left_out(half_run):
    with (half_run / "events.jsonl").open("ab") as file:
        file.write(b'{"version":1,"event":"step-fin')
    run = read_run(half_run)
    assert run.step("load").status is Status.SUCCEEDED
    assert list(follow(half_run))[-1].status == "INTERRUPTED"


def test_a_run_whose_runner_died_is_interrupted_and_not_running_for_ever(half_run):
    run = read_run(half_run)
    assert run.status is Status.INTERRUPTED
    assert run.step("train").status is Status.INTERRUPTED


def test_a_run_is_running_while_its_runner_lives(tmp_path):
    with hold(tmp_path), Journal(tmp_path) as journal:
        journal.write(START)
        assert is_alive(tmp_path)
        assert read_run(tmp_path).status is Status.RUNNING
    assert not is_alive(tmp_path)


def test_what_a_step_prints_is_not_kept(tmp_path):
    with hold(tmp_path), Journal(tmp_path) as journal:
        journal.write(START)
        journal.write(wire.StepOutput(step="load", text="secret"))
    assert b"secret" not in (tmp_path / "events.jsonl").read_bytes()


def test_two_runners_cannot_work_in_one_folder(tmp_path):
    with hold(tmp_path), pytest.raises(JupyterKfpError, match="another run"), hold(tmp_path):
        pass


def test_a_follower_sees_events_as_they_come_and_ends_with_the_run(tmp_path):
    seen, first_seen = [], threading.Event()

    def watch():
        for event in follow(tmp_path):
            seen.append(event)
            first_seen.set()

    with hold(tmp_path), Journal(tmp_path) as journal:
        watcher = threading.Thread(target=watch)
        watcher.start()
        journal.write(START)
        assert first_seen.wait(20)  # before the run has ended
        for event in (*LOADED, wire.RunFinished(status="SUCCEEDED")):
            journal.write(event)
        watcher.join(20)
    assert not watcher.is_alive()
    assert seen == [START, *LOADED, wire.RunFinished(status="SUCCEEDED", time=seen[-1].time)]


def test_another_process_follows_a_run(tmp_path):
    code = (
        "import sys; from jupyter_kfp.local import follow\n"
        "for event in follow(sys.argv[1]): print(event.event, flush=True)"
    )
    with hold(tmp_path), Journal(tmp_path) as journal:
        journal.write(START)
        watcher = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True)
        assert watcher.stdout.readline() == "run-started\n"
        journal.write(LOADED[0])
        assert watcher.stdout.readline() == "step-started\n"
    assert watcher.communicate(timeout=20)[0] == "run-finished\n"


def test_a_folder_that_is_not_a_runs_cannot_be_read_or_followed(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"my": "own"}))
    with pytest.raises(JupyterKfpError, match="not the folder of a run"):
        read_run(tmp_path)
    with pytest.raises(JupyterKfpError, match="not the folder of a run"):
        next(follow(tmp_path))


def test_runs_of_a_root_that_is_not_there_are_none(tmp_path):
    assert runs(tmp_path / "none") == []


def test_nothing_is_canceled_where_no_runner_lives(half_run):
    assert cancel(half_run) is False


CLUSTER = wire.RunStarted(**{**vars(START), "url": "https://kubeflow.example.com/#/runs/details/1"})


@pytest.fixture
def far_run(tmp_path):
    """A run on a cluster that nobody here follows any more."""
    with hold(tmp_path), Journal(tmp_path) as journal:
        for event in (CLUSTER, *LOADED, wire.StepStarted(step="train")):
            journal.write(event)
    return tmp_path


def test_a_run_on_a_cluster_goes_on_when_nobody_here_follows_it(far_run):
    assert read_run(far_run).status is Status.RUNNING
    assert [event.event for event in follow(far_run)][-1] == "step-started"


def test_a_journal_goes_on_behind_a_torn_line(far_run):
    with (far_run / "events.jsonl").open("ab") as file:
        file.write(b'{"version":1,"event":"step-fin')
    with hold(far_run), Journal(far_run, resume=True) as journal:
        assert journal.run is not None
        journal.write(wire.StepFinished(step="train", manifest="m"))
        journal.write(wire.RunFinished(status="SUCCEEDED"))
    run = read_run(far_run)
    assert [step.status.value for step in run.steps] == ["SUCCEEDED", "SUCCEEDED"]
    assert [event.event for event in follow(far_run)][-1] == "run-finished"


def test_resuming_what_never_began_begins_it(tmp_path):
    with hold(tmp_path), Journal(tmp_path, resume=True) as journal:
        assert journal.run is None
        journal.write(CLUSTER)
    assert read_run(tmp_path).url == CLUSTER.url
