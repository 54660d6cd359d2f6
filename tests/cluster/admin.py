"""What a test may do to the double while it runs: faults, the clock, members, keys, restarts.

In Python through `Admin` (each call is carried out in the servers' own thread), or from anywhere by POST to
`/admin/METHOD` of the admin's address, with the arguments as JSON.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Coroutine, MutableMapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .clock import rfc3339
from .errors import ApiError
from .faults import Fault
from .serving import Asked, Handler, Server, Surroundings
from .store import Record, public

if TYPE_CHECKING:
    from .accounts import Accounts
    from .api import Backend
    from .iap import Gate
    from .outcome import Outputs


class Controls:
    """The deeds themselves; called in the servers' thread only."""

    def __init__(
        self, surroundings: Surroundings, accounts: Accounts, gate: Gate, backend: Backend,
        servers: dict[str, Server], cache: MutableMapping[str, Outputs],
    ) -> None:  # fmt: skip
        self._surroundings = surroundings
        self._accounts = accounts
        self._gate = gate
        self._backend = backend
        self._servers = servers
        self._cache = cache

    async def fault(self, place: str, kind: str, path: str = "", **more: Any) -> None:
        """What the next requests of `place` meet: see `faults.Fault`."""
        self._surroundings.faults.rules.append(Fault(place, kind, path, **more))  # type: ignore[arg-type]

    async def no_faults(self) -> None:
        """All is well again."""
        self._surroundings.faults.rules.clear()

    async def skew(self, seconds: float) -> None:
        """Put the servers' clock ahead of this machine's."""
        self._surroundings.clock.skew = timedelta(seconds=seconds)

    async def token_lifetime(self, seconds: float) -> None:
        """How long tokens are good that are given from now on."""
        self._accounts.lifetime = timedelta(seconds=seconds)

    async def rotate_keys(self, keep_old: bool = True) -> None:
        """Sign with a fresh key; without the old one all tokens before are refused."""
        self._accounts.rotate(keep_old=keep_old)

    async def member(self, email: str, member: bool = True) -> None:
        """Let somebody in, or no more."""
        (self._gate.members.add if member else self._gate.members.discard)(email)

    async def sign_in_as(self, email: str, denies: bool = False) -> None:
        """Who sits at the browser, and whether that person presses `cancel`."""
        self._accounts.user, self._accounts.denies = email, denies

    async def revoke(self, email: str) -> None:
        """The person takes back what was allowed: refresh tokens are good no more."""
        self._accounts.revoke(email)

    async def disable(self, email: str, disabled: bool = True) -> None:
        """A service account is disabled."""
        self._accounts.service_accounts[email].disabled = disabled

    async def impersonator(self, account: str, email: str) -> None:
        """Let somebody become a service account."""
        self._accounts.service_accounts[account].impersonators.add(email)

    async def break_iap(self, words: str = "") -> None:
        """IAP answers 500 with these words; without any it is whole again."""
        self._gate.broken = words

    async def restart(self, server: str = "api") -> None:
        """End a server's connections and start it anew on the same port. Runs go on, the store stays."""
        await self._servers[server].stop()
        self._servers[server].start()

    async def stop(self, server: str) -> None:
        """A server is gone, until `start`."""
        await self._servers[server].stop()

    async def start(self, server: str) -> None:
        """It is back, on the same port."""
        self._servers[server].start()

    async def asked(self, place: str = "", path: str = "") -> list[Asked]:
        """The requests that came, the oldest first; of one place, those whose path begins so."""
        return [
            each
            for each in self._surroundings.asked
            if (not place or each.place == place) and each.path.startswith(path)
        ]

    async def forget_asked(self) -> None:
        """Begin counting requests anew."""
        self._surroundings.asked.clear()

    async def forget_cache(self) -> None:
        """No task was ever done before."""
        self._cache.clear()

    async def add_finished_runs(self, number: int, state: str = "SUCCEEDED") -> None:
        """Runs that are over, so that lists are long."""
        experiment = self._backend.catalog.default_experiment()
        now = self._surroundings.clock.now()
        for index in range(number):
            moment = rfc3339(now - timedelta(seconds=number - index))
            record = self._backend.store.add(
                "run",
                {
                    "experiment_id": experiment["experiment_id"],
                    "display_name": f"finished-{index:05}",
                    "description": "",
                    "storage_state": "AVAILABLE",
                    "service_account": "pipeline-runner",
                    "created_at": moment,
                    "scheduled_at": moment,
                    "finished_at": moment,
                    "state": state,
                    "state_history": [{"update_time": moment, "state": state}],
                    "_details": [],
                },
            )
            record["run_id"] = record["_id"]
            self._backend.store.save("run", record)

    async def fire(self, recurring_run: str) -> Record:
        """Start the run that a schedule would start now."""
        return public(self._backend.runs.fire(recurring_run))

    async def runs(self) -> list[Record]:
        """All runs, the oldest first."""
        return [self._backend.runs.answer(each) for each in self._backend.store.all("run")]

    async def versions(self) -> list[Record]:
        """All versions of all pipelines, the oldest first."""
        return [public(each) for each in self._backend.store.all("version")]


class Admin:
    """The same deeds for a test, from another thread. `call` runs a coroutine in the servers' thread."""

    def __init__(self, controls: Controls, call: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._controls = controls
        self._call = call

    def __getattr__(self, name: str) -> Callable[..., Any]:
        deed = deeds(self._controls).get(name)
        if deed is None:
            raise AttributeError(name)
        return lambda *given, **named: self._call(deed(*given, **named))

    def __dir__(self) -> list[str]:
        return sorted(deeds(self._controls))


def deeds(controls: Controls) -> dict[str, Callable[..., Any]]:
    """The public methods by name."""
    members = inspect.getmembers(controls, asyncio.iscoroutinefunction)
    return {name: deed for name, deed in members if not name.startswith("_")}


class AdminHandler(Handler):
    """`POST /admin/METHOD`, arguments as a JSON object."""

    place = "admin"  # type: ignore[assignment]

    def initialize(self, surroundings: Surroundings, controls: Controls) -> None:  # type: ignore[override]
        super().initialize(surroundings)
        self.controls = controls

    async def post(self, method: str) -> None:
        deed = deeds(self.controls).get(method)
        if deed is None:
            self.answer({"error": f"there is no {method}: {', '.join(deeds(self.controls))}"}, 404)
            return
        try:
            told = await deed(**json.loads(self.content or b"{}"))
        except (TypeError, ValueError, KeyError, ApiError) as error:
            self.answer({"error": str(error)}, 400)
            return
        self.answer([vars(each) for each in told] if method == "asked" else told)


def rules(surroundings: Surroundings, controls: Controls) -> list[tuple[str, type[Handler], dict[str, Any]]]:
    """Paths and their handlers."""
    return [(r"/admin/(\w+)", AdminHandler, {"surroundings": surroundings, "controls": controls})]
