"""What doctor looks at between us and Vertex AI: the library, the settings, the credentials, the API, who runs.

In: an endpoint. Out: checks, each as soon as it is known. Nothing is raised.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from ...errors import JupyterKfpError
from ..check import Check, bad
from ..endpoints import Chosen
from ..errors import SignInError
from ..sign_in import Way
from .api import VertexApi, check_library, checked
from .credentials import choose_way, credentials_of
from .refusals import ACT_AS_ROLE


def check_vertex(chosen: Chosen, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[Check]:
    """All of it, in the order in which a submission would come upon it."""
    yield (library := _library())
    yield (place := _place(chosen))
    if "bad" in (library.verdict, place.verdict):
        yield Check("sign-in", "skipped", "not tried without library and settings")
        yield Check("server", "skipped", "not asked without library and settings")
        return
    try:
        way = choose_way(chosen)
        credentials = credentials_of(way)
    except JupyterKfpError as error:
        yield bad("sign-in", error)
        yield Check("server", "skipped", "not asked without a sign-in")
        return
    yield from _server(chosen, way, VertexApi(chosen.endpoint, chosen.host, way, credentials))
    yield _service_account(chosen)


def _library() -> Check:
    try:
        check_library()
    except JupyterKfpError as error:
        return bad("library", error)
    from importlib.metadata import version

    return Check("library", "good", f"google-cloud-aiplatform {version('google-cloud-aiplatform')}")


def _place(chosen: Chosen) -> Check:
    try:
        endpoint = checked(chosen)
    except JupyterKfpError as error:
        return bad("settings", error)
    return Check("settings", "good", f"project {endpoint.project}, region {endpoint.region}")


def _server(chosen: Chosen, way: Way, api: VertexApi) -> Iterator[Check]:
    try:
        hello = api.hello()
    except SignInError as error:
        yield Check("sign-in", "bad", f"{way.name}, because {way.why}: {error.message}", error.fix)
        yield Check("server", "skipped", "not asked without a sign-in")
        return
    except JupyterKfpError as error:
        yield Check("sign-in", "skipped", f"{way.name}, because {way.why}; nobody let us in")
        yield bad("server", error)
        return
    finally:
        api.close()
    who = f" as {hello.email}" if hello.email else ""
    yield Check("sign-in", "good", f"{way.name}{who}, because {way.why}")
    yield Check("server", "good", f"{chosen.host} answers: runs can be listed")


def _service_account(chosen: Chosen) -> Check:
    """Whether it may be used shows only when a run is started: asking IAM takes rights that few people have."""
    account = chosen.endpoint.service_account
    if account is None:
        return Check(
            "service account",
            "warning",
            "runs start as Compute Engine's default service account, which often may do too much or nothing",
            f"set service_account to one that may use the bucket and the registry; you need {ACT_AS_ROLE} on it",
        )
    return Check("service account", "good", f"runs start as {account}; you need {ACT_AS_ROLE} on it")
