"""Dockerfile and .dockerignore of a step.

In come a step and its requirements, out goes text that a platform engineer finds nothing to change in: slim Debian
base of the kernel's Python, dependencies in their own layer, no root at run time, nothing secret baked in. Text of
the notebook stands only in quoted labels. Builds with docker, podman, buildah and old builders alike.
"""

from __future__ import annotations

import re

from ..findings import Finding, finding
from ..pipeline import Pipeline, Step
from .environment import Environment
from .plain import shortened
from .requirements import Requirements

USER = 10001
IMAGE = re.compile(
    r"[a-z0-9]+([._-]+[a-z0-9]+)*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"(?P<tag>:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?P<digest>@sha256:[0-9a-f]{64})?"
)
DOCKERIGNORE = """\
# Only what the Dockerfile copies is sent to the builder.
*
!main.py
!step.ipynb
!step.json
!requirements.txt
!jupyter_kfp_step
!modules
!wheels
**/__pycache__
**/*.pyc
"""


def base_image(step: Step, environment: Environment) -> str:
    """The image that the step's image is built on: the step's `image` setting, or Python's slim Debian image."""
    return step.settings.image or f"python:{environment.minor}-slim-bookworm"


def check_image(step: Step) -> Finding | None:
    """What there is to say about the step's `image` setting."""
    image = step.settings.image
    if image is None:
        return None
    match = IMAGE.fullmatch(image)
    if match is None:
        return finding(
            "JK457",
            f"step `{step.name}`: `{shortened(image, 100)}` is not the name of an image",
            "write it as registry/name:tag or registry/name@sha256:digest, in small letters",
            step=step.name,
            name=shortened(image, 100),
        )
    if match["digest"] is None and match["tag"] in (None, ":latest"):
        return finding(
            "JK458",
            f"step `{step.name}`: image `{image}` has no fixed tag, so the same step may become another image tomorrow",
            "add a tag that stays, or a digest",
            step=step.name,
            name=image,
        )
    return None


def render_dockerfile(
    pipeline: Pipeline, step: Step, base: str, requirements: Requirements, *, modules: bool
) -> str:
    """The text of the step's Dockerfile on that base image. `modules`: whether the folder of that name is there.

    The `image` setting must have passed `check_image`.
    """
    # With every version pinned there is nothing to resolve: the image gets just what the kernel has.
    # A custom image may hold Debian's own Python, which refuses packages beside its own.
    managed = "    PIP_BREAK_SYSTEM_PACKAGES=1 \\\n" if step.settings.image else ""
    # It may also have a user of its own, who may not install anything.
    root = "\nUSER root\n" if step.settings.image else ""
    options = "--no-cache-dir --no-deps" if requirements.complete else "--no-cache-dir"
    wheels = "COPY wheels/ wheels/\n" if requirements.wheels else ""
    code = "COPY modules/ modules/\n" if modules else ""
    return f"""\
# Image of step {step.name}. Made by jupyter-kfp.
FROM {base}
{root}
# /tmp is the only place that the step writes to, so the root file system can be read-only.
ENV HOME=/tmp \\
    USER=step \\
    JUPYTER_KFP_KERNEL=python3 \\
{managed}    PIP_DISABLE_PIP_VERSION_CHECK=1 \\
    PIP_ROOT_USER_ACTION=ignore \\
    PYTHONDONTWRITEBYTECODE=1 \\
    PYTHONUNBUFFERED=1

WORKDIR /step
{_system_packages(step)}
# Another index: --build-arg PIP_INDEX_URL=… It shows in the image's history: one that asks for a
# password belongs in a pip.conf or netrc that the builder mounts.
ARG PIP_INDEX_URL

# Before the code: steps with equal requirements share this layer, and a changed cell keeps it.
COPY requirements.txt ./
{wheels}RUN python -m pip install {options} --requirement requirements.txt

COPY jupyter_kfp_step/ jupyter_kfp_step/
{code}COPY main.py step.ipynb step.json ./

LABEL org.opencontainers.image.title={quoted(f"{pipeline.name} / {step.name}")} \\
      org.opencontainers.image.description={quoted(step.title)} \\
      org.opencontainers.image.base.name={quoted(base)}

USER {USER}:{USER}
CMD ["python", "main.py", "--help"]
"""


def _system_packages(step: Step) -> str:
    """The instruction that installs the step's `system_packages`; the settings let only names and versions in."""
    if not step.settings.system_packages:
        return ""
    packages = " ".join(sorted(set(step.settings.system_packages)))
    return f"""
# hadolint ignore=DL3008
RUN apt-get update \\
    && apt-get install --yes --no-install-recommends {packages} \\
    && rm -rf /var/lib/apt/lists/*
"""


def quoted(text: str) -> str:
    """A word in a Dockerfile, in double quotes: nothing in it is expanded, and it cannot end the line."""
    escaped = re.sub(r'(["\\$])', r"\\\1", shortened(text, 200))
    return f'"{escaped}"'
