"""As a service account, through IAM: generateIdToken or signJwt, asked with the credentials of this machine.

https://cloud.google.com/iam/docs/reference/credentials/rest. Another address of the service is taken from
CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS, as gcloud does.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ..errors import SignInError, safe_text
from .key import signed_claims
from .tokens import Token, TokenKindName, away, token_of

ADDRESS = "https://iamcredentials.googleapis.com/"
OVERRIDE = "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
SECONDS = 30


@dataclass(frozen=True)
class Impersonated:
    """A token of the service account `email`, for `audience`."""

    email: str
    audience: str
    kind: TokenKindName

    def fetch(self, now: datetime) -> Token:
        """Asks IAM, as whoever this machine's credentials are."""
        if self.kind == "id-token":
            answer = self._ask("generateIdToken", {"audience": self.audience, "includeEmail": True})
            return token_of(answer.get("token", ""))
        claims = signed_claims(self.email, self.audience, now)
        answer = self._ask("signJwt", {"payload": json.dumps(claims)})
        return token_of(answer.get("signedJwt", ""))

    def _ask(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import AuthorizedSession
        from requests import RequestException

        base = os.environ.get(OVERRIDE, ADDRESS).rstrip("/")
        url = f"{base}/v1/projects/-/serviceAccounts/{quote(self.email)}:{method}"
        try:
            credentials, _ = google.auth.default(scopes=[SCOPE])
            with AuthorizedSession(credentials) as session:
                response = session.post(url, json=body, timeout=SECONDS)
                answer = response.json()
        except GoogleAuthError as error:
            raise SignInError(
                f"there are no Google credentials here to become {self.email} with: {safe_text(str(error))}",
                fix="run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS",
            ) from error
        except (RequestException, ValueError) as error:
            raise away(f"IAM: {type(error).__name__}") from error
        if response.status_code >= 500:
            raise away(f"IAM: {response.status_code}")
        if response.ok and isinstance(answer, dict):
            return answer
        raise _refused(self.email, method, response.status_code, answer)


def _refused(email: str, method: str, status: int, answer: Any) -> SignInError:  # noqa: ANN401
    told = answer.get("error", {}) if isinstance(answer, dict) else {}
    message = safe_text(str(told.get("message", ""))) if isinstance(told, dict) else ""
    if status in (403, 404):
        role = "roles/iam.serviceAccountOpenIdTokenCreator" if method == "generateIdToken" else ""
        wanted = (
            f"{role} or roles/iam.serviceAccountTokenCreator"
            if role
            else "roles/iam.serviceAccountTokenCreator"
        )
        return SignInError(
            f"you may not sign in as {email}, or there is no such service account: {message}",
            fix=f"ask the administrator for {wanted} on it, and whether the IAM Credentials API is on",
        )
    return SignInError(
        f"IAM gave no token for {email} (status {status}): {message}", fix="try again, or sign in otherwise"
    )
