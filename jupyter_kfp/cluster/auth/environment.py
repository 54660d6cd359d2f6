"""A token that somebody else got: from an environment variable, or a file that is kept fresh (in a cluster).

The variable: JUPYTER_KFP_TOKEN. The file: the endpoint's `token_file`, or KF_PIPELINES_SA_TOKEN_PATH, which Kubeflow
sets in its notebooks.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..errors import SignInError
from .tokens import Token, token_of

VARIABLE = "JUPYTER_KFP_TOKEN"
FILE_VARIABLE = "KF_PIPELINES_SA_TOKEN_PATH"


@dataclass(frozen=True)
class FromVariable:
    """The token in JUPYTER_KFP_TOKEN."""

    def fetch(self, now: datetime) -> Token:
        """What the variable holds."""
        token = token_of(os.environ.get(VARIABLE, ""))
        if not token.text:
            raise SignInError(
                f"the environment variable {VARIABLE} is empty",
                fix="put a token into it, or sign in otherwise",
            )
        if token.expires is not None and token.expires <= now:
            raise SignInError(
                f"the token in {VARIABLE} expired at {token.expires:%Y-%m-%d %H:%M} UTC",
                fix="put a fresh one into it; a token in a variable cannot be renewed during a run",
            )
        return token


@dataclass(frozen=True)
class FromFile:
    """The token in a file, read each time."""

    path: Path

    def fetch(self, now: datetime) -> Token:
        """What the file holds now."""
        try:
            token = token_of(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SignInError(
                "the token cannot be read",
                where=str(self.path),
                fix="check `token_file` and the file's rights",
            ) from error
        if not token.text:
            raise SignInError(
                "the file holds no token",
                where=str(self.path),
                fix="have it written anew, or sign in otherwise",
            )
        return token
