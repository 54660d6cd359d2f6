"""What a task, or a group of tasks, has come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Outputs:
    """What a task or a group of tasks has given."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Mapping[str, list[Json]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    """How a task ended."""

    phase: str
    outputs: Outputs = field(default_factory=Outputs)
    message: str = ""

    @property
    def failed(self) -> bool:
        """Whether it went wrong, and was not only left out."""
        return self.phase in ("Failed", "Error")
