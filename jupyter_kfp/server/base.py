"""What all handlers share: who may ask, what a request may hold, and how an error is told.

Every answer of status 400 and above is the JSON `Problem` of `shapes.py`, whatever went wrong.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.web import HTTPError, MissingArgumentError

from ..errors import JupyterKfpError
from . import requests
from .analyst import Analyst, Unanswered
from .places import Places
from .problems import problem_of

if TYPE_CHECKING:
    from .shapes import Problem

T = TypeVar("T")
PATIENCE = 600.0
"""Seconds that something may take which has a process of its own: reading an environment on a slow disk takes some."""


class Refused(HTTPError):  # noqa: N818 - what became of a request
    """A request that gets `problem` as its answer."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(status, "%s", problem["message"])
        self.problem = problem


def answer_of(told: Mapping[str, Any]) -> Any:  # noqa: ANN401 - one shape for each call
    """What a worker answered. Raises Refused where it told a problem."""
    if "problem" not in told:
        return told["answer"]
    fault = told["problem"].get("code") == "fault"
    raise Refused(
        HTTPStatus.INTERNAL_SERVER_ERROR if fault else HTTPStatus.UNPROCESSABLE_ENTITY, told["problem"]
    )


def refuse(status: int, message: str, *, where: str = "", fix: str = "", code: str = "") -> Refused:
    """The error to raise."""
    problem: Problem = {"message": message}
    if where:
        problem["where"] = where
    if fix:
        problem["fix"] = fix
    if code:
        problem["code"] = code
    return Refused(status, problem)


class KfpHandler(ExtensionHandlerMixin, APIHandler):
    """What all endpoints share: the resource that an authorizer is asked about, and JSON both ways."""

    auth_resource = "kfp"

    async def prepare(self) -> None:  # type: ignore[override]
        """Remember the request's task, to stop it if whoever asked has gone."""
        self._task = asyncio.current_task()
        await super().prepare()

    @property
    def analyst(self) -> Analyst:
        """The server's way to its worker."""
        analyst: Analyst = self.settings["jupyter_kfp_analyst"]
        return analyst

    @property
    def places(self) -> Places:
        """Paths of the contents manager."""
        return Places(self.contents_manager)

    def body(self, shape: str) -> dict[str, Any]:
        """The request's JSON, which fits that shape. Raises Refused."""
        try:
            content = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError):
            raise refuse(HTTPStatus.BAD_REQUEST, "the request is not JSON", code="request") from None
        if wrong := requests.what_is_wrong(content, shape):
            raise refuse(HTTPStatus.BAD_REQUEST, wrong, code="request")
        checked: dict[str, Any] = content
        return checked

    def answer(self, content: object, status: int = HTTPStatus.OK) -> None:
        """Finish with JSON, a list too."""
        self.set_status(status)
        self.finish(to_json(content))

    async def apart(self, call: str, body: object) -> Any:  # noqa: ANN401 - one shape for each call
        """Have a process of its own do it, which ends afterwards: what it has imported is large. Raises Refused."""
        analyst = Analyst(self.analyst.root, PATIENCE)
        try:
            return answer_of(await analyst.ask(call, body))
        except Unanswered as error:
            raise refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error), code="no-answer") from None
        finally:
            await analyst.close()

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Do what blocks, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(None, work)

    def log_exception(self, kind: Any, value: Any, traceback: Any) -> None:  # noqa: ANN401 - as tornado has it
        """A user's mistake is no line in the server's log."""
        if not isinstance(value, JupyterKfpError | Refused):
            super().log_exception(kind, value, traceback)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:  # noqa: ANN401
        """Errors of the other rooms are mistakes of the user's notebook, not of the server."""
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, JupyterKfpError):
            status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401
        """The answer's body: a Problem."""
        self.finish(json.dumps(_problem(status_code, kwargs.get("exc_info", (None, None))[1])))


def _problem(status: int, error: BaseException | None) -> Problem:
    match error:
        case Refused():
            return error.problem
        case JupyterKfpError():
            return problem_of(error)
        case MissingArgumentError():
            return {"message": f"the request lacks `{error.arg_name}`", "code": "request"}
        case HTTPError() if error.log_message and status != HTTPStatus.INTERNAL_SERVER_ERROR:
            text = error.log_message % error.args if error.args else error.log_message
            return {"message": text, "code": _word(status)}
        case None | HTTPError():
            return {"message": HTTPStatus(status).phrase, "code": _word(status)}
        case _:
            return {
                "message": f"something went wrong that should not have: {type(error).__name__}",
                "fix": "this is a fault of jupyter-kfp; the server's log has the traceback",
                "code": "fault",
            }


def _word(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "-")


def to_json(content: object) -> str:
    """Strict JSON, which has no NaN and no infinity: they become text."""
    try:
        return json.dumps(content, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(content), allow_nan=False)


def _finite(content: object) -> object:
    match content:
        case float() if not math.isfinite(content):
            return str(content)
        case dict():
            return {key: _finite(value) for key, value in content.items()}
        case list() | tuple():
            return [_finite(value) for value in content]
        case _:
            return content
