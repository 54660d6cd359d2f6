"""The names of images: `<registry>/<pipeline>-<step>:<digest of the step folder>`.

The same content has the same name, so an image that is there under its name never has to be built again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NewType

from ..errors import JupyterKfpError
from ..notebook.cells import StepName
from ..package import pipeline_name
from ..project import Digest, StepFolder

ImageName = NewType("ImageName", str)
"""An image with its tag, such as `europe-docker.pkg.dev/p/r/iris-train:3f2a…`."""

# https://github.com/opencontainers/distribution-spec: what a registry's address and a repository are made of.
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?"
_REGISTRY = re.compile(rf"{_HOST}(?:/{_PART})*")
_LONGEST = 255 - 1 - 64  # of a name before its tag


def image_names(
    pipeline: str, folders: Iterable[StepFolder], registry: str | None = None
) -> Mapping[StepName, ImageName]:
    """The image of each step. Raises JupyterKfpError where `registry` is no registry's address."""
    return {folder.name: image_name(pipeline, folder.name, folder.digest, registry) for folder in folders}


def image_name(pipeline: str, what: str, digest: Digest, registry: str | None = None) -> ImageName:
    """The name of one image of the pipeline."""
    repository = f"{pipeline_name(pipeline)}-{what}"
    if registry is not None:
        repository = f"{checked_registry(registry)}/{repository}"
    if len(repository) > _LONGEST:
        raise JupyterKfpError(
            "the image's name is too long for a registry",
            where=repository[:80] + "…",
            fix="set a shorter `name` for the pipeline in its settings",
        )
    return ImageName(f"{repository}:{digest}")


def ready_image(step: StepName, image: str | None) -> str:
    """The image of a step that is not built. Raises JupyterKfpError where its settings name none."""
    if image is None:
        raise JupyterKfpError(
            "its setting `build` is false and it names no image",
            where=f"step {step}",
            fix="set `image` to one that holds what the step needs, or take `build` out",
        )
    return image


def checked_registry(registry: str) -> str:
    """The registry's address, without a slash at its end. Raises JupyterKfpError where it is none."""
    address = registry.removesuffix("/")
    if not _REGISTRY.fullmatch(address):
        raise JupyterKfpError(
            f"{registry!r} is not the address of a registry",
            fix="give host/path in small letters, such as europe-docker.pkg.dev/project/repository, without https://",
        )
    return address


def is_loopback(image: ImageName) -> bool:
    """Whether the image's registry is on this machine: builders speak http to those."""
    host = image.partition("/")[0].partition(":")[0]
    return host in ("localhost", "127.0.0.1")
