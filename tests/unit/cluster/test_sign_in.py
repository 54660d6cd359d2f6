"""Each way of signing in, against servers that answer as Google's do."""

import json
import os
import stat
import threading
import urllib.request
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from jupyter_kfp.cluster.auth import browser, store
from jupyter_kfp.cluster.auth.tokens import token_of
from jupyter_kfp.cluster.endpoints import load_endpoint
from jupyter_kfp.cluster.errors import EndpointError, SignInError
from jupyter_kfp.cluster.sign_in import choose_way
from tests.unit.cluster.test_connection import SECRET, jwt

CLIENT = "iap-client.apps.example.com"
NOW = datetime(2026, 11, 24, 10, tzinfo=timezone.utc)
ID_TOKEN = jwt(email="ada@example.com", aud=CLIENT, exp=int((NOW + timedelta(hours=1)).timestamp()))


@pytest.fixture
def endpoint(configure):
    """The endpoint with these settings."""

    def make(**settings):
        configure("user", {"endpoints": {"team": {"host": "https://kubeflow.example.com", **settings}}})
        return load_endpoint()

    return make


@pytest.fixture
def key_file(tmp_path, key_content, server):
    file = tmp_path / "key.json"
    file.write_text(json.dumps({**key_content, "token_uri": f"{server.url}/token"}))
    return file


@pytest.fixture
def desktop_file(tmp_path, server):
    file = tmp_path / "desktop.json"
    installed = {
        "client_id": "desktop.apps.example.com", "client_secret": "not-a-secret-of-ours",
        "auth_uri": f"{server.url}/auth", "token_uri": f"{server.url}/token", "redirect_uris": ["http://localhost"],
    }  # fmt: skip
    file.write_text(json.dumps({"installed": installed}))
    return file


class TestChoice:
    def test_without_iap_nothing_is_shown(self, endpoint):
        way = choose_way(endpoint())
        assert (way.name, way.source) == ("none", None)

    def test_a_token_in_the_environment_comes_first(self, endpoint, monkeypatch):
        monkeypatch.setenv("JUPYTER_KFP_TOKEN", ID_TOKEN)
        way = choose_way(endpoint(iap_client_id=CLIENT, impersonate="robot@example.com"))
        assert way.name == "token"
        assert "JUPYTER_KFP_TOKEN" in way.why

    def test_impersonation_then_key_then_browser(self, endpoint):
        assert choose_way(endpoint(impersonate="r@example.com", oauth_client="c")).name == "impersonation"
        assert choose_way(endpoint(service_account_key="k", oauth_client="c")).name == "key"
        assert choose_way(endpoint(oauth_client="c", iap_client_id=CLIENT)).name == "browser"

    def test_googles_variable_counts_where_it_names_a_key(self, endpoint, monkeypatch, key_file):
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
        assert choose_way(endpoint(iap_client_id=CLIENT)).name == "key"

    def test_a_metadata_server_is_used_where_there_is_one(self, endpoint, monkeypatch):
        monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:1")
        assert choose_way(endpoint(iap_client_id=CLIENT)).name == "metadata"

    def test_with_iap_and_nothing_to_sign_in_with_it_says_so(self, endpoint):
        with pytest.raises(EndpointError, match="nothing here to sign in with") as caught:
            choose_way(endpoint(iap_client_id=CLIENT))
        assert "oauth_client" in caught.value.fix

    def test_kubeflows_own_token_file_is_used_in_a_cluster(self, endpoint, monkeypatch, tmp_path):
        (tmp_path / "token").write_text("abc")
        monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(tmp_path / "token"))
        way = choose_way(endpoint(host="http://ml-pipeline.kubeflow.svc.cluster.local:8888"))
        assert way.source.fetch(NOW).text == "abc"

    def test_a_token_does_not_travel_unencrypted(self, endpoint, monkeypatch):
        monkeypatch.setenv("JUPYTER_KFP_TOKEN", ID_TOKEN)
        with pytest.raises(EndpointError, match="unencrypted"):
            choose_way(endpoint(host="http://kubeflow.example.com"))
        assert choose_way(endpoint(host="http://localhost:8080")).name == "token"

    @pytest.mark.parametrize("way", ["browser", "key", "metadata", "impersonation"])
    def test_a_way_that_lacks_a_setting_names_it(self, endpoint, way):
        with pytest.raises(EndpointError, match="signing in this way needs"):
            choose_way(endpoint(sign_in=way))


class TestKey:
    def test_an_id_token_comes_from_the_keys_own_address(self, endpoint, key_file, server):
        server.otherwise = (200, {"Content-Type": "application/json"}, {"id_token": ID_TOKEN})
        way = choose_way(endpoint(iap_client_id=CLIENT, service_account_key=str(key_file)))
        token = way.source.fetch(NOW)
        assert token.text == ID_TOKEN
        assert token_of(server.asked[0].form["assertion"]).claims["target_audience"] == CLIENT

    def test_without_a_client_id_the_key_signs_for_the_resource(self, endpoint, key_file, key_content):
        way = choose_way(
            endpoint(
                token_kind="signed-jwt",
                service_account_key=str(key_file),
                host="https://k.example.com/pipeline",
            )
        )
        claims = way.source.fetch(NOW).claims
        assert claims["aud"] == "https://k.example.com/*"
        assert claims["iss"] == claims["sub"] == key_content["client_email"]
        assert claims["exp"] - claims["iat"] == 3600
        assert claims["iat"] == int(NOW.timestamp())

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ({"error": "invalid_client", "error_description": "It was not found."}, "knows no OAuth client"),
            ({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, "refused the key"),
            (
                {"error": "invalid_grant", "error_description": "Invalid JWT: Token must be a short-lived token "
                 "(60 minutes) and in a reasonable timeframe. Check your iat and exp values"},
                "clock is wrong",
            ),
        ],
    )  # fmt: skip
    def test_what_google_says_is_told_in_words(self, endpoint, key_file, server, answer, words):
        server.otherwise = (400, {"Content-Type": "application/json"}, answer)
        way = choose_way(endpoint(iap_client_id=CLIENT, service_account_key=str(key_file)))
        with pytest.raises(SignInError, match=words) as caught:
            way.source.fetch(NOW)
        assert "PRIVATE KEY" not in str(caught.value)

    @pytest.mark.parametrize("content", ["", "{}", "[]", '{"type": "authorized_user"}'])
    def test_a_file_that_is_no_key_is_told(self, endpoint, tmp_path, content):
        file = tmp_path / "key.json"
        file.write_text(content)
        way = choose_way(endpoint(iap_client_id=CLIENT, service_account_key=str(file)))
        with pytest.raises(SignInError, match="key"):
            way.source.fetch(NOW)


class TestMetadata:
    def test_the_metadata_server_gives_an_id_token(self, endpoint, server, monkeypatch):
        monkeypatch.setenv("GCE_METADATA_HOST", server.url.removeprefix("http://"))
        from google.auth.compute_engine import _metadata

        monkeypatch.setattr(
            _metadata, "_GCE_METADATA_HOST", server.url.removeprefix("http://"), raising=False
        )

        def answer(asked):
            headers = {"Metadata-Flavor": "Google"}
            if asked.path.endswith("/identity"):
                return 200, {**headers, "Content-Type": "text/plain"}, ID_TOKEN
            if asked.path.endswith("/email"):
                return 200, headers, "pod@p.iam.gserviceaccount.com"
            return (
                200,
                {**headers, "Content-Type": "application/json"},
                {"email": "pod@p.iam.gserviceaccount.com"},
            )

        server.otherwise = answer
        way = choose_way(endpoint(iap_client_id=CLIENT))
        assert way.source.fetch(NOW).text == ID_TOKEN
        identity = next(asked for asked in server.asked if asked.path.endswith("/identity"))
        assert identity.query["audience"] == [CLIENT]


class TestImpersonation:
    @pytest.fixture(autouse=True)
    def machine(self, server, monkeypatch, key_file):
        """Google credentials of this machine, and IAM at another address."""
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
        monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", f"{server.url}/iam/")

    def iam(self, server, status, answer):
        def both(asked):
            if asked.path == "/token":
                return (
                    200,
                    {"Content-Type": "application/json"},
                    {"access_token": "ya29.x", "expires_in": 3600},
                )
            return status, {"Content-Type": "application/json"}, answer

        server.otherwise = both

    def test_an_id_token_with_the_email(self, endpoint, server):
        self.iam(server, 200, {"token": ID_TOKEN})
        way = choose_way(endpoint(iap_client_id=CLIENT, impersonate="robot@example.com"))
        assert way.source.fetch(NOW).text == ID_TOKEN
        asked = server.asked[-1]
        assert asked.path == "/iam/v1/projects/-/serviceAccounts/robot%40example.com:generateIdToken"
        assert asked.json == {"audience": CLIENT, "includeEmail": True}

    def test_a_signed_token_for_the_resource(self, endpoint, server):
        self.iam(server, 200, {"signedJwt": ID_TOKEN})
        way = choose_way(endpoint(impersonate="robot@example.com"))
        way.source.fetch(NOW)
        claims = json.loads(server.asked[-1].json["payload"])
        assert server.asked[-1].path.endswith(":signJwt")
        assert claims["aud"] == "https://kubeflow.example.com/*"

    def test_who_may_not_reads_the_role_to_ask_for(self, endpoint, server):
        self.iam(
            server, 403, {"error": {"message": "Permission 'iam.serviceAccounts.getOpenIdToken' denied"}}
        )
        way = choose_way(endpoint(iap_client_id=CLIENT, impersonate="robot@example.com"))
        with pytest.raises(SignInError, match=r"you may not sign in as robot@example\.com") as caught:
            way.source.fetch(NOW)
        assert "roles/iam.serviceAccountOpenIdTokenCreator" in caught.value.fix

    def test_without_google_credentials_it_says_where_to_get_them(self, endpoint, monkeypatch):
        monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
        way = choose_way(endpoint(iap_client_id=CLIENT, impersonate="robot@example.com"))
        with pytest.raises(SignInError, match="no Google credentials here") as caught:
            way.source.fetch(NOW)
        assert "gcloud auth application-default login" in caught.value.fix


class TestPerson:
    @pytest.fixture(autouse=True)
    def loopback(self, monkeypatch):
        monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the test's own servers have no certificates

    @pytest.fixture
    def visitor(self, monkeypatch):
        """A browser that signs in at once: it goes back to where the address says, with a code."""
        opened = []

        class Browser:
            def open(self, url, **_):
                opened.append(parse_qs(urlsplit(url).query))
                back = f"{opened[-1]['redirect_uri'][0]}?code=c0de&state={opened[-1]['state'][0]}"
                threading.Thread(target=lambda: urllib.request.urlopen(back).read(), daemon=True).start()
                return True

        monkeypatch.setattr("webbrowser.get", lambda *_: Browser())
        return opened

    def test_signing_in_is_by_pkce_and_a_loopback_redirect(self, visitor, server, desktop_file):
        answer = {
            "access_token": "a",
            "refresh_token": SECRET,
            "id_token": ID_TOKEN,
            "expires_in": 3600,
            "token_type": "Bearer",
        }
        server.otherwise = (200, {"Content-Type": "application/json"}, answer)
        email, place = browser.sign_in(desktop_file)
        assert (email, place) == ("ada@example.com", "file")
        assert visitor[0]["code_challenge_method"] == ["S256"]
        assert urlsplit(visitor[0]["redirect_uri"][0]).hostname == "localhost"
        assert len(server.asked[0].form["code_verifier"]) >= 43

    def test_the_refresh_token_gives_id_tokens_for_iap(self, endpoint, server, desktop_file):
        store.keep("desktop.apps.example.com", {"refresh_token": SECRET})
        server.otherwise = (200, {"Content-Type": "application/json"}, {"id_token": ID_TOKEN})
        way = choose_way(endpoint(iap_client_id=CLIENT, oauth_client=str(desktop_file)))
        assert way.source.fetch(NOW).text == ID_TOKEN
        assert server.asked[0].form["audience"] == CLIENT
        assert server.asked[0].form["refresh_token"] == SECRET

    def test_nobody_signed_in_reads_how(self, endpoint, desktop_file):
        way = choose_way(endpoint(iap_client_id=CLIENT, oauth_client=str(desktop_file)))
        with pytest.raises(SignInError, match="nobody is signed in") as caught:
            way.source.fetch(NOW)
        assert "jupyter kfp login" in caught.value.fix

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            ("invalid_grant", "has expired or was taken back"),
            ("unauthorized_client", "may not ask for tokens of IAP's client"),
            ("invalid_client", "knows no OAuth client"),
        ],
    )
    def test_what_google_says_is_told_without_the_secret(self, endpoint, server, desktop_file, error, words):
        store.keep("desktop.apps.example.com", {"refresh_token": SECRET})
        server.otherwise = (
            400,
            {"Content-Type": "application/json"},
            {"error": error, "error_description": "no"},
        )
        way = choose_way(endpoint(iap_client_id=CLIENT, oauth_client=str(desktop_file)))
        with pytest.raises(SignInError, match=words) as caught:
            way.source.fetch(NOW)
        assert SECRET not in str(caught.value)
        assert "not-a-secret-of-ours" not in str(caught.value)

    def test_a_file_of_another_kind_is_told(self, tmp_path):
        (tmp_path / "web.json").write_text('{"web": {}}')
        with pytest.raises(SignInError, match="not the file of a desktop OAuth client"):
            browser.OAuthClient.read(tmp_path / "web.json")


class TestStore:
    def test_without_a_keyring_it_is_a_file_for_its_owner_only(self, tmp_path):
        assert store.keep("c", {"refresh_token": SECRET}) == "file"
        file = next((tmp_path / "data").rglob("*.json"))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert store.kept("c") == {"refresh_token": SECRET}
        assert store.forget("c")
        assert store.kept("c") is None
        assert not store.forget("c")

    def test_a_keyring_is_used_where_there_is_one(self, monkeypatch, tmp_path):
        import keyring
        from keyring.backend import KeyringBackend

        class Memory(KeyringBackend):
            priority = 1

            def __init__(self):
                super().__init__()
                self.kept = {}

            def set_password(self, service, name, text):
                self.kept[service, name] = text

            def get_password(self, service, name):
                return self.kept.get((service, name))

            def delete_password(self, service, name):
                del self.kept[service, name]

        before = keyring.get_keyring()
        keyring.set_keyring(Memory())
        try:
            assert store.keep("c", {"refresh_token": SECRET}) == "keyring"
            assert store.kept("c") == {"refresh_token": SECRET}
            assert list((tmp_path / "data").rglob("*.json")) == []
            assert store.forget("c")
        finally:
            keyring.set_keyring(before)

    @pytest.mark.parametrize("text", ["", "{", "[]"])
    def test_a_torn_file_is_nobody_signed_in(self, text, tmp_path):
        store.keep("c", {"refresh_token": SECRET})
        next((tmp_path / "data").rglob("*.json")).write_text(text)
        assert store.kept("c") is None


def test_a_token_in_a_variable_that_has_ended_is_told(endpoint, monkeypatch):
    monkeypatch.setenv("JUPYTER_KFP_TOKEN", ID_TOKEN)
    way = choose_way(endpoint())
    with pytest.raises(SignInError, match="expired at 2026-11-24 11:00 UTC"):
        way.source.fetch(NOW + timedelta(hours=2))
    assert os.environ["JUPYTER_KFP_TOKEN"] not in repr(way)
