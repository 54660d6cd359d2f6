"""Kale's tags and settings, read as ours, so that a Kale notebook converts unchanged.

In: a cell's tags, or `metadata.kubeflow_notebook`. Out: the same in our words. Sources: Kale's tag language
(`kale/processors/nbprocessor.py`) and its notebook metadata, up to version 2.3.

What is read differently from Kale, so that the outputs stay those of the notebook: a value behind a label or
annotation keeps its colons; code above the first tagged cell is not dropped; `prev:` adds to the data flow instead of
replacing it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

METADATA_KEY = "kubeflow_notebook"

_WORDS = {
    "imports": "setup",
    "functions": "setup",
    "pipeline-parameters": "parameters",
    "pipeline-metrics": "metrics",
}
_NAMED = {"block": "step", "prev": "after"}

# A Kubernetes label or annotation key: an optional prefix and a name
_KEY = r"[a-zA-Z0-9](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9])?(?:/[a-zA-Z0-9](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9])?)?"
_SETTING = re.compile(
    rf"(?P<kind>label|annotation):(?P<key>{_KEY}):(?P<value>.*)"
    r"|(?P<limit>limit):(?P<resource>[a-zA-Z0-9_./-]+):(?P<amount>[a-zA-Z0-9_.]+)"
    r"|(?P<image>image):(?P<name>\S+)"
    r"|(?P<cache>cache):(?P<state>enabled|disabled)"
    r"|(?P<secret>secret):(?P<secret_name>[^:]+):(?P<secret_key>[^:]+):(?P<variable>[^:]+)"
    r"|(?P<report>report):(?:enabled|disabled)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Translation:
    """A cell's tags in our words."""

    tags: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)  # for the cell's step, as in `StepSettings`
    lost: tuple[str, ...] = ()  # setting tags that have no counterpart
    takes_along: str | None = None  # `setup` or `metrics`: untagged cells below are of that kind too
    notebook: str | None = None  # the name of another notebook that the cell stands for


def is_kale(metadata: Mapping[str, Any]) -> bool:
    """Whether Kale wrote this notebook metadata."""
    return isinstance(metadata.get(METADATA_KEY), Mapping)


def translate_tags(tags: Sequence[str], *, kale_notebook: bool) -> Translation:
    """A cell's tags with Kale's replaced by ours; other tags are kept.

    `block:` without a name (and `step:` in a Kale notebook) is Kale's way to write no tag.
    """
    ours: list[str] = []
    setting_tags: list[str] = []
    takes_along = notebook = None
    for tag in (tag.strip() for tag in tags):
        kind, colon, rest = tag.partition(":")
        if tag in _WORDS:
            ours.append(_WORDS[tag])
            # in Kale, untagged cells below a parameters cell are parameters too; here they are ordinary code,
            # which gives the same outputs and keeps to one parameters cell
            takes_along = _WORDS[tag] if _WORDS[tag] != "parameters" else None
        elif tag == "block:" or (kale_notebook and tag == "step:"):
            continue
        elif colon and kind in _NAMED:
            ours.append(f"{_NAMED[kind]}:{rest}")
        elif colon and kind == "notebook" and kale_notebook:
            notebook = rest
        elif _SETTING.fullmatch(tag):
            setting_tags.append(tag)
        else:
            ours.append(tag)
    settings, lost = step_settings(setting_tags)
    return Translation(tuple(ours), settings, lost, takes_along, notebook)


def step_settings(tags: Iterable[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What Kale's setting tags (`image:`, `limit:`, …) say, as fields of `StepSettings`, and those that have none."""
    settings: dict[str, Any] = {}
    lost: list[str] = []
    for tag in tags:
        match = _SETTING.fullmatch(tag.strip())
        if match is None:
            lost.append(tag)
        elif match["kind"]:
            settings.setdefault(f"{match['kind']}s", {})[match["key"]] = match["value"]
        elif match["limit"]:
            limits = _limit(match["resource"], match["amount"])
            settings.update(limits)
            if not limits:
                lost.append(tag)
        elif match["image"]:
            settings["image"] = match["name"]
        elif match["cache"]:
            settings["cache"] = match["state"] == "enabled"
        elif match["secret"]:
            settings.setdefault("secrets", {})[match["variable"]] = {
                "secret": match["secret_name"],
                "key": match["secret_key"],
            }
        # a report is always written: `report:` needs no setting
    return settings, tuple(lost)


def pipeline_settings(metadata: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """`metadata.kubeflow_notebook` as fields of `PipelineSettings`, and the entries that have no counterpart."""
    kale = metadata.get(METADATA_KEY)
    if not isinstance(kale, Mapping):
        return {}, ()
    experiment = kale.get("experiment")
    named = {
        "name": kale.get("pipeline_name"),
        "description": kale.get("pipeline_description"),
        "experiment": kale.get("experiment_name")
        or (isinstance(experiment, Mapping) and experiment.get("name")),
    }
    settings: dict[str, Any] = {key: value for key, value in named.items() if value}
    defaults, lost = _defaults(kale.get("steps_defaults"))
    volumes, lost_volumes = _volumes(kale.get("volumes"))
    if volumes:
        defaults["volumes"] = volumes
    image = kale.get("base_image") or kale.get("docker_image")
    if image:
        defaults.setdefault("image", image)
    if defaults:
        settings["defaults"] = defaults
    return settings, (*lost, *lost_volumes, *(["katib_run"] if kale.get("katib_run") else []))


def _defaults(entries: object) -> tuple[dict[str, Any], tuple[str, ...]]:
    if isinstance(entries, Sequence) and not isinstance(entries, str):
        settings, lost = step_settings(entry for entry in entries if isinstance(entry, str))
        return settings, tuple(f"steps_defaults: {tag}" for tag in lost)
    return {}, ("steps_defaults",) if entries else ()


def _volumes(entries: object) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Claims that exist are mounted; Kale's other kinds of volume (new ones, clones, snapshots) have no counterpart."""
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        return [], ("volumes",) if entries else ()
    volumes: list[dict[str, Any]] = []
    lost: list[str] = []
    for entry in entries:
        if isinstance(entry, Mapping) and entry.get("type") == "pvc" and not entry.get("snapshot"):
            volumes.append({"claim": entry.get("name"), "path": entry.get("mount_point")})
        else:
            lost.append(f"volumes: {entry.get('name')}" if isinstance(entry, Mapping) else "volumes")
    return volumes, tuple(lost)


def _limit(resource: str, amount: str) -> dict[str, Any]:
    if resource in ("cpu", "memory"):
        return {f"{resource}_limit": amount}
    # extended resources have a domain: nvidia.com/gpu
    if "/" in resource and amount.isascii() and amount.isdigit():
        return {"gpu": int(amount), "gpu_type": resource}
    return {}
