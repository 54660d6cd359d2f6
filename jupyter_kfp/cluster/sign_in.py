"""Choose the way to sign in, and say which and why.

In: an endpoint. Out: a `Way`: a source of tokens, or none where none is needed. Nothing is asked of anybody here; the
first token is fetched with the first request.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from .auth.browser import PersonIdToken
from .auth.environment import FILE_VARIABLE, VARIABLE, FromFile, FromVariable
from .auth.impersonation import Impersonated
from .auth.key import KeyIdToken, KeySignedToken
from .auth.metadata import MetadataIdToken
from .auth.tokens import TokenSource
from .endpoints import Chosen
from .errors import EndpointError

WayName: TypeAlias = Literal["browser", "key", "metadata", "impersonation", "token", "google", "none"]
GOOGLE_KEY = "GOOGLE_APPLICATION_CREDENTIALS"


@dataclass(frozen=True)
class Way:
    """How requests are signed in. `why` is a sentence for people; `source` is None where no token is shown."""

    name: WayName
    why: str
    source: TokenSource | None


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
    if way.source is not None and (endpoint.host or "").startswith("http:") and not endpoint.is_private:
        raise EndpointError(
            "a token would travel unencrypted",
            where=endpoint.host or "",
            fix="give the address with https://, or set sign_in to none",
        )
    return way


def _first(chosen: Chosen) -> Way:
    endpoint = chosen.endpoint
    if os.environ.get(VARIABLE):
        return _way("token", f"{VARIABLE} is set", chosen)
    if endpoint.token_file:
        return _way("token", "token_file is set", chosen)
    if endpoint.impersonate:
        return _way("impersonation", f"impersonate is {endpoint.impersonate}", chosen)
    if endpoint.service_account_key:
        return _way("key", "service_account_key is set", chosen)
    if endpoint.oauth_client:
        return _way("browser", "oauth_client is set", chosen)
    if endpoint.iap_client_id or endpoint.token_kind or endpoint.audience:
        if _is_key(os.environ.get(GOOGLE_KEY)):
            return _way("key", f"{GOOGLE_KEY} names a service account's key", chosen)
        if endpoint.iap_client_id and _has_metadata_server():
            return _way("metadata", "a metadata server is here", chosen)
        raise EndpointError(
            "IAP is in front of the cluster and there is nothing here to sign in with",
            where=f"endpoint {chosen.name}",
            fix="set oauth_client to the file of a desktop OAuth client (people), service_account_key or "
            "impersonate (robots); `gcloud auth login` alone gives no token that IAP takes",
        )
    if os.environ.get(FILE_VARIABLE):
        return _way("token", f"{FILE_VARIABLE} is set", chosen)
    return _way("none", "the endpoint says nothing of IAP: neither iap_client_id nor oauth_client", chosen)


def _way(name: WayName, why: str, chosen: Chosen) -> Way:
    endpoint = chosen.endpoint
    source: TokenSource | None
    match name:
        case "none":
            source = None
        case "token":
            if os.environ.get(VARIABLE) or not (file := endpoint.token_file or os.environ.get(FILE_VARIABLE)):
                source = FromVariable()
            else:
                source = FromFile(Path(file).expanduser())
        case "browser":
            client = needed(
                endpoint.oauth_client, "oauth_client", "the file of a desktop OAuth client", chosen
            )
            source = PersonIdToken(Path(client).expanduser(), endpoint.iap_client_id or "")
        case "key":
            given = endpoint.service_account_key or os.environ.get(GOOGLE_KEY)
            key = Path(needed(given, "service_account_key", "the file of a service account's key", chosen))
            kind, audience = _audience(chosen)
            source = KeyIdToken(key, audience) if kind == "id-token" else KeySignedToken(key, audience)
        case "metadata":
            source = MetadataIdToken(
                needed(endpoint.iap_client_id, "iap_client_id", "the OAuth client id of IAP", chosen)
            )
        case "impersonation":
            email = needed(endpoint.impersonate, "impersonate", "a service account's e-mail address", chosen)
            kind, audience = _audience(chosen)
            source = Impersonated(email, audience, kind)
    return Way(name, why, source)


def _audience(chosen: Chosen) -> tuple[Literal["id-token", "signed-jwt"], str]:
    """What a service account shows, and for whom."""
    endpoint = chosen.endpoint
    kind = endpoint.token_kind or ("id-token" if endpoint.iap_client_id else "signed-jwt")
    if kind == "id-token":
        return kind, needed(endpoint.iap_client_id, "iap_client_id", "the OAuth client id of IAP", chosen)
    host = "/".join(chosen.host.split("/")[:3])
    return kind, endpoint.audience or f"{host}/*"


def needed(value: str | None, field: str, what: str, chosen: Chosen) -> str:
    """The value of a setting. Raises EndpointError where it is not set."""
    if not value:
        raise EndpointError(
            f"signing in this way needs `{field}`", where=f"endpoint {chosen.name}", fix=f"set it to {what}"
        )
    return value


def _is_key(path: str | None) -> bool:
    if not path:
        return False
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("type") == "service_account"


def _has_metadata_server() -> bool:
    """Whether this is a machine or a pod of Google Cloud, as Google's own library finds out."""
    if os.environ.get("GCE_METADATA_HOST") or os.environ.get("GCE_METADATA_IP"):
        return True
    if os.environ.get("NO_GCE_CHECK", "").lower() == "true":
        return False
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST")) or _is_google_machine()


def _is_google_machine() -> bool:
    try:
        name = Path("/sys/class/dmi/id/product_name").read_text(encoding="ascii")
    except (OSError, ValueError):
        return False
    return name.startswith("Google")
