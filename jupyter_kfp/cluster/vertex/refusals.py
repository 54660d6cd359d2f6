"""What Google's libraries raise, told in words: what happened, where, what to do or whom to ask.

In: exceptions of google-api-core, google-auth and requests. Out: errors of `cluster.errors`. The reasons are those of
https://cloud.google.com/apis/design/errors; which role gives what: https://cloud.google.com/vertex-ai/docs/general/access-control
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import JupyterKfpError
from ..connection import cause
from ..errors import (
    AlreadyThere,
    ClusterError,
    NotFound,
    Refused,
    SignInError,
    Unreachable,
    safe_text,
)

API = "aiplatform.googleapis.com"
USER_ROLE = "Vertex AI User (roles/aiplatform.user)"
ACT_AS_ROLE = "Service Account User (roles/iam.serviceAccountUser)"
SIGN_IN = (
    "run `gcloud auth application-default login`, or set service_account_key, impersonate or "
    "GOOGLE_APPLICATION_CREDENTIALS"
)


@contextmanager
def telling(where: str = "", project: str = "") -> Iterator[None]:
    """Turns what Google's libraries raise inside of the block into errors of a cluster."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from requests import RequestException

    try:
        yield
    except JupyterKfpError:
        raise
    except (GoogleAPIError, GoogleAuthError, RequestException) as error:
        raise told(error, where, project) from error


def told(error: BaseException, where: str, project: str) -> ClusterError:
    """The exception as an error for people."""
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import (
        DefaultCredentialsError,
        GoogleAuthError,
        RefreshError,
        TransportError,
    )

    if isinstance(error, RetryError):
        last = error.cause
        if isinstance(last, BaseException) and not isinstance(last, RetryError):
            return told(last, where, project)
        return _away("it was asked again and again", where)
    if isinstance(error, GoogleAPICallError):
        return _refused(error, where, project)
    words = safe_text(str(error))
    if isinstance(error, DefaultCredentialsError):
        return SignInError("there are no Google credentials here", where=where, fix=SIGN_IN)
    if isinstance(error, RefreshError) and not getattr(error, "retryable", False):
        return SignInError(
            f"Google gives no token: the sign-in has expired, was taken back, or may not do this ({words})",
            where=where,
            fix=f"{SIGN_IN}; who impersonates needs Service Account Token Creator "
            "(roles/iam.serviceAccountTokenCreator) on that account",
        )
    if isinstance(error, GoogleAuthError) and not isinstance(error, TransportError | RefreshError):
        return SignInError(f"the Google credentials cannot be used: {words}", where=where, fix=SIGN_IN)
    return _away(cause(error), where)


def _refused(error: Any, where: str, project: str) -> ClusterError:  # noqa: ANN401
    """An answer of the API's that is not good. `error.code` is that of HTTP, over gRPC too."""
    code = int(error.code or 0)
    words = safe_text(str(error.message))
    reason = str(getattr(error, "reason", "") or "")
    match code:
        case 401:
            return SignInError(f"Vertex AI does not take the sign-in: {words}", where=where, fix=SIGN_IN)
        case 403:
            return _forbidden(words, reason, where, project)
        case 404:
            return NotFound(
                words or "there is no such thing", 404, where=where, fix="check the name or id, and region"
            )
        case 409:
            return AlreadyThere(words, 409, where=where)
        case 429:
            return _away(
                f"a quota is used up: {words}",
                where,
                fix=f"wait, or ask for more at https://console.cloud.google.com/iam-admin/quotas?project={project}",
                sent=False,
            )
        case 400:
            return _unfit(words, where)
        case _ if code >= 500 or code == 408:
            return _away(f"it answers {code}: {words}", where)
    return Refused(f"Vertex AI refuses (status {code}): {words}", code, where=where, fix="see its words")


def _forbidden(words: str, reason: str, where: str, project: str) -> ClusterError:
    if "requires a quota project" in words:  # a person's credentials; the reason that comes with it misleads
        return Refused(
            "your own Google credentials name no project whose quota they use",
            403,
            where=where,
            fix=f"gcloud auth application-default set-quota-project {project}",
        )
    if reason == "SERVICE_DISABLED" or "has not been used in project" in words:
        return Refused(
            f"the Vertex AI API is not on in project {project}",
            403,
            where=where,
            fix=f"ask for it: gcloud services enable {API} --project {project}",
        )
    if "vpcServiceControls" in words or reason == "SECURITY_POLICY_VIOLATED":
        return Refused(
            f"VPC Service Controls do not let the request through: {words}",
            403,
            where=where,
            fix="give the incident's id to whoever looks after the perimeter",
        )
    if "actAs" in words or "serviceAccounts" in words:
        return Refused(
            f"you may not start runs as that service account: {words}",
            403,
            where=where,
            fix=f"ask for {ACT_AS_ROLE} on the service account that the run is started with",
        )
    wanted = re.search(r"aiplatform\.[\w.]+", words)
    return Refused(
        f"Vertex AI does not let you do that: {words}",
        403,
        where=where,
        fix=f"ask for {USER_ROLE} in project {project}" + (f", which holds {wanted[0]}" if wanted else ""),
    )


def _unfit(words: str, where: str) -> ClusterError:
    if "service account" in words.lower():
        return Refused(
            f"the service account cannot be used: {words}",
            400,
            where=where,
            fix="set service_account to the e-mail address of one that is there and active",
        )
    return Refused(
        f"Vertex AI does not take what it was given: {words}", 400, where=where,
        fix="see its words; `jupyter kfp doctor` checks the endpoint",
    )  # fmt: skip


def _away(
    why: str, where: str, *, fix: str = "check the network and proxies, and try again", sent: bool = True
) -> Unreachable:
    return Unreachable(f"Vertex AI gives no answer: {why}", where=where, fix=fix, sent=sent)
