"""Requests to a cluster: tokens, renewal, retries, answers that are no answers; against a small server."""

import base64
import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from jupyter_kfp.cluster.auth.tokens import Token
from jupyter_kfp.cluster.connection import Connection
from jupyter_kfp.cluster.errors import AlreadyThere, NotFound, Refused, SignInError, Unreachable
from jupyter_kfp.cluster.sign_in import Way

SECRET = "c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0"


def jwt(**claims):
    def part(content):
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.{SECRET}"


class Tokens:
    """A source that gives tokens of this length, and counts."""

    def __init__(self, lasts=timedelta(hours=1)):
        self.lasts = lasts
        self.asked_at = []

    def fetch(self, now):
        self.asked_at.append(now)
        text = jwt(email="ada@example.com", aud="client", n=len(self.asked_at))
        return Token(text, now + self.lasts)


@pytest.fixture
def tokens():
    return Tokens()


@pytest.fixture
def slept():
    return []


@pytest.fixture
def connection(server, tokens, slept):
    with Connection(server.url, Way("key", "why", tokens), sleep=slept.append) as made:
        yield made


MARK = {"X-Goog-IAP-Generated-Response": "true"}
JSON = {"Content-Type": "application/json"}


def test_a_request_carries_the_token(server, connection, tokens):
    server.otherwise = (200, JSON, {"a": 1})
    assert connection.ask("GET", "/x") == {"a": 1}
    assert server.asked[0].headers["authorization"].startswith("Bearer ")
    connection.ask("GET", "/x")
    assert len(tokens.asked_at) == 1


def test_the_token_may_go_into_another_header(server, tokens, slept):
    made = Connection(server.url, Way("key", "", tokens), header="Proxy-Authorization", sleep=slept.append)
    made.ask("GET", "/x")
    assert "authorization" not in server.asked[0].headers
    assert server.asked[0].headers["proxy-authorization"].startswith("Bearer ")


def test_a_token_is_renewed_before_its_end(server, connection, tokens):
    tokens.lasts = timedelta(minutes=4)
    connection.ask("GET", "/x")
    connection.ask("GET", "/x")
    assert len(tokens.asked_at) == 2


def test_a_token_that_iap_calls_expired_is_renewed_once(server, connection, tokens):
    server.answers = [(401, MARK, "Invalid IAP credentials: Expired JWT"), (200, JSON, {"ok": 1})]
    assert connection.ask("GET", "/x") == {"ok": 1}
    assert len(tokens.asked_at) == 2
    server.otherwise = (401, MARK, "Invalid IAP credentials: Expired JWT")
    with pytest.raises(SignInError, match="expired"):
        connection.ask("GET", "/x")


def test_the_servers_clock_counts(server, connection, tokens):
    """This machine is five minutes behind: by its own clock a token would look good for too long."""
    ahead = datetime.now(timezone.utc) + timedelta(minutes=5)
    server.otherwise = (200, {**JSON, "Date": format_datetime(ahead, usegmt=True)}, {})
    tokens.lasts = timedelta(minutes=8)
    connection.ask("GET", "/x")
    connection.ask("GET", "/x")
    assert len(tokens.asked_at) == 2
    assert tokens.asked_at[1] - tokens.asked_at[0] > timedelta(minutes=4)


def test_a_wrong_clock_is_told(server, connection):
    past = datetime.now(timezone.utc) - timedelta(minutes=7)
    server.otherwise = (
        401, {**MARK, "Date": format_datetime(past, usegmt=True)}, "Invalid IAP credentials: iat in the future",
    )  # fmt: skip
    with pytest.raises(SignInError, match="7 min ahead"):
        connection.ask("GET", "/x")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_at_fault_is_asked_again(server, connection, slept, status):
    server.answers = [(status, {}, "upstream"), (status, {}, "upstream"), (200, JSON, {"ok": 1})]
    assert connection.ask("GET", "/x") == {"ok": 1}
    assert len(slept) == 2


def test_the_server_says_how_long_to_wait(server, connection, slept):
    server.answers = [(429, {"Retry-After": "17"}, ""), (200, JSON, {})]
    connection.ask("GET", "/x")
    assert slept == [17.0]


def test_one_that_stays_at_fault_is_given_up(server, connection, slept):
    server.otherwise = (503, {}, "no healthy upstream")
    with pytest.raises(Unreachable, match="503: no healthy upstream") as caught:
        connection.ask("GET", "/x")
    assert len(server.asked) == 5
    assert caught.value.fix


def test_what_must_not_be_done_twice_is_asked_once(server, connection):
    server.otherwise = (503, {}, "")
    with pytest.raises(Unreachable) as caught:
        connection.ask("POST", "/runs", body={}, again=False)
    assert len(server.asked) == 1
    assert caught.value.sent


def test_a_connection_that_is_cut_is_tried_again(server, connection):
    server.answers = [None, (200, JSON, {"ok": 1})]
    assert connection.ask("GET", "/x") == {"ok": 1}
    server.answers = [None]
    with pytest.raises(Unreachable) as caught:
        connection.ask("POST", "/runs", body={}, again=False)
    assert caught.value.sent


def test_half_an_answer_is_none(server, connection):
    half = (200, {**JSON, "Content-Length": "100"}, '{"run_id": "1')
    server.answers = [half, (200, JSON, {"ok": 1})]
    assert connection.ask("GET", "/x") == {"ok": 1}


def test_nobody_there_is_told_and_nothing_was_sent(tokens, slept):
    made = Connection("http://127.0.0.1:9", Way("key", "", tokens), sleep=slept.append)
    with pytest.raises(Unreachable, match="the connection was refused") as caught:
        made.ask("POST", "/runs", body={}, again=False)
    assert not caught.value.sent


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((302, {"Location": "https://accounts.google.com/o/oauth2/v2/auth?x"}, ""), SignInError, "saw none"),
        ((302, {"Location": "https://dex.example.com/elsewhere"}, ""), SignInError, "dex.example.com"),
        ((200, {"Content-Type": "text/html"}, "<!doctype html><html>"), Refused, "a web page answers"),
        ((404, JSON, {"message": "Run x not found"}), NotFound, "Run x not found"),
        ((409, JSON, {"message": "Already exists"}), AlreadyThere, "Already exists"),
        ((500, JSON, {"message": "Pipeline version already exists"}), AlreadyThere, "already exists"),
        ((403, JSON, {"message": "not authorized in namespace x"}), Refused, "does not let ada@example.com"),
        ((400, JSON, {"message": "Invalid input"}), Refused, "refuses (status 400): Invalid input"),
    ],
)
def test_other_answers_are_told(server, connection, answer, kind, words):
    server.otherwise = answer
    with pytest.raises(kind) as caught:
        connection.ask("GET", "/x")
    assert words in str(caught.value)


def test_no_secret_is_in_an_error(server, connection, capfd):
    server.otherwise = lambda asked: (400, {}, f"bad header {asked.headers['authorization']}")
    with pytest.raises(Refused) as caught:
        connection.ask("GET", "/x")
    assert SECRET not in str(caught.value) + repr(caught.value) + repr(vars(connection))
    assert SECRET not in "".join(capfd.readouterr())


def test_without_a_sign_in_nothing_is_shown(server, slept):
    Connection(server.url, Way("none", "", None), sleep=slept.append).ask("GET", "/x")
    assert "authorization" not in server.asked[0].headers
