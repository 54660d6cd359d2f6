"""What doctor looks at between us and a Kubeflow: the sign-in, the server, the clocks, the namespace.

In: an endpoint. Out: checks, each as soon as it is known. Nothing is raised.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from ..errors import JupyterKfpError
from .api import Api
from .check import Check, bad
from .connection import Connection
from .endpoints import Chosen
from .errors import SignInError

OLDEST = (2, 0)  # of Kubeflow Pipelines, for packages of IR


def check_kubeflow(chosen: Chosen, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[Check]:
    """All of it, in the order in which a submission would come upon it."""
    try:
        connection = Connection.open(chosen, sleep=sleep)
    except JupyterKfpError as error:
        yield bad("sign-in", error)
        yield Check("server", "skipped", "not asked without a sign-in")
        return
    with connection:
        yield from _server(connection, chosen)


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
        yield bad("server", error)
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
        yield bad("namespace", error)
    else:
        yield Check(
            "namespace", "good", f"runs can be listed{f' in {api.namespace}' if api.namespace else ''}"
        )
