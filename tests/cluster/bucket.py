"""Artifacts between the bucket and a task's files, as the launcher moves them."""

from __future__ import annotations

from pathlib import Path

from google.cloud import storage


class ArtifactError(Exception):
    """An artifact cannot be moved."""


def make_bucket(server: str, name: str) -> None:
    """A new bucket on the storage server at that url."""
    _client(server).create_bucket(name)


def upload(server: str, path: Path, uri: str, root: str) -> None:
    """A file, or a folder's files, to a uri below the pipeline root. A file that is not there is none to upload.

    Raises ArtifactError for a uri outside of the root, as the launcher does.
    """
    if not uri.startswith(root.rstrip("/") + "/"):
        raise ArtifactError(f"failed to upload output artifact: the uri {uri!r} is not below {root!r}")
    if not path.exists():
        return
    name, _, key = uri.removeprefix("gs://").partition("/")
    bucket = _client(server).bucket(name)
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    for file in files:
        inner = "" if file == path else f"/{file.relative_to(path).as_posix()}"
        bucket.blob(key + inner).upload_from_filename(str(file))


def download(server: str, uri: str, path: Path) -> None:
    """All that lies at a uri. Raises ArtifactError where nothing does."""
    name, _, key = uri.removeprefix("gs://").partition("/")
    blobs = [
        blob
        for blob in _client(server).list_blobs(name, prefix=key)
        if blob.name == key or blob.name.startswith(f"{key}/")
    ]
    if not blobs:
        raise ArtifactError(f"failed to download input artifact from remote storage URI {uri!r}: not found")
    for blob in blobs:
        target = path if blob.name == key else path / blob.name[len(key) + 1 :]
        target.parent.mkdir(parents=True, exist_ok=True)
        blob.download_to_filename(str(target))


def _client(server: str) -> storage.Client:
    from google.auth.credentials import AnonymousCredentials

    return storage.Client(
        project="emulated", credentials=AnonymousCredentials(), client_options={"api_endpoint": server}
    )
