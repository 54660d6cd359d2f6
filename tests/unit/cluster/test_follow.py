"""What the states of a run and its steps become, without a server."""

import pytest

from jupyter_kfp.cluster.api import ClusterRun
from jupyter_kfp.cluster.failures import server_failure
from jupyter_kfp.cluster.follow import Watch
from jupyter_kfp.cluster.known import Known
from jupyter_kfp.cluster.spec import steps_of
from jupyter_kfp.local import record

SPEC = {
    "root": {"dag": {"tasks": {"a": {"componentRef": {"name": "c"}}}}},
    "components": {"c": {"executorLabel": "e"}},
}
KNOWN = Known(
    name="r",
    run_id="1",
    endpoint="team",
    host="https://k.example.com",
    url="https://k.example.com/1",
    bucket="",
)


@pytest.fixture
def watch():
    return Watch(None, KNOWN, steps_of(SPEC), None)


def there(state, step="", **more):
    tasks = [{"task_id": "t", "display_name": "a", "state": step}] if step else []
    return ClusterRun.model_validate(
        {"run_id": "1", "state": state, "run_details": {"task_details": tasks}, **more}
    )


def after(watch, *states):
    """The run after the server said these, one after the other; and the events."""
    run = record.started(None, watch.started(there("PENDING")))
    events = []
    for state in states:
        for event in watch.news(run, state):
            events.append(event.event)
            run = record.apply(run, event)
    return run, events


@pytest.mark.parametrize(
    "state", ["", "RUNTIME_STATE_UNSPECIFIED", "PENDING", "RUNNING", "CANCELING", "SOMETHING_NEW"]
)
def test_a_run_that_is_not_over_goes_on(watch, state):
    run, events = after(watch, there(state))
    assert run.status.value == "RUNNING"
    assert events == []


@pytest.mark.parametrize(
    ("state", "status"),
    [("SUCCEEDED", "SUCCEEDED"), ("SKIPPED", "SUCCEEDED"), ("FAILED", "FAILED"), ("CANCELED", "CANCELED")],
)
def test_a_run_that_is_over_ends(watch, state, status):
    run, events = after(watch, there(state, error={"message": "why"}))
    assert run.status.value == status
    assert events[-1] == "run-finished"


def test_a_paused_run_is_told_once_and_goes_on(watch):
    run, events = after(watch, there("PAUSED"), there("PAUSED"), there("RUNNING", "RUNNING"))
    assert events == ["warned", "step-started"]
    assert run.status.value == "RUNNING"


def test_nothing_is_told_twice(watch):
    done = there("RUNNING", "SUCCEEDED")
    run, events = after(watch, there("RUNNING", "RUNNING"), done, done, there("SUCCEEDED", "SUCCEEDED"))
    assert events == ["step-started", "step-finished", "run-finished"]
    assert run.step("a").status.value == "SUCCEEDED"


def test_a_step_that_was_never_seen_running_has_begun_all_the_same(watch):
    _, events = after(watch, there("FAILED", "FAILED"))
    assert events == ["step-started", "step-failed", "run-finished"]


def test_a_canceled_step_is_canceled(watch):
    run, _ = after(watch, there("CANCELED", "CANCELED"))
    assert run.step("a").status.value == "CANCELED"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("OOMKilled (exit code 137)", "OOMKilled"),
        ("Back-off pulling image: ImagePullBackOff", "ImagePull"),
        ("Pod was active on the node longer than the specified deadline", "Timeout"),
        ("0/3 nodes are available: 3 Insufficient memory", "Unschedulable"),
        ("The node was low on resource: memory. Evicted", "Evicted"),
        ('secret "db" not found', "ConfigMissing"),
        ("403 PERMISSION_DENIED", "PermissionDenied"),
        ("Error (exit code 1)", "StepEnded"),
        ("", "StepEnded"),
    ],
)
def test_the_servers_words_are_put_into_plain_ones(words, name):
    failure = server_failure("a", words, "")
    assert failure.name == name
    assert failure.message
    assert failure.fix
