from pathlib import Path

import jsonschema
import pytest

from jupyter_kfp.notebook import settings_schema
from jupyter_kfp.notebook.settings import PipelineSettings
from jupyter_kfp.notebook.settings_page import settings_page

ROOT = Path(__file__).parents[3]


def nodes(schema):
    """Every object in a schema."""
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)


def properties(schema):
    return {
        name: part
        for node in nodes(schema)
        if isinstance(node.get("properties"), dict)
        for name, part in node["properties"].items()
    }


def test_the_schema_is_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(settings_schema())


def test_every_setting_has_a_title_and_a_description():
    lacking = [name for name, part in properties(settings_schema()).items() if not part.get("description")]
    assert lacking == []
    assert properties(settings_schema())["cpu_limit"]["title"] == "CPU limit"


def test_a_form_sees_no_null():
    assert not [node for node in nodes(settings_schema()) if node.get("type") == "null"]


def test_free_keys_are_told_by_their_names_pattern():
    environment = properties(settings_schema())["environment"]
    assert environment["propertyNames"] == {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
    assert environment["additionalProperties"] == {"type": "string"}


@pytest.mark.parametrize(
    ("own", "valid"),
    [
        ({}, True),
        ({"name": "x", "steps": {"a": {"memory": "4Gi", "environment": {"A": "b"}}}}, True),
        ({"defaults": {"memory": "4 GB"}}, False),
        ({"defaults": {"environment": {"1A": "b"}}}, False),
        ({"nmae": "x"}, False),
    ],
)
def test_the_schema_takes_what_the_settings_take(own, valid):
    assert jsonschema.Draft202012Validator(settings_schema()).is_valid(own) is valid
    if valid:
        PipelineSettings.model_validate(own)
    else:
        with pytest.raises(ValueError, match="validation error"):
            PipelineSettings.model_validate(own)


def test_a_quantity_may_be_a_number():
    assert PipelineSettings.model_validate({"defaults": {"cpu": 2}}).defaults.cpu == "2"


def test_the_settings_page_is_up_to_date():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings_page(), "run: python -m jupyter_kfp.notebook.settings_page > docs/settings.md"
