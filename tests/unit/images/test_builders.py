import pytest

from jupyter_kfp.images import Builder, BuilderError, find_builder


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Only these programs are installed: those that work, and those that do not."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def installed(*, works=(), broken=()):
        for name in (*works, *broken):
            script = f"echo '{name}: cannot connect' >&2; exit 1" if name in broken else "exit 0"
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)

    return installed


@pytest.mark.parametrize("works", [["docker", "podman"], ["podman", "buildah"], ["buildah"]])
def test_the_first_that_works_is_taken(installed, works):
    installed(works=works)
    assert find_builder().name == works[0]


def test_one_that_does_not_answer_is_passed_over(installed):
    installed(works=["buildah"], broken=["docker", "podman"])
    assert find_builder().name == "buildah"


def test_none_installed_is_told_in_a_line(installed):
    with pytest.raises(BuilderError, match="none of docker, podman, buildah is installed") as told:
        find_builder()
    assert "--ci" in told.value.fix


def test_the_one_asked_for_is_missing(installed):
    installed(works=["docker"])
    with pytest.raises(BuilderError, match="podman is not installed"):
        find_builder("podman")


def test_a_daemon_that_is_down_is_told_with_how_to_start_it(installed):
    installed(broken=["docker"])
    with pytest.raises(BuilderError, match="docker is installed but does not answer") as told:
        find_builder()
    assert "systemctl start docker" in told.value.fix


def test_buildah_cannot_run_what_it_built(installed):
    installed(works=["buildah"])
    with pytest.raises(BuilderError, match="none of docker, podman"):
        find_builder(to_run=True)
    with pytest.raises(BuilderError, match="does not run them"):
        find_builder("buildah", to_run=True)


def test_what_a_builder_is_asked_holds_each_value_as_one_word(tmp_path):
    command = Builder("docker", "docker").build_command(
        tmp_path / "a b", "x:1", labels={"k": "a b\n$(id)"}, arguments={"A": "--push"}, platform="linux/amd64"
    )
    assert command[:2] == ["docker", "build"]
    assert "k=a b\n$(id)" in command
    assert "A=--push" in command
    assert command[-1] == str(tmp_path / "a b")
    assert "--pull=missing" not in command
    assert "--pull=missing" in Builder("podman", "podman").build_command(tmp_path, "x:1")


def test_old_podman_says_in_its_own_way_that_an_image_is_there(stub):
    stub.answer(
        "print('Error: Treating single images as manifest lists is not implemented', file=sys.stderr)\nsys.exit(125)"
    )
    assert Builder("podman", str(stub.path)).registry_has("r.example.com/x:1")
    stub.answer("print('Error: manifest unknown', file=sys.stderr)\nsys.exit(125)")
    assert not Builder("podman", str(stub.path)).registry_has("r.example.com/x:1")


def test_docker_asks_registries_of_this_machine_by_http(stub):
    Builder("docker", str(stub.path)).registry_has("localhost:5000/x:1")
    assert stub.asked() == [["manifest", "inspect", "--insecure", "localhost:5000/x:1"]]


DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize("name", ["docker", "podman", "buildah"])
def test_a_base_image_has_the_digest_of_its_registry(stub, name):
    stub.answer(f"print('docker.io/library/python@{DIGEST} ')")
    assert Builder(name, str(stub.path)).digest_of("python:3.11-slim-bookworm") == DIGEST


def test_a_base_image_that_is_not_here_is_pulled_first(stub):
    stub.answer("sys.exit('exists' in sys.argv)")
    with pytest.raises(BuilderError, match="has no digest"):
        Builder("podman", str(stub.path)).digest_of("python:3.11")
    assert stub.asked()[1] == ["pull", "python:3.11"]


def test_a_base_image_that_cannot_be_pulled_is_told_with_the_reason(stub):
    stub.answer("print('manifest unknown', file=sys.stderr)\nsys.exit(1)")
    with pytest.raises(BuilderError, match="python:3 cannot be pulled: manifest unknown"):
        Builder("podman", str(stub.path)).digest_of("python:3")
