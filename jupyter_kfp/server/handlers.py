"""The endpoints, all under `/jupyter-kfp/`, all for signed-in users; `openapi.json` describes them."""

from __future__ import annotations

from .about_handlers import HealthHandler, OpenApiHandler, SettingsSchemaHandler
from .action_handlers import BuildHandler, CleanHandler, CompileHandler, ConvertHandler
from .analysis_handlers import AnalysisHandler, SuggestHandler
from .debug_handlers import DebugHandler
from .endpoint_handlers import EndpointsHandler, SignInHandler
from .event_handlers import EventsHandler
from .run_handlers import (
    CancelHandler,
    OpenHandler,
    RunFileHandler,
    RunHandler,
    RunsHandler,
)

RUN = r"(?P<run>[^/]+)"

HANDLERS = [
    (f"/jupyter-kfp/{pattern}", handler)
    for pattern, handler in (
        ("health", HealthHandler),
        (r"openapi\.json", OpenApiHandler),
        ("settings-schema", SettingsSchemaHandler),
        ("analysis", AnalysisHandler),
        ("suggest", SuggestHandler),
        ("convert", ConvertHandler),
        ("build", BuildHandler),
        ("compile", CompileHandler),
        ("clean", CleanHandler),
        ("runs", RunsHandler),
        (f"runs/{RUN}", RunHandler),
        (f"runs/{RUN}/events", EventsHandler),
        (f"runs/{RUN}/cancel", CancelHandler),
        (f"runs/{RUN}/open", OpenHandler),
        (f"runs/{RUN}/files/(?P<path>.+)", RunFileHandler),
        ("debug", DebugHandler),
        ("endpoints", EndpointsHandler),
        ("endpoints/(?P<name>[^/]+)/sign-in", SignInHandler),
    )
]
