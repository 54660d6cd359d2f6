"""Who is let in by the double's proxy, who is not, and in which words."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from google.auth import crypt, jwt
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from tests.unit.cluster_double.bench import V2

HEALTH = f"{V2}/healthz"


@pytest.fixture(autouse=True)
def as_at_first(bench):
    accounts = bench.cluster.accounts
    yield
    bench.cluster.admin.token_lifetime(3600)
    bench.cluster.admin.member(bench.cluster.user)
    bench.cluster.admin.sign_in_as(bench.cluster.user)
    bench.cluster.admin.break_iap()
    accounts.service_accounts[bench.cluster.robot].impersonators.clear()
    accounts.service_accounts[bench.cluster.robot].disabled = False


def knock(bench, token, header="Authorization", path=HEALTH, **headers):
    return bench.ask("GET", path, direct=False, headers={header: f"Bearer {token}", **headers})


def self_signed(bench, tmp_path, **claims):
    key = json.loads(bench.cluster.service_account_key(tmp_path / "key.json").read_text())
    now = int(time.time())
    whole = {
        "iss": key["client_email"],
        "sub": key["client_email"],
        "aud": f"{bench.cluster.url}/*",
        "iat": now,
        "exp": now + 3600,
        **claims,
    }
    return jwt.encode(crypt.RSASigner.from_service_account_info(key), whole).decode()


@pytest.mark.parametrize("header", ["Authorization", "Proxy-Authorization"])
def test_a_member_is_let_in_with_an_id_token(bench, header):
    answer = knock(bench, bench.cluster.id_token(), header)
    assert (answer.status_code, answer.json()) == (200, {"multi_user": False})
    asked = bench.cluster.admin.asked("api")[-1]
    assert asked.headers["x-goog-authenticated-user-email"] == f"accounts.google.com:{bench.cluster.user}"


def test_who_claims_to_be_somebody_in_a_header_is_not_believed(bench):
    spoofed = {"X-Goog-Authenticated-User-Email": "accounts.google.com:root@example.com"}
    knock(bench, bench.cluster.id_token(), **spoofed)
    asked = bench.cluster.admin.asked("api")[-1]
    assert asked.headers["x-goog-authenticated-user-email"] == f"accounts.google.com:{bench.cluster.user}"


def test_a_service_account_is_let_in_with_a_token_that_it_signed_itself(bench, tmp_path):
    assert knock(bench, self_signed(bench, tmp_path)).status_code == 200


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"aud": "https://other.example.com/*"}, "Invalid JWT audience"),
        ({"sub": "else@example.com"}, "Invalid JWT subject"),
        ({"exp": int(time.time()) + 7200}, "more than an hour"),
        ({"iss": "nobody@example.com", "sub": "nobody@example.com"}, "JWT signature is invalid"),
        ({"exp": None}, "isn't a number"),
    ],
)
def test_a_self_signed_token_must_be_right_in_everything(bench, tmp_path, claims, words):
    answer = knock(bench, self_signed(bench, tmp_path, **claims))
    assert answer.status_code == 401
    assert answer.text.startswith("Invalid IAP credentials: ")
    assert words in answer.text


def test_without_a_token_one_is_sent_to_sign_in(bench):
    answer = bench.ask("GET", HEALTH, direct=False)
    assert answer.status_code == 302
    assert answer.headers["X-Goog-IAP-Generated-Response"] == "true"
    assert answer.text == "Invalid IAP credentials: empty token"
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["client_id"] == [bench.cluster.client_id]
    script = bench.ask("GET", HEALTH, direct=False, headers={"X-Requested-With": "XMLHttpRequest"})
    assert script.status_code == 401


def test_a_browser_signs_in_and_comes_back(bench):
    with requests.Session() as browser:
        answer = browser.get(f"{bench.cluster.url}{HEALTH}", timeout=30)
        assert answer.json() == {"multi_user": False}
        assert (
            browser.get(f"{bench.cluster.url}{HEALTH}", allow_redirects=False, timeout=30).status_code == 200
        )


@pytest.mark.parametrize(
    ("token", "words"), [("nonsense", "Unable to parse JWT"), ("a.b.c", "Unable to parse JWT")]
)
def test_what_is_no_token_is_refused(bench, token, words):
    answer = knock(bench, token)
    assert (answer.status_code, answer.text) == (401, f"Invalid IAP credentials: {words}")


def test_a_token_whose_signature_was_tampered_with_is_refused(bench):
    head, claims, _ = bench.cluster.id_token().split(".")
    other = bench.cluster.id_token("else@example.com").split(".")[2]
    assert "signature is invalid" in knock(bench, f"{head}.{claims}.{other}").text


def test_a_token_for_another_audience_is_refused(bench):
    answer = knock(bench, bench.cluster.id_token(audience="other.apps.googleusercontent.com"))
    assert answer.status_code == 401
    assert "audience" in answer.text


def test_an_expired_token_is_refused_after_a_small_leeway(bench):
    token = bench.cluster.id_token()
    bench.cluster.admin.skew(3600 + 15)
    assert knock(bench, token).status_code == 200
    bench.cluster.admin.skew(3600 + 60)
    assert "expired" in knock(bench, token).text


def test_a_token_from_the_future_is_refused_and_the_answer_tells_the_servers_time(bench, tmp_path):
    bench.cluster.admin.skew(-300)
    answer = knock(bench, self_signed(bench, tmp_path))
    assert "in the future" in answer.text
    from email.utils import parsedate_to_datetime

    behind = time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert 295 < behind < 400


def test_who_is_no_member_is_refused_in_a_page(bench):
    answer = knock(bench, bench.cluster.id_token("stranger@example.com"))
    assert answer.status_code == 403
    assert answer.headers["X-Goog-IAP-Generated-Response"] == "true"
    assert "You don't have access" in answer.text
    bench.cluster.admin.member(bench.cluster.user, False)
    assert knock(bench, bench.cluster.id_token()).status_code == 403


def test_a_rotated_key_is_good_as_long_as_it_is_published(bench):
    token = bench.cluster.id_token()
    bench.cluster.admin.rotate_keys()
    assert knock(bench, token).status_code == 200
    bench.cluster.admin.rotate_keys(keep_old=False)
    assert knock(bench, token).status_code == 401
    assert knock(bench, bench.cluster.id_token()).status_code == 200


def test_a_fault_of_the_proxys_own_is_told(bench):
    bench.cluster.admin.break_iap("Error code 9")
    answer = knock(bench, bench.cluster.id_token())
    assert (answer.status_code, answer.text) == (500, "Error code 9")
    assert answer.headers["X-Goog-IAP-Generated-Response"] == "true"


# the identity provider


def test_google_auth_gets_an_id_token_with_a_key_file_and_can_check_it(bench, tmp_path):
    from google.oauth2 import id_token

    file = bench.cluster.service_account_key(tmp_path / "key.json")
    assert file.stat().st_mode & 0o777 == 0o600
    credentials = service_account.IDTokenCredentials.from_service_account_file(
        str(file), target_audience=bench.cluster.client_id
    )
    credentials.refresh(Request())
    assert knock(bench, credentials.token).status_code == 200
    certificates = f"{bench.cluster.identity.url}/oauth2/v1/certs"
    claims = id_token.verify_token(credentials.token, Request(), bench.cluster.client_id, certificates)
    assert claims["email"] == bench.cluster.robot


def test_a_disabled_service_account_gets_no_token_and_is_not_let_in(bench, tmp_path):
    token = self_signed(bench, tmp_path)
    credentials = service_account.IDTokenCredentials.from_service_account_file(
        str(tmp_path / "key.json"), target_audience=bench.cluster.client_id
    )
    bench.cluster.admin.disable(bench.cluster.robot)
    with pytest.raises(Exception, match="disabled"):
        credentials.refresh(Request())
    assert knock(bench, token).status_code == 401


def test_googles_metadata_client_gets_an_id_token(bench, monkeypatch):
    from google.auth.compute_engine import IDTokenCredentials, _metadata

    host = bench.cluster.identity.url.removeprefix("http://")
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", host, raising=False)
    for name, value in bench.cluster.metadata_variables().items():
        monkeypatch.setenv(name, value)
    credentials = IDTokenCredentials(
        Request(), target_audience=bench.cluster.client_id, use_metadata_identity_endpoint=True
    )
    credentials.refresh(Request())
    assert knock(bench, credentials.token).status_code == 200


def desktop(bench, tmp_path):
    told = json.loads(bench.cluster.oauth_client(tmp_path / "client.json").read_text())["installed"]
    return told, {"client_id": told["client_id"], "client_secret": told["client_secret"]}


def sign_in(bench, tmp_path, **more):
    """As InstalledAppFlow does it, the browser left out: the code's answer."""
    told, client = desktop(bench, tmp_path)
    query = {
        "client_id": told["client_id"],
        "response_type": "code",
        "redirect_uri": "http://localhost:9/",
        "scope": "openid email",
        "state": "s",
        **more,
    }
    answer = requests.get(told["auth_uri"], params=query, allow_redirects=False, timeout=30)
    return answer, client


def test_a_person_signs_in_by_a_code_with_its_verifier_and_later_by_the_refresh_token(bench, tmp_path):
    answer, client = sign_in(bench, tmp_path, code_challenge="why", code_challenge_method="plain")
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["s"]
    token = f"{bench.cluster.identity.url}/token"
    code = {
        **client,
        "grant_type": "authorization_code",
        "code": back["code"][0],
        "redirect_uri": "http://localhost:9/",
    }
    given = requests.post(token, data={**code, "code_verifier": "why"}, timeout=30).json()
    assert jwt.decode(given["id_token"], verify=False)["aud"] == client["client_id"]
    again = requests.post(token, data={**code, "code_verifier": "why"}, timeout=30)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    refresh = {**client, "grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    later = requests.post(token, data={**refresh, "audience": bench.cluster.client_id}, timeout=30).json()
    assert knock(bench, later["id_token"]).status_code == 200
    wrong = requests.post(token, data={**refresh, "audience": "nobody"}, timeout=30).json()
    assert wrong["error"] == "invalid_audience"
    bench.cluster.admin.revoke(bench.cluster.user)
    assert requests.post(token, data=refresh, timeout=30).json()["error"] == "invalid_grant"


def test_a_code_is_not_given_out_for_another_verifier(bench, tmp_path):
    answer, client = sign_in(bench, tmp_path, code_challenge="why", code_challenge_method="S256")
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    asked = {
        **client,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://localhost:9/",
    }
    answer = requests.post(
        f"{bench.cluster.identity.url}/token", data={**asked, "code_verifier": "why"}, timeout=30
    )
    assert answer.json() == {"error": "invalid_grant", "error_description": "Invalid code verifier."}


def test_a_person_may_refuse_and_a_desktop_client_comes_back_to_loopback_only(bench, tmp_path):
    bench.cluster.admin.sign_in_as(bench.cluster.user, denies=True)
    answer, _ = sign_in(bench, tmp_path)
    assert "error=access_denied" in answer.headers["Location"]
    answer, _ = sign_in(bench, tmp_path, redirect_uri="https://evil.example.com/")
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("method", "body", "key"),
    [("generateIdToken", {"includeEmail": True}, "token"), ("signJwt", None, "signedJwt")],
)
def test_who_may_become_a_service_account_gets_its_tokens(bench, method, body, key):
    now = int(time.time())
    robot = bench.cluster.robot
    claims = {"iss": robot, "sub": robot, "aud": f"{bench.cluster.url}/*", "iat": now, "exp": now + 3600}
    body = {**body, "audience": bench.cluster.client_id} if body else {"payload": json.dumps(claims)}
    url = f"{bench.cluster.identity.url}/v1/projects/-/serviceAccounts/{robot}:{method}"
    headers = {"Authorization": f"Bearer {bench.cluster.accounts.access_token(bench.cluster.user)}"}
    assert requests.post(url, json=body, timeout=30).status_code == 401
    refused = requests.post(url, json=body, headers=headers, timeout=30)
    assert refused.json()["error"]["status"] == "PERMISSION_DENIED"
    bench.cluster.admin.impersonator(robot, bench.cluster.user)
    given = requests.post(url, json=body, headers=headers, timeout=30)
    assert knock(bench, given.json()[key]).status_code == 200
