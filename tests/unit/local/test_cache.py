import json
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.local import RunFailed, Status

CHAIN = {"load": "value = 1", "train": (["load"], "value = 2"), "test": (["train"], "value = 3")}


def test_a_changed_step_is_run_and_those_that_its_state_reaches(workshop):
    demo = workshop(CHAIN)
    demo.run()
    demo.behave("train", "value = 22")
    demo.run()
    assert demo.order() == ["train", "test"]


def test_a_changed_step_that_hands_on_the_same_state_changes_nothing_after_it(workshop):
    demo = workshop(CHAIN)
    demo.run()
    demo.behave("train", "value = 1 + 1")
    demo.run()
    assert demo.order() == ["train"]


def test_without_cache_all_is_run_and_the_results_are_kept(workshop):
    demo = workshop(CHAIN)
    demo.run(cache=False)
    demo.run(cache=False)
    assert demo.order() == ["load", "train", "test"]
    demo.run()
    assert demo.order() == []


def test_only_the_steps_that_read_a_changed_parameter_are_run(workshop, number):
    demo = workshop({"load": "", "train": (["load"], "value = flags.get('number')")}, parameters=[number])
    steps = (replace(demo.pipeline.steps[0], parameters=()), demo.pipeline.steps[1])
    demo.pipeline = replace(demo.pipeline, steps=steps)
    demo.run()
    run = demo.run(parameters={"number": 2})
    assert demo.order() == ["train"]
    assert run.parameters == {"number": 2}


def test_a_changed_environment_setting_is_seen(workshop):
    demo = workshop(CHAIN)
    demo.run()
    settings = demo.pipeline.steps[0].settings.model_copy(update={"environment": {"MODE": "fast"}})
    demo.pipeline = replace(
        demo.pipeline, steps=(replace(demo.pipeline.steps[0], settings=settings), *demo.pipeline.steps[1:])
    )
    demo.behave("test", "value = 4")
    demo.run()
    assert demo.order() == ["load", "test"]


def test_changed_data_of_the_notebook_is_seen(workshop, tmp_path):
    demo = workshop({"load": "value = list(read(flags['files'])['files'])"})
    demo.pipeline = replace(demo.pipeline, data_files=("data.csv",))
    for content, expected in (("1,2", ["load"]), ("1,2", []), ("1,3", ["load"])):
        (tmp_path / "data.csv").write_text(content)
        demo.run()
        assert demo.order() == expected


def test_data_that_is_not_there_is_named(workshop):
    demo = workshop({"load": ""})
    demo.pipeline = replace(demo.pipeline, data_files=("data.csv",))
    with pytest.raises(JupyterKfpError, match=r"data\.csv.*not there"):
        demo.run()


def test_a_changed_secret_is_seen(workshop, monkeypatch):
    secret = {"load": {"secrets": {"TOKEN": {"secret": "s", "key": "k"}}}}
    demo = workshop({"load": ""}, settings=secret)
    monkeypatch.setenv("TOKEN", "one")
    demo.run()
    monkeypatch.setenv("TOKEN", "two")
    demo.run()
    assert demo.order() == ["load"]
    assert all("one" not in path.read_text() for path in (demo.root / "cache").iterdir())


def test_a_step_with_cache_off_is_always_run(workshop):
    demo = workshop(CHAIN, settings={"train": {"cache": False}})
    demo.run()
    demo.run()
    assert demo.order() == ["train"]


def test_a_failed_step_is_tried_again(workshop):
    demo = workshop({"load": "fail()"})
    for _ in range(2):
        with pytest.raises(RunFailed):
            demo.run()
        assert demo.order() == ["load"]


@pytest.mark.parametrize("what", ["manifest", "value", "output"])
def test_a_result_with_a_missing_object_is_none(workshop, what):
    demo = workshop({"load": "value = 7"})
    run = demo.run()
    manifest = demo.root / "objects" / Path(run.step("load").manifest).name
    entry = json.loads(next((demo.root / "cache").glob("*.json")).read_text())
    missing = {
        "manifest": manifest.name,
        "value": json.loads(manifest.read_text())["names"]["value"]["object"],
        "output": entry["files"]["output.ipynb"],
    }[what]
    (demo.root / "objects" / missing).unlink()
    assert demo.run().status is Status.SUCCEEDED
    assert demo.order() == ["load"]


def test_a_torn_output_is_not_given_out(workshop):
    demo = workshop({"load": "value = 7"})
    demo.run()
    entry = json.loads(next((demo.root / "cache").glob("*.json")).read_text())
    (demo.root / "objects" / entry["files"]["output.ipynb"]).write_text("torn")
    run = demo.run()
    assert demo.order() == ["load"]
    assert json.loads((run.folder / "steps/load/output.ipynb").read_text())["step"] == "load"
    demo.run()
    assert demo.order() == []


def test_an_edit_of_a_runs_files_does_not_reach_later_runs(workshop):
    demo = workshop({"load": ""})
    with (demo.run().folder / "steps/load/log.txt").open("a") as file:
        file.write("my note")
    assert "my note" not in (demo.run().folder / "steps/load/log.txt").read_text()


def test_a_torn_entry_is_none(workshop):
    demo = workshop({"load": ""})
    demo.run()
    for path in (demo.root / "cache").iterdir():
        path.write_bytes(path.read_bytes()[:40])
    demo.run()
    assert demo.order() == ["load"]


def test_from_a_step_it_and_what_depends_on_it_are_run_anew(workshop):
    demo = workshop(CHAIN | {"aside": ""})
    demo.run()
    run = demo.run(from_step="train")
    assert demo.order() == ["train", "test"]
    assert run.step("load").cached
    assert run.step("aside").cached


def test_only_a_step_leaves_the_rest(workshop):
    demo = workshop(CHAIN)
    demo.run()
    run = demo.run(only_step="train")
    assert demo.order() == ["train"]
    assert run.status is Status.SUCCEEDED
    assert run.step("test").status is Status.SKIPPED


@pytest.mark.parametrize("option", ["from_step", "only_step"])
def test_where_earlier_results_are_missing_it_says_to_run_all_once(workshop, option):
    demo = workshop(CHAIN)
    with pytest.raises(JupyterKfpError, match="no earlier result of step load") as caught:
        demo.run(**{option: "train"})
    assert "once without --from" in caught.value.fix
    assert list((demo.root / "runs").iterdir()) == []


def test_from_a_step_works_with_cache_off(workshop):
    demo = workshop(CHAIN, settings={"load": {"cache": False}})
    demo.run()
    demo.run(from_step="test", cache=False)
    assert demo.order() == ["test"]


@pytest.mark.parametrize("options", [{"from_step": "trian"}, {"only_step": "trian"}])
def test_an_unknown_step_is_named_with_those_there_are(workshop, options):
    demo = workshop(CHAIN)
    with pytest.raises(JupyterKfpError, match="no step trian") as caught:
        demo.run(**options)
    assert "load, train, test" in str(caught.value)


def test_from_and_only_do_not_go_together(workshop):
    with pytest.raises(JupyterKfpError, match="together"):
        workshop(CHAIN).run(from_step="train", only_step="train")


def test_a_root_that_was_moved_keeps_its_results(workshop):
    demo = workshop(CHAIN)
    demo.run()
    demo.root.rename(demo.folder / "elsewhere")
    run = demo.run(root=demo.folder / "elsewhere")
    assert demo.order() == []
    assert run.step("test").manifest.startswith(str(demo.folder / "elsewhere"))
