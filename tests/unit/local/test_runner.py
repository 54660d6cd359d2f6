import json
import os
import pickle
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_kfp.errors import FindingsError, JupyterKfpError, ParameterError
from jupyter_kfp.findings import Finding, Level
from jupyter_kfp.local import RunFailed, Status, follow, kernels, read_run, run, runs
from jupyter_kfp.local.events import StepFailed
from jupyter_kfp.pipeline import Parameter

CHAIN = {
    "load": "value = {'rows': 3}",
    "train": (["load"], "value = {'seen': states['load']['names']['value']['object']}"),
    "test": (["train"], "metrics = {'accuracy': 0.5}"),
}


def test_a_run_leaves_a_folder_that_tells_all_of_it(workshop):
    demo = workshop(CHAIN)
    done = demo.run()
    assert done.status is Status.SUCCEEDED
    assert done.folder.parent == demo.root / "runs"
    assert [step.status for step in done.steps] == [Status.SUCCEEDED] * 3
    assert done.metrics == {"accuracy": 0.5}
    assert read_run(done.folder) == done
    assert list(follow(done.folder)) == [event for event in demo.events if event.event != "step-output"]
    for step in ("load", "train", "test"):
        names = {path.name for path in (done.folder / "steps" / step).iterdir()}
        assert {"output.ipynb", "output.html", "log.txt", "state.json"} <= names
    assert (done.folder / "project" / "steps" / "load" / "main.py").is_file()
    assert not (done.folder / "scratch").exists()
    assert (demo.root / ".gitignore").read_text() == "*\n"
    assert demo.root.stat().st_mode & 0o077 == 0
    assert not list(demo.root.glob(".*-*"))


def test_a_second_run_takes_every_result_from_the_first(workshop):
    demo = workshop(CHAIN)
    first = demo.run()
    second = demo.run()
    assert demo.order() == []
    assert all(step.cached and step.cached_from == first.id for step in second.steps)
    assert second.metrics == {"accuracy": 0.5}
    one, two = (done.folder / "steps/train/output.ipynb" for done in (first, second))
    assert json.loads(one.read_text()) == json.loads(two.read_text())


def test_runs_are_listed_newest_first(workshop):
    demo = workshop({"load": ""})
    made = [demo.run().id for _ in range(4)]
    assert [done.id for done in runs(demo.root)] == made[::-1]


def test_independent_steps_run_side_by_side(workshop):
    # Opening one end of a pipe waits for the other end: each step needs the other to run.
    demo = workshop(
        {"one": "open(here.parent / 'pipe', 'w').close()", "two": "open(here.parent / 'pipe').read()"},
        settings={"one": {"timeout": 60}, "two": {"timeout": 60}},
    )
    os.mkfifo(demo.folder / "pipe")
    for step, mode in (("one", "w"), ("two", "r")):
        demo.behave(step, f"open({str(demo.folder / 'pipe')!r}, {mode!r}).close()")
    assert demo.run(jobs=2).status is Status.SUCCEEDED


def test_with_one_job_the_steps_run_one_by_one_in_notebook_order(workshop):
    demo = workshop({"b": "", "a": "", "c": ""})
    demo.run(jobs=1)
    told = [
        (event.event, event.step) for event in demo.events if event.event in ("step-started", "step-finished")
    ]
    assert told == [(kind, step) for step in "bac" for kind in ("step-started", "step-finished")]


def test_after_a_failure_the_running_steps_finish_and_no_other_starts(workshop):
    demo = workshop({"bad": "fail()", "slow": "", "later": (["slow"], ""), "after": (["bad"], "")})
    pipe = demo.folder / "pipe"
    os.mkfifo(pipe)
    demo.behave("slow", f"open({str(pipe)!r}).read()")

    def on_event(event):
        demo.events.append(event)
        if isinstance(event, StepFailed):
            pipe.write_text("go on")

    with pytest.raises(RunFailed) as caught:
        demo.run(jobs=2, on_event=on_event)
    states = {step.name: step.status for step in caught.value.run.steps}
    assert states == {
        "bad": Status.FAILED,
        "slow": Status.SUCCEEDED,
        "later": Status.SKIPPED,
        "after": Status.SKIPPED,
    }
    assert "bad failed" in caught.value.run.step("later").reason


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
    assert "step train, cell 4: `model.fit(X)`" in text
    assert "ValueError: bad data" in text
    assert str(demo.pipeline.notebook) in text
    done = caught.value.run
    assert done.status is Status.FAILED
    assert [step.status for step in done.steps] == [Status.SUCCEEDED, Status.FAILED, Status.SKIPPED]
    assert read_run(done.folder) == done


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (f"os.kill(os.getpid(), {signal.SIGKILL})", "memory ran out"),
        (f"os.kill(os.getpid(), {signal.SIGSEGV})", "SIGSEGV"),
        ("sys.exit(137)", "memory ran out"),
        ("sys.exit(3)", "status 3"),
        ("sys.exit(2)", "flags"),
        ("sys.exit(0)", "no state"),
        ("raise RuntimeError('broken main')", "RuntimeError: broken main"),
        ("(left / 'error.json').write_text('torn'); sys.exit(1)", "status 1"),
    ],
)
def test_a_step_that_dies_without_a_word_is_told_by_how_it_ended_and_its_last_lines(workshop, code, words):
    with pytest.raises(RunFailed) as caught:
        workshop({"train": "print('last words', flush=True)\n" + code}).run()
    assert words in str(caught.value)
    assert "last words" in str(caught.value)
    done = caught.value.run
    assert "last words" in (done.step_folder("train") / "log.txt").read_text()


def test_a_failed_step_is_tried_again_as_often_as_its_settings_say(workshop, tmp_path):
    code = f"""
from pathlib import Path
tries = Path({str(tmp_path)!r}, "tries")
tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
assert not (left / "error.json").exists()
if len(tries.read_text()) < 3:
    fail(message="try " + tries.read_text())
"""
    demo = workshop({"train": code}, settings={"train": {"retries": 2, "backoff": {"seconds": 0}}})
    done = demo.run()
    assert done.step("train").attempts == 3
    assert [event.failure.message for event in demo.told("step-retried")] == ["try x", "try xx"]


def test_a_step_sees_its_environment_settings_and_a_folder_of_its_own(workshop):
    code = "value = {'mode': os.environ['MODE'], 'cwd': os.getcwd()}; print(value)"
    demo = workshop(
        {"a": code, "b": code}, settings={name: {"environment": {"MODE": "fast"}} for name in "ab"}
    )
    demo.run()
    printed = {event.step: event.text for event in demo.told("step-output") if "mode" in event.text}
    assert all("fast" in text for text in printed.values())
    assert printed["a"] != printed["b"]


def test_the_flags_are_those_of_the_contract(workshop):
    parameters = [
        Parameter("learning_rate", "float", 0.1),
        Parameter("verbose", "bool", False),
        Parameter("sizes", "list", [1]),
        Parameter("run", "str", "x"),
    ]
    demo = workshop({"load": "", "train": (["load"], "print(json.dumps(flags))")}, parameters=parameters)
    given = {"learning_rate": 1, "verbose": True, "sizes": [2, "ü"], "run": "--help -x\n$(y)"}
    done = demo.run(parameters=given)
    text = next(
        event.text for event in demo.told("step-output") if event.step == "train" and "{" in event.text
    )
    flags = json.loads(text[text.index("{") :])
    assert flags["bucket"] == str(demo.root)
    assert flags["run"] == done.id
    assert flags["kernel"] == "python3"
    assert flags["learning-rate"] == "1.0"
    assert flags["verbose"] == "true"
    assert json.loads(flags["sizes"]) == [2, "ü"]
    assert flags["parameter-run"] == "--help -x\n$(y)"
    assert Path(flags["load-state"]).parent == demo.root / "objects"
    assert done.parameters == given


def test_defaults_are_left_to_the_notebook(workshop, number):
    demo = workshop({"load": "assert 'number' not in flags"}, parameters=[number])
    assert demo.run().parameters == {"number": 1}


@pytest.mark.parametrize("name", ["with space", "ümläut-日本", "a;b&'c\"", "-dash"])
def test_paths_of_any_name_work(workshop, tmp_path, name):
    demo = workshop(CHAIN, folder=tmp_path / name)
    assert demo.run().status is Status.SUCCEEDED
    assert demo.run(output=tmp_path / name / "out").steps[2].cached


@pytest.mark.parametrize("name", ["../../evil", "iris", "", "Ä" * 300, "a/b\0c", "$(x)"])
def test_a_pipelines_name_becomes_a_harmless_part_of_the_runs_id(workshop, name):
    demo = workshop({"load": ""}, name=name)
    done = demo.run()
    assert done.folder.parent == demo.root / "runs"
    assert len(done.id) < 80
    assert done.pipeline == name


class TestOutput:
    def test_the_folder_is_the_runs_and_the_root_lists_it(self, workshop, tmp_path):
        demo = workshop(CHAIN)
        done = demo.run(output=tmp_path / "out")
        assert done.folder == tmp_path / "out"
        assert (tmp_path / "out/steps/test/output.ipynb").is_file()
        assert [found.id for found in runs(demo.root)] == [done.id]

    def test_a_second_run_takes_its_place_and_uses_its_results(self, workshop, tmp_path):
        demo = workshop(CHAIN)
        demo.run(output=tmp_path / "out")
        (tmp_path / "out/steps/load/mine.txt").write_text("mine")
        (tmp_path / "out/notes.txt").write_text("mine")
        second = demo.run(output=tmp_path / "out")
        assert demo.order() == []
        assert read_run(tmp_path / "out") == second
        assert [found.id for found in runs(demo.root)] == [second.id]
        assert (tmp_path / "out/steps/load/mine.txt").read_text() == "mine"
        assert (tmp_path / "out/notes.txt").read_text() == "mine"

    def test_a_folder_with_files_of_the_users_is_refused_and_left_alone(self, workshop, tmp_path):
        demo = workshop(CHAIN)
        (tmp_path / "out").mkdir()
        (tmp_path / "out/run.json").write_text("{}")
        with pytest.raises(JupyterKfpError, match="not a run's"):
            demo.run(output=tmp_path / "out")
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["run.json"]

    def test_a_file_is_refused(self, workshop, tmp_path):
        (tmp_path / "out").write_text("")
        with pytest.raises(JupyterKfpError, match="not a folder"):
            workshop(CHAIN).run(output=tmp_path / "out")

    def test_a_folder_in_which_another_run_works_is_refused(self, workshop, tmp_path):
        demo = workshop({"load": ""})
        problems = []

        def on_event(event):
            if event.event == "step-started":
                try:
                    demo.run(output=tmp_path / "out", on_event=lambda event: None)
                except JupyterKfpError as error:
                    problems.append(error.message)

        assert demo.run(output=tmp_path / "out", on_event=on_event).status is Status.SUCCEEDED
        assert problems == ["another run is at work in this folder"]


class TestRefusedBeforeAnythingIsWritten:
    def test_a_pipeline_with_errors(self, workshop):
        demo = workshop(CHAIN)
        demo.pipeline = replace(demo.pipeline, findings=(Finding("JK101", Level.ERROR, "m", "f"),))
        with pytest.raises(FindingsError):
            run(demo.pipeline)
        assert not demo.root.exists()

    def test_an_unknown_parameter(self, workshop):
        demo = workshop(CHAIN)
        with pytest.raises(ParameterError):
            demo.run(parameters={"nummer": 2})
        assert not demo.root.exists()

    def test_no_jobs_at_all(self, workshop):
        demo = workshop(CHAIN)
        with pytest.raises(JupyterKfpError, match="at least one"):
            demo.run(jobs=0)
        assert not demo.root.exists()

    def test_a_root_that_is_an_address(self, workshop):
        with pytest.raises(JupyterKfpError, match="not at an address"):
            workshop(CHAIN).run(root="gs://bucket/prefix")

    @pytest.mark.parametrize("root", ["/proc/here", "file/below"])
    def test_a_root_that_cannot_be_written(self, workshop, tmp_path, root):
        (tmp_path / "file").write_text("")
        with pytest.raises(JupyterKfpError, match="cannot write"):
            workshop(CHAIN).run(root=tmp_path / root)

    def test_a_project_without_step_folders(self, workshop):
        demo = workshop(CHAIN)
        (demo.project / "steps/train/main.py").unlink()
        with pytest.raises(JupyterKfpError, match=r"no main\.py"):
            demo.run()
        assert list((demo.root / "runs").iterdir()) == []

    @pytest.mark.parametrize("name", ["../evil", "a/b", "-x", "A b"])
    def test_a_step_of_a_hostile_name(self, workshop, name):
        demo = workshop({"load": ""})
        demo.pipeline = replace(demo.pipeline, steps=(replace(demo.pipeline.steps[0], name=name),))
        with pytest.raises(JupyterKfpError, match="name of a step"):
            demo.run()


def test_a_value_too_long_for_a_command_line_is_a_clear_error(workshop):
    demo = workshop({"load": ""}, parameters=[Parameter("text", "str", "")])
    with pytest.raises(JupyterKfpError, match="cannot start the step"):
        demo.run(parameters={"text": "x" * 3_000_000})
    assert runs(demo.root)[0].status is Status.FAILED


def test_a_full_disk_ends_the_run_with_a_clear_error(workshop):
    """The limit on a file's size stands in for the end of the disk."""
    demo = workshop({"load": "", "train": (["load"], "")})

    def on_event(event):
        if event.event == "step-finished":
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            demo.run(on_event=on_event)
        except JupyterKfpError as error:
            os._exit(0 if "cannot write" in str(error) and error.fix else 3)
        finally:
            os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert not list(demo.root.rglob("*.part"))


def test_a_kernel_that_is_not_installed_is_replaced_with_a_warning(workshop):
    demo = workshop({"load": "print(flags['kernel'])"}, kernel="conda-env-ml")
    done = demo.run()
    assert "conda-env-ml is not installed" in done.warnings[0].message
    assert any("python3" in event.text for event in demo.told("step-output"))


def test_where_no_kernel_is_installed_at_all_it_says_what_to_install(workshop, monkeypatch):
    demo = workshop({"load": ""}, kernel="conda-env-ml")
    monkeypatch.setattr(kernels, "_is_installed", lambda name: False)
    with pytest.raises(JupyterKfpError, match="no Jupyter kernel") as caught:
        demo.run()
    assert "pip install ipykernel" in caught.value.fix
    assert not demo.root.exists()


def test_what_comes_from_the_cluster_and_is_not_here_is_a_warning(workshop, monkeypatch):
    monkeypatch.setenv("HERE", "1")
    settings = {
        "secrets": {name: {"secret": "s", "key": "k"} for name in ("TOKEN", "HERE")},
        "config_maps": {"REGION": {"config_map": "c", "key": "k"}},
        "volumes": [{"claim": "data", "path": "/no/such/folder"}],
    }
    done = workshop({"load": ""}, settings={"load": settings}).run()
    text = "\n".join(warning.message for warning in done.warnings)
    assert all(word in text for word in ("TOKEN", "REGION", "/no/such/folder"))
    assert "HERE" not in text


def test_a_frame_changed_in_one_branch_and_read_in_another_stops_the_run(workshop):
    demo = workshop(
        {
            "load": "",
            "scale": (
                ["load"],
                "record['changes'] = {'0' * 64: ['df']}",
            ),
            "plot": (["load"], "record['reads'] = {'df': ['0' * 64, 'df']}"),
            "report": (["scale", "plot"], ""),
        }
    )
    for _ in range(2):  # the second time from the cache
        with pytest.raises(RunFailed) as caught:
            demo.run()
        text = str(caught.value)
        assert "scale" in text
        assert "plot" in text
        assert "df" in text
        assert "after:scale" in text
        assert caught.value.run.step("report").status is Status.SKIPPED


def test_two_runs_in_one_root_do_not_disturb_each_other(workshop):
    demo = workshop({"a": "value = 1", "b": (["a"], "value = 2"), "c": (["b"], "value = 3")})
    code = (
        "import pickle, sys; from jupyter_kfp.local import run_project\n"
        "pipeline, project = pickle.load(sys.stdin.buffer)\n"
        "assert run_project(pipeline, project, cache=False).status.value == 'SUCCEEDED'"
    )
    content = pickle.dumps((demo.pipeline, demo.project))
    others = [subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) for _ in range(2)]
    for other in others:
        other.stdin.write(content)
        other.stdin.close()
    demo.run()
    assert [other.wait(60) for other in others] == [0, 0]
    assert [done.status for done in runs(demo.root)] == [Status.SUCCEEDED] * 3
    demo.run()
    assert demo.order() == []


def test_the_project_that_was_given_is_left_as_it_was(workshop):
    demo = workshop(CHAIN)
    before = sorted(demo.project.rglob("*"))
    demo.run()
    assert sorted(demo.project.rglob("*")) == before
