"""Endpoints as JSON. Runs in the worker; asks nothing over the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cluster.auth import store
from ..cluster.auth.browser import OAuthClient, PersonIdToken
from ..cluster.endpoints import Chosen, endpoint_names, load_endpoint
from ..cluster.kinds import choose_way
from ..errors import JupyterKfpError

if TYPE_CHECKING:
    from .shapes import Endpoint


def endpoint_shapes() -> list[Endpoint]:
    """All that are configured. Raises EndpointError where a configuration cannot be read."""
    return [endpoint_shape(name) for name in endpoint_names()]


def endpoint_shape(name: str) -> Endpoint:
    """One endpoint. What is wrong with it is told in it, so that the others can be used."""
    try:
        chosen = load_endpoint(name)
    except JupyterKfpError as error:
        return {"name": name, "host": "", "kind": "kubeflow", "signed_in": False, "message": str(error)}
    shape: Endpoint = {
        "name": name,
        "host": chosen.endpoint.address or "",
        "kind": chosen.endpoint.kind,
        "signed_in": False,
    }
    try:
        shape["way"], shape["signed_in"] = _signed_in(chosen)
    except JupyterKfpError as error:
        shape["message"] = str(error)
    return shape


def _signed_in(chosen: Chosen) -> tuple[str, bool]:
    """The way to sign in, and whether anything stands in its way. Only people have to do something first."""
    way = choose_way(chosen)
    if not isinstance(way.source, PersonIdToken):
        return way.name, True
    kept = store.kept(OAuthClient.read(way.source.path).client_id)
    return way.name, kept is not None and "refresh_token" in kept
