"""A clean machine: no configuration of Jupyter's, no Google credentials, a keyring that is none."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(autouse=True)
def clean_machine(monkeypatch, tmp_path):
    for name in (
        "JUPYTER_KFP_HOST", "JUPYTER_KFP_TOKEN", "JUPYTER_KFP_ENDPOINT", "JUPYTER_KFP_BUCKET", "GCE_METADATA_HOST",
        "GOOGLE_APPLICATION_CREDENTIALS", "KF_PIPELINES_SA_TOKEN_PATH", "KUBERNETES_SERVICE_HOST",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", f"{tmp_path / 'user'}:{tmp_path / 'system'}")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")


@pytest.fixture
def configure(tmp_path):
    """Write a config file of Jupyter's: `configure("user", {...})`; a text is Python."""

    def write(place: str, content):
        folder = tmp_path / place
        folder.mkdir(exist_ok=True)
        if isinstance(content, str):
            file = folder / "jupyter_kfp_config.py"
            file.write_text(content)
        else:
            file = folder / "jupyter_kfp_config.json"
            file.write_text(json.dumps({"JupyterKfp": content}))
        return file

    return write


@pytest.fixture
def server():
    from tests.unit.cluster.scripted import scripted

    with scripted() as script:
        yield script


@pytest.fixture(scope="session")
def key_content():
    """What a service account's key file holds; the key is made here."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account", "project_id": "p", "private_key_id": "k1", "private_key": pem.decode(),
        "client_email": "robot@p.iam.gserviceaccount.com", "client_id": "1",
        "token_uri": "https://oauth2.example.com/token",
    }  # fmt: skip
