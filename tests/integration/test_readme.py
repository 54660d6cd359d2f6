"""The README's tour, typed as it stands: every command works, and what it shows is what comes."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
VARYING = [
    (re.compile(r"\d+(\.\d+)? (s|min)\b( \d+ s\b)?"), "TIME"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}-iris-\w+"), "RUN"),
]


def normalised(text):
    for varying, name in VARYING:
        text = varying.sub(name, text)
    return [line.rstrip() for line in text.splitlines()]


def commands():
    """Each command of the tour with the lines that the README shows below it."""
    for block in BLOCK.findall((ROOT / "README.md").read_text()):
        for command in block.removeprefix("$ ").split("\n$ "):
            line, _, shown = command.partition("\n")
            yield line.partition("#")[0].strip(), shown


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("tour") / "examples"
    shutil.copytree(ROOT / "examples", place, ignore=shutil.ignore_patterns(".jupyter-kfp"))
    tagged = (place / "notebooks" / "iris.ipynb").read_text()
    (place / "notebooks" / "untagged.ipynb").write_text(re.sub(r'"step:\w+"', '"mine"', tagged))
    return place / "notebooks"


@pytest.mark.parametrize(("command", "shown"), list(commands()))
def test_the_tour_works_as_it_is_written(command, shown, folder):
    done = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    if shown:
        assert normalised(done.stdout + done.stderr) == normalised(shown) or normalised(
            done.stderr + done.stdout
        ) == normalised(shown)
