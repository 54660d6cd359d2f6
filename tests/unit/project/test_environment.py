import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_kfp.project import environment as room
from jupyter_kfp.project.environment import (
    KernelEnvironmentError,
    OriginKind,
    own_environment,
    read_environment,
)


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    """Write a kernelspec that jupyter_client finds."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))

    def write(name, argv, **env):
        folder = tmp_path / "jupyter" / "kernels" / name
        folder.mkdir(parents=True)
        content = {"argv": argv, "display_name": name, "language": "python", "env": env}
        (folder / "kernel.json").write_text(json.dumps(content))

    return write


@pytest.fixture(scope="module")
def other_python(tmp_path_factory):
    """The python of another venv, in which one distribution is installed."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    info = Path(site) / "only_there-3.2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: only-there\nVersion: 3.2.1\n")
    (info / "RECORD").write_text("there/__init__.py,,\n")
    return python


LAUNCH = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


def test_our_own_interpreters_kernel_is_read_here(kernels, monkeypatch):
    kernels("mine", [sys.executable, "-Xfrozen_modules=off", *LAUNCH])
    monkeypatch.setattr(room, "_ask", lambda *_: pytest.fail("another process was started"))
    assert read_environment("mine").packages_of("nbformat.v4") == ("nbformat",)


def test_a_kernel_that_says_python_is_our_own(kernels, monkeypatch):
    kernels("mine", ["python3", *LAUNCH])
    monkeypatch.setattr(room, "_ask", lambda *_: pytest.fail("another process was started"))
    assert read_environment("mine").python.startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")


def test_a_kernel_in_another_environment_is_asked_there(kernels, other_python):
    kernels("theirs", [str(other_python), *LAUNCH])
    found = read_environment("theirs")
    assert found.packages_of("there") == ("only-there",)
    assert found.distributions["only-there"].version == "3.2.1"
    assert "papermill" not in found.distributions


def test_a_kernel_behind_another_command_is_asked_through_it(kernels, other_python, tmp_path):
    conda = tmp_path / "conda"
    # As `conda run`: it takes no line ends in arguments, and prints a line of its own.
    conda.write_text(
        "#!/bin/sh\n"
        'test "$1 $2 $3" = "run -n science" || exit 9\nshift 3\n'
        'for word in "$@"; do case "$word" in *"\n"*) exit 8;; esac; done\n'
        'echo activated\nexec "$@"\n'
    )
    conda.chmod(conda.stat().st_mode | stat.S_IXUSR)
    kernels("wrapped", [str(conda), "run", "-n", "science", str(other_python), *LAUNCH])
    assert "only-there" in read_environment("wrapped").distributions


def test_variables_of_the_kernel_count(kernels, tmp_path, monkeypatch):
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "loose.py").touch()
    monkeypatch.setenv("WHERE", str(tmp_path))
    kernels("mine", [sys.executable, *LAUNCH], PYTHONPATH="${WHERE}/extra")
    assert read_environment("mine").unowned["loose"] == ""


def test_the_folder_that_we_are_in_is_no_part_of_an_environment(kernels, other_python, tmp_path, monkeypatch):
    (tmp_path / "here.py").touch()
    monkeypatch.chdir(tmp_path)
    kernels("theirs", [str(other_python), *LAUNCH])
    assert "here" not in read_environment("theirs").unowned


@pytest.mark.parametrize("name", ["no-such-kernel", "../../etc", "", "x\ny", "/etc/passwd"])
def test_a_kernel_that_is_not_installed_is_told(kernels, name):
    with pytest.raises(KernelEnvironmentError, match="not installed here") as caught:
        read_environment(name)
    assert caught.value.fix


def test_a_kernel_that_does_not_start_is_told(kernels, tmp_path):
    kernels("gone", [str(tmp_path / "gone" / "python"), *LAUNCH])
    with pytest.raises(KernelEnvironmentError, match="does not start"):
        read_environment("gone")


def test_a_kernel_whose_python_fails_is_told_with_its_last_line(kernels, tmp_path):
    broken = tmp_path / "python-broken"
    broken.write_text("#!/bin/sh\necho 'no such library' >&2\nexit 1\n")
    broken.chmod(0o755)
    kernels("broken", [str(broken), *LAUNCH])
    with pytest.raises(KernelEnvironmentError, match="no such library"):
        read_environment("broken")


def test_a_kernel_that_hides_its_python_is_told(kernels):
    kernels("shell", ["bash", "-c", "source x; python -m ipykernel_launcher -f {connection_file}"])
    with pytest.raises(KernelEnvironmentError, match="which Python"):
        read_environment("shell")


def test_a_broken_description_is_told(tmp_path, kernels):
    kernels("broken", [])
    (tmp_path / "jupyter" / "kernels" / "broken" / "kernel.json").write_text("{")
    with pytest.raises(KernelEnvironmentError, match="cannot be read"):
        read_environment("broken")


def described(**direct_url):
    return {"develop": None, "direct_url": direct_url, "installer": "pip"}


@pytest.mark.parametrize(
    ("direct_url", "kind", "address"),
    [
        ({"url": "file:///src/x", "dir_info": {"editable": True}}, OriginKind.EDITABLE, "/src/x"),
        ({"url": "file:///src/x", "dir_info": {}}, OriginKind.FOLDER, "/src/x"),
        (
            {"url": "https://u:secret@g.example.com/x", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            OriginKind.REPOSITORY,
            "https://g.example.com/x@abc",
        ),
        (
            {"url": "file:///d/x%20y-1-py3-none-any.whl", "archive_info": {}},
            OriginKind.WHEEL,
            "/d/x y-1-py3-none-any.whl",
        ),
        (
            {"url": "https://token@h.example.com/x.whl?key=secret#sha", "archive_info": {}},
            OriginKind.ADDRESS,
            "https://h.example.com/x.whl",
        ),
    ],
)
def test_where_a_distribution_came_from_is_known_without_passwords(direct_url, kind, address):
    origin = room._origin(described(**direct_url))
    assert (origin.kind, origin.address) == (kind, address)


def test_what_conda_built_is_not_taken_for_a_local_file():
    content = {
        "version": "1.0",
        "requires": [],
        "requires_python": None,
        "develop": None,
        "installer": "conda",
        "direct_url": {"url": "file:///home/conda/feedstock_root/work", "dir_info": {}},
    }
    found = room._distribution("numpy", content)
    assert found.origin is None
    assert found.conda


def test_names_are_resolved_by_their_longest_known_part(environment):
    assert environment.packages_of("sklearn.ensemble._forest") == ("scikit-learn",)
    assert environment.packages_of("google.cloud.storage.blob") == ("google-cloud-storage",)
    assert environment.packages_of("google.cloud.nothing") == ()
    assert environment.packages_of("nothing") == ()
    assert environment.is_namespace("google.cloud")
    assert environment.minor == "3.11"


def test_our_own_environment_knows_what_runs_a_step():
    found = own_environment()
    assert found.packages_of("google.cloud.storage") == ("google-cloud-storage",)
    assert found.packages_of("papermill") == ("papermill",)
    assert found.python.count(".") == 2
