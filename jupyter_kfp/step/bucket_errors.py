"""Why a bucket refused, in words. In: what Google's library raised, or what gcloud printed. Out: a StateError."""

from __future__ import annotations

import re

from .errors import StateError

LONGEST = 300
ROLE = "Storage Object User (roles/storage.objectUser)"


def refused(error: Exception, uri: str) -> StateError:
    """What the library's error means."""
    code = getattr(error, "code", None)
    message = _server_words(error) or str(getattr(error, "message", None) or error)
    kind = type(error).__name__
    if kind in ("DefaultCredentialsError", "RefreshError", "ReauthFailError"):
        return _no_credentials(uri, message)
    if kind == "DataCorruption":
        return StateError(
            f"what went to or came from {uri} was damaged on the way",
            fix="try again; if it stays, check proxies",
        )
    status = int(code) if isinstance(code, int) else None
    return told(status, message if status else f"{kind}: {message}", uri)


def told(status: int | None, message: str, uri: str) -> StateError:
    """What a status of HTTP with its message means; None where no answer came."""
    bucket = uri.removeprefix("gs://").partition("/")[0]
    short = _short(message)
    if found := re.search(r"vpcServiceControlsUniqueIdentifier:?\s*([\w-]+)", message):
        return StateError(
            f"VPC Service Controls keep this machine from the bucket {bucket} (incident {found[1]})",
            fix="ask the administrator of the perimeter for an ingress rule, and name the incident",
        )
    if "VPC_SERVICE_CONTROLS" in message or "prohibited by organization's policy" in message:
        return StateError(
            f"VPC Service Controls keep this machine from the bucket {bucket}: {short}",
            fix="ask the administrator of the perimeter for an ingress rule",
        )
    if status == 429 or re.search(r"(?i)quota|rateLimitExceeded|rate limit|storage limit", message):
        return StateError(
            f"the bucket {bucket} is out of quota: {short}",
            fix="try again later, or ask the administrator to raise the project's quota",
        )
    if status == 404:
        return StateError(
            f"the bucket {bucket} does not exist: {short}",
            fix="check the name in `bucket`, or have the bucket made",
        )
    if status == 401:
        return _no_credentials(uri, short)
    if status == 403:
        return StateError(
            f"no access to {uri}: {short}",
            fix=f"ask for the role {ROLE} on the bucket {bucket}, for yourself and for the steps' service account",
        )
    if status is None or status >= 500:
        return StateError(
            f"{uri} does not answer: {short}", fix="check the network and proxies, and try again"
        )
    return StateError(
        f"{uri} answers: {short}",
        fix="check that the bucket exists and that the step's service account may read and write objects in it",
    )


def _server_words(error: Exception) -> str:
    """What the server's own JSON says; the library's text has the address and the request around it."""
    try:
        content = error.response.json()  # type: ignore[attr-defined]
        return str(content["error"]["message"])
    except (AttributeError, ValueError, KeyError, TypeError):
        return ""


def _no_credentials(uri: str, message: str) -> StateError:
    return StateError(
        f"the Google credentials here are not taken for {uri}: {_short(message)}",
        fix="run `gcloud auth application-default login`, or check GOOGLE_APPLICATION_CREDENTIALS; in a cluster, "
        "check workload identity",
    )


def _short(message: str) -> str:
    line = " ".join(re.sub(r"ya29\.[\w.-]+|eyJ[\w-]+\.[\w.-]+", "(hidden)", message).split())
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"
