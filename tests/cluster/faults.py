"""What goes wrong on request: the next answers of a place are errors, hang, or are cut.

In: a rule (where, which path, how often, what). Out: for a request that has come, the fault that it meets, if any.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

Place = Literal["iap", "api", "identity", "storage"]
PLACES: tuple[Place, ...] = get_args(Place)
Kind = Literal["status", "hang", "half", "cut", "lost"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass
class Fault:
    """A rule. It holds for the next `times` requests whose path it matches, after `skip` others.

    `kind`: `status` answers with that status and a body that is no Kubeflow's; `hang` never answers; `cut` ends the
    connection before the request is read; `half` does what was asked and sends half of the answer; `lost` does what
    was asked and ends the connection without an answer.
    """

    place: Place
    kind: Kind
    path: str = ""  # a regular expression, searched for in the path
    method: str = ""
    times: int = 1
    skip: int = 0
    status: int = 503
    retry_after: str = ""

    def __post_init__(self) -> None:
        if self.place not in PLACES or self.kind not in KINDS:
            raise ValueError(f"a fault is at one of {PLACES} and one of {KINDS}")
        re.compile(self.path)

    def matches(self, place: Place, method: str, path: str) -> bool:
        """Whether it is meant."""
        return self.place == place and self.method in ("", method) and re.search(self.path, path) is not None


@dataclass
class Faults:
    """The rules in force, the oldest first."""

    rules: list[Fault] = field(default_factory=list)

    def meet(self, place: Place, method: str, path: str) -> Fault | None:
        """The fault of this request; it is used up by one."""
        for rule in self.rules:
            if rule.times > 0 and rule.matches(place, method, path):
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                return rule
        return None
