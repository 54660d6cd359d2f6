"""Makes `docs/rest-api.md` from the description: `python -m jupyter_kfp.server.rest_page > docs/rest-api.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from . import requests

HEAD = """# The REST API of the server extension

What JupyterLab asks the server; for who writes another front end. All addresses are below
`<base url>jupyter-kfp/`. Requests need Jupyter Server's own sign-in (`Authorization: token …`, or its cookie with an
`X-XSRFToken` header), and an authorizer is asked about the resource `kfp`. For programs: `GET openapi.json`
(the file `jupyter_kfp/server/openapi.json`).

- Paths are those of the contents manager: relative to the server's root, with slashes. What leaves the root, also
  through a link, or is hidden, is not there (404).
- An error is a [Problem](#problem) with a status of 400 and above: 400 the request is wrong, 404 it is not there, 409
  not now, 422 the notebook or what was asked for has to be mended, 501 not possible on this server, 503 try again.
- Analysing goes on in a process of its own. A request whose connection is closed is not answered, and not done if it
  has not begun.
- A run is a process that outlives the server. Its folder, `.jupyter-kfp/runs/<run>` beside the notebook, is the truth
  and nothing is remembered elsewhere: runs of the command line are there too, and a new server finds all of them.

## Events

`GET runs/{run}/events` answers with
[server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html): `id` is a number from 1, `data`
one JSON object with `event`, `version`, `time`. Come back with `Last-Event-ID: N` and only later ones are sent.

| event | when | more |
| --- | --- | --- |
| `phase` | before the first step | `phase`: convert, build, compile, clean or submit |
| `build-started`, `build-finished` | images are built | `builder`, `images`; `status` |
| `image-…`, `push-started` | for each image | `step`, and what is known of it |
| `run-started` | once | `run`, `pipeline`, `notebook`, `parameters`, `steps` (`name`, `title`, `parents`) |
| `warned` | something does not stop the run | `message`, `fix`, `step` |
| `step-started` | | `step`, `attempt` |
| `step-retried`, `step-failed` | | `step`, `failure` |
| `step-finished`, `step-cached` | | `step`, `metrics` |
| `step-canceled`, `step-skipped` | | `step`; `reason` |
| `run-finished` | last | `status`: SUCCEEDED, FAILED, CANCELED or INTERRUPTED; `message`, `fix`, `findings` |

## Addresses
"""


def page() -> str:
    """The whole page."""
    description = requests.description()
    parts = [HEAD]
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            parts.append("\n".join(_operation(method, path, operation)))
    parts.append("## Shapes\n\nA field with `?` may be missing.\n")
    for name, schema in description["components"]["schemas"].items():
        parts.append("\n".join(_shape(name, schema)))
    return "\n".join(parts).rstrip() + "\n"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### {method.upper()} {path.lstrip('/')}\n"
    yield f"{operation['summary']}\n"
    for parameter in operation["parameters"]:
        if parameter["in"] == "query":
            yield f"- `?{parameter['name']}=`: {parameter['description']}"
    if "requestBody" in operation:
        yield f"- asks: {_type(operation['requestBody']['content']['application/json']['schema'])}"
    for status, response in operation["responses"].items():
        if status != "default":
            kinds = response.get("content", {})
            told = [
                _type(kind["schema"]) if name == "application/json" else f"`{name}`"
                for name, kind in kinds.items()
            ]
            yield f"- {status}: {', '.join(told) or 'nothing'}"
    yield ""


def _shape(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    if schema.get("description"):
        yield f"{_line(schema['description'])}\n"
    yield "| field | type | |"
    yield "| --- | --- | --- |"
    required = schema.get("required", [])
    for field, of in schema.get("properties", {}).items():
        mark = "" if field in required else "?"
        yield f"| `{field}`{mark} | {_type(of)} | {_line(of.get('description', ''))} |"
    yield ""


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return " · ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return "pair of numbers"
        case "array":
            return f"list of {_type(schema.get('items', {}))}"
        case "object":
            values = schema.get("additionalProperties")
            return f"object of {_type(values)}" if isinstance(values, dict) else "object"
        case None:
            return "anything"
        case kind:
            return str(kind)


if __name__ == "__main__":
    sys.stdout.write(page())
