"""Why a step failed, where it could not say so itself: from the few words that Kubernetes or Vertex AI leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..local.events import Failure, FailureKind
from ..notebook.cells import StepName
from .errors import safe_text


@dataclass(frozen=True)
class _Sign:
    pattern: str
    kind: FailureKind
    name: str
    message: str
    fix: str


_SIGNS = (
    _Sign(
        r"OOMKilled|exit code 137|\(137\)|out[ -]of[ -]memory", "killed", "OOMKilled",
        "the step's container was ended because it used more memory than it may",
        "raise the step's memory (and memory_limit), or split the step",
    ),
    _Sign(
        r"ImagePullBackOff|ErrImagePull|InvalidImageName|pull access denied|manifest unknown", "internal", "ImagePull",
        "the step's image cannot be pulled",
        "push it (jupyter kfp submit --build); ask the administrator for Artifact Registry Reader for the nodes",
    ),
    _Sign(
        r"DeadlineExceeded|deadline|activeDeadlineSeconds", "timeout", "Timeout",
        "the step took longer than its timeout", "raise the step's timeout in its settings",
    ),
    _Sign(
        r"Unschedulable|Insufficient (cpu|memory|nvidia)|didn't match|untolerated taint", "internal", "Unschedulable",
        "no node of the cluster has room for the step",
        "ask for less cpu, memory or gpu, or check node_selector and tolerations",
    ),
    _Sign(
        r"Evicted|preempt|node .*(deleted|shut)", "killed", "Evicted",
        "the cluster took the step's node away", "set retries for the step",
    ),
    _Sign(
        r"secret .*not found|configmap .*not found|CreateContainerConfigError", "internal", "ConfigMissing",
        "a secret or config map that the step asks for is not in its namespace",
        "have it made, or correct the step's settings",
    ),
    _Sign(
        r"[Pp]ermission|403|PERMISSION_DENIED|AccessDenied", "internal", "PermissionDenied",
        "the step's service account is not allowed something",
        "see the step's log; the account needs Storage Object User on the bucket",
    ),
)  # fmt: skip


def server_failure(step: StepName, words: str, more: str) -> Failure:
    """The failure of a step that left no report. `words`: the server's, `more`: what we know besides."""
    said = safe_text("; ".join(text for text in (words, more) if text))
    for sign in _SIGNS:
        if words and re.search(sign.pattern, words):
            return Failure(
                step=step, kind=sign.kind, name=sign.name, message=f"{sign.message} ({said})", fix=sign.fix
            )
    return Failure(
        step=step,
        kind="internal",
        name="StepEnded",
        message=said or "the step failed on the cluster and left no report",
        fix="see its log: jupyter kfp runs logs",
    )
