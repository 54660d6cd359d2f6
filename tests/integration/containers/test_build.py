"""Images built, pushed and not built again, by a real builder and with a real registry."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import pytest
import yaml

from jupyter_kfp.cli import main
from jupyter_kfp.dataflow import analyse
from jupyter_kfp.images import (
    Builder,
    BuilderError,
    BuildFailed,
    build_images,
    find_builder,
    write_one_image,
    write_with_images,
)
from jupyter_kfp.images.events import ImageProgress
from jupyter_kfp.notebook import read_notebook


def test_an_unchanged_pipeline_builds_nothing(iris, builder):
    again = build_images(iris.written.project.steps, iris.written.images, builder)
    assert not any(image.built for image in again)


def test_the_tag_is_the_digest_of_the_step_folder(iris):
    for folder in iris.written.project.steps:
        assert iris.images[folder.name].name == f"iris-{folder.name}:{folder.digest}"


def test_changing_one_cell_rebuilds_one_step(iris, notebook, builder, tmp_path):
    content = nbformat.read(notebook, as_version=4)
    (cell,) = [cell for cell in content.cells if "step:train" in cell.metadata.get("tags", [])][:1]
    cell.source += "\nprint('changed')"
    shutil.copytree(notebook.parent.parent / "data", tmp_path / "data")
    changed = tmp_path / "notebooks" / notebook.name
    changed.parent.mkdir()
    nbformat.write(content, changed)
    written = write_with_images(analyse(read_notebook(changed)), tmp_path / "project")
    images = build_images(written.project.steps, written.images, builder)
    assert [image.step for image in images if image.built] == ["train"]


def test_the_generated_dsl_names_the_images_that_were_built(iris):
    text = (iris.written.project.folder / "pipeline.py").read_text()
    for image in iris.images.values():
        assert image.name in text.replace('"\n    "', "")


def test_images_hold_no_trace_of_what_the_build_was_told_in_secret(small, build, podman, tmp_path):
    pip_config = tmp_path / "pip.conf"
    pip_config.write_text("[global]\nextra-index-url = https://user:hunter2@index.example.com/simple\n")
    (image,) = build(small(name="secret"), pip_config=pip_config)
    history = podman("history", "--no-trunc", "--format", "{{.CreatedBy}}", image.name).stdout
    inspected = podman("inspect", image.name).stdout
    search = ["grep", "-rl", "hunter2", "/etc", "/run", "/step", "/root", "/usr/local/lib", "/tmp"]
    listed = podman("run", "--rm", "--network=none", "--user=0", image.name, *search, check=False).stdout
    for text in (history, inspected, listed):
        assert "hunter2" not in text
    assert listed == ""
    assert "pip install" in history


def test_the_build_reads_the_secret_pip_config(small, build, tmp_path):
    pip_config = tmp_path / "pip.conf"
    pip_config.write_text("[global]\nindex-url = http://127.0.0.1:9/simple\nextra-index-url =\nretries = 1\n")
    with pytest.raises(
        BuildFailed, match=r"Dockerfile, line 6: .* the network does not reach what the build needs"
    ):
        build(small(name="secret-read", requirements="six==1.16.1\n"), pip_config=pip_config)


def test_images_of_the_iris_example_hold_no_secret_and_no_build_tools(iris, podman):
    for image in iris.images.values():
        history = podman("history", "--no-trunc", "--format", "{{.CreatedBy}}", image.name).stdout
        assert not [word for word in ("password", "token", "index-url", "://") if word in history.lower()]
        config = podman("inspect", "--format", "{{json .Config}}", image.name).stdout
        assert '"User":"10001:10001"' in config
        assert '"Entrypoint"' not in config
        assert "org.opencontainers.image.revision" in config


def test_a_pushed_image_is_not_pushed_again(small, build, podman, registry):
    folder = small(name="pushed")
    (first,) = build(folder, registry=f"{registry}/team/", push=True)
    (second,) = build(folder, registry=f"{registry}/team/", push=True)
    podman("rmi", "--force", first.name)
    (third,) = build(folder, registry=f"{registry}/team/", push=True)
    assert (first.pushed, second.pushed, third.pushed) == (True, False, False)
    assert not third.built


def test_a_registry_that_is_not_there_is_told(small, build):
    with pytest.raises(BuildFailed) as told:
        build(small(name="nowhere"), registry="127.0.0.1:9/team/", push=True)
    assert "was not pushed" in told.value.message
    assert told.value.fix


def test_a_package_that_the_index_lacks_is_named_with_the_failing_line(small, build):
    with pytest.raises(BuildFailed) as told:
        build(small(name="missing", requirements="six==999.0\n"))
    assert "Dockerfile, line 6: `RUN python -m pip install" in told.value.message
    assert "package six==999.0 is not on the index for this platform and Python" in told.value.message
    assert "\n" not in told.value.message


def test_a_base_image_that_is_not_there_is_named(small, build):
    with pytest.raises(BuildFailed) as told:
        build(small(name="baseless", base="localhost/no-such-base:1"))
    assert "the base image localhost/no-such-base:1 is not there" in told.value.message


def test_a_full_disk_is_told(small, build):
    with pytest.raises(BuildFailed) as told:
        build(small(name="full", run="dd if=/dev/zero of=/dev/full count=1"))
    assert "the disk is full" in told.value.message
    assert "goes on from what is there" in told.value.fix


def test_what_is_not_understood_is_shown_in_its_last_lines(small, build):
    with pytest.raises(BuildFailed, match="a riddle"):
        build(small(name="riddle", run="echo a riddle && exit 3"))


def test_progress_comes_while_the_image_is_built(small, build):
    events = []
    build(small(name="progress", run="echo progress"), events=events)
    steps = [event for event in events if isinstance(event, ImageProgress)]
    assert [event.number for event in steps] == list(range(1, steps[-1].total + 1))


def test_steps_with_equal_dependencies_share_their_layer(iris, podman):
    def layers(step):
        return podman("inspect", "--format", "{{json .RootFS.Layers}}", iris.images[step].name).stdout.split(
            ","
        )

    assert layers("train")[:4] == layers("test")[:4]
    assert layers("train") != layers("test")


def test_an_interrupted_build_ends_its_builder_and_goes_on_later(small, containers, tmp_path):
    folder = small(name="interrupted", run="echo layer > /layer && sleep 600")
    dockerfile = folder.folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("RUN ", "RUN echo first > /first\nRUN "))
    program = (
        "import signal, sys\nfrom pathlib import Path\nfrom jupyter_kfp.images import build_images, find_builder\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # what starts tests may have it ignored
        "from jupyter_kfp.project import StepFolder\n"
        "folder = StepFolder('interrupted', Path(sys.argv[1]), '0')\n"
        "def show(event):\n    print(event.event, getattr(event, 'instruction', ''), flush=True)\n"
        "build_images([folder], {'interrupted': 'jkfp-test-interrupted:1'}, find_builder('podman'), on_event=show)\n"
    )
    command = [sys.executable, "-c", program, str(folder.folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if "sleep 600" in line:
            break
    process.send_signal(signal.SIGINT)
    threading.Thread(target=process.stdout.read, daemon=True).start()
    assert process.wait(timeout=60) != 0
    left = subprocess.run(["pgrep", "-f", "sleep 600"], check=False, capture_output=True, text=True).stdout
    assert left == ""
    dockerfile.write_text(dockerfile.read_text().replace("sleep 600", "true"))
    again = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    assert "image-built" in again.stdout


def test_one_image_holds_the_dependencies_of_all_steps_and_no_code(small, build, podman, tmp_path):
    one = write_one_image(
        [small(name="first", requirements="six==1.17.0  # imported\n"), small(name="second")],
        tmp_path / "one",
    )
    (image,) = build(one.folder)
    found = podman(
        "run", "--rm", "--network=none", image.name, "python", "-c", "import six; print(six.__version__)"
    )
    assert found.stdout.strip() == "1.17.0"
    assert podman("run", "--rm", "--network=none", image.name, "ls", "/step").stdout.split() == [
        "requirements.txt"
    ]


def test_buildah_builds_the_same(small, containers):
    folder = small(name="by-buildah")
    buildah = Builder("buildah", shutil.which("buildah"))
    names = {folder.name: f"jkfp-test-buildah:{folder.digest}"}
    (image,) = build_images([folder], names, buildah)
    (again,) = build_images([folder], names, buildah)
    assert not again.built
    assert buildah.has(image.name)


def test_a_docker_without_its_daemon_is_told_or_passed_over(containers, monkeypatch, tmp_path):
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon at unix:///x.' >&2\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert find_builder().name == "podman"
    with pytest.raises(BuilderError, match="docker is installed but does not answer") as told:
        find_builder("docker")
    assert "systemctl start docker" in told.value.fix


def test_the_command_builds_and_tells_what_it_built(iris, notebook, tmp_path, capfd):
    status = main(["build", str(notebook), "-o", str(tmp_path / "project"), "--builder", "podman", "--json"])
    told = capfd.readouterr().out
    assert status == 0
    assert all(image.name in told for image in iris.images.values())
    assert '"built": true' not in told
    assert Path(tmp_path, "project", "steps", "train", "Dockerfile").is_file()


def test_the_ci_file_followed_by_hand_ends_in_images_that_run(iris, notebook, podman, tmp_path):
    """Docker is podman here; the registry says that it has nothing, and takes whatever is pushed."""
    project = tmp_path / "repository" / "iris"
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    assert main(["convert", str(notebook), "-o", str(project), "--ci", "github"]) == 0
    content = yaml.safe_load((project / ".github" / "workflows" / "iris.yml").read_text())
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(
        '#!/bin/sh\ncase "$1" in manifest) exit 1;; push) exit 0;; *) exec podman "$@";; esac\n'
    )
    docker.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{docker.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    environment |= {"FOLDER": content["env"]["FOLDER"], "REGISTRY": "localhost/jkfp-test-Team"}
    job = content["jobs"]["image"]
    for row in job["strategy"]["matrix"]["include"]:
        subprocess.run(
            ["bash", "-e", "-c", job["steps"][-1]["run"]],
            env={**environment, "STEP": row["step"], "IMAGE": row["image"]},
            cwd=tmp_path / "repository",
            check=True,
            timeout=400,
        )
        image = f"localhost/jkfp-test-team/{row['image']}"
        assert "--bucket" in podman("run", "--rm", "--network=none", image).stdout
    script = content["jobs"]["package"]["steps"][2]["run"].replace("python -m pip install", "true")
    subprocess.run(
        ["bash", "-e", "-c", script], env=environment, cwd=tmp_path / "repository", check=True, timeout=120
    )
    package = (project / "pipeline.yaml").read_text()
    assert all(
        f"localhost/jkfp-test-team/{row['image']}" in package for row in job["strategy"]["matrix"]["include"]
    )
