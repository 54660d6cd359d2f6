"""Takes away the containers of a run once its runner is gone, however it died.

A script, run with the program that runs containers and the run's label: it waits until standard input closes. It
imports nothing of ours, so that nothing can keep it from its work.
"""

from __future__ import annotations

import signal
import subprocess
import sys


def take_away(program: str, label: str) -> None:
    """Remove the containers with that label, and their volumes, by force."""
    command = [program, "ps", "--all", "--quiet", "--filter", f"label={label}"]
    listed = subprocess.run(command, check=False, capture_output=True, text=True)
    if containers := listed.stdout.split():
        remove = [program, "rm", "--force", "--volumes", *containers]
        subprocess.run(remove, check=False, capture_output=True)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    take_away(*sys.argv[1:])
