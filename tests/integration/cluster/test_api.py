"""The Python API, to the double and back."""

import asyncio

import pytest

import jupyter_kfp
from jupyter_kfp import JupyterKfpError
from jupyter_kfp.api import RunStopped
from jupyter_kfp.local import RunFailed


def submit(work, **options):
    images = {str(step): image for step, image in work.images.items()}
    return jupyter_kfp.submit("two.ipynb", images=images, **options)


def test_a_submitted_run_is_followed_to_its_end_and_its_files_brought_home(robot, work):
    work.behave(add={"metrics": {"accuracy": 0.75}})
    run = submit(work, size=7)
    assert run.url.startswith("http")
    assert run.parameters == {"size": 7}
    assert run.wait() is run
    assert run.status == "SUCCEEDED"
    assert run.metrics == {"accuracy": 0.75}
    assert [event.event for event in run.events()][-1] == "run-finished"
    assert run.outputs()["add"].metrics == {"accuracy": 0.75}
    assert run.url in run._repr_html_()


def test_a_failed_run_says_which_cell(robot, work):
    work.behave(add={"fail": "negative"})
    with pytest.raises(RunFailed, match="negative"):
        submit(work, new=True, cache=False, wait=True)


def test_a_run_that_waits_for_its_images_can_be_canceled(robot, work):
    run = submit(work)
    assert run.status == "RUNNING"
    assert run.cancel()
    with pytest.raises(RunStopped):
        run.wait()
    assert run.cancel() is False


def test_submitting_can_be_awaited(robot, work):
    work.behave()
    images = {str(step): image for step, image in work.images.items()}
    run = asyncio.run(jupyter_kfp.submit_async("two.ipynb", images=images, wait=True, size=8))
    assert run.status == "SUCCEEDED"


def test_without_a_registry_the_images_have_to_be_given(robot, work):
    with pytest.raises(JupyterKfpError, match="no registry is set"):
        jupyter_kfp.submit("two.ipynb")
