"""One thing that doctor looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..errors import JupyterKfpError

Verdict: TypeAlias = Literal["good", "warning", "bad", "skipped"]


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    verdict: Verdict
    text: str
    fix: str = ""


def bad(name: str, error: JupyterKfpError) -> Check:
    """What an error says, as a check."""
    where = f"{error.where}: " if error.where else ""
    return Check(name, "bad", f"{where}{error.message}", error.fix)
