"""The settings' JSON Schema: what the form in the sidebar is made of, and the page docs/settings.md.

`python -m jupyter_kfp.notebook.schema` prints the page.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from .settings import METADATA_KEY, PipelineSettings

JsonSchema: TypeAlias = dict[str, Any]

_ACRONYMS = {"cpu": "CPU", "gpu": "GPU", "id": "ID"}


def settings_schema() -> JsonSchema:
    """JSON Schema (draft 2020-12) of `metadata.jupyter_kfp`, each property with a title and a description.

    Forms take a field away to unset it, so `null` is not a value here, though the settings accept it.
    """
    schema: JsonSchema = _for_forms(PipelineSettings.model_json_schema())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Pipeline settings"
    return schema


def settings_page() -> str:
    """docs/settings.md: each setting with its type, default and description."""
    schema = settings_schema()
    lines = [
        "# Settings",
        "",
        "<!-- made by `python -m jupyter_kfp.notebook.schema`; edit the descriptions in notebook/settings.py -->",
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
        lines += ["", f"## {_words(name)}", "", part["description"], "", *_table(part, schema)]
    return "\n".join(lines) + "\n"


def _for_forms(schema: Any) -> Any:  # noqa: ANN401 - any node of a JSON Schema
    """pydantic's schema as forms like it: no `null` beside a type, names of free keys as `propertyNames`."""
    if isinstance(schema, list):
        return [_for_forms(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    node = {key: _for_forms(value) for key, value in schema.items()}
    if "anyOf" in node and {"type": "null"} in node["anyOf"]:
        node["anyOf"] = [part for part in node["anyOf"] if part != {"type": "null"}]
        if len(node["anyOf"]) == 1:
            node = node.pop("anyOf")[0] | node
    if node.get("default", ...) is None:
        del node["default"]
    if isinstance(node.get("patternProperties"), dict) and len(node["patternProperties"]) == 1:
        ((pattern, values),) = node.pop("patternProperties").items()
        node |= {"additionalProperties": values, "propertyNames": {"pattern": pattern}}
    if isinstance(node.get("properties"), dict):
        for name, part in node["properties"].items():
            part["title"] = _words(name)
        node["title"] = _words(node["title"])
    return node


def _words(name: str) -> str:
    """`memory_limit` → Memory limit, `StepSettings` → Step settings."""
    spaced = (
        "".join(f" {char.lower()}" if char.isupper() else char for char in name).replace("_", " ").strip()
    )
    words = [_ACRONYMS.get(word, word) for word in spaced.split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


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
        return f"[{_words(name)}](#{_words(name).lower().replace(' ', '-')})"
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
