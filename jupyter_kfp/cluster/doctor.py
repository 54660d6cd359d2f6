"""Look at everything that a submission needs, from settings to storage, and say each in a line, with the mend.

In: an endpoint. Out: checks, one after the other, each as soon as it is known. Nothing is raised; what a check needs
and does not have makes it a skipped one. One small object is written to the bucket, under its digest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..images.builders import BuilderError, find_builder
from ..step import StepError, stage_files
from ..step.storage import open_root
from .check import Check
from .endpoints import Chosen, Endpoint
from .kinds import kind_of


@dataclass(frozen=True)
class Shown:
    """A setting as it is in effect."""

    field: str
    value: str
    origin: str


def settings(chosen: Chosen) -> list[Shown]:
    """The effective settings, each with where it came from; those not set are left out."""
    shown = []
    for field in Endpoint.model_fields:
        value = getattr(chosen.endpoint, field)
        if value is not None:
            origin = chosen.origins.get(field)
            shown.append(Shown(field, str(value), origin.text if origin else "default"))
    return shown


def examine(chosen: Chosen, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[Check]:
    """All checks, in the order in which a submission would come upon them."""
    yield from kind_of(chosen.endpoint).check(chosen, sleep=sleep)
    yield from _bucket(chosen.endpoint)
    yield from _building(chosen.endpoint)


def _bucket(endpoint: Endpoint) -> Iterator[Check]:
    if endpoint.bucket is None:
        yield Check("bucket", "bad", "no bucket is set", "set `bucket` to gs://bucket/prefix")
        return
    try:
        with TemporaryDirectory(prefix="jupyter-kfp-") as empty:
            uri = stage_files(endpoint.bucket, Path(empty), [])
        root = open_root(endpoint.bucket)
        root.files_below(f"{root.uri}/runs/none")
        assert uri
    except StepError as error:
        yield Check("bucket", "bad", error.message, error.fix)
        return
    way = "" if type(root).__name__ == "BucketRoot" else ", through gcloud or gsutil"
    yield Check("bucket", "good", f"{endpoint.bucket} can be written and listed{way}")
    versioned = getattr(root, "versioned", None)
    if versioned is None:
        return
    try:
        if versioned():
            yield Check(
                "versions",
                "warning",
                "the bucket keeps old versions of deleted objects, which cost storage",
                "have a lifecycle rule delete noncurrent versions",
            )
    except StepError as error:
        yield Check("versions", "skipped", f"the bucket's settings cannot be read: {error.message}")


def _building(endpoint: Endpoint) -> Iterator[Check]:
    if endpoint.registry is None:
        yield Check(
            "registry", "warning", "no registry is set", "set `registry`, or give the images by --image"
        )
    else:
        yield Check("registry", "good", endpoint.registry)
    try:
        builder = find_builder()
    except BuilderError as error:
        yield Check("builder", "warning", error.message, "--build needs one; CI can build as well")
    else:
        yield Check("builder", "good", builder.name)
