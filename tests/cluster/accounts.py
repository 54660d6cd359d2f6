"""Who there is: people, service accounts, OAuth clients, keys; and the codes and tokens that were given to them.

What is public here a test may change at any time. The tokens are as Google's: claims, lifetime, signature.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from .clock import Clock
from .tokens import Key

ISSUER = "https://accounts.google.com"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Client:
    """A desktop OAuth client."""

    id: str
    secret: str = field(repr=False)


@dataclass
class ServiceAccount:
    """A robot. Its keys sign for it; it may be disabled."""

    email: str
    key: Key
    unique_id: str
    disabled: bool = False
    impersonators: set[str] = field(default_factory=set)  # who may become it


@dataclass(frozen=True)
class _Code:
    client: str
    redirect_uri: str
    challenge: str
    method: str
    email: str
    nonce: str


@dataclass
class Accounts:
    """Who there is, and which tokens were given. What is public may be changed by a test at any time."""

    clock: Clock
    user: str  # the person who is signed in when the authorization endpoint is asked
    client: Client
    audiences: set[str]  # ids of OAuth clients of the same project, IAP's among them
    service_accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    metadata_account: str = ""  # the service account of the machine; none where empty
    lifetime: timedelta = HOUR
    denies: bool = False  # the person presses `cancel`
    gives_refresh_token: bool = True
    key: Key = field(default_factory=Key.new)
    old_keys: list[Key] = field(default_factory=list)
    issued: int = 0
    _codes: dict[str, _Code] = field(default_factory=dict)
    _refresh: dict[str, str] = field(default_factory=dict)
    _access: dict[str, str] = field(default_factory=dict)

    def rotate(self, *, keep_old: bool = True) -> None:
        """Sign with a fresh key. Without the old one, tokens that it signed are good no more."""
        self.old_keys = [self.key, *self.old_keys][:2] if keep_old else []
        self.key = Key.new()

    @property
    def good_keys(self) -> list[Key]:
        """Those whose signatures are good."""
        return [self.key, *self.old_keys]

    def id_token(self, email: str, audience: str, *, with_email: bool = True, authorized: str = "") -> str:
        """An ID token."""
        now = self.clock.now()
        self.issued += 1
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": audience,
            "azp": authorized or self.subject(email),
            "sub": self.subject(email),
            "iat": int(now.timestamp()),
            "exp": int((now + self.lifetime).timestamp()),
        }
        if with_email:
            claims |= {"email": email, "email_verified": True}
        return self.key.sign(claims)

    def subject(self, email: str) -> str:
        """The number that stands for an account."""
        account = self.service_accounts.get(email)
        return account.unique_id if account else str(int(hashlib.sha256(email.encode()).hexdigest()[:16], 16))

    def access_token(self, email: str) -> str:
        """Of use with this provider's own services."""
        token = f"ya29.{secrets.token_urlsafe(32)}"
        self._access[token] = email
        return token

    def who(self, authorization: str) -> str | None:
        """The account of an access token in an `Authorization` header."""
        return self._access.get(authorization.removeprefix("Bearer "))

    def revoke(self, email: str) -> None:
        """Take back what a person has allowed: refresh tokens are good no more."""
        self._refresh = {token: owner for token, owner in self._refresh.items() if owner != email}

    def by_claims(self, claims: Mapping[str, Any]) -> ServiceAccount | None:
        """The service account that a self-signed token is of."""
        found = self.service_accounts.get(str(claims.get("iss", "")))
        return None if found is None or found.disabled else found

    def code_for(self, told: Mapping[str, str]) -> str:
        """An authorization code for the person."""
        code = f"4/{secrets.token_urlsafe(24)}"
        self._codes[code] = _Code(
            told["client_id"], told["redirect_uri"], told.get("code_challenge", ""),
            told.get("code_challenge_method", "plain"), told.get("login_hint") or self.user, told.get("nonce", ""),
        )  # fmt: skip
        return code

    def take_code(self, code: str) -> _Code | None:
        """What a code stands for; it is good once."""
        return self._codes.pop(code, None)

    def refresh_token(self, email: str) -> str:
        """A new one."""
        token = f"1//{secrets.token_urlsafe(32)}"
        self._refresh[token] = email
        return token

    def owner_of(self, refresh_token: str) -> str | None:
        """Whose refresh token it is."""
        return self._refresh.get(refresh_token)

    def key_file(self, email: str, token_uri: str) -> dict[str, str]:
        """A service account's key, as Google Cloud gives it out."""
        account = self.service_accounts[email]
        return {
            "type": "service_account",
            "project_id": "emulated",
            "private_key_id": account.key.id,
            "private_key": account.key.private_pem,
            "client_email": email,
            "client_id": account.unique_id,
            "auth_uri": f"{ISSUER}/o/oauth2/auth",
            "token_uri": token_uri,
            "universe_domain": "googleapis.com",
        }
