"""Following runs on the double: the events of a local run, through whatever happens to token, server and run."""

import json
import threading
import time
from pathlib import Path

import pytest

from jupyter_kfp import local
from jupyter_kfp.cluster import Api, Connection, Results, follow_run, recall, snapshot
from jupyter_kfp.cluster.api import RunId
from jupyter_kfp.cluster.errors import ClusterError, SignInError, Unreachable
from jupyter_kfp.cluster.follow import adopt, known_of, open_watch
from jupyter_kfp.cluster.logs import follow_log, step_log
from jupyter_kfp.local.journal import is_alive


def soon(seconds):
    """Waits a moment only, however long is asked for: the double is quick."""
    time.sleep(min(seconds, 0.1))


@pytest.fixture
def api(robot):
    with Connection.open(robot, sleep=soon) as connection:
        yield Api(connection)


def follow(api, done, **given):
    seen = []
    run = follow_run(api, done.known, done.folder, on_event=seen.append, sleep=soon, **given)
    return run, [each.event for each in seen]


def test_a_run_that_succeeds(work, robot, api):
    work.behave(add={"metrics": {"accuracy": 0.75}})
    done = work.submit(robot, parameters={"size": 4})
    run, seen = follow(api, done)
    assert run.status.value == "SUCCEEDED"
    assert [step.status.value for step in run.steps] == ["SUCCEEDED", "SUCCEEDED"]
    assert run.metrics == {"accuracy": 0.75}
    assert run.step("add").parents == ("load",)
    assert run.step("load").manifest.startswith(f"{robot.endpoint.bucket}/objects/")
    assert seen[0] == "run-started"
    assert seen[-1] == "run-finished"
    assert seen.index("step-finished") < len(seen) - 1


def test_its_folder_reads_like_that_of_a_local_run(work, robot, api):
    work.behave()
    done = work.submit(robot)
    run, _ = follow(api, done)
    assert local.read_run(done.folder) == run
    assert [each.id for each in local.runs(done.folder.parents[1])] == [run.id]
    assert [event.event for event in local.follow(done.folder)][-1] == "run-finished"


def test_a_step_that_fails_says_which_cell(work, robot, api):
    work.behave(add={"fail": "negative total"})
    run, _ = follow(api, work.submit(robot))
    assert run.status.value == "FAILED"
    failure = run.failure
    assert (failure.step, failure.name, failure.message) == ("add", "ValueError", "negative total")
    assert failure.cell_number == 3
    assert failure.frame == "  cell 3, line 1"


def test_a_step_that_left_no_report_is_told_by_the_servers_words(work, robot, api):
    work.behave(load={"silent": True})
    run, _ = follow(api, work.submit(robot))
    assert run.failure.step == "load"
    assert run.failure.name == "OOMKilled"
    assert run.step("add").status.value == "SKIPPED"


def test_a_cached_step_has_the_results_of_the_run_that_made_them(work, robot, api):
    work.behave(add={"metrics": {"accuracy": 0.75}})
    first = work.submit(robot)
    before, _ = follow(api, first)
    after, seen = follow(api, work.submit(robot))
    assert seen.count("step-cached") == 2
    assert after.step("add").cached_from == first.known.run_id
    assert after.step("add").manifest == before.step("add").manifest
    assert after.metrics == {"accuracy": 0.75}


def test_a_cached_step_of_a_run_with_other_parameters_is_found_where_it_does_not_read_them(
    here, double, robot, api
):
    from jupyter_kfp.dataflow import analyse
    from jupyter_kfp.notebook import read_notebook
    from tests.integration.cluster.conftest import Work, code, write_notebook

    path = write_notebook(
        here / "late.ipynb",
        code("late = 1", "parameters"),
        code("x = 1", "step:first"),
        code("y = x + late", "step:second"),
        settings={"name": "late"},
    )
    pipeline = analyse(read_notebook(path))
    work = Work(
        pipeline, {s.name: f"registry.example.com/late-{s.name}:1" for s in pipeline.steps}, double, here
    )
    work.behave()
    first = work.submit(robot)
    follow(api, first)
    run, _ = follow(api, work.submit(robot, parameters={"late": 2}))
    assert run.step("first").cached_from == first.known.run_id
    assert not run.step("second").cached


def test_retries_are_counted(here, double, robot, api):
    from jupyter_kfp.dataflow import analyse
    from jupyter_kfp.notebook import read_notebook
    from tests.integration.cluster.conftest import Work, code, write_notebook

    path = write_notebook(
        here / "tries.ipynb",
        code("x = 1", "step:only"),
        settings={"name": "tries", "steps": {"only": {"retries": 2}}},
    )
    pipeline = analyse(read_notebook(path))
    work = Work(pipeline, {"only": "registry.example.com/tries:1"}, double, here)
    work.behave(only={"attempts": 2})
    run, seen = follow(api, work.submit(robot))
    assert run.status.value == "SUCCEEDED"
    assert run.step("only").attempts >= 2 or "step-retried" in seen


def test_a_run_that_is_canceled_ends(work, robot, api, here):
    work.behave(load={"hold": str(here / "go")})
    done = work.submit(robot)
    api.cancel(done.known.run_id)
    run, _ = follow(api, done)
    assert run.status.value == "CANCELED"
    assert "SUCCEEDED" not in [step.status.value for step in run.steps]


def test_a_run_that_is_deleted_while_followed_ends(work, robot, api, here):
    work.behave(load={"hold": str(here / "go")})
    done = work.submit(robot)
    ended = []
    thread = threading.Thread(target=lambda: ended.append(follow(api, done)[0]))
    thread.start()
    while not is_alive(done.folder):
        time.sleep(0.01)
    with Connection.open(robot, sleep=soon) as another:
        another.ask("DELETE", f"/apis/v2beta1/runs/{done.known.run_id}")
    thread.join(60)
    assert ended[0].status.value == "INTERRUPTED"
    assert "deleted" in ended[0].message


def test_a_token_that_ends_in_the_middle_is_renewed(work, robot, double, here):
    work.behave(load={"hold": str(here / "go")})
    done = work.submit(robot)
    double.admin.token_lifetime(2)
    asked = []

    def wait(seconds):
        asked.append(1)
        if len(asked) == 3:
            double.admin.skew(3700)
            double.admin.rotate_keys(keep_old=False)
        if len(asked) == 6:
            (here / "go").touch()
        soon(seconds)

    with Connection.open(robot, sleep=soon) as connection:
        run = follow_run(Api(connection), done.known, done.folder, sleep=wait)
    assert run.status.value == "SUCCEEDED"
    assert len(double.admin.asked("identity", "/token")) > 2


@pytest.mark.parametrize("what", ["errors", "half answers", "a restart", "cut connections"])
def test_a_server_in_trouble_is_waited_for(work, robot, double, here, what):
    work.behave(load={"hold": str(here / "go")})
    done = work.submit(robot)
    asked = []

    def trouble(seconds):
        asked.append(1)
        if len(asked) == 2:
            if what == "a restart":
                double.admin.restart("api")
            else:
                kind = {"errors": "status", "half answers": "half", "cut connections": "cut"}[what]
                double.admin.fault("api", kind, r"/runs/", times=8)
        if len(asked) == 6:
            (here / "go").touch()
        soon(seconds)

    with Connection.open(robot, sleep=soon) as connection:
        run = follow_run(Api(connection), done.known, done.folder, sleep=trouble)
    assert run.status.value == "SUCCEEDED"


def test_a_server_that_stays_away_is_given_up_when_asked_once(work, robot, double, api):
    done = work.submit(robot)
    double.admin.fault("api", "status", r"/runs/", times=100)
    with pytest.raises(Unreachable):
        follow_run(api, done.known, done.folder, once=True, sleep=soon)
    double.admin.no_faults()
    assert follow_run(api, done.known, done.folder, once=True, sleep=soon).status.value == "RUNNING"


def test_who_is_let_in_no_more_is_told_and_the_run_goes_on(work, robot, double, api):
    done = work.submit(robot)
    double.admin.member(double.robot, False)
    try:
        with pytest.raises(SignInError, match="does not let it in"):
            follow_run(api, done.known, done.folder, once=True, sleep=soon)
    finally:
        double.admin.member(double.robot, True)
    assert local.read_run(done.folder).status.value == "RUNNING"


def test_a_run_is_taken_up_again_where_it_was_left(work, robot, api, here):
    work.behave(add={"hold": str(here / "go")})
    done = work.submit(robot)
    while (run := follow_run(api, done.known, done.folder, once=True, sleep=soon)).step(
        "load"
    ).finished is None:
        soon(1)
    assert run.status.value == "RUNNING"
    before = (done.folder / "events.jsonl").read_bytes()
    (done.folder / "events.jsonl").write_bytes(before + b'{"event": "torn')
    (here / "go").touch()
    run, seen = follow(api, done)
    assert run.status.value == "SUCCEEDED"
    assert seen.count("step-finished") == 2
    events = (done.folder / "events.jsonl").read_text()
    assert events.startswith(before.decode())
    assert [json.loads(line)["event"] for line in events.splitlines()].count("step-finished") == 2


def test_a_run_is_followed_by_one_at_a_time(work, robot, api):
    done = work.submit(robot)
    from jupyter_kfp.local.journal import hold

    with hold(done.folder), pytest.raises(ClusterError, match="follows the run already"):
        follow_run(api, done.known, done.folder, sleep=soon)


def test_a_run_can_be_seen_from_another_machine(work, robot, api, here):
    work.behave(add={"metrics": {"accuracy": 0.75}})
    done = work.submit(robot, parameters={"size": 4})
    run, _ = follow(api, done)
    there = api.run(done.known.run_id)
    known = known_of(there, endpoint="team", host=robot.host, url="u", namespace="", bucket=None)
    seen = snapshot(api, known)
    assert (seen.status, seen.metrics) == (run.status, run.metrics)
    assert {step.name for step in seen.steps} == {"load", "add"}
    assert seen.parameters == {"size": 4}
    folder = adopt(api, known, here / "elsewhere")
    assert follow_run(api, recall(folder), folder, sleep=soon).status == run.status


def test_what_failed_can_be_run_again(work, robot, api):
    work.behave(add={"fail": "not yet"})
    done = work.submit(robot)
    run, _ = follow(api, done)
    assert run.status.value == "FAILED"
    work.behave()
    api.retry(done.known.run_id)
    run, _ = follow(api, done)
    assert run.status.value == "SUCCEEDED"
    assert run.failure is None


def test_results_come_home(work, robot, api, here):
    work.behave(add={"metrics": {"accuracy": 0.75}})
    done = work.submit(robot)
    follow(api, done)
    paths = Results.open(done.known.bucket, done.known.run_id).fetch(here / "home")
    names = {path.relative_to(here / "home").as_posix() for path in paths}
    assert {"steps/load/log.txt", "steps/add/output.ipynb", "steps/add/metrics.json"} <= names
    assert json.loads((here / "home/steps/add/metrics.json").read_text()) == {"accuracy": 0.75}


def test_logs_are_there_while_a_step_runs_and_after(work, robot, api, here):
    work.behave(load={"hold": str(here / "go")})
    done = work.submit(robot)
    text = None
    while not text:
        watch, there = open_watch(api, done.known)
        text = step_log(watch, there, "load")
        soon(1)
    assert text == f"step load of {done.known.run_id}\n"
    (here / "go").touch()
    follow(api, done)
    watch, there = open_watch(api, done.known)
    assert step_log(watch, there, "load") == text
    with pytest.raises(KeyError):
        step_log(watch, there, "nothing")


def test_a_log_is_told_until_its_step_has_ended(work, robot, api, here):
    work.behave(load={"hold": str(here / "go")})
    done = work.submit(robot)
    watch, _ = open_watch(api, done.known)
    pieces = []
    for piece in follow_log(watch, RunId(done.known.run_id), "load", sleep=soon):
        pieces.append(piece)
        (here / "go").touch()
    assert "".join(pieces) == f"step load of {done.known.run_id}\n"


def test_a_long_list_of_runs_comes_page_by_page(double, api):
    double.admin.add_finished_runs(1000)
    double.admin.forget_asked()
    assert sum(run.display_name.startswith("finished-") for run in api.runs()) == 1000
    assert len(double.admin.asked("api", "/apis/v2beta1/runs")) >= 10
    double.admin.forget_asked()
    assert next(api.runs()).run_id
    assert len(double.admin.asked("api", "/apis/v2beta1/runs")) == 1


def test_two_hundred_steps_are_followed(here, double, robot, api):
    """As far as the list of steps goes: they wait for their images."""
    from jupyter_kfp.dataflow import analyse
    from jupyter_kfp.notebook import read_notebook
    from tests.integration.cluster.conftest import Work, code, write_notebook

    cells = [code(f"x{number} = {number}", f"step:s{number}") for number in range(200)]
    pipeline = analyse(read_notebook(write_notebook(here / "many.ipynb", *cells, settings={"name": "many"})))
    images = {step.name: "registry.example.com/many:1" for step in pipeline.steps}
    done = Work(pipeline, images, double, here).submit(robot)
    run = follow_run(api, done.known, done.folder, once=True, sleep=soon)
    assert len(run.steps) == 200
    api.cancel(RunId(done.known.run_id))
    assert follow_run(api, done.known, done.folder, sleep=soon).status.value == "CANCELED"


def test_a_file_of_a_run_cannot_leave_its_folder(double, here):
    from google.cloud import storage

    bucket = storage.Client(project="p").bucket(double.bucket.removeprefix("gs://"))
    bucket.blob("team/runs/evil/../../../outside").upload_from_string("x")
    with pytest.raises(ClusterError, match="outside of its folder"):
        Results.open(f"{double.bucket}/team", "evil").fetch(here / "home")
    assert not list(Path(here).rglob("outside"))
