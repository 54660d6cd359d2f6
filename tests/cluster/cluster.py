"""The whole double, started and ended: storage, identity provider, Identity-Aware Proxy, API.

In: how steps are run and which folder stands for which image. Out: `Cluster`, the addresses and what a test needs to
sign in. All servers run in one thread of this process, on loopback, each on a port that the system chose.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import randbelow, token_hex, token_urlsafe
from typing import Any, Literal

from tests.systems.containers import containers_up
from tests.systems.storage import storage_up

from . import admin, api, iap, identity, storage_gate
from .accounts import Accounts, Client, ServiceAccount
from .admin import Admin, Controls
from .bucket import make_bucket
from .catalog import Catalog
from .executors import Executor, PodmanExecutor, ProcessExecutor
from .iap import Gate
from .launch import Launcher
from .outcome import Outputs
from .runs import Runs
from .serving import Server, Surroundings
from .store import Store
from .tokens import Key

USER = "ada@example.com"
ROBOT = "robot@emulated.iam.gserviceaccount.com"
STRANGER = "stranger@example.com"
VERSION = "2.17.0"
SECONDS = 60


@dataclass(frozen=True)
class Cluster:
    """A double that runs. `images` may be added to while it does."""

    url: str  # of the API, behind the proxy
    direct_url: str  # of the API itself
    storage_url: str  # for STORAGE_EMULATOR_HOST; meets faults
    admin_url: str
    bucket: str  # gs://…
    client_id: str  # IAP's
    user: str  # who signs in by the browser; a member
    robot: str  # a service account that is a member; the metadata server's too
    images: MutableMapping[str, Path]
    identity: Server
    admin: Admin
    accounts: Accounts = field(repr=False)

    def service_account_key(self, path: Path, email: str = ROBOT) -> Path:
        """Write a service account's key file; one that is not there yet is made, and is no member."""
        return _write(path, self.accounts.key_file(self._account(email), f"{self.identity.url}/token"))

    def oauth_client(self, path: Path) -> Path:
        """Write the file of the desktop OAuth client by which people sign in."""
        installed = {
            "client_id": self.accounts.client.id,
            "project_id": "emulated",
            "auth_uri": f"{self.identity.url}/o/oauth2/auth",
            "token_uri": f"{self.identity.url}/token",
            "client_secret": self.accounts.client.secret,
            "redirect_uris": ["http://localhost"],
        }
        return _write(path, {"installed": installed})

    def id_token(self, email: str = USER, audience: str | None = None) -> str:
        """An ID token, as somebody may have it from elsewhere."""
        return self.accounts.id_token(email, self.client_id if audience is None else audience)

    def variables(self) -> dict[str, str]:
        """The environment in which Google's own tools find the double."""
        return {
            "STORAGE_EMULATOR_HOST": self.storage_url,
            "OAUTHLIB_INSECURE_TRANSPORT": "1",  # loopback has no certificates
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS": f"{self.identity.url}/",
        }

    def metadata_variables(self) -> dict[str, str]:
        """The environment of a machine of Google Cloud, whose account is `robot`."""
        host = self.identity.url.removeprefix("http://")
        return {"GCE_METADATA_HOST": host, "GCE_METADATA_IP": host, "GCE_METADATA_ROOT": host}

    def _account(self, email: str) -> str:
        self.accounts.service_accounts.setdefault(email, _new_account(email))
        return email


@contextlib.contextmanager
def cluster(
    *,
    executor: Literal["process", "podman"] = "process",
    images: Mapping[str, Path] | None = None,
    folder: Path | None = None,
    missing_images: Literal["fail", "wait"] = "fail",
    pods: int = 16,
    ports: Mapping[str, int] | None = None,
    version: str = VERSION,
    multi_user: bool = False,
    environment: Mapping[str, str] | None = None,
    secrets: Mapping[str, Mapping[str, str]] | None = None,
    config_maps: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Cluster]:
    """Start the double; it ends with the block.

    `images`: image → step folder, for the process executor. `folder`: where records are kept from one start to the
    next; elsewhere they are in memory. `missing_images`: whether a step whose image is not there fails, or waits as
    on Kubernetes. `pods`: how many there is room for at once. `ports`: of `iap`, `api`, `identity`, `storage`,
    `admin`, where they must be known beforehand. `environment`: more variables for the steps. `secrets`,
    `config_maps`: those of the namespace, key by key.
    Raises NoStorageError, NoContainersError where a part of it cannot be had on this machine.
    """
    known = dict(images or {})
    run_by: Executor = (
        ProcessExecutor(known) if executor == "process" else PodmanExecutor(known, _podman_variables())
    )
    scratch = Path(tempfile.mkdtemp(prefix="jupyter-kfp-cluster-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        storage = stack.enter_context(storage_up())
        bucket = f"kubeflow-{token_hex(4)}"
        make_bucket(storage, bucket)
        loop = stack.enter_context(_loop())

        def call(work: Coroutine[Any, Any, Any]) -> Any:
            return asyncio.run_coroutine_threadsafe(work, loop).result(SECONDS)

        cache: dict[str, Outputs] = {}
        room = asyncio.Semaphore(pods)
        variables = {"STORAGE_EMULATOR_HOST": storage, **(environment or {})}

        def launcher(root: str) -> Launcher:
            return Launcher(
                run_by, storage, root, variables, scratch / "tasks", cache, room=room,
                missing_images_wait=missing_images == "wait", secrets=secrets or {}, config_maps=config_maps or {},
            )  # fmt: skip

        parts = call(
            _start(storage, bucket, scratch, folder, launcher, cache, ports or {}, version, multi_user)
        )
        stack.callback(lambda: call(parts.stop()))
        servers = parts.servers
        yield Cluster(
            url=servers["iap"].url,
            direct_url=servers["api"].url,
            storage_url=servers["storage"].url,
            admin_url=servers["admin"].url,
            bucket=f"gs://{bucket}",
            client_id=parts.gate.client_id,
            user=USER,
            robot=ROBOT,
            images=known,
            identity=servers["identity"],
            admin=Admin(parts.controls, call),
            accounts=parts.accounts,
        )


@dataclass(frozen=True)
class _Parts:
    servers: dict[str, Server]
    gate: Gate
    accounts: Accounts
    controls: Controls
    runs: Runs

    async def stop(self) -> None:
        await self.runs.stop()
        for server in self.servers.values():
            await server.stop()


async def _start(
    storage: str, bucket: str, scratch: Path, folder: Path | None, launcher: Callable[[str], Launcher],
    cache: MutableMapping[str, Outputs],
    ports: Mapping[str, int], version: str, multi_user: bool,
) -> _Parts:  # fmt: skip
    surroundings = Surroundings()
    number = randbelow(10**12)
    client_id = f"{number}-iap.apps.googleusercontent.com"
    desktop = Client(f"{number}-desktop.apps.googleusercontent.com", f"GOCSPX-{token_urlsafe(21)}")
    accounts = Accounts(
        surroundings.clock, USER, desktop, {client_id}, {ROBOT: _new_account(ROBOT)}, metadata_account=ROBOT
    )
    gate = Gate(client_id, "", "", {USER, ROBOT})
    store = Store(folder)
    catalog = Catalog(store, surroundings.clock)
    runs = Runs(store, catalog, surroundings.clock, launcher, f"gs://{bucket}/v2/artifacts", scratch / "logs")
    backend = api.Backend(store, catalog, runs, version, multi_user)
    servers: dict[str, Server] = {}
    controls = Controls(surroundings, accounts, gate, backend, servers, cache)
    tables: dict[str, Any] = {
        "identity": identity.rules(surroundings, accounts),
        "api": api.rules(surroundings, backend),
        "storage": storage_gate.rules(surroundings, storage),
        "iap": iap.rules(surroundings, accounts, gate),
        "admin": admin.rules(surroundings, controls),
    }
    for name, table in tables.items():
        servers[name] = Server(table, surroundings, ports.get(name, 0))
        servers[name].start()
    gate.identity_url, gate.backend_url = servers["identity"].url, servers["api"].url
    return _Parts(servers, gate, accounts, controls, runs)


@contextlib.contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="test cluster", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result(SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.close()


def _podman_variables() -> Mapping[str, str]:
    """Those that select the tests' Podman; none where they are set, so that its base is not looked at again."""
    return {} if "CONTAINERS_STORAGE_CONF" in os.environ else containers_up().variables


def _new_account(email: str) -> ServiceAccount:
    return ServiceAccount(email, Key.new(), str(10**20 + randbelow(10**20)))


def _write(path: Path, content: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(content, out, indent=2)
    return path
