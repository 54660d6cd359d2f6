"""The way to the storage server that meets faults. What takes the other way (tasks, the double itself) meets none."""

from __future__ import annotations

from typing import Any

from .proxy import forward
from .serving import Handler, Surroundings


class StorageHandler(Handler):
    """Every path, passed on."""

    place = "storage"

    def initialize(self, surroundings: Surroundings, server: str) -> None:  # type: ignore[override]
        super().initialize(surroundings)
        self.server = server

    async def handle(self) -> None:
        """Pass it on."""
        await forward(self, self.server, {}, frozenset())

    get = post = put = patch = delete = head = options = handle

    def add_header(self, name: str, value: Any) -> None:
        """A resumable upload's address must lead here too."""
        if name.lower() == "location":
            value = str(value).replace(self.server, f"{self.request.protocol}://{self.request.host}")
        super().add_header(name, value)


def rules(surroundings: Surroundings, server: str) -> list[tuple[str, type[Handler], dict[str, Any]]]:
    """Paths and their handlers."""
    return [(r".*", StorageHandler, {"surroundings": surroundings, "server": server})]
