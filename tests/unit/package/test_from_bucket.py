"""The start of a step whose image holds no code, with its archive in a folder as the bucket."""

import subprocess
import sys

import pytest

from jupyter_kfp.package.from_bucket import FETCH
from jupyter_kfp.project.code_archive import pack_code


@pytest.fixture
def folder(tmp_path):
    """A step folder that says what it was started with."""
    step = tmp_path / "steps" / "train"
    (step / "modules" / "helpers").mkdir(parents=True)
    (step / "jupyter_kfp_step").mkdir()
    (step / "jupyter_kfp_step" / "__init__.py").write_text("value = 7\n")
    (step / "modules" / "helpers" / "own.py").write_text("x = 1\n")
    (step / "main.py").write_text(
        "import sys, pathlib, jupyter_kfp_step\n"
        "here = pathlib.Path(__file__).parent\n"
        "print(sys.argv[1:], jupyter_kfp_step.value, (here / 'modules/helpers/own.py').read_text())\n"
    )
    for name in ("step.ipynb", "step.json", "Dockerfile", "requirements.txt"):
        (step / name).write_text("{}")
    return step


def start(digest, root, *flags):
    return subprocess.run(
        [sys.executable, "-c", FETCH, digest, str(root), "main.py", *flags],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_step_starts_from_its_archive_with_its_flags(folder, tmp_path):
    code = pack_code(folder)
    (tmp_path / "root" / "objects").mkdir(parents=True)
    (tmp_path / "root" / "objects" / code.digest).write_bytes(code.content)
    done = start(code.digest, tmp_path / "root", "--bucket=b c", "--state-path=$(id)")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['--bucket=b c', '--state-path=$(id)'] 7 x = 1\n\n"


def test_damaged_code_is_not_started(folder, tmp_path):
    code = pack_code(folder)
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / code.digest).write_bytes(code.content[:-1])
    done = start(code.digest, tmp_path)
    assert done.returncode == 1
    assert "is damaged" in done.stderr


def test_the_archive_depends_on_the_code_alone(folder):
    code = pack_code(folder)
    (folder / "Dockerfile").write_text("FROM other")
    (folder / "main.py").touch()
    assert pack_code(folder) == code
    (folder / "main.py").write_text("print(1)\n")
    assert pack_code(folder).digest != code.digest
