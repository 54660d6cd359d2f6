"""The description is true: it is made from the shapes, and has each handler and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

from jupyter_kfp.server import openapi, requests
from jupyter_kfp.server.handlers import HANDLERS

DOCS = Path(__file__).parents[3] / "docs" / "rest-api.md"
METHODS = ("get", "post", "put", "patch", "delete")


def test_the_file_is_that_of_the_shapes():
    """Otherwise: `python -m jupyter_kfp.server.openapi > jupyter_kfp/server/openapi.json`."""
    assert requests.DESCRIPTION.read_text(encoding="utf-8") == openapi.text()


def test_every_handler_is_described_and_nothing_else():
    described = {
        (method, path)
        for path, operations in requests.description()["paths"].items()
        for method in operations
        if method in METHODS
    }
    handled = {
        (method, template(pattern))
        for pattern, handler in HANDLERS
        for method in METHODS
        if method in vars(handler) or any(method in vars(base) for base in ours(handler))
    }
    assert handled == described


def ours(handler):
    return [base for base in handler.__mro__ if base.__module__.startswith("jupyter_kfp.server.")]


def template(pattern: str) -> str:
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern.removeprefix("/jupyter-kfp"))
    return path.replace("\\.", ".")


def test_every_reference_leads_somewhere():
    text = json.dumps(requests.description())
    schemas = requests.description()["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) <= set(schemas)


def test_every_operation_has_a_shape_for_what_goes_wrong():
    for operations in requests.description()["paths"].values():
        for operation in operations.values():
            assert "Problem" in json.dumps(operation["responses"]["default"])


def test_the_page_is_made_from_the_description():
    """Otherwise: `python -m jupyter_kfp.server.rest_page > docs/rest-api.md`."""
    from jupyter_kfp.server.rest_page import page

    assert DOCS.read_text(encoding="utf-8") == page()
