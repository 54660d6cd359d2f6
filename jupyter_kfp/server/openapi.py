"""Makes `openapi.json` from the shapes: `python -m jupyter_kfp.server.openapi > jupyter_kfp/server/openapi.json`.

Development only; the server serves the file, and a test says when it is stale.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from . import shapes

for _shape in vars(shapes).values():
    if (
        isinstance(_shape, type) and _shape.__module__ == shapes.__name__
    ):  # what stands below a field describes it
        _shape.__pydantic_config__ = {"use_attribute_docstrings": True}  # type: ignore[attr-defined]

REF = "#/components/schemas/{model}"


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    does: str
    answer: Any
    asks: Any = None  # shape of the request's body
    query: dict[str, str] = field(default_factory=dict)
    answer_type: str = "application/json"
    status: int = 200


OPERATIONS = (
    Operation("get", "/health", "The server part is there, and of that version.", shapes.Health),
    Operation("get", "/openapi.json", "This description.", dict[str, Any]),
    Operation(
        "get", "/settings-schema", "JSON Schemas that forms for settings are made of.", shapes.SettingsSchema
    ),
    Operation(
        "post",
        "/analysis",
        "All that the analysis knows of a notebook.",
        shapes.Analysis,
        shapes.NotebookRequest,
    ),
    Operation(
        "post",
        "/suggest",
        "Step tags for a notebook that has none.",
        shapes.Suggestion,
        shapes.NotebookRequest,
    ),
    Operation(
        "post",
        "/convert",
        "Write the pipeline down: a folder per step, and pipeline.py.",
        shapes.Done,
        shapes.ConvertRequest,
    ),
    Operation(
        "post",
        "/build",
        "Build the images of the steps, as a job that is looked at like a run.",
        shapes.Started,
        shapes.BuildRequest,
        status=202,
    ),
    Operation("post", "/compile", "Compile the pipeline into a package.", shapes.Done, shapes.CompileRequest),
    Operation(
        "post",
        "/clean",
        "Take out of a package what legacy compilers added.",
        shapes.Done,
        shapes.CleanRequest,
    ),
    Operation(
        "get",
        "/runs",
        "Runs of a notebook, or of all notebooks in a folder, newest first.",
        list[shapes.Run],
        query={
            "path": "Notebook or folder, relative to the server's root; the root itself where not given.",
            "limit": "How many at most; 50 where not given.",
        },
    ),
    Operation(
        "post",
        "/runs",
        "Run the saved notebook as a pipeline. The run goes on by itself.",
        shapes.Started,
        shapes.RunRequest,
        status=202,
    ),
    Operation("get", "/runs/{run}", "One run, as far as it is.", shapes.Run),
    Operation("delete", "/runs/{run}", "Remove an ended run with its files.", None),
    Operation(
        "get",
        "/runs/{run}/events",
        "What happens in the run, as server-sent events: those so far, then each as it happens, until the run ends. An "
        "event's `id` is its number; with the header Last-Event-ID only later ones come.",
        str,
        answer_type="text/event-stream",
    ),
    Operation("post", "/runs/{run}/cancel", "Stop the run and all its processes.", shapes.Cancelled),
    Operation(
        "post",
        "/runs/{run}/open",
        "Put a copy of a run's file beside the notebook, where JupyterLab can open it as a document: the run's own "
        "folder is hidden, and stays as it is. Asked again, the same copy is given.",
        shapes.Document,
        shapes.OpenRequest,
    ),
    Operation(
        "get",
        "/runs/{run}/files/{path}",
        "A file of the run, such as a step's report.",
        bytes,
        answer_type="application/octet-stream",
    ),
    Operation(
        "post",
        "/debug",
        "A notebook with a step's cells and its real inputs.",
        shapes.Document,
        shapes.DebugRequest,
    ),
    Operation("get", "/endpoints", "Clusters that runs can go to.", list[shapes.Endpoint]),
    Operation(
        "post",
        "/endpoints/{name}/sign-in",
        "Sign in to a cluster: gives the page that a person has to open, whose end `endpoints` tells.",
        shapes.Endpoint,
        shapes.SignInRequest,
    ),
)

PARAMETERS = {
    "run": ("A run's id, as this API gives it.", r"^[^/]+$"),
    "path": ("Path of the file in the run's folder; it may hold slashes.", r"^.+$"),
    "name": ("Name of an endpoint.", r"^[^/]+$"),
}


def describe() -> dict[str, Any]:
    """The OpenAPI description (https://spec.openapis.org/oas/v3.1.0)."""
    shaped = {operation.answer for operation in OPERATIONS} | {operation.asks for operation in OPERATIONS}
    schemas: dict[str, Any] = {}
    for shape in (shapes.Problem, *(each for each in shaped if is_shape(each))):
        schema = TypeAdapter(shape).json_schema(ref_template=REF)
        schemas |= schema.pop("$defs", {})
        schemas[shape.__name__] = schema
    for each in (list[shapes.Run], list[shapes.Endpoint]):
        schemas |= TypeAdapter(each).json_schema(ref_template=REF).get("$defs", {})
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "jupyter-kfp",
            "version": "1",
            "description": "What the JupyterLab extension asks the server. All addresses are below"
            " `<base url>jupyter-kfp`.",
        },
        "servers": [{"url": "/jupyter-kfp"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {name: _plain(schemas[name]) for name in sorted(schemas)},
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token TOKEN`, Jupyter Server's own; or its cookie, with `X-XSRFToken`.",
                }
            },
        },
    }


def is_shape(kind: object) -> bool:
    """Whether it is one of the shapes, and not a plain type."""
    return isinstance(kind, type) and kind.__module__ == shapes.__name__


def _operation(operation: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {"summary": operation.does, "parameters": _parameters(operation)}
    if operation.asks is not None:
        schema = {"$ref": REF.format(model=operation.asks.__name__)}
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    status = "204" if operation.answer is None else str(operation.status)
    good: dict[str, Any] = {"description": "Done." if operation.answer is None else "The answer."}
    if operation.answer is not None:
        good["content"] = {operation.answer_type: {"schema": _schema_of(operation.answer)}}
    problem = {"schema": {"$ref": REF.format(model="Problem")}}
    said["responses"] = {
        status: good,
        "default": {"description": "It could not be done.", "content": {"application/json": problem}},
    }
    return said


def _schema_of(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - a type
    if is_shape(answer):
        return {"$ref": REF.format(model=answer.__name__)}
    schema = TypeAdapter(answer).json_schema(ref_template=REF)
    schema.pop("$defs", None)
    return schema


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    parts = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    inside = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PARAMETERS[name][0],
            "schema": {"type": "string", "pattern": PARAMETERS[name][1]},
        }
        for name in parts
    ]
    asked = [
        {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
        for name, text in operation.query.items()
    ]
    return inside + asked


def _plain(schema: Any) -> Any:  # noqa: ANN401 - any node of a JSON Schema
    """Without the titles that only repeat names."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _plain(part) for name, part in value.items()} if key == "properties" else _plain(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "additionalProperties" and value is True)  # said by some versions of pydantic
    }


def text() -> str:
    """What `openapi.json` holds."""
    return json.dumps(describe(), indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
