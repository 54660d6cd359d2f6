"""As whom Vertex AI is asked, and why."""

import json

import pytest

from jupyter_kfp.cluster import choose_way, load_endpoint, open_api
from jupyter_kfp.cluster.errors import EndpointError, SignInError
from jupyter_kfp.cluster.vertex.credentials import credentials_of, who


@pytest.fixture
def key_file(tmp_path, key_content):
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key_content))
    return file


def test_googles_own_credentials_are_what_is_used_where_nothing_is_said(endpoint):
    way = choose_way(endpoint(sign_in=None))
    assert (way.name, way.why) == ("google", "the endpoint names no other way")


def test_a_token_for_iap_in_the_environment_is_not_shown_to_google_unasked(endpoint, monkeypatch):
    monkeypatch.setenv("JUPYTER_KFP_TOKEN", "for-iap")
    assert choose_way(endpoint(sign_in=None)).name == "google"
    assert choose_way(endpoint(sign_in="token")).name == "token"


def test_token_file_then_impersonation_then_key(endpoint):
    named = {"token_file": "t", "impersonate": "robot@example.com", "service_account_key": "k"}
    assert choose_way(endpoint(sign_in=None, **named)).name == "token"
    assert choose_way(endpoint(sign_in=None, **{**named, "token_file": None})).name == "impersonation"
    assert choose_way(endpoint(sign_in=None, service_account_key="k")).name == "key"


def test_nobody_signed_in_is_told_with_what_to_run(endpoint, vertex):
    with (
        pytest.raises(SignInError, match="no Google credentials") as caught,
        open_api(endpoint(sign_in=None, host=vertex.url)),
    ):
        pass
    assert "gcloud auth application-default login" in caught.value.fix


def test_a_key_signs_its_requests_itself(endpoint, vertex, key_file):
    with open_api(endpoint(sign_in=None, service_account_key=str(key_file), host=vertex.url)) as api:
        hello = api.hello()
    assert hello.email == "robot@p.iam.gserviceaccount.com"
    (shown,) = vertex.authorization
    assert shown.startswith("Bearer eyJ")


def test_default_credentials_may_be_a_key_too(endpoint, vertex, key_file, monkeypatch):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
    with open_api(endpoint(sign_in=None, host=vertex.url)) as api:
        assert api.hello().signed_in == "signed in as robot@p.iam.gserviceaccount.com"


def test_a_person_whose_sign_in_has_ended_is_told(endpoint, server, tmp_path, monkeypatch):
    """Google answers so to a refresh token that was taken back."""
    server.otherwise = (
        400,
        {},
        {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
    )
    adc = tmp_path / "adc.json"
    adc.write_text(
        json.dumps(
            {
                "type": "authorized_user",
                "client_id": "c",
                "client_secret": "s",
                "refresh_token": "1//not-real-not-real-",
            }
        )
    )
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(adc))
    monkeypatch.setattr("google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"{server.url}/token")
    way = choose_way(endpoint(sign_in=None))
    with pytest.raises(SignInError, match="expired") as caught:
        way.source.fetch(None)
    assert "gcloud auth application-default login" in caught.value.fix
    assert "1//" not in str(caught.value)


def test_impersonation_asks_iam_for_an_access_token(endpoint, vertex, server, key_file, monkeypatch):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", server.url)
    server.otherwise = lambda asked: (
        (200, {}, {"access_token": "source", "expires_in": 3600})
        if asked.path == "/token"
        else (200, {}, {"accessToken": "ya29.impersonated", "expireTime": "2099-01-01T00:00:00Z"})
    )
    content = json.loads(key_file.read_text())
    key_file.write_text(json.dumps({**content, "token_uri": f"{server.url}/token"}))
    chosen = endpoint(sign_in=None, impersonate="deployer@p.iam.gserviceaccount.com", host=vertex.url)
    with open_api(chosen) as api:
        assert api.hello().email == "deployer@p.iam.gserviceaccount.com"
    assert vertex.authorization == ["Bearer ya29.impersonated"]
    assert any(
        asked.path.endswith("deployer@p.iam.gserviceaccount.com:generateAccessToken")
        for asked in server.asked
    )


def test_who_may_not_impersonate_is_told_which_role_to_ask_for(
    endpoint, vertex, server, key_file, monkeypatch
):
    content = json.loads(key_file.read_text())
    key_file.write_text(json.dumps({**content, "token_uri": f"{server.url}/token"}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", server.url)
    server.otherwise = lambda asked: (
        (200, {}, {"access_token": "source", "expires_in": 3600})
        if asked.path == "/token"
        else (403, {}, {"error": {"message": "Permission 'iam.serviceAccounts.getAccessToken' denied"}})
    )
    chosen = endpoint(sign_in=None, impersonate="deployer@p.iam.gserviceaccount.com", host=vertex.url)
    with open_api(chosen) as api, pytest.raises(SignInError) as caught:
        api.hello()
    assert "roles/iam.serviceAccountTokenCreator" in caught.value.fix


def test_a_token_of_somebody_elses_is_read_anew_when_it_ends(endpoint, vertex, tmp_path):
    file = tmp_path / "token"
    file.write_text("ya29.first")
    with open_api(endpoint(sign_in=None, token_file=str(file), host=vertex.url)) as api:
        vertex.token = "ya29.first"
        api.hello()
        file.write_text("ya29.second")
        vertex.token = "ya29.second"
        api.hello()


@pytest.mark.parametrize("way", ["browser", "none"])
def test_what_is_iaps_way_is_none_here(endpoint, way):
    with pytest.raises(EndpointError, match="no way to sign in to Vertex AI") as caught:
        choose_way(endpoint(sign_in=way))
    assert "gcloud auth application-default login" in caught.value.fix


def test_without_a_sign_in_only_this_machine_is_asked(endpoint, vertex):
    with open_api(endpoint(sign_in="none", host=vertex.url)) as api:
        assert api.hello().signed_in == "no sign-in needed"
    assert vertex.authorization == [""]


def test_no_token_travels_unencrypted(endpoint):
    with pytest.raises(EndpointError, match="unencrypted"):
        choose_way(endpoint(host="http://vertex.example.com"))


def test_a_damaged_key_is_told(endpoint, tmp_path):
    file = tmp_path / "key.json"
    file.write_text(json.dumps({"type": "service_account", "client_email": "a@b"}))
    way = choose_way(endpoint(sign_in=None, service_account_key=str(file)))
    with pytest.raises(SignInError, match="damaged"):
        credentials_of(way)


def test_whose_credentials_they_are_is_not_guessed():
    assert who(object()) == ""


def test_variables_alone_are_an_endpoint_on_vertex(monkeypatch):
    for name, value in {"KIND": "vertex", "PROJECT": "example-project", "REGION": "europe-west4"}.items():
        monkeypatch.setenv(f"JUPYTER_KFP_{name}", value)
    chosen = load_endpoint()
    assert (chosen.endpoint.kind, chosen.host) == ("vertex", "https://europe-west4-aiplatform.googleapis.com")
    assert choose_way(chosen).name == "google"
