"""Hashes as uv and pip-tools tell them; both are stubs here: no test asks an index."""

import sys

import pytest

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.project import hash_maker, stale, write_project
from jupyter_kfp.project.hashes import without_hashes

TEXT = """\
# Python 3.11

numpy==2.4.6  # imported
Scikit_Learn==1.8.0  # imported; installed as 1.8.0+cpu
# x 1 is not here  # why
"""
TOLD = """\
numpy==2.4.6 \\
    --hash=sha256:bb \\
    --hash=sha256:aa
scikit-learn==1.8.0 --hash=sha256:cc
"""


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Only this program is installed; it prints that."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    def tool(name, told=TOLD, status=0):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        stream = "stdout" if status == 0 else "stderr"
        program.write_text(
            f"#!{sys.executable}\nimport sys\nsys.{stream}.write({told!r})\nsys.exit({status})\n"
        )
        program.chmod(0o755)

    return tool


@pytest.mark.parametrize("name", ["uv", "pip-compile"])
def test_each_package_gets_its_hashes_and_keeps_its_reason(tool, name):
    tool(name)
    text = hash_maker("3.11")(TEXT)
    assert "numpy==2.4.6 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb  # imported\n" in text
    assert "Scikit_Learn==1.8.0 \\\n    --hash=sha256:cc  # imported; installed as 1.8.0+cpu\n" in text
    assert without_hashes(text) == TEXT


def test_without_a_tool_it_says_what_to_install(tool):
    with pytest.raises(JupyterKfpError, match="uv or pip-tools") as told:
        hash_maker("3.11")
    assert told.value.fix == "pip install uv"


@pytest.mark.parametrize(
    "line", ["x>=1  # asked for by %pip install", "./wheels/x.whl  # imported", "x  # why"]
)
def test_what_no_index_pins_has_no_hash(tool, line):
    tool("uv")
    with pytest.raises(JupyterKfpError, match="has no version on an index"):
        hash_maker("3.11")(f"numpy==2.4.6  # imported\n{line}\n")


def test_an_index_that_does_not_answer_is_told_in_a_line(tool):
    tool("uv", "Traceback\nerror: no connection", 2)
    with pytest.raises(JupyterKfpError, match="uv gave no hashes: error: no connection"):
        hash_maker("3.11")(TEXT)


def test_a_package_that_the_index_does_not_tell_of_is_refused(tool):
    tool("uv", "numpy==2.4.6 --hash=sha256:aa\n")
    with pytest.raises(JupyterKfpError, match="no hash of Scikit_Learn"):
        hash_maker("3.11")(TEXT)


def marked(text):
    return "".join(
        line.replace("  #", " \\\n    --hash=sha256:aa  #") if "==" in line else line
        for line in text.splitlines(keepends=True)
    )


def test_hashes_stay_until_the_requirements_change(pipeline, environment, tmp_path, make):
    out = tmp_path / "out"
    write_project(pipeline, out, environment=environment, add_hashes=marked)
    file = out / "steps" / "train" / "requirements.txt"
    assert "--hash=sha256:aa" in file.read_text()
    assert stale(out, pipeline, environment=environment) == ()
    write_project(pipeline, out, environment=environment)
    assert "--hash=sha256:aa" in file.read_text()
    other = make.science_and(make.distribution("numpy", "2.5.0"))
    assert stale(out, pipeline, environment=other) == ("load", "train")
    write_project(pipeline, out, environment=other)
    assert "--hash" not in file.read_text()
