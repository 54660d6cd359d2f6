"""The endpoints, all under `/jupyter-kfp/`, all for signed-in users."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.web import authenticated

from .. import __version__


class KfpHandler(ExtensionHandlerMixin, APIHandler):
    """What all endpoints share: the resource that an authorizer is asked about."""

    auth_resource = "kfp"


class HealthHandler(KfpHandler):
    """`GET health` → `{"version": "0.1.0"}`: the server part is there, and of that version."""

    @authenticated
    @authorized
    def get(self) -> None:
        """Answer with the version."""
        self.finish({"version": __version__})


HANDLERS = [("/jupyter-kfp/health", HealthHandler)]
