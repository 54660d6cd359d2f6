"""Whether the images of the steps are in their registry, asked over HTTP as the distribution specification has it.

In: names of images. Out: which are missing, and which cannot be asked for. Google's registries are asked with the
Google credentials of this machine; others without, and where they want a sign-in, the builder's own is used if one is
installed.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..images.builders import BuilderError, find_builder
from ..images.names import ImageName, is_loopback

SECONDS = 15
WORKERS = 8
ACCEPT = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.v2",
        "docker.distribution.manifest.list.v2",
    )
)
_GOOGLE = (".pkg.dev", "gcr.io")


@dataclass(frozen=True)
class Found:
    """What came of looking."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]  # the registry did not say


def look_for(images: Iterable[str]) -> Found:
    """Look for each image, several at a time."""
    names = sorted(set(images))
    with ThreadPoolExecutor(WORKERS) as pool:
        there = dict(zip(names, pool.map(_is_there, names), strict=True))
    unknown = [name for name in names if there[name] is None]
    if unknown:
        there |= _ask_builder(unknown)
    return Found(
        missing=tuple(name for name in names if there[name] is False),
        unknown=tuple(name for name in names if there[name] is None),
    )


def _is_there(image: str) -> bool | None:
    import requests

    host, repository, reference = split(image)
    if not host:
        return None
    scheme = "http" if is_loopback(ImageName(image)) else "https"
    url = f"{scheme}://{host}/v2/{repository}/manifests/{reference}"
    auth: Any = _google_token() if host.endswith(_GOOGLE) else None
    try:
        answer = requests.head(
            url, headers={"Accept": ACCEPT}, auth=auth, timeout=SECONDS, allow_redirects=True
        )
    except requests.RequestException:
        return None
    return {200: True, 404: False}.get(answer.status_code)


def split(image: str) -> tuple[str, str, str]:
    """Registry, repository, and tag or digest. The registry is empty where the name has none."""
    name, at, digest = image.partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    host, _, rest = f"{head}{slash}{last}".partition("/")
    if not rest or not ("." in host or ":" in host or host == "localhost"):
        return "", name, digest or tag
    return host, rest, digest if at else tag or "latest"


def _google_token() -> tuple[str, str] | None:
    import google.auth
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    try:
        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        credentials.refresh(Request())
    except GoogleAuthError:
        return None
    return "oauth2accesstoken", credentials.token


def _ask_builder(names: Iterable[str]) -> dict[str, bool | None]:
    """A builder's yes counts; its no may mean that it is not signed in."""
    try:
        builder = find_builder()
    except BuilderError:
        return {}
    return {name: True if builder.registry_has(ImageName(name)) else None for name in names}
