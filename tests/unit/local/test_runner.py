import json

import pytest

from jupyter_kfp.local import RunFailed, Status, read_run

CHAIN = {
    "load": "value = {'rows': 3}",
    "train": (["load"], "value = {'seen': states['load']['names']['value']['object']}"),
    "test": (["train"], "metrics = {'accuracy': 0.5}"),
}


def test_a_run_leaves_a_folder_that_tells_all_of_it(workshop):
    demo = workshop(CHAIN)
    run = demo.run()
    assert run.status is Status.SUCCEEDED
    assert run.folder.parent == demo.root / "runs"
    assert [step.status for step in run.steps] == [Status.SUCCEEDED] * 3
    assert run.metrics == {"accuracy": 0.5}
    assert read_run(run.folder) == run
    for step in ("load", "train", "test"):
        names = {path.name for path in (run.folder / "steps" / step).iterdir()}
        assert {"output.ipynb", "output.html", "log.txt", "state.json"} <= names
    assert (run.folder / "project" / "steps" / "load" / "main.py").is_file()
    assert not (run.folder / "scratch").exists()
    assert (demo.root / ".gitignore").read_text() == "*\n"
    assert demo.root.stat().st_mode & 0o077 == 0


def test_a_second_run_takes_every_result_from_the_first(workshop):
    demo = workshop(CHAIN)
    first = demo.run()
    second = demo.run()
    assert demo.order() == []
    assert all(step.cached and step.cached_from == first.id for step in second.steps)
    assert second.metrics == {"accuracy": 0.5}
    one, two = (run.folder / "steps/train/output.ipynb" for run in (first, second))
    assert json.loads(one.read_text()) == json.loads(two.read_text())


def test_a_failing_step_ends_the_run_and_names_its_cell(workshop):
    demo = workshop(
        {
            "load": "",
            "train": (["load"], "fail(cell_number=4, line=3, first_line='model.fit(X)', message='bad data')"),
            "test": (["train"], ""),
        }
    )
    with pytest.raises(RunFailed) as caught:
        demo.run()
    text = str(caught.value)
    assert "train" in text
    assert "cell 4" in text
    assert "ValueError: bad data" in text
    run = caught.value.run
    assert [step.status for step in run.steps] == [Status.SUCCEEDED, Status.FAILED, Status.SKIPPED]
