"""Lines as docker (old builder and BuildKit), podman and buildah print them."""

import pytest

from jupyter_kfp.images.reading import dockerfile_line, read_cause, read_line, telling


@pytest.mark.parametrize(
    ("line", "number", "total", "instruction"),
    [
        ("STEP 6/12: RUN python -m pip install x", 6, 12, "RUN python -m pip install x"),
        ("Step 2/9 : COPY main.py ./", 2, 9, "COPY main.py ./"),
        ("#8 [4/7] RUN python -m pip install x", 4, 7, "RUN python -m pip install x"),
        ("#8 [stage-0 4/7] RUN true", 4, 7, "RUN true"),
    ],
)
def test_the_instruction_that_a_builder_has_come_to_is_read(line, number, total, instruction):
    at = read_line(line)
    assert (at.number, at.total, at.instruction) == (number, total, instruction)


@pytest.mark.parametrize(
    "line", ["", "Collecting six", "#8 0.512 STEP 6/12: fake", "--> 3f2a", "  STEP 1/2: no"]
)
def test_other_lines_are_no_instruction(line):
    assert read_line(line) is None


def test_the_line_of_the_dockerfile_is_found():
    text = "# RUN no\nFROM x\nENV A=1 \\\n    B=2\nRUN pip install x\nRUN pip install x y\n"
    assert dockerfile_line(text, "ENV A=1     B=2") == 3
    assert dockerfile_line(text, "RUN pip install x") == 5
    assert dockerfile_line(text, "LABEL x") is None


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("write /layer: no space left on device", "the disk is full"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        (
            "ERROR: Could not find a version that satisfies the requirement x==9 (from versions: 1)\n"
            "ERROR: No matching distribution found for x==9",
            "package x==9 is not on the index for this platform and Python",
        ),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by "
            "'NewConnectionError(Failed to establish a new connection)'\n"
            "ERROR: No matching distribution found for x==9",
            "the network does not reach what the build needs",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "a package is not what its hash says"),
        (
            "error: subprocess-exited-with-error",
            "a package has no wheel for this platform and could not be compiled",
        ),
        (
            "Error: creating build container: python:3.99: image not known",
            "the base image base:1 is not there",
        ),
        ("pull access denied for base, repository does not exist", "the base image base:1 is not there"),
        (
            "ERROR: failed to resolve source metadata for docker.io/library/base:1: not found",
            "the base image base:1",
        ),
        ("unauthorized: authentication required", "the registry asks for a sign-in"),
        ("denied: Permission denied on resource", "the registry asks for a sign-in"),
        ("process did not complete successfully: exit code: 137", "most likely because memory ran out"),
        (
            "ERROR: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
            "docker no longer answers",
        ),
        ("dial tcp: lookup r.example.com: no such host", "the network does not reach what the build needs"),
    ],
)
def test_what_went_wrong_is_told_in_a_line(printed, message):
    cause = read_cause(printed.splitlines(), builder="docker", base="base:1")
    assert message in cause.message
    assert "\n" not in cause.message
    assert cause.fix


def test_what_is_not_known_is_left_to_the_last_lines():
    assert read_cause(["a riddle {braces} %s"], builder="docker", base="") is None
    assert telling(["", "a", "--> 1", "b", "c"], 2) == ["b", "c"]


def test_text_from_outside_is_not_taken_for_a_form():
    cause = read_cause(["No matching distribution found for {builder}x"], builder="docker", base="")
    assert "{builder}x" in cause.message
