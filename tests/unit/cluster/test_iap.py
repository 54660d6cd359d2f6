"""IAP's refusals are recognised, and told in words."""

import pytest

from jupyter_kfp.cluster.iap import Refusal, Shown, refusal, told

MARK = {"x-goog-iap-generated-response": "true"}


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind"),
    [
        (401, MARK, "Invalid IAP credentials: JWT audience doesn't match this application", Refusal.AUDIENCE),
        (401, MARK, "Invalid IAP credentials: Invalid bearer token. Invalid JWT audience.", Refusal.AUDIENCE),
        (401, {}, "Invalid IAP credentials: Expired JWT", Refusal.EXPIRED),
        (401, MARK, "Invalid IAP credentials: JWT 'exp' claim is in the past", Refusal.EXPIRED),
        (401, MARK, "Invalid IAP credentials: JWT 'iat' is in the future", Refusal.TOO_EARLY),
        (401, MARK, "Invalid IAP credentials: JWT signature is invalid", Refusal.SIGNATURE),
        (401, MARK, "Invalid IAP credentials: JWT 'email' claim isn't a string", Refusal.NO_EMAIL),
        (401, MARK, "Invalid IAP credentials: empty token", Refusal.NOT_SIGNED_IN),
        (401, MARK, "Invalid IAP credentials: Unable to parse JWT", Refusal.OTHER),
        (403, MARK, "<html>You don't have access</html>", Refusal.NOT_A_MEMBER),
        (
            302,
            {"location": "https://accounts.google.com/o/oauth2/v2/auth?client_id=x"},
            "",
            Refusal.NOT_SIGNED_IN,
        ),
        (503, MARK, "IAP is misconfigured", Refusal.CONFIGURATION),
    ],
)
def test_what_iap_says_is_understood(status, headers, body, kind):
    assert refusal(status, headers, body) is kind


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {}, "{}"),
        (401, {}, '{"code": 16, "message": "Unauthenticated"}'),
        (403, {}, '{"code": 7, "message": "User is not authorized"}'),
        (302, {"location": "https://kubeflow.example.com/elsewhere"}, ""),
        (503, {}, "upstream connect error"),
    ],
)
def test_what_others_say_is_not_taken_for_iaps(status, headers, body):
    assert refusal(status, headers, body) is None


def test_who_is_not_a_member_reads_what_to_ask_for():
    error = told(Refusal.NOT_A_MEMBER, "", Shown(email="ada@example.com"), "https://kubeflow.example.com")
    assert "knows ada@example.com and does not let it in" in error.message
    assert "roles/iap.httpsResourceAccessor" in error.fix


def test_a_wrong_audience_is_named():
    error = told(Refusal.AUDIENCE, "", Shown(audience="123.apps"), "https://kubeflow.example.com")
    assert "123.apps" in error.message
    assert "iap_client_id" in error.fix


@pytest.mark.parametrize("kind", list(Refusal))
def test_every_refusal_says_where_and_what_to_do(kind):
    error = told(
        kind, "Bearer eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6ImEifQ.c2lnbmF0dXJl", Shown(), "https://h.example.com"
    )
    assert error.where == "https://h.example.com"
    assert error.fix
    assert "eyJ" not in str(error)
