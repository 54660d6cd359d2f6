"""The kinds of clusters, side by side: what Kubeflow and Vertex AI have of each thing. Nowhere else is it asked which
kind an endpoint is.

In: an endpoint. Out: how it is opened, compiled for, looked at, and what its pages and its times are called.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ..package.targets import Target
from . import cron, pages, sign_in
from .api import Api
from .check import Check
from .connection import Connection
from .endpoints import Chosen, Endpoint
from .interface import ClusterApi
from .kubeflow_checks import check_kubeflow
from .sign_in import Way
from .vertex.api import open_vertex
from .vertex.checks import check_vertex
from .vertex.credentials import choose_way as choose_google_way


class Opener(Protocol):
    """Opens the API of an endpoint, as long as a context lasts."""

    def __call__(
        self, chosen: Chosen, *, namespace: str | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> contextlib.AbstractContextManager[ClusterApi]:
        """Nothing is sent yet. Raises EndpointError, SignInError."""


class Checker(Protocol):
    """Looks at the way to the API of an endpoint."""

    def __call__(self, chosen: Chosen, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[Check]:
        """A check after the other."""


@dataclass(frozen=True)
class Kind:
    """A kind of cluster."""

    target: Target  # what its packages are compiled for
    open: Opener
    choose_way: Callable[[Chosen], Way]  # of signing in
    check: Checker
    run_page: Callable[[Endpoint, str], str]
    schedule_page: Callable[[Endpoint, str], str]
    cron: Callable[[str], str]  # an expression of people's as it takes it


@contextlib.contextmanager
def _open_kubeflow(
    chosen: Chosen, *, namespace: str | None = None, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Api]:
    with Connection.open(chosen, sleep=sleep) as connection:
        yield Api(connection, namespace or chosen.endpoint.namespace)


KUBEFLOW = Kind(
    "kubeflow",
    _open_kubeflow,
    sign_in.choose_way,
    check_kubeflow,
    pages.run_page,
    pages.schedule_page,
    cron.six_fields,
)
VERTEX = Kind(
    "vertex",
    open_vertex,
    choose_google_way,
    check_vertex,
    pages.vertex_run_page,
    pages.vertex_schedule_page,
    cron.five_fields,
)


def kind_of(endpoint: Endpoint) -> Kind:
    """What its cluster is."""
    return {"kubeflow": KUBEFLOW, "vertex": VERTEX}[endpoint.kind]


def open_api(
    chosen: Chosen, *, namespace: str | None = None, sleep: Callable[[float], None] = time.sleep
) -> contextlib.AbstractContextManager[ClusterApi]:
    """The API of the endpoint's cluster, as long as the context lasts. `namespace` comes instead of the endpoint's.

    Nothing is sent yet. Raises EndpointError, SignInError.
    """
    return kind_of(chosen.endpoint).open(chosen, namespace=namespace, sleep=sleep)


def choose_way(chosen: Chosen) -> Way:
    """The way to sign in to the endpoint. Raises EndpointError where there is none."""
    return kind_of(chosen.endpoint).choose_way(chosen)
