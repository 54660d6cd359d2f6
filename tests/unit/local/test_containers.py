"""What a container is given, and how its end is told; the program that runs containers is a stub."""

import csv
import json
import os
import sys
from decimal import Decimal

import pytest

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.images import Builder
from jupyter_kfp.local import containers
from jupyter_kfp.local.containers import ContainerExecutor, Place, amount
from jupyter_kfp.local.executor import ProcessExecutor, Task
from jupyter_kfp.local.places import prepare_places
from jupyter_kfp.notebook.settings import SecretVariable, SecretVolume, StepSettings

STUB = """\
#!{python}
import json, pathlib, sys
here = pathlib.Path({folder!r})
with (here / "asked").open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
match sys.argv[1]:
    case "create":
        sys.exit({created})
    case "start":
        print("hello", flush=True)
        sys.exit({status})
    case "inspect":
        print({inspected!r})
"""


@pytest.fixture
def program(tmp_path):
    """A stub of podman; `asked(word)` gives the command lines that begin with it."""

    class Program:
        def set_up(self, *, name="podman", status=0, inspected="0 false", created=0):
            self.path = tmp_path / name
            text = STUB.format(
                python=sys.executable,
                folder=str(tmp_path),
                status=status,
                inspected=inspected,
                created=created,
            )
            self.path.write_text(text)
            self.path.chmod(0o755)
            return Builder(name, str(self.path))

        def asked(self, word):
            lines = (tmp_path / "asked").read_text().splitlines()
            return [words for words in map(json.loads, lines) if words[0] == word]

    return Program()


@pytest.fixture
def start(program, tmp_path):
    """Run a step in a stub container; its status, what it printed, and the `create` command."""

    def start(place=None, *, task=None, **set_up):
        pieces = []
        builder = program.set_up(**set_up)
        task = task or make_task(tmp_path)
        with ContainerExecutor(builder, {"train": place or Place("image:1")}) as executor:
            status = executor.start(task, pieces.append).wait(60)
        return status, "".join(pieces), program.asked("create")[-1]

    return start


def make_task(tmp_path, **more):
    root = tmp_path / "root"
    scratch = root / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    folder = tmp_path / "project" / "train"
    folder.mkdir(parents=True, exist_ok=True)
    given = {"arguments": ("--bucket=/x", "--kernel=mine"), "folders": (root, root / "runs" / "r")} | more
    return Task(name=given.pop("name", "train"), folder=folder, scratch=scratch, **given)


def mounts(command):
    return [next(csv.reader([command[i + 1]])) for i, word in enumerate(command) if word == "--mount"]


@pytest.mark.parametrize(
    ("quantity", "number"),
    [
        ("500m", "0.5"),
        ("2", "2"),
        ("1.5", "1.5"),
        ("4Gi", str(4 * 2**30)),
        ("100M", "100000000"),
        ("1Ki", "1024"),
    ],
)
def test_quantities_are_those_of_kubernetes(quantity, number):
    assert amount(quantity) == Decimal(number)


def test_a_container_is_given_as_little_as_it_needs(start, tmp_path):
    _, _, command = start()
    for words in ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--pull=never"):
        assert words in command
    assert command[command.index("--network") + 1] == "none"
    assert command[command.index("--user") + 1] not in ("0:0", "root")
    assert "--privileged" not in command
    assert mounts(command) == [["type=bind", f"source={tmp_path}/root", f"target={tmp_path}/root"]]


def test_main_py_gets_its_flags_and_the_images_own_kernel(start):
    _, _, command = start()
    at = command.index("image:1")
    assert command[at + 1 :] == [
        "python",
        "-u",
        "main.py",
        "--bucket=/x",
        "--kernel=mine",
        "--kernel=python3",
    ]


def test_paths_with_any_signs_are_mounted_whole(start, tmp_path):
    hostile = tmp_path / 'a, "quoted" root:größe'
    hostile.mkdir()
    _, _, command = start(task=make_task(tmp_path, folders=(hostile,)))
    assert ["type=bind", f"source={hostile}", f"target={hostile}"] in mounts(command)


def test_an_item_of_a_loop_runs_in_its_steps_image(start, tmp_path):
    status, _, command = start(task=make_task(tmp_path, name="train[3]"))
    assert status == 0
    assert "image:1" in command


def test_an_image_without_the_code_gets_the_step_folder_to_read(start, tmp_path):
    _, _, command = start(Place("image:1", holds_code=False))
    assert ["type=bind", f"source={tmp_path}/project/train", "target=/step", "readonly"] in mounts(command)


def test_limits_are_those_of_the_settings(start):
    _, _, command = start(Place("image:1", settings=StepSettings(cpu_limit="500m", memory_limit="128Mi")))
    assert command[command.index("--memory") + 1] == f"{128 * 2**20}b"
    assert command[command.index("--memory-swap") + 1] == f"{128 * 2**20}b"
    assert float(command[command.index("--cpus") + 1]) == 0.5


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("docker", ["--gpus", "2"]),
        ("podman", ["--device", "nvidia.com/gpu=0", "--device", "nvidia.com/gpu=1"]),
    ],
)
def test_accelerators_are_given_where_the_machine_has_them(start, monkeypatch, tmp_path, name, given):
    driver = tmp_path / "nvidiactl"
    monkeypatch.setattr(containers, "NVIDIA", driver)
    place = Place("image:1", settings=StepSettings(gpu=2))
    _, said, command = start(place, name=name)
    assert "runs without" in said
    assert not set(given) & set(command)
    driver.touch()
    _, said, command = start(place, name=name)
    assert "runs without" not in said
    at = command.index(given[0])
    assert command[at : at + len(given)] == given


def test_secrets_never_stand_in_a_command_line(start, monkeypatch):
    monkeypatch.setenv("TOKEN", "hunter2")
    settings = StepSettings(secrets={"TOKEN": SecretVariable(secret="s", key="k")})
    _, _, command = start(Place("image:1", settings=settings))
    assert "TOKEN" in command
    assert "hunter2" not in " ".join(command)


def test_a_folder_of_secrets_is_mounted_where_this_machine_has_it(start, tmp_path):
    (tmp_path / "keys").mkdir()
    volumes = (
        SecretVolume(secret="s", path=str(tmp_path / "keys")),
        SecretVolume(secret="t", path="/no/such"),
    )
    _, _, command = start(Place("image:1", settings=StepSettings(secret_volumes=volumes)))
    assert mounts(command)[1:] == [
        ["type=bind", f"source={tmp_path}/keys", f"target={tmp_path}/keys", "readonly"]
    ]


def test_the_user_runs_as_themself_and_root_as_the_images_user(start, monkeypatch):
    monkeypatch.setattr(os, "getegid", lambda: 1001)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    _, _, command = start()
    assert command[command.index("--user") + 1] == "1000:1001"
    assert "--userns=keep-id" in command
    _, _, command = start(name="docker")
    assert "--userns=keep-id" not in command


def test_the_status_is_asked_of_the_container_not_of_the_client(start):
    status, text, _ = start(status=0, inspected="7 false")
    assert (status, text) == (7, "hello\n")


def test_memory_that_ran_out_is_told_with_the_limit(start):
    place = Place("image:1", settings=StepSettings(memory_limit="128Mi"))
    status, text, _ = start(place, inspected="1 true")
    assert status == 137
    assert "the system ended the step: its memory limit of 128Mi was reached" in text
    status, text, _ = start(place, inspected="137 false")
    assert "most likely its memory limit of 128Mi was reached" in text


def test_the_container_is_removed_with_its_volumes(start, program):
    start()
    (words,) = program.asked("rm")
    assert words[1:3] == ["--force", "--volumes"]


def test_a_container_that_cannot_be_made_is_told(start):
    with pytest.raises(JupyterKfpError, match="podman cannot make the container") as told:
        start(created=125)
    assert "image:1" in told.value.fix


def test_a_step_that_builds_no_image_must_name_one(workshop, tmp_path):
    shop = workshop({"load": ""}, settings={"load": {"build": False}})
    project = type("Project", (), {"steps": ()})()
    with pytest.raises(JupyterKfpError, match="`build` is false and it names no image"):
        prepare_places(shop.pipeline, project, Builder("podman", "podman"))


def test_a_ready_image_is_taken_as_it_is(workshop):
    shop = workshop({"load": ""}, settings={"load": {"build": False, "image": "team/base:1"}})
    project = type("Project", (), {"steps": ()})()
    places = prepare_places(shop.pipeline, project, Builder("podman", "no-such-program"))
    assert places["load"].image == "team/base:1"
    assert not places["load"].holds_code


def test_results_of_containers_are_not_taken_for_those_of_processes(workshop):
    class Elsewhere(ProcessExecutor):
        surroundings = "containers"

    shop = workshop({"load": "x = 1"})
    shop.run()
    shop.run()
    assert shop.told("step-cached")
    shop.run(executor=Elsewhere())
    assert not shop.told("step-cached")
    shop.run(executor=Elsewhere())
    assert shop.told("step-cached")
