"""Requests to a cluster: signed in, tried again where that is safe, every refusal told in words.

In: a method, a path, JSON. Out: JSON, or an error of `errors.py`. Redirects are not followed: they lead to a sign-in
page. A token is renewed five minutes before its end, by the server's clock, and once more where IAP says that it has
expired all the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import iap
from .auth.tokens import Token
from .errors import AlreadyThere, NotFound, Refused, SignInError, Unreachable, safe_text

if TYPE_CHECKING:
    import requests

    from .endpoints import Chosen
    from .sign_in import Way

TRANSIENT = (408, 425, 429, 500, 502, 503, 504)
EARLY = timedelta(minutes=5)  # before its end a token is renewed
SECONDS = (10.0, 60.0)  # to connect, and between two pieces of an answer
ATTEMPTS = 5
LONGEST_WAIT = 20.0


@dataclass(frozen=True)
class Answer:
    """A whole answer of the server's."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Connection:
    """The way to one cluster. Not for several threads at once.

    `sleep` is what waits between two attempts.
    """

    def __init__(
        self, host: str, way: Way, *, header: str = "Authorization", sleep: Callable[[float], None]
    ) -> None:
        import requests

        self.host = host
        self.way = way
        self.skew = timedelta()  # the server's clock minus ours
        self._header = header
        self._sleep = sleep
        self._token: Token | None = None
        self._session: requests.Session = requests.Session()

    @classmethod
    def open(cls, chosen: Chosen, *, sleep: Callable[[float], None] = time.sleep) -> Connection:
        """To the endpoint, in the way that it says. Nothing is sent yet. Raises EndpointError."""
        from .sign_in import choose_way

        return cls(chosen.host, choose_way(chosen), header=chosen.endpoint.header, sleep=sleep)

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the sockets."""
        self._session.close()

    @property
    def shown(self) -> iap.Shown:
        """Who and what the last token showed."""
        claims = self._token.claims if self._token else {}
        audience = claims.get("aud", "")
        return iap.Shown(str(claims.get("email") or claims.get("sub") or ""), str(audience), self._header)

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: tuple[str, bytes] | None = None,
        again: bool | None = None,
    ) -> Any:  # noqa: ANN401
        """The server's JSON. `again`: whether it may be asked twice; GET and DELETE may where not given.

        `upload` is a file's name and content. Raises SignInError, Refused, Unreachable.
        """
        import json

        answer = self.send(method, path, query=query, body=body, upload=upload, again=again)
        if not answer.body.strip():
            return {}
        if iap.is_web_page(answer.headers, answer.text):
            raise Refused(
                "a web page answers where the API of Kubeflow Pipelines should",
                answer.status,
                where=self.host + path,
                fix="check `host`: for a full Kubeflow it ends with /pipeline",
            )
        try:
            return json.loads(answer.body)
        except ValueError as error:
            raise Unreachable("the answer is not whole", where=self.host + path, fix="try again") from error

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: tuple[str, bytes] | None = None,
        again: bool | None = None,
    ) -> Answer:
        """The answer, whatever it holds, of a request that the server granted."""
        import tenacity

        repeat = method in ("GET", "HEAD", "DELETE") if again is None else again

        def may_try_again(error: BaseException) -> bool:
            return isinstance(error, Unreachable) and (repeat or not error.sent)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(may_try_again),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        answer: Answer = retrying(self._once, method, path, query, body, upload)
        return answer

    def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        upload: tuple[str, bytes] | None,
    ) -> Answer:
        renewed = False
        while True:
            answer = self._request(method, path, query, body, upload)
            refusal = iap.refusal(answer.status, answer.headers, answer.text)
            stale = refusal in (iap.Refusal.EXPIRED, iap.Refusal.TOO_EARLY, iap.Refusal.SIGNATURE)
            if stale and not renewed and self.way.source is not None:
                self._token, renewed = None, True
                continue
            if refusal is not None:
                raise self._refused_by_iap(refusal, answer)
            return self._granted(answer, path)

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        upload: tuple[str, bytes] | None,
    ) -> Answer:
        import requests

        headers = self._signed()
        try:
            response = self._session.request(
                method,
                self.host + path,
                params=query,
                json=body,
                files={"uploadfile": upload} if upload else None,
                headers=headers,
                timeout=SECONDS,
                allow_redirects=False,
            )
        except requests.exceptions.SSLError as error:
            raise Refused(
                f"the server's certificate is not trusted: {safe_text(str(error))}",
                0,
                where=self.host,
                fix="set REQUESTS_CA_BUNDLE to the file of your organisation's certificates",
            ) from error
        except (requests.exceptions.ConnectTimeout, requests.exceptions.ConnectionError) as error:
            # A connection that was refused or never made has sent nothing; one that broke may have.
            sent = not isinstance(error, requests.exceptions.ConnectTimeout) and not _never_connected(error)
            raise Unreachable(
                f"no connection: {cause(error)}",
                where=self.host,
                fix="check the network, VPN and proxies (HTTPS_PROXY, NO_PROXY)",
                sent=sent,
            ) from error
        except requests.RequestException as error:
            raise Unreachable(
                f"no whole answer came: {cause(error)}", where=self.host, fix="try again"
            ) from error
        self._learn_clock(response.headers.get("Date"))
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, names, response.content)

    def _signed(self) -> dict[str, str]:
        source = self.way.source
        if source is None:
            return {}
        now = datetime.now(timezone.utc) + self.skew
        token = self._token
        if token is None or (token.expires is not None and token.expires - now < EARLY):
            try:
                token = self._token = source.fetch(now)
            except (SignInError, Unreachable):
                # What is left of the old one's time may be enough.
                if token is None or (token.expires is not None and token.expires <= now):
                    raise
        return {self._header: f"Bearer {token.text}"}

    def _learn_clock(self, date: str | None) -> None:
        """By how much our clock is off; a difference of seconds is the network's."""
        try:
            theirs = parsedate_to_datetime(date or "")
        except (ValueError, TypeError):
            return
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=timezone.utc)
        skew = theirs - datetime.now(timezone.utc)
        self.skew = skew if abs(skew) > timedelta(seconds=30) else timedelta()

    def _refused_by_iap(self, refusal: iap.Refusal, answer: Answer) -> SignInError:
        error = iap.told(refusal, answer.text, self.shown, self.host)
        if refusal in (iap.Refusal.EXPIRED, iap.Refusal.TOO_EARLY) and self.skew:
            minutes = round(abs(self.skew.total_seconds()) / 60)
            way = "behind" if self.skew > timedelta() else "ahead"
            message = f"{error.message} (it is {minutes} min {way})"
            error = SignInError(message, where=error.where, fix="set the clock; NTP keeps it right")
        return error

    def _granted(self, answer: Answer, path: str) -> Answer:
        """The answer where it is a good one."""
        if 200 <= answer.status < 300:
            return answer
        if 300 <= answer.status < 400:
            raise SignInError(
                f"the server sends us to {iap.location_host(answer.headers) or 'another page'} to sign in",
                where=self.host,
                fix="run `jupyter kfp login`; if `host` is right, ask the administrator how programs sign in",
            )
        message = _message(answer)
        where = self.host + path
        if answer.status in TRANSIENT and not _is_lasting(message):
            raise Unreachable(
                f"the server answers {answer.status}: {message}"
                if message
                else f"the server answers {answer.status}",
                where=self.host,
                fix="try again later; if it stays, ask the administrator to look at ml-pipeline's log",
                after=_seconds(answer.headers.get("retry-after")),
            )
        if answer.status == 404:
            raise NotFound(message or "there is no such thing", 404, where=where, fix="check the name or id")
        if answer.status == 409 or "already exist" in message.lower():
            raise AlreadyThere(message, answer.status, where=where)
        if answer.status in (401, 403):
            who = self.shown.email or "this account"
            raise Refused(
                f"Kubeflow does not let {who} do that: {message}",
                answer.status,
                where=where,
                fix="check `namespace`; ask its owner to add you as a contributor",
            )
        raise Refused(
            f"the server refuses (status {answer.status}): {message}", answer.status, where=where,
            fix="see its words; `jupyter kfp doctor` checks the endpoint",
        )  # fmt: skip


def _wait(state: Any) -> float:  # noqa: ANN401
    """Seconds before the next attempt: what the server asks for, else longer from time to time, at random."""
    import tenacity

    error = state.outcome.exception()
    asked = getattr(error, "after", None)
    chosen = tenacity.wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT)(state)
    return float(min(max(asked or 0.0, chosen), 60.0))


def _message(answer: Answer) -> str:
    """What an error of Kubeflow's says."""
    import json

    if iap.is_web_page(answer.headers, answer.text):
        return ""
    try:
        content = json.loads(answer.body)
    except ValueError:
        return safe_text(answer.text)
    if isinstance(content, dict):
        told = content.get("message") or content.get("error_message") or content.get("error") or ""
        return safe_text(told if isinstance(told, str) else str(told))
    return safe_text(str(content))


def _is_lasting(message: str) -> bool:
    """Kubeflow answers 500 to some requests that will never succeed."""
    return any(
        words in message.lower()
        for words in ("already exist", "invalid input", "not found", "failed to parse")
    )


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _never_connected(error: Exception) -> bool:
    reason: Any = error.args[0] if error.args else None
    return type(getattr(reason, "reason", reason)).__name__ == "NewConnectionError"  # of urllib3


def cause(error: BaseException) -> str:
    """The innermost reason, in a few words."""
    text = str(error)
    for sign, words in (
        ("Name or service not known", "the host's name is not known here"),
        ("nodename nor servname", "the host's name is not known here"),
        ("getaddrinfo failed", "the host's name is not known here"),
        ("Temporary failure in name resolution", "names cannot be looked up"),
        ("Connection refused", "the connection was refused"),
        ("timed out", "it timed out"),
        ("Connection reset", "the connection was cut"),
        ("RemoteDisconnected", "the connection was cut"),
        ("IncompleteRead", "the answer was cut off"),
    ):
        if sign in text:
            return words
    return type(error).__name__
