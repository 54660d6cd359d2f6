"""Builders that only write down what they are asked, and step folders to build."""

import json

import pytest

from jupyter_kfp.images import Builder
from jupyter_kfp.images.build import Options, build_images
from jupyter_kfp.notebook.cells import StepName
from jupyter_kfp.project import StepFolder, step_digest

STUB = """\
#!{python}
import json, os, pathlib, sys
here = pathlib.Path({folder!r})
with (here / "asked").open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
exec((here / "answer.py").read_text())
"""
ANSWER = """\
words = sys.argv[1:]
images = here / "images"
images.mkdir(exist_ok=True)
if words[0] == "build":
    print("STEP 1/2: FROM python:3.11-slim-bookworm")
    print("STEP 2/2: RUN python -m pip install x")
    (images / words[words.index("--tag") + 1].replace("/", "!")).touch()
elif words[:2] == ["image", "exists"]:
    sys.exit(0 if (images / words[2].replace("/", "!")).exists() else 1)
elif words[0] == "push":
    (images / ("pushed!" + words[1].replace("/", "!"))).touch()
elif words[:2] == ["manifest", "inspect"]:
    sys.exit(0 if (images / ("pushed!" + words[-1].replace("/", "!"))).exists() else 1)
"""
DOCKERFILE = """\
# Image of step {name}.
FROM python:3.11-slim-bookworm
COPY requirements.txt ./
RUN python -m pip install --no-cache-dir --no-deps --requirement requirements.txt

COPY jupyter_kfp_step/ jupyter_kfp_step/
COPY main.py ./
USER 10001:10001
"""


@pytest.fixture
def stub(tmp_path):
    """A program that answers as `answer` says; `asked()` is what it was asked."""
    import sys

    folder = tmp_path / "stub"
    folder.mkdir()
    (folder / "answer.py").write_text(ANSWER)

    class Stub:
        path = folder / "program"

        def asked(self):
            log = folder / "asked"
            return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

        def answer(self, code):
            (folder / "answer.py").write_text(code)

    Stub.path.write_text(STUB.format(python=sys.executable, folder=str(folder)))
    Stub.path.chmod(0o755)
    return Stub()


@pytest.fixture
def folder(tmp_path):
    """A step folder of that name and requirements."""

    def folder(name, requirements="x==1\n", dockerfile=DOCKERFILE):
        path = tmp_path / "steps" / name
        path.mkdir(parents=True)
        (path / "Dockerfile").write_text(dockerfile.format(name=name))
        (path / "requirements.txt").write_text(requirements)
        (path / "main.py").write_text(f"# {name}\n")
        return StepFolder(StepName(name), path, step_digest(path))

    return folder


@pytest.fixture
def build(stub):
    def build(*folders, registry="", events=None, **options):
        names = {folder.name: f"{registry}p-{folder.name}:{folder.digest}" for folder in folders}
        show = (lambda event: None) if events is None else events.append
        return build_images(
            folders, names, Builder("podman", str(stub.path)), Options(**options), on_event=show
        )

    return build
