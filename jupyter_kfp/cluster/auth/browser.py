"""A person, in a browser: a desktop OAuth client with PKCE and a loopback redirect; later its refresh token.

IAP wants an ID token whose audience is its own OAuth client id, which the desktop client's refresh token gives when
asked with that `audience`: https://cloud.google.com/iap/docs/authentication-howto. Where IAP lists the desktop client
as a programmatic client, the client's own ID token will do.
"""

from __future__ import annotations

import contextlib
import json
import sys
import webbrowser
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import SignInError, safe_text
from . import store
from .key import refused_by_google
from .tokens import Token, away, token_of

SCOPES = ("openid", "https://www.googleapis.com/auth/userinfo.email")
SECONDS = 30
MINUTES_TO_SIGN_IN = 5
DONE = "You are signed in; this page can be closed."


@dataclass(frozen=True)
class OAuthClient:
    """The desktop client that an administrator made, as its file has it. Its secret stays in that file."""

    path: Path
    client_id: str
    token_uri: str

    @classmethod
    def read(cls, path: Path) -> OAuthClient:
        """Raises SignInError where the file is not that of a desktop client."""
        installed = _installed(path)
        return cls(path, str(installed["client_id"]), str(installed["token_uri"]))


def _installed(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SignInError(
            "the OAuth client's file cannot be read", where=str(path), fix="check `oauth_client`"
        ) from error
    installed = content.get("installed") if isinstance(content, dict) else None
    if not isinstance(installed, dict) or not {"client_id", "auth_uri", "token_uri"} <= installed.keys():
        raise SignInError(
            "this is not the file of a desktop OAuth client",
            where=str(path),
            fix="ask the administrator for the JSON file of an OAuth client of type `Desktop app`",
        )
    return installed


def sign_in(path: Path, *, open_browser: bool = True, port: int = 0) -> tuple[str, store.Place]:
    """Have the person sign in; keep the refresh token. Gives their e-mail address and where it is kept.

    Waits for the browser to come back to `http://localhost:port`; the address to open is written to stderr too.
    Raises SignInError where nobody signs in within five minutes, or Google refuses.
    """
    from google_auth_oauthlib.flow import InstalledAppFlow

    client = OAuthClient.read(path)
    flow: Any = InstalledAppFlow.from_client_secrets_file(
        str(path.expanduser()), scopes=list(SCOPES), autogenerate_code_verifier=True
    )
    try:
        with contextlib.redirect_stdout(sys.stderr):  # where the flow prints the address
            credentials = flow.run_local_server(
                host="localhost",
                bind_addr="127.0.0.1",
                port=port,
                open_browser=open_browser and _has_browser(),
                authorization_prompt_message="To sign in, open this address in a browser:\n  {url}",
                success_message=DONE,
                timeout_seconds=MINUTES_TO_SIGN_IN * 60,
                prompt="consent",  # or Google gives a refresh token the first time only
            )
    except Exception as error:
        # Nobody came back: an AttributeError in older versions of the library.
        if type(error).__name__ in ("WSGITimeoutError", "AttributeError"):
            raise SignInError(
                f"nobody signed in within {MINUTES_TO_SIGN_IN} minutes", fix="run `jupyter kfp login` again"
            ) from error
        # Of oauthlib, google-auth and requests, which the library lets through.
        if not isinstance(error, OSError) and type(error).__module__.split(".")[0] not in (
            "oauthlib",
            "google",
        ):
            raise
        raise refused_by_google(str(error), client.client_id, str(path)) from error
    if not credentials.refresh_token:
        raise SignInError(
            "Google gave no refresh token",
            fix="take the access back at myaccount.google.com/permissions and run `jupyter kfp login` again",
        )
    place = store.keep(client.client_id, {"refresh_token": credentials.refresh_token})
    email = token_of(credentials.id_token or "").claims.get("email", "")
    return str(email), place


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


@dataclass(frozen=True)
class PersonIdToken:
    """An ID token of the person who signed in. `audience`: IAP's client id; the desktop client's own where empty."""

    path: Path
    audience: str

    def fetch(self, now: datetime) -> Token:
        """Asks the token endpoint with the refresh token. Raises SignInError where nobody is signed in any more."""
        from requests import RequestException, post

        client = OAuthClient.read(self.path)
        secret = store.kept(client.client_id)
        if secret is None or "refresh_token" not in secret:
            raise SignInError("nobody is signed in", fix="run `jupyter kfp login`")
        asked = {
            "grant_type": "refresh_token",
            "client_id": client.client_id,
            "client_secret": _installed(self.path).get("client_secret", ""),
            "refresh_token": secret["refresh_token"],
        }
        if self.audience and self.audience != client.client_id:
            asked["audience"] = self.audience
        try:
            response = post(client.token_uri, data=asked, timeout=SECONDS)
            answer = response.json()
        except (RequestException, ValueError) as error:
            raise away(type(error).__name__) from error
        if response.status_code >= 500:
            raise away(str(response.status_code))
        if response.ok and isinstance(answer, dict) and answer.get("id_token"):
            return token_of(answer["id_token"])
        raise _refused(answer, self.audience or client.client_id, self.path)


def _refused(answer: Any, audience: str, path: Path) -> SignInError:  # noqa: ANN401
    code = str(answer.get("error", "")) if isinstance(answer, dict) else ""
    words = str(answer.get("error_description", "")) if isinstance(answer, dict) else ""
    if code == "invalid_grant":
        return SignInError(
            "the sign-in has expired or was taken back", fix="run `jupyter kfp login` to sign in again"
        )
    if code == "unauthorized_client":
        return SignInError(
            "this OAuth client may not ask for tokens of IAP's client",
            where=str(path),
            fix="ask the administrator for a desktop OAuth client of the project that IAP's client is in",
        )
    return refused_by_google(f"{code} {safe_text(words)}", audience, str(path))
