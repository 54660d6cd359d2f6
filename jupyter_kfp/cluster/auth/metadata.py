"""The metadata server of a Google Cloud machine, and with it GKE's workload identity: an ID token of its account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..errors import SignInError, safe_text
from .tokens import Token, token_of


@dataclass(frozen=True)
class MetadataIdToken:
    """An ID token for `audience`. GCE_METADATA_HOST names another server, as in Google's own tools."""

    audience: str

    def fetch(self, now: datetime) -> Token:
        """Asks the metadata server."""
        from google.auth.compute_engine import IDTokenCredentials
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        request = Request()
        try:
            credentials: Any = IDTokenCredentials(
                request, target_audience=self.audience, use_metadata_identity_endpoint=True
            )
            credentials.refresh(request)
        except (GoogleAuthError, ValueError) as error:
            raise SignInError(
                f"the metadata server gave no token: {safe_text(str(error))}",
                fix="in GKE: bind the pod's Kubernetes service account to a Google one (workload identity); "
                "elsewhere choose another sign_in",
            ) from error
        return token_of(credentials.token)
