"""The nodes of a run's workflow, as Argo has them, and what the API makes of them.

Each task gives a driver node and a node of its own name, with an `executor` below; loops and retries give more.
The API tells names, states, times and pods of nodes, and the pods of children, in no useful order.
"""

from __future__ import annotations

import secrets
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .clock import Clock, rfc3339

NEVER = "0001-01-01T00:00:00Z"  # a time that Argo has not set

# Of Argo's phases, what the API says.
STATES = {
    "Pending": "PENDING",
    "Running": "RUNNING",
    "Succeeded": "SUCCEEDED",
    "Skipped": "SKIPPED",
    "Omitted": "SKIPPED",
    "Failed": "FAILED",
    "Error": "FAILED",
}
OVER = ("Succeeded", "Skipped", "Omitted", "Failed", "Error")


@dataclass
class Node:
    """One node. `path` is its place in the workflow, from which its id is made."""

    path: str
    display_name: str
    template: str
    pod: str
    id: str
    task_id: str
    phase: str = "Pending"
    started: datetime | None = None
    finished: datetime | None = None
    message: str = ""
    children: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    log: str = ""  # path of the file that a pod's output goes to


class Workflow:
    """All nodes of a run. `name` is the workflow's, of which pods' names are made."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.nodes: dict[str, Node] = {}

    def node(self, path: str, display_name: str, template: str, parent: Node | None) -> Node:
        """A new node, pending; or the one of that path, as a run that is tried again has it."""
        number = zlib.crc32(f"{self.name}.{path}".encode())
        node = self.nodes.get(path)
        if node is None:
            node = Node(
                path,
                display_name,
                template,
                f"{self.name}-{template}-{number}" if template else f"{self.name}-{number}",
                f"{self.name}-{number}",
                secrets.token_hex(16),
            )
            self.nodes[path] = node
        if parent is not None and node.id not in parent.children:
            parent.children.append(node.id)
        return node

    def begin(self, node: Node) -> None:
        """It runs."""
        node.started = node.started or self.clock.now()
        node.message = ""
        self._enter(node, "Running")

    def end(self, node: Node, phase: str, message: str = "") -> None:
        """It is over."""
        node.started = node.started or self.clock.now()
        node.finished = self.clock.now()
        node.message = message
        self._enter(node, phase)

    def wait(self, node: Node, message: str) -> None:
        """It stays pending, for a reason."""
        node.message = message
        self._enter(node, "Pending")

    def _enter(self, node: Node, phase: str) -> None:
        node.phase = phase
        entry: dict[str, Any] = {"update_time": rfc3339(self.clock.now()), "state": STATES[phase]}
        if node.message and phase not in ("Running", "Succeeded"):
            entry["error"] = {"code": 2, "message": node.message}
        node.history.append(entry)

    def stop(self, message: str) -> None:
        """What was not over has failed."""
        for node in list(self.nodes.values()):
            if node.phase not in OVER:
                self.end(node, "Failed", message)

    def forget_failed(self) -> None:
        """As before a retry of the run: what did not succeed is as if it had never been."""
        self.nodes = {
            path: node for path, node in self.nodes.items() if node.phase in ("Succeeded", "Skipped")
        }

    def details(self, run_id: str, created: str) -> list[dict[str, Any]]:
        """As the API's `task_details` has them, sorted by the nodes' ids as the server sorts them."""
        return [
            {
                "run_id": run_id,
                "task_id": node.task_id,
                "display_name": node.display_name,
                "create_time": created,
                "start_time": rfc3339(node.started, NEVER),
                "end_time": rfc3339(node.finished, NEVER),
                "state": STATES[node.phase],
                "state_history": node.history,
                "pod_name": node.pod,
                **({"error": {"code": 2, "message": node.message}} if _is_trouble(node) else {}),
                **(
                    {"child_tasks": [{"pod_name": child} for child in node.children]} if node.children else {}
                ),
            }
            for node in sorted(self.nodes.values(), key=lambda node: node.id)
        ]


def _is_trouble(node: Node) -> bool:
    return bool(node.message) and node.phase not in ("Running", "Succeeded", "Skipped", "Omitted")
