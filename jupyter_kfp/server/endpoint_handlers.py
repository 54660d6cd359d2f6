"""`GET endpoints` and `POST endpoints/{name}/sign-in`: clusters that runs can go to."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .analyst import Unanswered
from .base import KfpHandler, Refused, answer_of, refuse
from .sign_ins import SignIns, Told

SIGN_INS = "jupyter_kfp_sign_ins"


class _EndpointHandler(KfpHandler):
    @property
    def sign_ins(self) -> SignIns:
        """Those of this server."""
        sign_ins: SignIns = self.settings.setdefault(SIGN_INS, SignIns())
        return sign_ins

    async def endpoints(self) -> Any:  # noqa: ANN401 - the shape is described
        """All endpoints. Raises Refused."""
        try:
            told = await self.analyst.ask("endpoints", None)
        except Unanswered as error:
            raise refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error), code="no-answer") from None
        return answer_of(told)


class EndpointsHandler(_EndpointHandler):
    """`GET endpoints`."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer with those that are configured, and how the last sign-in ended."""
        self.answer(
            [each | _ending(each, self.sign_ins.ended(each["name"])) for each in await self.endpoints()]
        )


def _ending(endpoint: Told, told: Told) -> Told:
    """What the end of a sign-in adds to an endpoint."""
    if endpoint["signed_in"]:
        return {"user": told["user"]} if told.get("user") else {}
    return {"message": _words(told["problem"])} if "problem" in told else {}


def _words(problem: Told) -> str:
    return "; ".join(problem[key] for key in ("message", "fix") if problem.get(key))


class SignInHandler(_EndpointHandler):
    """`POST endpoints/{name}/sign-in`."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Sign in, or say which page the user has to open to do so; or take the address that the page led to."""
        name = unquote(name)
        body = self.body("SignInRequest")
        endpoint = next((each for each in await self.endpoints() if each["name"] == name), None)
        if endpoint is None:
            raise refuse(HTTPStatus.NOT_FOUND, f"there is no endpoint `{name[:200]}`", code="not-found")
        if "address" in body:
            told = await self.sign_ins.come_back(name, body["address"])
        else:
            told = await self.sign_ins.begin(name)
            if "problem" in told:
                raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, told["problem"])
        if "address" in told:
            endpoint |= {"signed_in": False, "address": told["address"]}
        else:
            endpoint["signed_in"] = "problem" not in told
            endpoint |= _ending(endpoint, told)
        self.answer(endpoint)


async def end_sign_ins(settings: dict[str, Any]) -> None:
    """End those that wait for a person."""
    if (sign_ins := settings.pop(SIGN_INS, None)) is not None:
        await sign_ins.stop()
