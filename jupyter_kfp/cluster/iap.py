"""What Identity-Aware Proxy says when it does not let a request through, told in words.

In: an answer's status, headers and body. Out: a SignInError, or None where the answer is not IAP's. IAP marks what it
answers itself with a header; who is not signed in at all it sends to a sign-in page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from .errors import SignInError, safe_text

MARK = "x-goog-iap-generated-response"
MEMBER_ROLE = "IAP-secured Web App User (roles/iap.httpsResourceAccessor)"


class Refusal(Enum):
    """Why IAP refused."""

    NOT_SIGNED_IN = "not signed in"
    EXPIRED = "expired"
    AUDIENCE = "audience"
    SIGNATURE = "signature"
    TOO_EARLY = "too early"
    NO_EMAIL = "no email"
    NOT_A_MEMBER = "not a member"
    CONFIGURATION = "configuration"
    OTHER = "other"


@dataclass(frozen=True)
class Shown:
    """Who and what was shown to IAP: from the token's own claims."""

    email: str = ""
    audience: str = ""
    header: str = "Authorization"


# What the body of a 401 says, in the words that IAP has used over the years.
_REASONS = (
    (Refusal.AUDIENCE, r"audience|'aud'|\baud\b"),
    (Refusal.EXPIRED, r"expired|\bexp\b|expiration"),
    (Refusal.TOO_EARLY, r"future|\biat\b|not yet valid|used too early"),
    (Refusal.NO_EMAIL, r"e-?mail"),
    (Refusal.SIGNATURE, r"signature|signing key|issuer|\bkid\b"),
    (Refusal.NOT_SIGNED_IN, r"empty token|no credentials|missing"),
)
_SIGN_IN_PAGE = re.compile(r"accounts\.google\.com|/oauth2?/|/o/oauth2|/signin|/login|/dex/|/authorize")


def refusal(status: int, headers: Mapping[str, str], body: str) -> Refusal | None:
    """What kind of refusal this answer is; None where it is not IAP's. `headers` in lower case."""
    marked = headers.get(MARK, "").lower() == "true"
    if status in (301, 302, 303, 307):
        return Refusal.NOT_SIGNED_IN if _SIGN_IN_PAGE.search(headers.get("location", "")) else None
    iap = marked or "Invalid IAP credentials" in body or "Invalid GCIP" in body
    if status == 401 and iap:
        text = body.partition("credentials:")[2] or body
        found = (kind for kind, pattern in _REASONS if re.search(pattern, text, re.IGNORECASE))
        return next(found, Refusal.OTHER)
    if status == 403 and (marked or "You don't have access" in body or "You don't have access" in body):
        return Refusal.NOT_A_MEMBER
    if status >= 500 and marked:
        return Refusal.CONFIGURATION
    return None


def told(kind: Refusal, body: str, shown: Shown, host: str) -> SignInError:
    """The refusal in words, with what to ask the administrator for."""
    who = shown.email or "the account that is signed in"
    match kind:
        case Refusal.NOT_SIGNED_IN:
            return SignInError(
                "IAP wants a sign-in and saw none",
                where=host,
                fix="run `jupyter kfp login`; `jupyter kfp doctor` says which way of signing in is used"
                + (
                    ""
                    if shown.header == "Proxy-Authorization"
                    else "; where Kubeflow has a sign-in of its own behind IAP, set header to Proxy-Authorization"
                ),
            )
        case Refusal.EXPIRED:
            return SignInError(
                "IAP says that the token has expired",
                where=host,
                fix="run `jupyter kfp login`; if it was fresh, set this machine's clock",
            )
        case Refusal.TOO_EARLY:
            return SignInError(
                "IAP says that the token is from the future: this machine's clock is wrong",
                where=host,
                fix="set the clock; NTP keeps it right",
            )
        case Refusal.AUDIENCE:
            return SignInError(
                f"IAP does not take a token for the audience {shown.audience or '(unknown)'}",
                where=host,
                fix="ask the administrator for the OAuth client id of this IAP and set iap_client_id; where IAP uses a "
                "client that Google manages, ask to have your OAuth client listed as a programmatic client",
            )
        case Refusal.SIGNATURE:
            return SignInError(
                "IAP does not trust who signed the token",
                where=host,
                fix="sign in anew; for a service account ask the administrator whether its key is still active",
            )
        case Refusal.NO_EMAIL:
            return SignInError(
                "IAP cannot tell whose token it is: it holds no e-mail address",
                where=host,
                fix="get the token with the e-mail address (for generateIdToken: includeEmail)",
            )
        case Refusal.NOT_A_MEMBER:
            return SignInError(
                f"IAP knows {who} and does not let it in",
                where=host,
                fix=f"ask the administrator to give {who} the role {MEMBER_ROLE} on Kubeflow's backend service, "
                "and whether an access level asks for more (network, device)",
            )
        case Refusal.CONFIGURATION:
            return SignInError(
                f"IAP itself has a fault: {safe_text(body)}",
                where=host,
                fix="ask the administrator to look at IAP's settings: https://cloud.google.com/iap/docs/faq",
            )
        case Refusal.OTHER:
            return SignInError(
                f"IAP refused the token: {safe_text(body)}", where=host, fix="run `jupyter kfp doctor`"
            )


def is_web_page(headers: Mapping[str, str], body: str) -> bool:
    """Whether the answer is a page for people and not the API's."""
    return "html" in headers.get("content-type", "").lower() or body.lstrip()[:15].lower().startswith(
        ("<!doctype html", "<html")
    )


def location_host(headers: Mapping[str, str]) -> str:
    """The host that a redirect leads to."""
    return urlsplit(headers.get("location", "")).hostname or ""
