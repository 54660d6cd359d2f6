"""Through project and step: a tiny pipeline with kernels."""

import json
import os
import signal
from dataclasses import replace

import nbformat
import psutil
import pytest

from jupyter_kfp.local import RunCanceled, RunFailed, Status, read_run, run
from jupyter_kfp.notebook.cells import Cell, Kernel, Role
from jupyter_kfp.notebook.settings import PipelineSettings, StepSettings
from jupyter_kfp.pipeline import Edge, Parameter, Pipeline, Reason, ReasonKind, Step

SOURCES = {
    "parameters": "n = 3",
    "load": "rows = [int(x) for x in open('data.txt').read().split()][:n]\nprint(rows)",
    "train": "model = {'sum': sum(rows)}",
    "test": "accuracy = model['sum'] / 10\nprint(accuracy)",
}


def pipeline(folder, **sources):
    sources = SOURCES | sources
    notebook = folder / "tiny.ipynb"
    cells = {
        name: Cell(f"cell-{name}", number, text) for number, (name, text) in enumerate(sources.items(), 1)
    }
    cells["parameters"] = replace(cells["parameters"], tags=("parameters",), role=Role.PARAMETERS)
    code = [nbformat.v4.new_code_cell(cell.source, id=cell.id) for cell in cells.values()]
    nbformat.write(nbformat.v4.new_notebook(cells=code), notebook)
    (folder / "data.txt").write_text("1 2 3 4")

    def step(name, order, **more):
        return Step(name=name, order=order, title=name.title(), cells=(cells[name],), **more)

    def edge(source, target):
        return Edge(source, target, (Reason(ReasonKind.STATE, "rows", "it reads rows"),))

    return Pipeline(
        name="tiny",
        notebook=notebook,
        parameters_cell=cells["parameters"],
        parameters=(Parameter("n", "int", 3),),
        steps=(
            step("load", 0, parameters=("n",), saves=("rows",), reads_files=("data.txt",)),
            step("train", 1, loads=("rows",), saves=("model",)),
            step("test", 2, loads=("model",), saves=("accuracy",), metrics=("accuracy",)),
        ),
        edges=(edge("load", "train"), edge("train", "test")),
        findings=(),
        settings=PipelineSettings(),
        kernel=Kernel(),
        data_files=("data.txt",),
    )


def printed(done, step):
    notebook = nbformat.read(done.step_folder(step) / "output.ipynb", 4)
    cell = next(cell for cell in notebook.cells if cell.id == f"cell-{step}")
    return "".join(output.text for output in cell.outputs)


def test_a_pipeline_runs_is_reused_and_sees_new_data_and_parameters(tmp_path):
    tiny = pipeline(tmp_path)
    first = run(tiny)
    assert printed(first, "load") == "[1, 2, 3]\n"
    assert first.metrics == {"accuracy": 0.6}
    for name in ("output.html", "log.txt", "state.json"):
        assert (first.step_folder("test") / name).is_file()
    assert json.loads((first.step_folder("test") / "metrics.json").read_text()) == {"accuracy": 0.6}

    assert [step.cached for step in run(tiny).steps] == [True, True, True]

    (tmp_path / "data.txt").write_text("5 5 5")
    changed = run(tiny, parameters={"n": 2})
    assert printed(changed, "load") == "[5, 5]\n"
    assert changed.metrics == {"accuracy": 1.0}


def test_a_failing_cell_is_told_by_its_step_number_and_line(tmp_path):
    with pytest.raises(RunFailed) as caught:
        run(pipeline(tmp_path, train="model = rows\nmodel.fit()"))
    text = str(caught.value)
    assert "step train, cell 3" in text
    assert "AttributeError: 'list' object has no attribute 'fit'" in text
    assert "output.ipynb" in text
    assert [step.status for step in caught.value.run.steps] == [
        Status.SUCCEEDED,
        Status.FAILED,
        Status.SKIPPED,
    ]


def test_a_stopped_run_leaves_no_kernel(tmp_path):
    kernels = []

    def on_event(event):
        if event.event == "step-output" and "kernel" in event.text:
            kernels.append(int(event.text.split("kernel ")[1].split()[0]))
            os.kill(os.getpid(), signal.SIGINT)

    code = "import os, time\nprint('kernel', os.getpid(), flush=True)\ntime.sleep(600)"
    with pytest.raises(RunCanceled) as caught:
        run(pipeline(tmp_path, load=code), on_event=on_event)
    assert len(kernels) == 1
    assert not lives(kernels[0])
    assert [step.status for step in caught.value.run.steps] == [
        Status.CANCELED,
        Status.SKIPPED,
        Status.SKIPPED,
    ]


def lives(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_loop_and_results_come_through_real_steps(tmp_path):
    tiny = pipeline(
        tmp_path,
        parameters="n = 3",
        train="model = {'sum': sum(rows[:n])}",
        test="print([each['sum'] for each in model])\naccuracy = 1.0",
    )
    load, train, test = tiny.steps
    train = replace(
        train, parameters=("n",), settings=StepSettings(foreach={"n": (1, 2)}, results={"model": "Model"})
    )
    test = replace(test, settings=StepSettings(results={"model": "Artifact"}))
    first = run(replace(tiny, steps=(load, train, test)))
    assert printed(first, "test") == "[1, 3]\n"
    assert first.step("train[1]").results["model"].format == "json"
    kept = first.step_folder("train[1]") / "results" / "model.json"
    assert json.loads(kept.read_text()) == {"sum": 3}

    again = run(replace(tiny, steps=(load, train, test)))
    assert all(step.cached for step in again.steps)
    assert (again.step_folder("train[1]") / "results" / "model.json").read_text() == kept.read_text()
    known = read_run(again.folder).step("test").results["model"]
    assert (known.name, known.type, known.file) == ("model", "list", "model.json")
    assert known.size == (again.step_folder("test") / "results" / known.file).stat().st_size
