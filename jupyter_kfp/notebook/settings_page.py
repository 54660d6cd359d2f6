"""The page docs/settings.md, made from the settings' schema.

`python -m jupyter_kfp.notebook.settings_page` prints it.
"""

from __future__ import annotations

from .schema import JsonSchema, in_words, settings_schema
from .settings import METADATA_KEY


def settings_page() -> str:
    """docs/settings.md: each setting with its type, default and description."""
    schema = settings_schema()
    lines = [
        "# Settings",
        "",
        "<!-- made by `python -m jupyter_kfp.notebook.settings_page`; the texts are in notebook/settings.py -->",
        "",
        f"Everything that is not a tag stands in the notebook's metadata under `{METADATA_KEY}`. The sidebar edits it;",
        "`jupyter kfp init` writes a first one. A setting that is not known is refused. An example:",
        "",
        "```json",
        "{",
        f' "{METADATA_KEY}": {{',
        '  "bucket": "gs://my-bucket/iris",',
        '  "defaults": {"memory": "2Gi"},',
        '  "steps": {"train": {"cpu": "4", "memory": "16Gi", "retries": 2}}',
        " }",
        "}",
        "```",
        "",
        "## The pipeline",
        "",
        *_table(schema, schema),
    ]
    parts: JsonSchema = schema["$defs"]
    for name in ["StepSettings", *(name for name in parts if name != "StepSettings")]:
        part = parts[name]
        lines += ["", f"## {in_words(name)}", "", part["description"], "", *_table(part, schema)]
    return "\n".join(lines) + "\n"


def _table(part: JsonSchema, schema: JsonSchema) -> list[str]:
    rows = ["| setting | value | what it does |", "| --- | --- | --- |"]
    required = part.get("required", [])
    for name, field in part["properties"].items():
        notes = ["required"] if name in required else _default(field)
        value = ", ".join([_type(field), *notes])
        rows.append(f"| `{name}` | {value} | {_cell(field.get('description', ''))} |")
    return rows


def _default(field: JsonSchema) -> list[str]:
    default = field.get("default")
    if isinstance(default, bool):
        return [f"default `{str(default).lower()}`"]
    return [f"default `{default}`"] if default else []


def _type(field: JsonSchema) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{in_words(name)}](#{in_words(name).lower().replace(' ', '-')})"
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"])
    match field.get("type"):
        case "array":
            return f"list of {_type(field['items'])}" if "items" in field else "list"
        case "object":
            return f"object of {_type(field['additionalProperties'])}"
        case "string":
            return "text"
        case "integer":
            return "whole number"
        case "boolean":
            return "`true` or `false`"
        case other:
            return str(other)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    print(settings_page(), end="")
