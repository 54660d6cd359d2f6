"""An identity provider as Google's: people, service accounts, OAuth clients, and the tokens that they get.

In: `Accounts`, who there is. Out: handlers for the authorization endpoint (which signs the chosen person in without a
screen), the token endpoint, the keys, IAM's credentials service, and a machine's metadata server. Refusals carry the
codes that Google gives.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from .accounts import ISSUER, Accounts, Client, ServiceAccount
from .clock import rfc3339
from .serving import Handler, Surroundings
from .tokens import TokenError, check_signature, read

GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = "openid email"


class OAuthError(Exception):
    """An OAuth error: https://www.rfc-editor.org/rfc/rfc6749#section-5.2"""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code, self.description, self.status = code, description, status


class IdentityHandler(Handler):
    """The base of the provider's handlers."""

    place = "identity"

    def initialize(self, surroundings: Surroundings, accounts: Accounts) -> None:  # type: ignore[override]
        super().initialize(surroundings)
        self.accounts = accounts

    @property
    def own_url(self) -> str:
        """Where this provider is."""
        return f"{self.request.protocol}://{self.request.host}"


class Configuration(IdentityHandler):
    def get(self) -> None:
        self.answer(
            {
                "issuer": ISSUER,
                "authorization_endpoint": f"{self.own_url}/o/oauth2/v2/auth",
                "token_endpoint": f"{self.own_url}/token",
                "revocation_endpoint": f"{self.own_url}/revoke",
                "jwks_uri": f"{self.own_url}/oauth2/v3/certs",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["plain", "S256"],
            }
        )


class Authorize(IdentityHandler):
    """Where a browser is sent. Nobody is asked: it goes straight back."""

    def get(self) -> None:
        told = {name: values[-1].decode() for name, values in self.request.query_arguments.items()}
        if told.get("client_id") not in {self.accounts.client.id, *self.accounts.audiences}:
            self._page("invalid_client", "The OAuth client was not found.", 401)
        elif told.get("response_type") != "code":
            self._page("unsupported_response_type", "Only `code` is supported.", 400)
        elif told["client_id"] == self.accounts.client.id and not _is_loopback(told.get("redirect_uri", "")):
            self._page("redirect_uri_mismatch", "A desktop client comes back to loopback only.", 400)
        else:
            answer = {"state": told["state"]} if "state" in told else {}
            if self.accounts.denies:
                answer["error"] = "access_denied"
            else:
                answer |= {"code": self.accounts.code_for(told), "scope": told.get("scope", SCOPES)}
            self.redirect(f"{told['redirect_uri']}?{urlencode(answer)}")

    def _page(self, code: str, text: str, status: int) -> None:
        self.set_status(status)
        self.finish(f"<!DOCTYPE html><title>Error {status}</title><p>Error {status}: {code}</p><p>{text}</p>")


def _is_loopback(uri: str) -> bool:
    return urlsplit(uri).scheme == "http" and urlsplit(uri).hostname in ("localhost", "127.0.0.1", "::1")


class TokenEndpoint(IdentityHandler):
    def post(self) -> None:
        told = {
            **self._basic(),
            **dict(parse_qsl(self.content.decode("utf-8", "replace"), keep_blank_values=True)),
        }
        grants = {
            "authorization_code": self._code,
            "refresh_token": self._refresh,
            JWT_BEARER: self._assertion,
        }
        try:
            grant = grants.get(told.get("grant_type", ""))
            if grant is None:
                raise OAuthError(
                    "unsupported_grant_type", f"Invalid grant_type: {told.get('grant_type', '')}"
                )
            self.set_header("Cache-Control", "no-store")
            self.answer(grant(told))
        except OAuthError as error:
            self.answer({"error": error.code, "error_description": error.description}, error.status)

    def _basic(self) -> dict[str, str]:
        """A client may also say who it is by HTTP Basic: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1."""
        kind, _, given = self.request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic":
            return {}
        name, _, secret = base64.b64decode(given).decode("utf-8", "replace").partition(":")
        return {"client_id": unquote(name), "client_secret": unquote(secret)}

    def _client(self, told: Mapping[str, str]) -> Client:
        client = self.accounts.client
        if told.get("client_id") != client.id:
            raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
        if told.get("client_secret") != client.secret:
            raise OAuthError("invalid_client", "Unauthorized", 401)
        return client

    def _code(self, told: Mapping[str, str]) -> dict[str, Any]:
        if told.get("client_id") not in self.accounts.audiences:  # IAP's own client comes from the proxy
            self._client(told)
        code = self.accounts.take_code(told.get("code", ""))
        if code is None or code.client != told.get("client_id"):
            raise OAuthError("invalid_grant", "Malformed auth code.")
        if code.redirect_uri != told.get("redirect_uri"):
            raise OAuthError("redirect_uri_mismatch", "Bad Request")
        if code.challenge and code.challenge != _challenge(told.get("code_verifier", ""), code.method):
            raise OAuthError("invalid_grant", "Invalid code verifier.")
        answer = {
            "access_token": self.accounts.access_token(code.email),
            "expires_in": int(self.accounts.lifetime.total_seconds()),
            "scope": "openid https://www.googleapis.com/auth/userinfo.email",
            "token_type": "Bearer",
            "id_token": self.accounts.id_token(code.email, code.client, authorized=code.client),
        }
        if self.accounts.gives_refresh_token:
            answer["refresh_token"] = self.accounts.refresh_token(code.email)
        return answer

    def _refresh(self, told: Mapping[str, str]) -> dict[str, Any]:
        client = self._client(told)
        email = self.accounts.owner_of(told.get("refresh_token", ""))
        if email is None:
            raise OAuthError("invalid_grant", "Token has been expired or revoked.")
        audience = told.get("audience") or client.id
        if audience not in {client.id, *self.accounts.audiences}:
            raise OAuthError("invalid_audience", "Audience is not a valid client ID.")
        return {
            "access_token": self.accounts.access_token(email),
            "expires_in": int(self.accounts.lifetime.total_seconds()),
            "scope": "openid https://www.googleapis.com/auth/userinfo.email",
            "token_type": "Bearer",
            "id_token": self.accounts.id_token(email, audience, authorized=client.id),
        }

    def _assertion(self, told: Mapping[str, str]) -> dict[str, Any]:
        token = told.get("assertion", "")
        try:
            _, claims = read(token)
        except TokenError:
            raise OAuthError("invalid_grant", "Invalid JWT: Failed to parse.") from None
        account = self.accounts.service_accounts.get(str(claims.get("iss", "")))
        if account is None:
            raise OAuthError("invalid_grant", "Invalid grant: account not found")
        if account.disabled:
            raise OAuthError("invalid_grant", "Invalid grant: service account is disabled")
        try:
            check_signature(token, account.key.public_pem)
        except TokenError:
            raise OAuthError("invalid_grant", "Invalid JWT Signature.") from None
        self._check_times(claims)
        if claims.get("aud") not in (GOOGLE_TOKEN_URL, f"{self.own_url}/token"):
            raise OAuthError("invalid_grant", "Invalid JWT: Failed audience check.")
        if audience := claims.get("target_audience"):
            return {"id_token": self.accounts.id_token(account.email, str(audience))}
        if not claims.get("scope"):
            raise OAuthError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        return {
            "access_token": self.accounts.access_token(account.email),
            "expires_in": int(self.accounts.lifetime.total_seconds()),
            "token_type": "Bearer",
        }

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self.accounts.clock.now().timestamp()
        issued, ends = claims.get("iat"), claims.get("exp")
        whole = isinstance(issued, int | float) and isinstance(ends, int | float)
        if not whole or ends - issued > 3600 or ends < now - 60 or issued > now + 60:
            raise OAuthError(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                "Check your iat and exp values in the JWT claim.",
            )


def _challenge(verifier: str, method: str) -> str:
    if method != "S256":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Revoke(IdentityHandler):
    def post(self) -> None:
        told = dict(parse_qsl(self.content.decode("utf-8", "replace")))
        token = told.get("token") or self.get_query_argument("token", "")
        owner = self.accounts.owner_of(token)
        if owner is None:
            self.answer({"error": "invalid_token", "error_description": "Token expired or revoked"}, 400)
        else:
            self.accounts.revoke(owner)
            self.answer({})


class Keys(IdentityHandler):
    """As a JSON web key set, or (v1) as PEM by id, which google-auth takes."""

    def get(self, version: str) -> None:
        keys = self.accounts.good_keys
        self.set_header("Cache-Control", "public, max-age=0")
        if version == "v3":
            self.answer({"keys": [key.jwk() for key in keys]})
        else:
            self.answer({key.id: key.public_pem for key in keys})


class ServiceAccountKeys(IdentityHandler):
    """A service account's public keys, by which self-signed tokens are checked."""

    def get(self, email: str) -> None:
        account = self.accounts.service_accounts.get(unquote(email))
        if account is None:
            self.answer({"error": {"code": 404, "message": "Not found", "status": "NOT_FOUND"}}, 404)
        else:
            self.answer({account.key.id: account.key.public_pem})


class Credentials(IdentityHandler):
    """IAM's credentials service: tokens of a service account for somebody who may become it."""

    def post(self, email: str, method: str) -> None:
        caller = self.accounts.who(self.request.headers.get("Authorization", ""))
        if caller is None:
            self._refuse(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
            return
        email = unquote(email)
        account = self.accounts.service_accounts.get(email)
        permission = {
            "generateIdToken": "iam.serviceAccounts.getOpenIdToken",
            "signJwt": "iam.serviceAccounts.signJwt",
            "generateAccessToken": "iam.serviceAccounts.getAccessToken",
        }[method]
        if account is None or caller not in account.impersonators:
            self._refuse(
                403, "PERMISSION_DENIED",
                f"Permission '{permission}' denied on resource (or it may not exist).",
            )  # fmt: skip
            return
        try:
            body = json.loads(self.content or b"{}")
            self.answer(self._given(method, account, body))
        except (ValueError, KeyError, TypeError):
            self._refuse(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")

    def _given(self, method: str, account: ServiceAccount, body: Mapping[str, Any]) -> dict[str, str]:
        if method == "generateIdToken":
            with_email = bool(body.get("includeEmail", False))
            return {"token": self.accounts.id_token(account.email, body["audience"], with_email=with_email)}
        if method == "signJwt":
            claims = json.loads(body["payload"])
            now = self.accounts.clock.now().timestamp()
            if "exp" in claims and not now - 60 < claims["exp"] <= now + 12 * 3600 + 60:
                raise ValueError("exp")
            return {"keyId": account.key.id, "signedJwt": account.key.sign(claims)}
        ends: datetime = self.accounts.clock.now() + self.accounts.lifetime
        return {"accessToken": self.accounts.access_token(account.email), "expireTime": rfc3339(ends)}

    def _refuse(self, code: int, status: str, message: str) -> None:
        self.answer({"error": {"code": code, "message": message, "status": status}}, code)


class Metadata(IdentityHandler):
    """The metadata server of a Google Cloud machine. https://cloud.google.com/compute/docs/metadata/"""

    def get(self, path: str) -> None:
        self.set_header("Metadata-Flavor", "Google")
        self.set_header("Content-Type", "application/text")
        if path.strip("/") and self.request.headers.get("Metadata-Flavor") != "Google":
            self.set_status(403)
            self.finish("Missing Metadata-Flavor:Google header.")
            return
        email = self.accounts.metadata_account
        found = path.strip("/").removeprefix("instance/service-accounts/")
        account, _, what = found.partition("/")
        if path.strip("/") == "":
            self.finish("instance/\nproject/\n")
        elif path.strip("/") == "project/project-id":
            self.finish("emulated")
        elif path.strip("/") == "universe/universe-domain":
            self.finish("googleapis.com")
        elif not email or account not in ("default", email):
            self.set_status(404)
            self.finish("Not Found")
        else:
            self._account(email, what)

    def _account(self, email: str, what: str) -> None:
        if what == "email":
            self.finish(email)
        elif what == "token":
            token = self.accounts.access_token(email)
            self.answer({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})
        elif what == "identity":
            audience = self.get_query_argument("audience", "")
            if not audience:
                self.set_status(400)
                self.finish("non-empty audience parameter required")
                return
            whole = self.get_query_argument("format", "standard") == "full"
            self.finish(self.accounts.id_token(email, audience, with_email=whole))
        else:
            self.answer({"aliases": ["default"], "email": email, "scopes": [f"{ISSUER}/auth/cloud-platform"]})


def rules(surroundings: Surroundings, accounts: Accounts) -> list[tuple[str, type[Handler], dict[str, Any]]]:
    """Paths and their handlers, as Google's addresses have them."""
    told = {"surroundings": surroundings, "accounts": accounts}
    return [
        (r"/.well-known/openid-configuration", Configuration, told),
        (r"/o/oauth2/(?:v2/)?auth", Authorize, told),
        (r"/token", TokenEndpoint, told),
        (r"/revoke", Revoke, told),
        (r"/oauth2/(v1|v3)/certs", Keys, told),
        (r"/service_accounts/v1/metadata/x509/(.+)", ServiceAccountKeys, told),
        (
            r"/v1/projects/-/serviceAccounts/([^/:]+):(generateIdToken|signJwt|generateAccessToken)",
            Credentials,
            told,
        ),
        (r"/computeMetadata/v1(/.*)?", Metadata, told),
        (r"(/)", Metadata, told),
    ]
