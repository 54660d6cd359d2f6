"""Google's own credentials, as which requests to Vertex AI are made: no IAP stands before it.

In: an endpoint. Out: a `Way`, as for Kubeflow, and from it credentials of google-auth. Nothing is asked of anybody
until the first request. Application Default Credentials are looked for as in Google's own tools:
https://cloud.google.com/docs/authentication/application-default-credentials
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeAlias

from ..auth.environment import FromFile, FromVariable
from ..auth.impersonation import ADDRESS, OVERRIDE, SCOPE
from ..auth.key import read_key
from ..auth.tokens import Token, TokenSource
from ..endpoints import Chosen
from ..errors import EndpointError, SignInError
from ..sign_in import Way, needed
from .refusals import telling

Credentials: TypeAlias = Any  # of google-auth, which is imported late
LIFETIME = 3600  # seconds of an impersonated token, the most that IAM gives without a policy


@dataclass(frozen=True)
class GoogleCredentials:
    """A source of tokens: credentials of google-auth, made when they are used."""

    make: Callable[[], Credentials] = field(repr=False)

    def fetch(self, now: datetime) -> Token:
        """A fresh token. Raises SignInError, Unreachable."""
        from google.auth.transport.requests import Request

        with telling():
            credentials = self.make()
            credentials.refresh(Request())
        end = credentials.expiry
        return Token(credentials.token, end.replace(tzinfo=timezone.utc) if end else None)


def choose_way(chosen: Chosen) -> Way:
    """The way that the endpoint says, or the first that can be used here. Raises EndpointError where none can."""
    endpoint = chosen.endpoint
    if endpoint.sign_in == "auto":
        way = _first(chosen)
    else:
        origin = chosen.origins.get("sign_in")
        way = _way(
            endpoint.sign_in, f"sign_in is {endpoint.sign_in} ({origin.text if origin else ''})", chosen
        )
    if (endpoint.host or "").startswith("http:") and not endpoint.is_private:
        raise EndpointError(
            "a token would travel unencrypted",
            where=endpoint.host or "",
            fix="leave host out, or give the address with https://",
        )
    return way


def _first(chosen: Chosen) -> Way:
    endpoint = chosen.endpoint
    if endpoint.token_file:
        return _way("token", "token_file is set", chosen)
    if endpoint.impersonate:
        return _way("impersonation", f"impersonate is {endpoint.impersonate}", chosen)
    if endpoint.service_account_key:
        return _way("key", "service_account_key is set", chosen)
    return Way("google", "the endpoint names no other way", GoogleCredentials(default_credentials))


def _way(name: str, why: str, chosen: Chosen) -> Way:
    endpoint = chosen.endpoint
    match name:
        case "token":
            file = endpoint.token_file
            return Way("token", why, FromFile(Path(file).expanduser()) if file else FromVariable())
        case "impersonation":
            email = needed(endpoint.impersonate, "impersonate", "a service account's e-mail address", chosen)
            return Way("impersonation", why, GoogleCredentials(lambda: impersonated(email)))
        case "key":
            what = "the file of a service account's key"
            path = Path(needed(endpoint.service_account_key, "service_account_key", what, chosen))
            return Way("key", why, GoogleCredentials(lambda: of_key(path)))
        case "metadata":
            return Way("metadata", why, GoogleCredentials(of_machine))
        case "none" if endpoint.is_private and endpoint.host:
            return Way("none", why, None)
        case _:
            raise EndpointError(
                f"{name} is no way to sign in to Vertex AI, which takes Google's own credentials",
                where=f"endpoint {chosen.name}",
                fix="leave sign_in out and run `gcloud auth application-default login`, or set service_account_key or "
                "impersonate",
            )


def credentials_of(way: Way) -> Credentials:
    """Credentials for a client. Raises SignInError where there are none."""
    source = way.source
    if source is None:
        from google.auth.credentials import AnonymousCredentials

        return AnonymousCredentials()
    if isinstance(source, GoogleCredentials):
        with telling():
            return source.make()
    return _borrowed(source)


def who(credentials: Credentials) -> str:
    """Whose they are, where they know; a person's own do not."""
    for name in ("service_account_email", "signer_email", "account"):
        email = getattr(credentials, name, None)
        if isinstance(email, str) and "@" in email:
            return email
    return ""


def default_credentials() -> Credentials:
    """Application Default Credentials."""
    import google.auth

    credentials, _ = google.auth.default(scopes=[SCOPE])
    return credentials


def of_key(path: Path) -> Credentials:
    """Those of a service account's key file. Raises SignInError where it is none."""
    from google.oauth2 import service_account

    try:
        return service_account.Credentials.from_service_account_info(read_key(path), scopes=[SCOPE])
    except (ValueError, KeyError) as error:
        raise SignInError(
            "the key file is damaged", where=str(path), fix="have a new key made for the service account"
        ) from error


def of_machine() -> Credentials:
    """Those of this machine or pod of Google Cloud."""
    from google.auth import compute_engine

    return compute_engine.Credentials(scopes=[SCOPE])


def impersonated(email: str) -> Credentials:
    """Those of a service account, asked for with the default ones."""
    from google.auth import impersonated_credentials

    base = os.environ.get(OVERRIDE, ADDRESS).rstrip("/")
    return impersonated_credentials.Credentials(
        default_credentials(),
        target_principal=email,
        target_scopes=[SCOPE],
        lifetime=LIFETIME,
        iam_endpoint_override=f"{base}/v1/projects/-/serviceAccounts/{email}:generateAccessToken",
    )


def _borrowed(source: TokenSource) -> Credentials:
    """Tokens that somebody else keeps fresh."""
    from google.auth import credentials

    class Borrowed(credentials.Credentials):  # type: ignore[misc]  # google-auth is typed in part
        def refresh(self, request: object) -> None:
            token = source.fetch(datetime.now(timezone.utc))
            self.token = token.text
            self.expiry = (
                token.expires.replace(tzinfo=None) if token.expires else None
            )  # UTC, as google-auth has it

    return Borrowed()
