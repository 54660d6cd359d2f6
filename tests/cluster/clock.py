"""The time of the double's servers, which a test may put forward or back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone


@dataclass
class Clock:
    """`skew`: by how much the servers are ahead of this machine."""

    skew: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """UTC, as the servers see it."""
        return datetime.now(timezone.utc) + self.skew


def rfc3339(moment: datetime | None, nothing: str = "1970-01-01T00:00:00Z") -> str:
    """As Kubeflow writes a time, in seconds. `nothing`: what it writes for a time that has not come."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else nothing
