"""Identity-Aware Proxy in front of the API: it lets members in and nobody else.

In: requests with `Authorization` or `Proxy-Authorization: Bearer TOKEN`. Out: the server's answer, or a refusal with
the status, header and words that the real one gives. Two kinds of token are taken: an ID token whose audience is IAP's
OAuth client id, and one that a service account has signed itself for the resource's address. A browser without either
is sent to sign in and comes back with a cookie. https://cloud.google.com/iap/docs/authentication-howto
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient

from .accounts import ISSUER, Accounts
from .proxy import forward
from .serving import Handler, Surroundings
from .tokens import TokenError, check_signature, read

LEEWAY = timedelta(seconds=30)
LONGEST = timedelta(hours=1)
COOKIE = "GCP_IAP_AUTH_TOKEN"
BACK = "/_gcp_gatekeeper/authenticate"
MARK = "X-Goog-IAP-Generated-Response"
INVALID = "Invalid IAP credentials: "


class NotLetInError(Exception):
    """A refusal: status, and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


@dataclass
class Gate:
    """How the proxy is set up. A test may change it at any time."""

    client_id: str
    identity_url: str
    backend_url: str
    members: set[str] = field(default_factory=set)
    broken: str = ""  # a fault in IAP's own settings: the words of its 500
    sessions: dict[str, str] = field(default_factory=dict)  # the states of sign-ins that are going on


class IapHandler(Handler):
    """Every path."""

    place = "iap"

    def initialize(self, surroundings: Surroundings, accounts: Accounts, gate: Gate) -> None:  # type: ignore[override]
        super().initialize(surroundings)
        self.accounts = accounts
        self.gate = gate

    async def handle(self) -> None:
        """Let it through, or not."""
        try:
            if self.gate.broken:
                raise NotLetInError(500, self.gate.broken)
            token = self._token()
            if token is None:
                self._send_to_sign_in()
                return
            email, subject = self._check(token)
            if email not in self.gate.members:
                raise NotLetInError(403, email)
        except NotLetInError as refusal:
            self._refuse(refusal)
            return
        headers = {
            "X-Goog-Authenticated-User-Email": f"accounts.google.com:{email}",
            "X-Goog-Authenticated-User-Id": f"accounts.google.com:{subject}",
            "X-Goog-IAP-JWT-Assertion": token,
        }
        taken = "proxy-authorization" if self._in_proxy_header() else "authorization"
        spoofed = frozenset({"x-goog-authenticated-user-email", "x-goog-authenticated-user-id", taken})
        await forward(self, self.gate.backend_url, headers, spoofed)

    get = post = put = patch = delete = head = options = handle

    def _in_proxy_header(self) -> bool:
        return self.request.headers.get("Proxy-Authorization", "").startswith("Bearer ")

    def _token(self) -> str | None:
        name = "Proxy-Authorization" if self._in_proxy_header() else "Authorization"
        kind, _, token = self.request.headers.get(name, "").partition(" ")
        if kind.lower() == "bearer" and token.strip():
            return token.strip()
        return self.get_cookie(COOKIE)

    def _check(self, token: str) -> tuple[str, str]:
        """E-mail address and id of whoever the token is of. Raises NotLetInError."""
        try:
            header, claims = read(token)
            email = str(claims.get("iss", "")) if claims.get("iss") != ISSUER else ""
            if email:
                account = self.accounts.by_claims(claims)
                check_signature(token, account.key.public_pem if account else None)
            else:
                keys = {key.id: key for key in self.accounts.good_keys}
                key = keys.get(str(header.get("kid")))
                check_signature(token, key.public_pem if key else None)
        except TokenError as error:
            raise NotLetInError(401, INVALID + str(error)) from None
        self._check_times(claims, self_signed=bool(email))
        if not self._is_for_us(claims.get("aud"), self_signed=bool(email)):
            raise NotLetInError(401, f"{INVALID}Invalid bearer token. Invalid JWT audience.")
        if email:
            if claims.get("sub") != email:
                raise NotLetInError(401, f"{INVALID}Invalid JWT subject.")
            return email, self.accounts.subject(email)
        if not isinstance(claims.get("email"), str):
            raise NotLetInError(401, f"{INVALID}JWT 'email' claim isn't a string")
        return claims["email"], str(claims.get("sub", ""))

    def _check_times(self, claims: Mapping[str, Any], self_signed: bool) -> None:
        now = self.surroundings.clock.now().timestamp()
        leeway = LEEWAY.total_seconds()
        issued, ends = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int | float) or not isinstance(ends, int | float):
            raise NotLetInError(401, f"{INVALID}JWT 'exp' or 'iat' claim isn't a number")
        if ends < now - leeway:
            raise NotLetInError(401, f"{INVALID}OpenID Connect token expired: JWT has expired")
        if issued > now + leeway:
            raise NotLetInError(401, f"{INVALID}JWT 'iat' claim is in the future")
        if self_signed and ends - issued > LONGEST.total_seconds():
            raise NotLetInError(401, f"{INVALID}JWT 'exp' claim is more than an hour after its 'iat' claim")

    def _is_for_us(self, audience: Any, self_signed: bool) -> bool:
        if not self_signed:
            return bool(audience == self.gate.client_id)
        own = f"{self.request.protocol}://{self.request.host}"
        wanted = str(audience)
        if wanted.endswith("/*"):
            return f"{own}{self.request.path}".startswith(wanted[:-1])
        return wanted.rstrip("/") in (own, f"{own}{self.request.path}".rstrip("/"))

    def _refuse(self, refusal: NotLetInError) -> None:
        self.set_status(refusal.status)
        self.set_header(MARK, "true")
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        if refusal.status == 403:
            self.finish(
                "<!DOCTYPE html><html><head><title>Error: Access Denied</title></head><body>"
                f"<h1>You don't have access</h1><p>{escape(refusal.words)} is signed in. If you should have access, "
                "contact the owner of this application.</p></body></html>"
            )
        else:
            self.finish(refusal.words)

    def _send_to_sign_in(self) -> None:
        self.set_header(MARK, "true")
        if self.request.headers.get("X-Requested-With") == "XMLHttpRequest":
            self.set_status(401)
            self.finish(f"{INVALID}empty token")
            return
        state = secrets.token_urlsafe(16)
        self.gate.sessions[state] = self.request.uri or "/"
        query = {
            "client_id": self.gate.client_id,
            "response_type": "code",
            "scope": "openid email",
            "redirect_uri": f"{self.request.protocol}://{self.request.host}{BACK}",
            "state": state,
        }
        self.set_status(302)
        self.set_header("Location", f"{self.gate.identity_url}/o/oauth2/v2/auth?{urlencode(query)}")
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(f"{INVALID}empty token")


class ComeBack(IapHandler):
    """Where a browser comes back to once the person has signed in."""

    async def get(self) -> None:  # type: ignore[override]
        place = self.gate.sessions.pop(self.get_query_argument("state", ""), None)
        if place is None:
            self._refuse(NotLetInError(401, f"{INVALID}the sign-in was not begun here"))
            return
        told = {
            "grant_type": "authorization_code",
            "client_id": self.gate.client_id,
            "code": self.get_query_argument("code", ""),
            "redirect_uri": f"{self.request.protocol}://{self.request.host}{BACK}",
        }
        answer = await AsyncHTTPClient().fetch(
            f"{self.gate.identity_url}/token", method="POST", body=urlencode(told), raise_error=False
        )
        if answer.code != 200:
            self._refuse(NotLetInError(401, f"{INVALID}the sign-in failed"))
            return
        self.set_cookie(COOKIE, json.loads(answer.body)["id_token"], httponly=True, path="/")
        self.redirect(place)


def rules(
    surroundings: Surroundings, accounts: Accounts, gate: Gate
) -> list[tuple[str, type[Handler], dict[str, Any]]]:
    """Paths and their handlers."""
    told = {"surroundings": surroundings, "accounts": accounts, "gate": gate}
    return [(BACK, ComeBack, told), (r".*", IapHandler, told)]
