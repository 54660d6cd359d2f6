"""The README's tour, typed as it stands: every command works, and what it shows is what comes."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.console import typed

ROOT = Path(__file__).parents[2]
TOUR = list(typed((ROOT / "README.md").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("tour") / "examples"
    shutil.copytree(ROOT / "examples", place, ignore=shutil.ignore_patterns(".jupyter-kfp"))
    tagged = (place / "notebooks" / "iris.ipynb").read_text()
    (place / "notebooks" / "untagged.ipynb").write_text(re.sub(r'"step:\w+"', '"mine"', tagged))
    return place / "notebooks"


def test_the_tour_is_there():
    assert len(TOUR) > 5


@pytest.mark.parametrize("step", TOUR, ids=lambda step: step.command)
def test_the_tour_works_as_it_is_written(step, folder):
    done = subprocess.run(step.command.split(), cwd=folder, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    assert step.agrees(done.stdout, done.stderr), done.stdout + done.stderr
