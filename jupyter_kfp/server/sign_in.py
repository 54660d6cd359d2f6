"""The process of one sign-in: `python -m jupyter_kfp.server.sign_in ENDPOINT`.

Writes one line of JSON as soon as it knows what the user has to do: `{"address"}` of a page to open, `{"user"}` where
nothing is left to do, or `{"problem"}`. Where a page has to be opened it waits for the person, five minutes at most.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from datetime import datetime, timezone
from typing import TextIO

from ..cluster.auth.browser import PersonIdToken
from ..cluster.auth.browser import sign_in as sign_in_by_browser
from ..cluster.endpoints import load_endpoint
from ..cluster.kinds import choose_way
from ..errors import JupyterKfpError
from .problems import problem_of

ADDRESS = re.compile(r"https?://\S+")


class Watch:
    """Standard error that looks for the address of the page."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        """Tell the address once it comes by."""
        if found := ADDRESS.search(text):
            tell(self._out, {"address": found[0]})
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


def tell(out: TextIO, content: object) -> None:
    """One line."""
    out.write(json.dumps(content) + "\n")
    out.flush()


def main(name: str) -> int:
    """The exit status."""
    out = sys.stdout
    try:
        way = choose_way(load_endpoint(name))
        if isinstance(way.source, PersonIdToken):
            with contextlib.redirect_stderr(Watch(out)):
                user, _ = sign_in_by_browser(way.source.path, open_browser=False)
        elif way.source is not None:
            user = str(way.source.fetch(datetime.now(timezone.utc)).claims.get("email", ""))
        else:
            user = ""
    except JupyterKfpError as error:
        tell(out, {"problem": problem_of(error)})
        return 1
    tell(out, {"user": user})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
