"""Endpoints and signing in over REST."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest


@pytest.fixture
def configure(jp_environ, jp_config_dir, monkeypatch):
    for name in ("JUPYTER_KFP_HOST", "JUPYTER_KFP_TOKEN", "JUPYTER_KFP_ENDPOINT", "JUPYTER_KFP_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(jp_config_dir))

    def write(**endpoints):
        content = {"JupyterKfp": {"endpoints": endpoints}}
        (jp_config_dir / "jupyter_kfp_config.json").write_text(json.dumps(content))

    return write


async def test_endpoints_say_whether_somebody_is_signed_in(api, configure, tmp_path):
    (tmp_path / "token").write_text("a-token")
    configure(
        plain={"host": "http://127.0.0.1:9"},
        person={"host": "https://kubeflow.example.com", "oauth_client": str(tmp_path / "none.json")},
        robot={"host": "https://kubeflow.example.com", "token_file": str(tmp_path / "token")},
    )
    found = {endpoint["name"]: endpoint for endpoint in await api("GET", "endpoints")}
    assert (found["plain"]["way"], found["plain"]["signed_in"]) == ("none", True)
    assert (found["robot"]["way"], found["robot"]["signed_in"]) == ("token", True)
    assert found["person"]["signed_in"] is False
    assert "none.json" in found["person"]["message"]
    signed = await api("POST", "endpoints/robot/sign-in")
    assert signed["signed_in"] is True
    status, problem = await api.problem("POST", "endpoints/person/sign-in")
    assert (status, problem["message"]) == (422, "the OAuth client's file cannot be read")
    status, _ = await api.problem("POST", "endpoints/nobody/sign-in")
    assert status == 404


@pytest.fixture
def person(configure, tmp_path):
    """An endpoint that a person signs in to."""
    client = {
        "client_id": "desktop.apps.example.com",
        "client_secret": "not-a-secret",
        "auth_uri": "https://accounts.example.com/auth",
        "token_uri": "https://accounts.example.com/token",
    }
    (tmp_path / "client.json").write_text(json.dumps({"installed": client}))
    configure(person={"host": "https://kubeflow.example.com", "oauth_client": str(tmp_path / "client.json")})


async def test_a_person_is_told_which_page_to_open(api, person):
    told = await api("POST", "endpoints/person/sign-in", request_timeout=60)
    assert told["signed_in"] is False
    assert told["address"].startswith("https://accounts.example.com/auth?")
    again = await api("POST", "endpoints/person/sign-in", request_timeout=60)
    assert again["address"] != told["address"]


async def test_a_run_on_an_endpoint_that_lacks_something_says_what(api, configure, save):
    configure(team={"host": "http://127.0.0.1:9", "bucket": "gs://bucket/team"})
    path = save("a.ipynb", ("step:a", "a = 1"))
    run = (await api("POST", "runs", {"path": path, "where": "team"}))["run"]
    found = await api.until_ended(run)
    assert (found["status"], found["where"]) == ("FAILED", "team")
    assert found["message"].startswith("no registry is set")
    assert found["fix"]


async def test_a_sign_in_that_failed_is_told_with_the_endpoint(api, person):
    address = (await api("POST", "endpoints/person/sign-in", request_timeout=60))["address"]
    asked = {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}
    refused = f"{asked['redirect_uri']}?state={asked['state']}&error=access_denied"
    for elsewhere in (
        "http://localhost:1/?state=x&code=y",
        refused.replace("http:", "https:"),
        refused.replace("localhost", "example.com"),
        refused.replace("localhost", "localhost@example.com"),
        asked["redirect_uri"],
        "http://[",
    ):
        status, problem = await api.problem("POST", "endpoints/person/sign-in", {"address": elsewhere})
        assert (status, problem["code"]) == (422, "request"), elsewhere
    told = await api("POST", "endpoints/person/sign-in", {"address": refused}, request_timeout=60)
    assert told["signed_in"] is False
    assert "access_denied" in told["message"]
    [endpoint] = await api("GET", "endpoints")
    assert endpoint["message"] == told["message"]
    status, problem = await api.problem("POST", "endpoints/person/sign-in", {"address": refused})
    assert (status, problem["code"]) == (409, "no-sign-in")
    again = await api("POST", "endpoints/person/sign-in", request_timeout=60)
    assert "address" in again
    [endpoint] = await api("GET", "endpoints")
    assert "message" not in endpoint
