"""Includes the rules of hadolint that concern such a Dockerfile, by their numbers."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_kfp.findings import Level
from jupyter_kfp.notebook.settings import StepSettings
from jupyter_kfp.project.dockerfile import DOCKERIGNORE, base_image, check_image, render_dockerfile
from jupyter_kfp.project.requirements import Requirements

PINNED = Requirements("numpy==2.4.6\n")


@pytest.fixture
def render(environment):
    def render(pipeline, requirements=PINNED, modules=False, **more):
        step = pipeline.step("train")
        base = base_image(step, environment)
        return render_dockerfile(pipeline, step, base, requirements, modules=modules, **more)

    return render


def instructions(text):
    """(keyword, arguments) of each instruction: comments dropped, continued lines joined."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def arguments(text, keyword):
    return [rest for word, rest in instructions(text) if word == keyword]


@pytest.fixture
def variants(render, pipeline, make):
    """Dockerfiles of all kinds of steps."""
    image = make.with_step(
        pipeline, "train", settings=StepSettings(image="nvidia/cuda:12.4.1-runtime-ubuntu22.04")
    )
    hostile = [make.with_step(pipeline, "train", title=title) for title in make.hostile]
    return [
        render(pipeline),
        render(image),
        render(pipeline, Requirements("x\n", complete=False)),
        render(pipeline, Requirements("./wheels/x.whl\n", wheels=(Path("x.whl"),)), modules=True),
        *(render(each) for each in hostile),
    ]


def test_it_reads_well(render, pipeline, golden):
    golden(render(pipeline), "Dockerfile")


def test_it_builds_on_slim_debian_of_the_kernels_python(render, pipeline):
    assert arguments(render(pipeline), "FROM") == ["python:3.11-slim-bookworm"]


def test_it_builds_on_the_image_of_the_settings(render, pipeline, make):
    changed = make.with_step(
        pipeline, "train", settings=StepSettings(image="r.example.com:5000/team/base:1.2")
    )
    assert arguments(render(changed), "FROM") == ["r.example.com:5000/team/base:1.2"]


def test_dependencies_have_a_layer_before_anything_of_the_step(render, pipeline, make):
    changed = make.with_step(pipeline, "train", title="Other", cells=())
    changed = replace(changed, name="other")

    def until_installed(text):
        found = instructions(text)
        return found[: [word for word, _ in found].index("RUN") + 1]

    assert until_installed(render(changed)) == until_installed(render(pipeline))
    assert "train" not in str(until_installed(render(pipeline)))


def test_pinned_packages_are_installed_without_looking_for_more(render, pipeline):
    assert "--no-deps" in arguments(render(pipeline), "RUN")[0]
    assert "--no-deps" not in arguments(render(pipeline, Requirements("x\n", complete=False)), "RUN")[0]


def test_it_copies_modules_and_wheels_where_there_are_any(variants):
    assert "COPY wheels/ wheels/" in variants[3]
    assert variants[3].index("COPY wheels/") < variants[3].index("RUN")
    assert "COPY modules/ modules/" in variants[3]
    assert "modules" not in variants[0]


def test_it_builds_with_old_builders_and_holds_nothing_secret(variants):
    for text in variants:
        assert "--mount" not in text
        assert "--chmod" not in text
        assert not re.search(r"(?i)^(ENV|RUN|LABEL).*(index|token|password)", text, re.MULTILINE)
        assert arguments(text, "ARG") == ["PIP_INDEX_URL"]


def test_it_runs_without_root_and_writes_to_tmp_only(variants):
    for text in variants:
        # hadolint DL3002: the last user is not root; a number, so that Kubernetes can tell.
        assert arguments(text, "USER")[-1] == "10001:10001"
        assert "HOME=/tmp" in text
        assert not arguments(text, "VOLUME")


def test_only_an_image_of_the_users_is_taken_over_as_root(variants):
    assert arguments(variants[0], "USER") == ["10001:10001"]
    assert arguments(variants[1], "USER") == ["root", "10001:10001"]
    assert variants[1].index("USER root") < variants[1].index("RUN ")


def test_system_packages_are_installed_before_those_of_python(render, pipeline, make):
    settings = StepSettings(system_packages=("libgomp1", "git=1:2.39.5-0+deb12u2", "libgomp1"))
    text = render(make.with_step(pipeline, "train", settings=settings))
    apt, pip = arguments(text, "RUN")
    # hadolint DL3009, DL3014, DL3015, DL3027
    installs = "apt-get install --yes --no-install-recommends git=1:2.39.5-0+deb12u2 libgomp1"
    assert " ".join(apt.split()) == f"apt-get update && {installs} && rm -rf /var/lib/apt/lists/*"
    assert pip.startswith("python -m pip install")
    assert "hadolint ignore=DL3008" in text


@pytest.mark.parametrize("name", ["", "a b", "x;reboot", "x && y", "-y", "x\nRUN z", "$(id)", "X", "x=1 y"])
def test_what_is_no_debian_package_never_gets_into_a_dockerfile(name):
    with pytest.raises(ValueError, match="system_packages"):
        StepSettings(system_packages=(name,))


def test_it_has_a_command_and_no_entrypoint(variants):
    for text in variants:
        # hadolint DL3025: in JSON form; DL4003, DL4004: one of each at most.
        (command,) = arguments(text, "CMD")
        assert json.loads(command) == ["python", "main.py", "--help"]
        assert not arguments(text, "ENTRYPOINT")


def test_hadolint_has_nothing_to_say(variants):
    for text in variants:
        words = [word for word, _ in instructions(text)]
        (base,) = arguments(text, "FROM")
        assert re.search(r":[^/]+$|@sha256:", base), "DL3006: a tag"
        assert not base.endswith(":latest"), "DL3007: a tag that stays"
        assert set(words) <= {"FROM", "ENV", "WORKDIR", "ARG", "COPY", "RUN", "LABEL", "USER", "CMD"}, (
            "DL4000, DL3020"
        )
        assert words[0] == "FROM", "DL3061"
        (run,) = arguments(text, "RUN")  # DL3059: no RUN behind another
        assert "sudo" not in run, "DL3004"
        assert "cd " not in run, "DL3003"
        assert "|" not in run, "DL4006"
        assert "--requirement requirements.txt" in run, "DL3013"
        assert "--no-cache-dir" in run, "DL3042"
        (workdir,) = arguments(text, "WORKDIR")
        assert workdir.startswith("/"), "DL3000"
        assert words.index("WORKDIR") < words.index("COPY"), "DL3045"
        for copied in arguments(text, "COPY"):
            *sources, target = copied.split()
            assert len(sources) == 1 or target.endswith("/"), "DL3021"
            assert not any(source.startswith("/") for source in sources)
        for names in (arguments(text, "LABEL"), arguments(text, "ENV")):
            keys = [word.partition("=")[0] for word in shlex.split(names[0])]
            assert len(set(keys)) == len(keys)
        for label in shlex.split(arguments(text, "LABEL")[0]):
            assert re.fullmatch(r"[a-z0-9.-]+", label.partition("=")[0]), "DL3048"
        assert not re.search(r"[ \t]+$", text, re.MULTILINE)


def test_hostile_titles_stay_in_their_label(render, pipeline, make):
    plain = [word for word, _ in instructions(render(pipeline))]
    for text in make.hostile:
        changed = replace(make.with_step(pipeline, "train", title=text), name=text)
        rendered = render(changed)
        assert [word for word, _ in instructions(rendered)] == plain
        (labels,) = arguments(rendered, "LABEL")
        # Docker expands `$` in double quotes unless a backslash stands before it.
        assert not re.search(r"(?<!\\)(\\\\)*\$", labels)
        words = dict(word.split("=", 1) for word in shlex.split(labels))
        described = words["org.opencontainers.image.description"].replace("\\$", "$")
        printable = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
        assert described == " ".join(printable.split())


@pytest.mark.parametrize(
    "image",
    [
        "python:3.12-slim",
        "gcr.io/project/image@sha256:" + "0" * 64,
        "localhost:5000/a/b_c:V1.0",
        "europe-docker.pkg.dev/p-1/r/i:tag@sha256:" + "a" * 64,
    ],
)
def test_an_image_that_is_pinned_needs_no_word(pipeline, make, image):
    changed = make.with_step(pipeline, "train", settings=StepSettings(image=image))
    assert check_image(changed.step("train")) is None


@pytest.mark.parametrize("image", ["python", "gcr.io/p/i:latest", "localhost:5000/x"])
def test_an_image_that_may_change_is_a_warning(pipeline, make, image):
    changed = make.with_step(pipeline, "train", settings=StepSettings(image=image))
    assert check_image(changed.step("train")).code == "JK458"


@pytest.mark.parametrize(
    "image",
    ["", "Upper/case:1", "a b:1", "python:3\nRUN touch /owned", "$BASE", "x:1 AS y", "-v", "x:" + "t" * 129],
)
def test_what_is_no_image_never_gets_into_a_dockerfile(pipeline, make, image):
    changed = make.with_step(pipeline, "train", settings=StepSettings(image=image))
    note = check_image(changed.step("train"))
    assert (note.code, note.level) == ("JK457", Level.ERROR)


def test_only_what_is_copied_goes_to_the_builder(render, pipeline):
    allowed = {line[1:] for line in DOCKERIGNORE.splitlines() if line.startswith("!")}
    text = render(pipeline, Requirements("x\n", wheels=(Path("x"),)), modules=True)
    copied = {source.rstrip("/") for line in arguments(text, "COPY") for source in line.split()[:-1]}
    assert copied == allowed
