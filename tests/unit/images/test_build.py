import threading

import pytest

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.images import BuildFailed
from jupyter_kfp.images.events import BuildFinished, ImageFailed, ImageProgress, to_json


def kinds(asked, word):
    return [words for words in asked if words[0] == word]


def test_what_is_there_already_is_not_built_again(build, folder, stub):
    one = folder("train")
    (first,), (second,) = build(one), build(one)
    assert (first.built, second.built) == (True, False)
    assert len(kinds(stub.asked(), "build")) == 1


def test_what_is_in_the_registry_is_neither_built_nor_pushed(build, folder, stub):
    one = folder("train")
    (first,), (second,) = (build(one, registry="r.example.com/t/", push=True) for _ in range(2))
    assert (first.pushed, second.pushed) == (True, False)
    assert len(kinds(stub.asked(), "push")) == 1


def test_an_image_that_is_here_but_not_in_the_registry_is_pushed(build, folder, stub):
    one = folder("train")
    build(one, registry="r.example.com/t/")
    (image,) = build(one, registry="r.example.com/t/", push=True)
    assert (image.built, image.pushed) == (False, True)


def test_the_label_tells_what_the_image_was_built_from(build, folder, stub):
    one = folder("train")
    build(one)
    assert f"org.opencontainers.image.revision={one.digest}" in kinds(stub.asked(), "build")[0]


def test_the_first_of_equal_dependencies_is_built_before_the_others(build, folder, stub):
    folders = [folder("a"), folder("b"), folder("c", requirements="y==2\n"), folder("d")]
    build(*folders, jobs=4)
    order = [words[words.index("--tag") + 1].split(":")[0] for words in kinds(stub.asked(), "build")]
    assert set(order[:2]) == {"p-a", "p-c"} or order.index("p-a") < min(
        order.index("p-b"), order.index("p-d")
    )


def test_another_set_of_dependencies_begins_when_the_layers_of_all_images_are_there(build, folder, stub):
    stub.answer(
        "import pathlib, time\n"
        "if sys.argv[1] != 'build':\n    sys.exit(1)\n"
        "came = pathlib.Path(__file__).parent / 'came'\n"
        "if not came.exists():\n"
        "    print('STEP 1/3: FROM python:3.11-slim-bookworm', flush=True)\n"
        "    came.touch()\n"
        "    print('STEP 2/3: RUN python -m pip install --requirement requirements.txt', flush=True)\n"
        "    sys.exit(0)\n"
    )
    events = []
    build(folder("a"), folder("b", requirements="y==2\n"), jobs=2, events=events)
    told = [(event.event, event.step) for event in events if hasattr(event, "step")]
    installs = next(
        number for number, event in enumerate(events) if "pip install" in getattr(event, "instruction", "")
    )
    begun = next(number for number, event in enumerate(events) if getattr(event, "step", "") == "b")
    assert installs < begun, told


def test_images_come_in_the_order_of_the_steps(build, folder):
    folders = [folder("a"), folder("b"), folder("c", requirements="y==2\n")]
    assert [image.step for image in build(*folders, jobs=3)] == ["a", "b", "c"]


def test_events_are_seen_in_the_calling_thread_and_are_json(build, folder):
    threads = set()

    class Seen(list):
        def append(self, event):
            threads.add(threading.current_thread())
            super().append(event)

    seen = Seen()
    build(folder("train"), events=seen)
    assert threads == {threading.current_thread()}
    assert [event.number for event in seen if isinstance(event, ImageProgress)] == [1, 2]
    assert all(to_json(event).startswith("{") for event in seen)
    assert seen[-1].status == "SUCCEEDED"


def test_a_failure_names_step_line_and_cause_and_stops_the_rest(build, folder, stub):
    stub.answer(
        "if sys.argv[1] != 'build':\n    sys.exit(1)\n"
        "print('STEP 1/4: FROM python:3.11-slim-bookworm')\n"
        "print('STEP 3/4: RUN python -m pip install --no-cache-dir --no-deps --requirement requirements.txt')\n"
        "print('ERROR: No matching distribution found for x==1')\nsys.exit(1)\n"
    )
    events = []
    with pytest.raises(BuildFailed) as told:
        build(folder("a"), folder("b"), folder("c"), jobs=1, events=events)
    assert told.value.where == "image of step a"
    assert told.value.message.startswith("Dockerfile, line 4: `RUN python -m pip")
    assert len(kinds(stub.asked(), "build")) == 1
    assert [event.step for event in events if isinstance(event, ImageFailed)] == ["a"]
    assert isinstance(events[-1], BuildFinished)
    assert events[-1].status == "FAILED"


def test_a_builder_that_went_away_is_told(build, folder, stub):
    one = folder("train")
    stub.path.unlink()
    with pytest.raises(BuildFailed, match="cannot be started"):
        build(one)


def test_an_index_becomes_a_build_argument_but_no_password_does(build, folder, stub):
    build(folder("train"), index_url="https://index.example.com/simple")
    assert "PIP_INDEX_URL=https://index.example.com/simple" in kinds(stub.asked(), "build")[0]
    with pytest.raises(JupyterKfpError, match="holds a password") as told:
        build(folder("other"), index_url="https://user:hunter2@index.example.com/simple")
    assert "--pip-config" in told.value.fix
    assert "hunter2" not in str(told.value)


def test_a_pip_config_is_a_build_secret_and_leaves_the_folder_as_it_is(build, folder, stub, tmp_path):
    (tmp_path / "pip.conf").write_text("[global]\n")
    stub.answer(
        "if sys.argv[1] == 'build':\n"
        "    text = pathlib.Path(sys.argv[sys.argv.index('--file') + 1]).read_text()\n"
        "    (here / 'dockerfile').write_text(text)\nelse:\n    sys.exit(1)\n"
    )
    one = folder("train")
    before = (one.folder / "Dockerfile").read_text()
    build(one, pip_config=tmp_path / "pip.conf")
    used = (stub.path.parent / "dockerfile").read_text()
    assert (one.folder / "Dockerfile").read_text() == before
    assert (
        "RUN --mount=type=secret,id=pip.conf PIP_CONFIG_FILE=/run/secrets/pip.conf python -m pip install"
        in used
    )
    assert used.count("--mount") == 1
    assert f"id=pip.conf,src={tmp_path}/pip.conf" in kinds(stub.asked(), "build")[0]
