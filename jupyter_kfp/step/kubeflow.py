"""What Kubeflow tells a task of its outputs, and what it wants to hear of them.

In: the executor input (`{{$}}`, protojson). Out: the run's name, and the executor output, from which Kubeflow and
Vertex AI read metrics and the metadata of results.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SetupError

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class ExecutorInput:
    """The outputs that a task is asked for."""

    artifacts: Mapping[str, Mapping[str, Any]]  # as they came, by name
    output_file: Path | None

    @classmethod
    def parse(cls, text: str) -> ExecutorInput:
        """Raises SetupError where `text` is no executor input."""
        try:
            outputs = json.loads(text).get("outputs") or {}
            artifacts = {
                name: each["artifacts"][0] for name, each in (outputs.get("artifacts") or {}).items()
            }
            output_file = outputs.get("outputFile")
        except (ValueError, AttributeError, KeyError, IndexError, TypeError) as error:
            raise SetupError(
                "--executor-input is not what Kubeflow gives a task",
                fix="leave the flag out when running a step by hand",
            ) from error
        return cls(artifacts, Path(output_file) if output_file else None)

    def run_name(self) -> str:
        """The name of the run, from the place of any output artifact.

        A uri's first part that is a UUID (Kubeflow: `<root>/<pipeline>/<run id>/<task>/…`), else its third part from
        the end (`<run>/<task>/<name>`: Vertex AI, kfp.local). Raises SetupError where no artifact tells.
        """
        for artifact in self.artifacts.values():
            parts = [part for part in str(artifact.get("uri", "")).split("/") if part]
            ids = [part for part in parts if _UUID.fullmatch(part)]
            if ids or len(parts) >= 3:
                return ids[0] if ids else parts[-3]
        raise SetupError("nothing says what the run is called", fix="give --run=NAME")

    def write_output(self, metadata: Mapping[str, Mapping[str, Any]]) -> None:
        """Write the executor output: each artifact as it came, with its metadata filled in, as strict JSON."""
        if self.output_file is None:
            return
        artifacts = {
            name: {"artifacts": [{**artifact, "metadata": _finite(metadata.get(name, {}))}]}
            for name, artifact in self.artifacts.items()
        }
        self.output_file.parent.mkdir(parents=True, exist_ok=True)
        self.output_file.write_text(json.dumps({"artifacts": artifacts}, allow_nan=False), encoding="utf-8")


def plain(name: str) -> str:
    """A Python name as it stands in an artifact's name: what Kubeflow does not take is replaced."""
    return name if name.isascii() else re.sub("[^A-Za-z0-9]+", "_", name).strip("_") or "name"


def _finite(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Protojson has no NaN and no infinity."""
    return {
        name: value
        for name, value in metadata.items()
        if not (isinstance(value, float) and not math.isfinite(value))
    }
