"""JSON web tokens: keys that sign them, and their check, by a clock that may be set.

In: claims, keys. Out: a token's text, or its claims once the signature was right. What the claims must say is for the
one who asks to decide. google-auth reads and signs; its own check of times goes by the machine's clock, and is not
used.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt


class TokenError(Exception):
    """The token is none, or nobody we know signed it; `args[0]` says which."""


@dataclass(frozen=True)
class Key:
    """An RSA key with an id."""

    private: rsa.RSAPrivateKey = field(repr=False)
    id: str = field(default_factory=lambda: secrets.token_hex(20))

    @classmethod
    def new(cls) -> Key:
        """A fresh one, as large as Google's."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    @property
    def private_pem(self) -> str:
        """As a key file of a service account holds it."""
        pem = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return pem.decode()

    @property
    def public_pem(self) -> str:
        """What checks its signatures."""
        public = self.private.public_key()
        pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return pem.decode()

    def jwk(self) -> dict[str, str]:
        """The public part, as an entry of a JSON web key set."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": _base64url(numbers.n),
            "e": _base64url(numbers.e),
        }

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token that says `claims`."""
        signer = crypt.RSASigner.from_string(self.private_pem, self.id)
        return jwt.encode(signer, dict(claims), key_id=self.id).decode()


def _base64url(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unchecked. Raises TokenError."""
    try:
        return dict(jwt.decode_header(token)), dict(jwt.decode(token, verify=False))
    except (ValueError, TypeError) as error:
        raise TokenError("Unable to parse JWT") from error


def check_signature(token: str, public_pem: str | None) -> None:
    """Raises TokenError where the token is not signed by that key, or by RS256."""
    header, _ = read(token)
    signed, _, signature = token.rpartition(".")
    padded = signature + "=" * (-len(signature) % 4)
    try:
        right = public_pem is not None and crypt.verify_signature(
            signed, base64.urlsafe_b64decode(padded), public_pem, crypt.RSAVerifier
        )
    except ValueError:
        right = False
    if header.get("alg") != "RS256" or not right:
        raise TokenError("JWT signature is invalid")


def dump(answer: Mapping[str, Any]) -> str:
    """JSON, as it stands in a body."""
    return json.dumps(answer)
