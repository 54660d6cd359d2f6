"""Look at everything that a submission needs, from settings to storage, and say each in a line, with the mend.

In: an endpoint. Out: checks, one after the other, each as soon as it is known. Nothing is raised; what a check needs
and does not have makes it a skipped one. One small object is written to the bucket, under its digest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, TypeAlias

from ..errors import JupyterKfpError
from ..images.builders import BuilderError, find_builder
from ..step import StepError, stage_files
from ..step.storage import open_root
from .api import Api
from .connection import Connection
from .endpoints import Chosen, Endpoint
from .errors import SignInError

Verdict: TypeAlias = Literal["good", "warning", "bad", "skipped"]
OLDEST = (2, 0)  # of Kubeflow Pipelines, for packages of IR


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    verdict: Verdict
    text: str
    fix: str = ""


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
    try:
        connection = Connection.open(chosen, sleep=sleep)
    except JupyterKfpError as error:
        yield _bad("sign-in", error)
        yield Check("server", "skipped", "not asked without a sign-in")
    else:
        with connection:
            yield from _server(connection, chosen)
    yield from _bucket(chosen.endpoint)
    yield from _building(chosen.endpoint)


def _bad(name: str, error: JupyterKfpError) -> Check:
    where = f"{error.where}: " if error.where else ""
    return Check(name, "bad", f"{where}{error.message}", error.fix)


def _server(connection: Connection, chosen: Chosen) -> Iterator[Check]:
    way = connection.way
    api = Api(connection, chosen.endpoint.namespace)
    try:
        health = api.health()
    except SignInError as error:
        yield Check("sign-in", "bad", f"{way.name}, because {way.why}: {error.message}", error.fix)
        yield Check("server", "skipped", "not asked without a sign-in")
        return
    except JupyterKfpError as error:
        yield Check("sign-in", "skipped", f"{way.name}, because {way.why}; nobody answered")
        yield _bad("server", error)
        return
    shown = connection.shown
    who = f" as {shown.email}" if shown.email else ""
    yield Check("sign-in", "good", f"{way.name}{who}, because {way.why}")
    yield _version(health.version, chosen.host)
    if abs(connection.skew) > timedelta(minutes=1):
        minutes = connection.skew.total_seconds() / 60
        way_off = "behind" if minutes > 0 else "ahead"
        yield Check(
            "clock", "warning", f"this machine is {abs(minutes):.0f} min {way_off}", "set the clock (NTP)"
        )
    yield from _namespace(api, health.multi_user)


def _version(version: str, host: str) -> Check:
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if len(numbers) == 2 and numbers < OLDEST:
        return Check("server", "bad", f"{host} is Kubeflow Pipelines {version}", "it has to be 2.0 or newer")
    return Check("server", "good", f"{host} answers{f': Kubeflow Pipelines {version}' if version else ''}")


def _namespace(api: Api, several_users: bool) -> Iterator[Check]:
    if several_users and not api.namespace:
        yield Check(
            "namespace", "bad", "this Kubeflow has several users", "set `namespace` to that of your profile"
        )
        return
    try:
        next(api.runs(), None)
    except JupyterKfpError as error:
        yield _bad("namespace", error)
    else:
        yield Check(
            "namespace", "good", f"runs can be listed{f' in {api.namespace}' if api.namespace else ''}"
        )


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
