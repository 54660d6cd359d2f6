"""Errors of a cluster, each told for the person who can mend it.

Texts that a server wrote go through `safe_text`, so that no token or key of anybody's is in a message or a log.
"""

from __future__ import annotations

import re

from ..errors import JupyterKfpError

LONGEST = 400  # characters of a server's own words

# JSON web tokens, Google's access and refresh tokens, keys in PEM, and whatever follows the name of a secret.
_SECRETS = re.compile(
    r"eyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?"
    r"|ya29\.[\w.-]+"
    r"|1//[\w-]{20,}"
    r"|-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)"
    r"|(?i:(?<=bearer )[\w.~+/-]{8,}=*)"
    r"|(?i:(?<=client_secret=)[^&\s]+|(?<=refresh_token=)[^&\s]+|(?<=assertion=)[^&\s]+)",
    re.DOTALL,
)


class ClusterError(JupyterKfpError):
    """Something about a cluster that stops the work."""


class EndpointError(ClusterError):
    """No cluster is configured, or its settings are wrong. Raised by `endpoints.load_endpoint`."""


class SignInError(ClusterError):
    """Nobody is signed in, or the sign-in was refused. Raised by `sign_in` and by any request."""


class Refused(ClusterError):  # noqa: N818 - what the server did
    """The server understood and said no. `status` is that of HTTP."""

    def __init__(self, message: str, status: int, *, where: str = "", fix: str = "") -> None:
        self.status = status
        super().__init__(message, where=where, fix=fix)


class NotFound(Refused):
    """There is no such thing on the server."""


class AlreadyThere(Refused):
    """A thing of that name is on the server already."""


class Unreachable(ClusterError):  # noqa: N818
    """No whole answer came: no connection, a timeout, an answer cut off, a server at fault. It may come later.

    `sent`: the request may have reached the server, which may have done what it asked for.
    """

    def __init__(
        self, message: str, *, where: str = "", fix: str = "", sent: bool = True, after: float | None = None
    ) -> None:
        self.sent = sent
        self.after = after  # seconds that the server asks to wait
        super().__init__(message, where=where, fix=fix)


def safe_text(text: str, longest: int = LONGEST) -> str:
    """A server's words in one line, short, without secrets."""
    line = " ".join(_SECRETS.sub("(hidden)", text).split())
    return line if len(line) <= longest else line[:longest] + "…"
