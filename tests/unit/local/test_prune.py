from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.local import prune, remove, runs
from jupyter_kfp.local.root import in_use


@pytest.fixture
def demo(workshop):
    """Three runs that each have a state of their own."""
    demo = workshop({"load": ""})
    for number in range(3):
        demo.behave("load", f"value = {number}")
        demo.run()
    return demo


def test_only_the_newest_runs_stay_and_with_them_what_they_need(demo):
    newest = runs(demo.root)[0]
    objects = len(list((demo.root / "objects").iterdir()))
    pruned = prune(demo.root, keep=1)
    assert len(pruned.runs) == 2
    assert [run.id for run in runs(demo.root)] == [newest.id]
    left = len(list((demo.root / "objects").iterdir()))
    assert pruned.complete
    assert pruned.objects == objects - left > 0
    assert pruned.bytes > 0
    assert Path(newest.step("load").manifest).is_file()
    assert [path.name for path in (demo.root / "runs").iterdir()] == [newest.id]


def test_kept_results_are_still_used_and_others_are_made_again(demo):
    kept = runs(demo.root)[0]
    assert (kept.folder / "project/steps/load/behaviour.py").read_text() == "value = 2"
    prune(demo.root, keep=1)
    demo.run()
    assert demo.order() == []
    demo.behave("load", "value = 1")
    demo.run()
    assert demo.order() == ["load"]


def test_with_nothing_kept_nothing_is_left(demo):
    prune(demo.root, keep=0)
    for name in ("runs", "objects", "cache"):
        assert list((demo.root / name).iterdir()) == []
    demo.run()


def test_a_running_run_and_its_objects_are_left_alone(demo):
    pruned = []

    def on_event(event):
        if event.event == "step-finished":
            pruned.append(prune(demo.root, keep=0))

    demo.behave("load", "value = 'new'")
    done = demo.run(on_event=on_event)
    assert pruned[0].complete is False
    assert pruned[0].objects == 0
    assert len(pruned[0].runs) == 3
    assert [run.id for run in runs(demo.root)] == [done.id]
    assert Path(done.step("load").manifest).is_file()


def test_a_folder_that_the_user_chose_is_never_touched(demo, tmp_path):
    done = demo.run(output=tmp_path / "out")
    before = sorted((tmp_path / "out").rglob("*"))
    assert done.id in prune(demo.root, keep=0).runs
    assert sorted((tmp_path / "out").rglob("*")) == before


def test_a_dead_link_and_a_half_made_run_go(demo, tmp_path):
    (demo.root / "runs/2020-01-01T000000-x-0000").symlink_to(tmp_path / "gone")
    (demo.root / "runs/2020-01-01T000000-x-0001/project").mkdir(parents=True)
    assert len(prune(demo.root, keep=10).runs) == 2
    assert len(runs(demo.root)) == 3


def test_one_run_is_removed_by_its_id(demo):
    gone = runs(demo.root)[1]
    remove(demo.root, gone.id)
    assert gone.id not in [run.id for run in runs(demo.root)]
    assert not gone.folder.exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../objects", "none", "/"])
def test_what_is_not_a_run_is_not_removed(demo, name):
    with pytest.raises(JupyterKfpError, match="no run"):
        remove(demo.root, name)
    assert (demo.root / "objects").is_dir()


def test_a_run_at_work_is_not_removed(demo):
    problems = []

    def on_event(event):
        if event.event == "step-finished":
            with pytest.raises(JupyterKfpError, match="at work") as caught:
                remove(demo.root, runs(demo.root)[0].id)
            problems.append(caught.value)

    demo.behave("load", "value = 'new'")
    demo.run(on_event=on_event)
    assert len(problems) == 1


def test_a_root_is_shared_by_runs_and_had_alone_by_none_of_them(demo):
    with in_use(demo.root) as one, in_use(demo.root) as two, in_use(demo.root, alone=True) as three:
        assert (one, two, three) == (True, True, False)


def test_the_data_of_a_kept_run_stays(demo, tmp_path):
    (tmp_path / "data.csv").write_text("1,2")
    demo.pipeline = replace(demo.pipeline, data_files=("data.csv",))
    demo.behave("load", "value = list(read(flags['files'])['files'])")
    done = demo.run()
    prune(demo.root, keep=1)
    demo.run()
    assert demo.order() == []
    assert Path(done.files).is_file()
