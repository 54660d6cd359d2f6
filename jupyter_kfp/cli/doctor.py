"""`jupyter kfp doctor`: the way to a cluster, part by part."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .cluster_options import endpoint_option
from .options import examples, script_options
from .output import printable, say, say_json, takes_unicode
from .trouble import FAILED

if TYPE_CHECKING:
    from ..cluster.check import Check
    from ..cluster.doctor import Shown
    from .output import Json

# What a verdict looks like on terminals with and without Unicode, and its colour.
_SIGNS = {
    "good": ("✓", "+", "green"),
    "warning": ("!", "!", "yellow"),
    "bad": ("✗", "x", "red"),
    "skipped": ("-", "-", "bright_black"),
}


@click.command(epilog=examples("doctor --endpoint team", "doctor --json"))
@endpoint_option
@script_options
def command(endpoint: str | None, as_json: bool) -> int:
    """Check the way to a cluster, each part with its mend.

    Shows the settings in effect and where each came from, then checks everything from the sign-in to the bucket. Exit
    status 1 where something is wrong.
    """
    from ..cluster import load_endpoint
    from ..cluster.doctor import examine, settings

    chosen = load_endpoint(endpoint)
    shown = settings(chosen)
    if not as_json:
        _tell_settings(chosen.name, shown)
    checks = []
    for check in examine(chosen):
        checks.append(check)
        if not as_json:
            _tell(check)
    bad = any(check.verdict == "bad" for check in checks)
    if as_json:
        content: dict[str, Json] = {
            "endpoint": chosen.name,
            "settings": {one.field: {"value": one.value, "from": one.origin} for one in shown},
            "checks": [
                {"name": one.name, "verdict": one.verdict, "text": one.text, "fix": one.fix} for one in checks
            ],
        }
        say_json("doctor", not bad, content)
    return FAILED if bad else 0


def _tell_settings(name: str, shown: list[Shown]) -> None:
    say(click.style(f"endpoint {printable(name)}", bold=True))
    width = max((len(one.field) for one in shown), default=0)
    for one in shown:
        if one.origin != "default":
            say(f"  {one.field:{width}}  {printable(one.value)}  ({printable(one.origin)})")


def _tell(check: Check) -> None:
    sign, plain, colour = _SIGNS[check.verdict]
    mark = click.style(sign if takes_unicode(sys.stdout) else plain, fg=colour)
    say(f"{mark} {printable(check.name)}: {printable(check.text)}")
    if check.fix:
        say(f"    fix: {printable(check.fix)}")
