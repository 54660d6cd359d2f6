"""Runs that a cluster has: what was asked for here and what tells of them are two folders, and one run to the user."""

from __future__ import annotations

import json

import pytest

from jupyter_kfp.cluster import Chosen, known
from jupyter_kfp.cluster.endpoints import Endpoint
from jupyter_kfp.dataflow import analyse
from jupyter_kfp.local import journal
from jupyter_kfp.local.events import PlannedStep, RunFinished, RunStarted, StepFinished, StepStarted
from jupyter_kfp.local.root import open_root
from jupyter_kfp.notebook import read_notebook
from jupyter_kfp.server import cluster_runs, requested
from jupyter_kfp.server.preparation import Preparation

ASKED, TOLD = "2026-11-24T101500-iris-aaaa", "2026-11-24T101530-iris-bbbbbbbb"
PAGE = "https://kubeflow.example.com/#/runs/details/1"


@pytest.fixture
def submitted(folder, save):
    """A run that was asked for in JupyterLab, which a cluster has run."""
    path = save("iris.ipynb", ("step:a", "a = 1"))
    runs = open_root(folder / ".jupyter-kfp") / "runs"
    (runs / ASKED).mkdir()
    (runs / TOLD).mkdir()
    request = requested.Request(
        notebook=str(folder / path), pipeline="iris", where="team", started="2026-11-24T10:15:00+00:00"
    )
    requested.write_request(runs / ASKED, request)
    tell = Preparation(runs / ASKED)
    tell.phase("build")
    tell.submitted(TOLD, PAGE)
    with journal.hold(runs / TOLD), journal.Journal(runs / TOLD) as keep:
        keep.write(
            RunStarted(
                run=TOLD,
                pipeline="iris",
                notebook=str(folder / path),
                notebook_digest="",
                parameters={},
                steps=(PlannedStep(name="a", title="A"),),
                url=PAGE,
            )
        )
        keep.write(StepStarted(step="a"))
        keep.write(StepFinished(step="a", manifest="gs://bucket/objects/1", metrics={"accuracy": 0.9}))
        keep.write(RunFinished(status="SUCCEEDED"))
    told = known.Known(
        name=TOLD,
        run_id="1",
        endpoint="team",
        host="https://kubeflow.example.com",
        url=PAGE,
        bucket="gs://bucket",
    )
    known.remember(runs / TOLD, told)
    return runs


async def test_it_is_one_run_of_its_endpoint(api, submitted):
    [found] = await api("GET", "runs", params={"path": "iris.ipynb"})
    assert found == await api("GET", f"runs/{ASKED}")
    assert (found["id"], found["where"], found["status"]) == (ASKED, "team", "SUCCEEDED")
    assert (found["link"], found["metrics"]) == (PAGE, {"accuracy": 0.9})
    assert found["steps"][0]["notebook"] == "steps/a/output.ipynb"


async def test_its_events_are_those_of_both_folders(api, submitted, events_of):
    events = events_of((await api("GET", f"runs/{ASKED}/events")).body)
    assert [number for number, _ in events] == [1, 2, 3, 4, 5, 6]
    assert [event["event"] for _, event in events] == [
        "phase",
        "submitted",
        "run-started",
        "step-started",
        "step-finished",
        "run-finished",
    ]
    later = await api("GET", f"runs/{ASKED}/events", headers={"Last-Event-ID": "4"})
    assert events_of(later.body) == events[4:]


async def test_it_is_removed_as_one(api, submitted):
    assert await api("POST", f"runs/{ASKED}/cancel") == {"asked": False}
    await api("DELETE", f"runs/{ASKED}")
    assert list(submitted.iterdir()) == []


async def test_a_run_that_the_command_line_submitted_is_listed(api, submitted):
    for file in (submitted / ASKED).iterdir():
        file.unlink()
    (submitted / ASKED).rmdir()
    [found] = await api("GET", "runs")
    assert (found["id"], found["where"]) == (TOLD, "team")


def test_the_file_of_a_run_on_a_cluster_is_called_as_the_cluster_room_calls_it():
    assert requested.CLUSTER == known.FILE


async def test_a_hostile_name_of_a_folder_leads_nowhere(api, submitted, folder):
    line = json.dumps({"event": "submitted", "run": "../../../elsewhere", "url": ""})
    (submitted / ASKED / requested.PREPARE).write_text(line + "\n")
    found = await api("GET", f"runs/{ASKED}")
    assert found["steps"] == []


def test_steps_whose_images_are_not_built_need_neither_registry_nor_builder(folder, save, monkeypatch):
    def no_builder(*_, **__):
        raise AssertionError("a builder was looked for")

    monkeypatch.setattr("jupyter_kfp.images.find_builder", no_builder)
    ready = {"image": "registry.example.com/team/notebook:1", "build": False}
    path = folder / save("ready.ipynb", ("step:a", "a = 1"), ("step:b", "b = a"), defaults=ready)
    pipeline = analyse(read_notebook(path))
    images, code = cluster_runs._images(pipeline, Chosen("team", Endpoint(), {}), lambda event: None)
    assert images == {"a": ready["image"], "b": ready["image"]}
    assert set(code) == {"a", "b"}
