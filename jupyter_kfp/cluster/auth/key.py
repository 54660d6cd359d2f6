"""A service account's key file: an ID token from Google, or a token that the key signs itself.

IAP takes both: https://cloud.google.com/iap/docs/authentication-howto. The ID token's audience is IAP's OAuth client
id; that of the self-signed one is the resource's address, `https://host/*`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from ..errors import SignInError, safe_text
from .tokens import LIFETIME, Token, away, token_of

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOGLE = (
    "https://oauth2.googleapis.com/token"  # the audience of what a key signs, whatever its token_uri says
)
SECONDS = 30


def read_key(path: Path) -> dict[str, Any]:
    """The content of a service account's key file. Raises SignInError where it is none."""
    try:
        content = json.loads(path.expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SignInError(
            "the key file cannot be read",
            where=str(path),
            fix="check service_account_key and the file's rights",
        ) from error
    if not isinstance(content, dict) or content.get("type") != "service_account":
        raise SignInError(
            "this is not the key of a service account",
            where=str(path),
            fix="give the JSON file that Google Cloud made for the service account",
        )
    return content


@dataclass(frozen=True)
class KeyIdToken:
    """An ID token for `audience`, from the key's own token endpoint."""

    path: Path
    audience: str

    def fetch(self, now: datetime) -> Token:
        """Asks the token endpoint; where our clock is off, a second time by the endpoint's own."""
        response = self._ask(now)
        answer = _json(response)
        if _clock_is_wrong(answer) and (theirs := _date(response)):
            response = self._ask(theirs)
            answer = _json(response)
        if response.ok and isinstance(answer.get("id_token"), str):
            return token_of(answer["id_token"])
        raise refused_by_google(
            f"{answer.get('error', response.status_code)} {answer.get('error_description', '')}",
            self.audience,
            str(self.path),
        )

    def _ask(self, now: datetime) -> Any:  # noqa: ANN401
        from google.auth import crypt, jwt
        from requests import RequestException, post

        key = read_key(self.path)
        signer = _loaded(crypt.RSASigner.from_service_account_info, self.path)
        claims = {
            "iss": key["client_email"],
            "aud": GOOGLE,
            "target_audience": self.audience,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
        }
        asked = {"grant_type": GRANT, "assertion": jwt.encode(signer, claims).decode()}
        try:
            response = post(key.get("token_uri") or GOOGLE, data=asked, timeout=SECONDS)
        except RequestException as error:
            raise away(type(error).__name__) from error
        if response.status_code >= 500:
            raise away(str(response.status_code))
        return response


@dataclass(frozen=True)
class KeySignedToken:
    """A token that the key signs itself; nobody is asked."""

    path: Path
    audience: str

    def fetch(self, now: datetime) -> Token:
        """Signs the claims that IAP asks for."""
        from google.auth import crypt, jwt

        key = read_key(self.path)
        signer: Any = _loaded(crypt.RSASigner.from_service_account_info, self.path)
        return token_of(jwt.encode(signer, signed_claims(key["client_email"], self.audience, now)).decode())


def signed_claims(email: str, audience: str, now: datetime) -> dict[str, Any]:
    """What IAP asks of a self-signed token."""
    return {
        "iss": email,
        "sub": email,
        "aud": audience,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
    }


def _loaded(load: Any, path: Path) -> Any:  # noqa: ANN401
    try:
        return load(read_key(path))
    except (ValueError, KeyError) as error:
        raise SignInError(
            "the key file is damaged", where=str(path), fix="have a new key made for the service account"
        ) from error


def _json(response: Any) -> dict[str, Any]:  # noqa: ANN401
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _clock_is_wrong(answer: dict[str, Any]) -> bool:
    return "reasonable timeframe" in str(answer.get("error_description", ""))


def _date(response: Any) -> datetime | None:  # noqa: ANN401
    """The server's own time."""
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).astimezone(timezone.utc)
    except (ValueError, TypeError):
        return None


def refused_by_google(text: str, audience: str, where: str) -> SignInError:
    """Why Google gave no token, in words. https://www.rfc-editor.org/rfc/rfc6749#section-5.2"""
    if "invalid_client" in text or "invalid_audience" in text or "not a valid client" in text.lower():
        return SignInError(
            f"Google knows no OAuth client {audience}",
            where=where,
            fix="ask the administrator for the OAuth client id of IAP (iap_client_id)",
        )
    if "reasonable timeframe" in text or "iat and exp" in text:
        return SignInError(
            "Google refused the key's signature because this machine's clock is wrong",
            where=where,
            fix="set the clock; NTP keeps it right",
        )
    if "invalid_grant" in text or "Invalid JWT Signature" in text:
        return SignInError(
            "Google refused the key: it was deleted, or its service account is disabled",
            where=where,
            fix="ask the administrator whether the service account is active, and for a new key",
        )
    return SignInError(
        f"no token came from Google: {safe_text(text)}",
        where=where,
        fix="check the network and proxies; `jupyter kfp doctor` looks at each part",
    )
