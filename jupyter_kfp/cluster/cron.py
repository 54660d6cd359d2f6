"""Cron expressions as each kind of cluster takes them.

In: five fields as people write them, six with the seconds first, or a word such as `@daily`. Out: the same in the form
of a cluster. Raises ClusterError where that cannot be said.
"""

from __future__ import annotations

from .errors import ClusterError

_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


def six_fields(cron: str) -> str:
    """As Kubeflow takes it, seconds first."""
    fields = _fields(cron)
    return " ".join(fields if len(fields) in (1, 6) else ["0", *fields])


def five_fields(cron: str) -> str:
    """As Vertex AI takes it: without seconds."""
    fields = _fields(_WORDS.get(cron.strip().lower(), cron))
    if len(fields) == 6 and fields[0] == "0":
        return " ".join(fields[1:])
    if len(fields) != 5:
        raise ClusterError(
            f"{cron!r} cannot be said to Vertex AI, whose schedules know no seconds and no such word",
            fix='give minute, hour, day, month, weekday: "0 6 * * *" is every day at six, UTC',
        )
    return " ".join(fields)


def _fields(cron: str) -> list[str]:
    fields = cron.split()
    if len(fields) not in (5, 6) and not (len(fields) == 1 and fields[0].startswith("@")):
        raise ClusterError(
            f"{cron!r} is not a cron expression",
            fix='give minute, hour, day, month, weekday: "0 6 * * *" is every day at six, by the cluster\'s clock',
        )
    return fields
