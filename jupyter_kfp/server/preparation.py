"""Tells what happens before a run's own first event: lines of `prepare.jsonl` in the run's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .requested import PREPARE, moment, submitted_as


class Preparation:
    """Of the run in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def phase(self, name: str) -> None:
        """What comes now: convert, build, compile, clean or submit."""
        self._tell({"event": "phase", "phase": name})

    def line(self, text: str) -> None:
        """An event of another room, as one line of JSON."""
        with (self._folder / PREPARE).open("ab") as file:
            file.write(text.encode() + b"\n")

    def message(self, text: str) -> None:
        """Something to show while a phase lasts."""
        self._tell({"event": "message", "message": text})

    def submitted(self, run: str, url: str) -> None:
        """A cluster has it now; the folder of that name tells of it."""
        self._tell({"event": "submitted", "run": run, "url": url})

    def finished(self, status: str, problem: Mapping[str, Any]) -> None:
        """The end of a run that never began; nothing where it did begin, for then its own events tell."""
        if not (self._folder / "events.jsonl").exists() and submitted_as(self._folder) is None:
            self._tell({"event": "run-finished", "status": status, **problem})

    def _tell(self, event: dict[str, Any]) -> None:
        self.line(json.dumps({**event, "version": 1, "time": moment()}))
