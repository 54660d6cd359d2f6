"""A bucket's refusals in words, without a secret."""

import pytest

from jupyter_kfp.step.bucket_errors import told

URI = "gs://bucket/team"


@pytest.mark.parametrize(
    ("status", "message", "words", "fix"),
    [
        (
            404,
            "The specified bucket does not exist.",
            "the bucket bucket does not exist",
            "have the bucket made",
        ),
        (
            403,
            "ada@example.com does not have storage.objects.create access to the Google Cloud Storage object.",
            "no access to gs://bucket/team: ada@example.com",
            "roles/storage.objectUser",
        ),
        (
            403,
            "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: Ab3_x-9.",
            "VPC Service Controls keep this machine from the bucket bucket (incident Ab3_x-9)",
            "name the incident",
        ),
        (403, "rateLimitExceeded", "out of quota", "raise"),
        (429, "Too many requests", "out of quota", "later"),
        (401, "Anonymous caller does not have access", "are not taken", "application-default login"),
        (503, "Service unavailable", "does not answer", "try again"),
        (None, "ConnectionError: refused", "does not answer", "network"),
        (400, "Bad", "answers: Bad", "check"),
    ],
)
def test_each_refusal_of_a_bucket_says_what_to_do(status, message, words, fix):
    error = told(status, message, URI)
    assert words in error.message
    assert fix in error.fix


def test_no_token_gets_into_the_message():
    assert "ya29" not in str(told(403, "Bearer ya29.secretsecret", URI))
