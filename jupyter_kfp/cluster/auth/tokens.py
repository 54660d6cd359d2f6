"""Tokens and where they come from. A token's text never shows in a repr."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Literal, Protocol, TypeAlias

from ..errors import Unreachable

LIFETIME = timedelta(hours=1)  # of IAP's tokens
TokenKindName: TypeAlias = Literal["id-token", "signed-jwt"]


@dataclass(frozen=True)
class Token:
    """What a request carries behind `Bearer`. `expires` is None where that is not known."""

    text: str = field(repr=False)
    expires: datetime | None = None

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the token says of itself, unchecked, for people: `email`, `aud`. Empty where it cannot be read."""
        from google.auth import jwt

        try:
            claims: Mapping[str, Any] = jwt.decode(self.text, verify=False)
        except (ValueError, TypeError):
            return {}
        return claims if isinstance(claims, dict) else {}


def token_of(text: str) -> Token:
    """The token, its end read out of it where it says."""
    token = Token(text.strip())
    end = token.claims.get("exp")
    known = isinstance(end, int | float)
    return Token(token.text, datetime.fromtimestamp(end, timezone.utc) if known and end else None)


def away(why: str) -> Unreachable:
    """Whoever gives tokens does not answer; nothing was sent to the cluster, so that it can be tried again."""
    return Unreachable(
        f"Google's sign-in does not answer ({why})",
        fix="check the network and proxies, and try again",
        sent=False,
    )


class TokenSource(Protocol):
    """Somebody who can be asked for a token, again and again."""

    def fetch(self, now: datetime) -> Token:
        """A fresh token. `now` is the server's time where that is known. Raises SignInError, Unreachable."""
