"""The settings' JSON Schema: what the form in the sidebar is made of."""

from __future__ import annotations

from typing import Any, TypeAlias

from .settings import PipelineSettings

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


def in_words(name: str) -> str:
    """A name for people: `memory_limit` → Memory limit, `StepSettings` → Step settings."""
    spaced = (
        "".join(f" {char.lower()}" if char.isupper() else char for char in name).replace("_", " ").strip()
    )
    words = [_ACRONYMS.get(word, word) for word in spaced.split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


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
            part["title"] = in_words(name)
        node["title"] = in_words(node["title"])
    return node
