"""`GET health`, `GET openapi.json` and `GET settings-schema`: what the server can do, and the forms for settings."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .. import __version__
from . import requests
from .base import KfpHandler

if TYPE_CHECKING:
    from .shapes import SettingsSchema


class HealthHandler(KfpHandler):
    """`GET health`: the server part is there, and of that version. The worker gets ready meanwhile."""

    @authenticated
    @authorized
    def get(self) -> None:
        """Answer with the version."""
        self.settings["jupyter_kfp_warming"] = asyncio.ensure_future(self.analyst.warm_up())
        self.answer({"version": __version__})


class OpenApiHandler(KfpHandler):
    """`GET openapi.json`: the description of this API."""

    @authenticated
    @authorized
    def get(self) -> None:
        """Answer with the description."""
        self.answer(requests.description())


class SettingsSchemaHandler(KfpHandler):
    """`GET settings-schema`: what forms for settings are made of."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the schemas."""
        self.answer(await self.in_thread(settings_schemas))


@lru_cache(maxsize=1)
def settings_schemas() -> SettingsSchema:
    """The one schema, and the part of it that is a step's."""
    from ..notebook.schema import settings_schema

    pipeline = settings_schema()
    definitions = pipeline["$defs"]
    step = {"$schema": pipeline["$schema"], "$defs": definitions, **definitions["StepSettings"]}
    return {"pipeline": pipeline, "step": step}
