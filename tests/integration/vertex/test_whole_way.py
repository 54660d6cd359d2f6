"""Real steps of a real package, started with what Vertex AI hands a task: uris, paths and names as it makes them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_kfp.cluster import follow_run, open_api
from jupyter_kfp.cluster.spec import steps_of
from jupyter_kfp.dataflow import analyse
from jupyter_kfp.notebook import read_notebook
from jupyter_kfp.project import write_project
from tests.integration.cluster.conftest import code, write_notebook
from tests.systems.vertex import NUMBER


def run_on(vertex, run_id: str, project, folder: Path) -> None:
    """The tasks of a pipeline without groups, one after the other, each as a process in its step folder."""
    job = vertex.job(run_id)
    spec = json.loads(type(job).to_json(job))["pipelineSpec"]
    root = job.runtime_config.gcs_output_directory
    given = json.loads(type(job.runtime_config).to_json(job.runtime_config))["parameterValues"]
    declared = spec["root"]["inputDefinitions"]["parameters"]
    values = {name: one.get("defaultValue") for name, one in declared.items()} | given
    results: dict[tuple[str, str], str] = {}
    for step in steps_of(spec):
        task = spec["root"]["dag"]["tasks"][step.task]
        component = spec["components"][task["componentRef"]["name"]]
        container = spec["deploymentSpec"]["executors"][component["executorLabel"]]["container"]
        inputs = {name: value_of(one, values, results) for name, one in task["inputs"]["parameters"].items()}
        place = folder / step.task
        place.mkdir()
        outputs = component["outputDefinitions"]
        artifacts = {
            name: {"name": name, "uri": f"{root}/{NUMBER}/{run_id}/{step.task}_-42/{name}", "metadata": {}}
            for name in outputs.get("artifacts", {})
        }
        executor_input = {
            "inputs": {"parameterValues": inputs},
            "outputs": {
                "artifacts": {name: {"artifacts": [one]} for name, one in artifacts.items()},
                "parameters": {name: {"outputFile": str(place / name)} for name in outputs["parameters"]},
                "outputFile": str(place / "executor_output.json"),
            },
        }
        words = [resolved(word, inputs, place, executor_input) for word in container["args"]]
        program = [sys.executable if word == "python" else word for word in container["command"]]
        done = subprocess.run(
            [*program, *words],
            cwd=project.step(step.name).folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        results |= {(step.task, name): (place / name).read_text() for name in outputs["parameters"]}
        vertex.play(run_id, "RUNNING", {step.task: "SUCCEEDED"})
    vertex.play(run_id, "SUCCEEDED")


def value_of(one: dict, values: dict, results: dict):
    if "componentInputParameter" in one:
        return values[one["componentInputParameter"]]
    if "taskOutputParameter" in one:
        told = one["taskOutputParameter"]
        return results[told["producerTask"], told["outputParameterKey"]]
    return one["runtimeValue"]["constant"]


def resolved(word: str, inputs: dict, place: Path, executor_input: dict) -> str:
    """A word of the command line with its placeholders filled in."""

    def fill(found: re.Match) -> str:
        kind, name = found[1], found[2]
        if kind is None:
            return json.dumps(executor_input)
        if kind == "inputs.parameters":
            value = inputs[name]
            return value if isinstance(value, str) else f"{value:g}"
        return str(place / name)

    return re.sub(r"\{\{\$(?:\.([a-z.]+)\['([^']+)'\](?:\.\w+)?)?\}\}", fill, word)


@pytest.fixture
def finished(here, vertex, storage, chosen, work, tmp_path):
    path = write_notebook(
        here / "whole.ipynb",
        code("size = 3", "parameters"),
        code("numbers = list(range(size))", "step:load"),
        code("total = sum(numbers)\naccuracy = total / 100", "step:add", "metrics"),
        settings={"name": "whole"},
    )
    work.pipeline = analyse(read_notebook(path))
    work.images = {step.name: f"registry.example.com/whole-{step.name}:1" for step in work.pipeline.steps}
    done = work.submit(chosen, parameters={"size": 9})
    (tmp_path / "tasks").mkdir()
    run_on(vertex, done.known.run_id, write_project(work.pipeline, tmp_path / "project"), tmp_path / "tasks")
    with open_api(chosen) as api:
        return follow_run(api, done.known, done.folder), done


def test_the_steps_find_their_run_and_leave_what_following_finds(finished, kfp, here):
    run, done = finished
    assert run.status.value == "SUCCEEDED"
    assert run.metrics == {"total": 36, "accuracy": 0.36}
    assert not any(step.cached for step in run.steps)
    assert kfp("runs", "fetch", done.known.name, "-o", "home").status == 0
    assert (here / "home" / "steps" / "add" / "output.html").exists()


def test_a_step_can_be_debugged_with_its_real_inputs(finished, kfp):
    import nbformat
    from nbclient import NotebookClient

    _, done = finished
    answer = kfp("debug", done.known.name, "add", "-o", "look", "--json")
    assert answer.status == 0, answer.err
    path = Path(answer.json["notebook"])
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell("print(numbers, total)"))
    NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
    assert notebook.cells[-1].outputs[0].text == "[0, 1, 2, 3, 4, 5, 6, 7, 8] 36\n"
