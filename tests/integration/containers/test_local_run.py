"""`jupyter kfp run --containers`: the local run's events, folder and failures, each step in a container."""

import json
import signal
import subprocess
import sys
import threading

import pytest

from jupyter_kfp import local
from jupyter_kfp.cli import main
from jupyter_kfp.local.containers import ContainerExecutor, Place
from jupyter_kfp.local.executor import Task
from jupyter_kfp.local.places import project_in_containers
from jupyter_kfp.notebook.cells import StepName
from jupyter_kfp.notebook.settings import ConfigMapVariable, StepSettings


@pytest.fixture
def task(tmp_path):
    """A step whose main.py is the given code, and what its container gets."""

    def task(code, name="step", **more):
        folder = tmp_path / "project" / name
        folder.mkdir(parents=True)
        (folder / "main.py").write_text(code)
        root = tmp_path / 'a root, "quoted" größe'
        scratch = root / "scratch" / name
        (scratch / "work").mkdir(parents=True)
        return Task(name=name, folder=folder, arguments=(), scratch=scratch, folders=(root,), **more)

    return task


@pytest.fixture
def run(builder, containers):
    """Run a task in the base image; its exit status and what it printed."""

    def run(task, **settings):
        pieces = []
        place = Place(containers.base, holds_code=False, settings=StepSettings(**settings))
        with ContainerExecutor(builder, {StepName("step"): place}) as executor:
            status = executor.start(task, pieces.append).wait(120)
        return status, "".join(pieces)

    return run


@pytest.fixture
def left(podman):
    """The containers that are still there."""
    return lambda: podman("ps", "--all", "--quiet", "--filter", "label=jupyter-kfp.run").stdout.split()


def test_the_iris_pipeline_runs_in_its_images(iris, notebook, builder, left):
    events = []
    with project_in_containers(iris.pipeline, builder) as (project, executor):
        run = local.run_project(
            iris.pipeline, project, executor=executor, on_event=events.append, cache=False
        )
    assert run.metrics["accuracy"] > 0.9
    assert [step.status.value for step in run.steps] == ["SUCCEEDED"] * 4
    for step in run.steps:
        left_behind = {path.name for path in run.step_folder(step.name).iterdir()}
        assert {"output.ipynb", "output.html", "log.txt", "state.json"} <= left_behind
    assert left() == []


def test_the_command_runs_in_containers_and_reuses_what_ran_there(iris, notebook, capfd):
    assert main(["run", str(notebook), "--containers", "--builder", "podman", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert all(step["cached"] for step in told["steps"])


def test_a_step_has_no_root_no_network_and_writes_only_where_it_may(run, task):
    code = """
import os, pathlib, socket
print("user", os.getuid() != 0, os.getgid() != 0)
print("interfaces", sorted(name for _, name in socket.if_nameindex()))
for place in ("/", "/usr/local", "/step", "/etc", "/var", "/opt"):
    try:
        pathlib.Path(place, "x").write_text("x")
        print("wrote", place)
    except OSError as error:
        pass
pathlib.Path("/tmp/x").write_text("x")
status = pathlib.Path("/proc/self/status").read_text()
print("capabilities", status.partition("CapEff:")[2].split()[0], "NoNewPrivs:\\t1" in status)
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as error:
    print("network", error.strerror)
"""
    status, text = run(task(code))
    assert status == 0, text
    assert text.splitlines() == [
        "user True True",
        "interfaces ['lo']",
        "capabilities 0000000000000000 True",
        "network Network is unreachable",
    ]


def test_a_step_writes_to_the_folders_of_its_flags_as_the_user(run, task):
    here = task("")
    file = here.scratch / "work" / "out.txt"
    (here.folder / "main.py").write_text(
        f"from pathlib import Path\nPath({str(file)!r}).write_text('made')\n"
    )
    status, text = run(here)
    assert (status, text) == (0, "")
    assert file.read_text() == "made"


@pytest.mark.parametrize("code", [0, 1, 2, 7, 125])
def test_the_exit_status_is_the_steps_own(run, task, code):
    status, _ = run(task(f"import sys; sys.exit({code})"))
    assert status == code


def test_output_comes_live(builder, containers, task):
    here = task("import time\nprint('begun', flush=True)\ntime.sleep(600)\n")
    begun = threading.Event()
    place = Place(containers.base, holds_code=False)
    with ContainerExecutor(builder, {StepName("step"): place}) as executor:
        handle = executor.start(here, lambda text: begun.set() if "begun" in text else None)
        assert begun.wait(60)
        handle.stop(0)
        assert handle.wait(60) == 137


def test_a_step_that_takes_more_memory_than_its_limit_is_told_as_such(run, task, tmp_path, monkeypatch):
    (here := tmp_path / "here").mkdir()
    monkeypatch.chdir(here)
    hungry = "blocks = [bytearray(16 * 2**20) for _ in range(64)]\nprint(len(blocks))\n"
    status, text = run(task(hungry), memory_limit="128Mi")
    assert status == 137
    assert "its memory limit of 128Mi was reached" in text
    assert not list(here.iterdir())


def test_limits_and_environment_of_the_settings_count(run, task, monkeypatch):
    monkeypatch.setenv("FROM_OUTSIDE", "a secret")
    code = (
        "import os, pathlib\n"
        "print(os.environ['CHOSEN'], os.environ['FROM_OUTSIDE'])\n"
        "for file in ('/sys/fs/cgroup/cpu.max', '/sys/fs/cgroup/cpu/cpu.cfs_quota_us'):\n"
        "    if pathlib.Path(file).exists():\n"
        "        print(pathlib.Path(file).read_text().split()[0])\n"
    )
    here = task(code, environment={"CHOSEN": 'a=b "c"'})
    outside = {"FROM_OUTSIDE": ConfigMapVariable(config_map="m", key="k")}
    status, text = run(here, cpu_limit="500m", config_maps=outside)
    assert status == 0, text
    assert text.splitlines() == ['a=b "c" a secret', "50000"]


def test_a_stopped_step_is_asked_first_and_leaves_no_container(builder, containers, task, left):
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('asked', flush=True), sys.exit(143)))\n"
        "print('begun', flush=True)\ntime.sleep(600)\n"
    )
    begun, pieces = threading.Event(), []

    def output(text):
        pieces.append(text)
        begun.set()

    place = Place(containers.base, holds_code=False)
    with ContainerExecutor(builder, {StepName("step"): place}) as executor:
        handle = executor.start(task(code), output)
        assert begun.wait(60)
        handle.stop(30)
        assert handle.wait(60) == 143
        assert "asked" in "".join(pieces)
        assert left() == []


def test_ctrl_c_stops_and_removes_the_containers(iris, notebook, containers, left, tmp_path):
    slow = tmp_path / "notebooks" / "slow.ipynb"
    slow.parent.mkdir()
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        if "step:load" in cell["metadata"].get("tags", []):
            cell["source"] = "import time\nprint('begun')\ntime.sleep(600)\n" + "".join(cell["source"])
    slow.write_text(json.dumps(content))
    (tmp_path / "data").symlink_to(notebook.parent.parent / "data")
    command = [sys.executable, "-c", "from jupyter_kfp.cli import main; raise SystemExit(main())"]
    command += ["run", str(slow), "--containers", "--builder", "podman", "-v"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "load | begun" in line:
            break
    else:
        pytest.fail("".join(lines))
    assert left() != []
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=120)[0]
    assert process.returncode == 130, rest
    assert left() == []


def test_containers_are_taken_away_where_the_runner_is_killed(builder, containers, task, left, podman):
    here = task("import time\nprint('begun', flush=True)\ntime.sleep(600)\n")
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        "from jupyter_kfp.images import Builder\n"
        "from jupyter_kfp.local.containers import ContainerExecutor, Place\n"
        "from jupyter_kfp.local.executor import Task\n"
        "folder, scratch, root, podman, base = sys.argv[1:]\n"
        "place = Place(base, holds_code=False)\n"
        "with ContainerExecutor(Builder('podman', podman), {'step': place}) as executor:\n"
        "    task = Task('step', Path(folder), (), Path(scratch), folders=(Path(root),))\n"
        "    executor.start(task, lambda text: print(text, flush=True)).wait()\n"
    )
    arguments = [str(here.folder), str(here.scratch), str(here.folders[0]), builder.program, containers.base]
    process = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True)
    assert "begun" in process.stdout.readline()
    (container,) = left()
    process.kill()
    process.wait(timeout=30)
    podman("wait", "--condition", "removing", container, check=False)
    waited = threading.Event()
    for _ in range(300):
        if left() == []:
            break
        waited.wait(0.1)
    assert left() == []


def test_an_image_that_is_not_there_is_told(builder, task):
    place = Place("localhost/no-such-image:1", holds_code=False)
    with (
        ContainerExecutor(builder, {StepName("step"): place}) as executor,
        pytest.raises(local.runner.JupyterKfpError, match="podman cannot make the container") as told,
    ):
        executor.start(task(""), print)
    assert "no-such-image" in told.value.fix
