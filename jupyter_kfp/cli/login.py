"""`jupyter kfp login`: sign in to a cluster, and see whether it lets us in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .cluster_options import endpoint_option
from .options import examples, script_options
from .output import printable, say, say_json

if TYPE_CHECKING:
    from ..cluster import Chosen


@click.command(epilog=examples("login --endpoint team", "login --no-browser --port 8085"))
@endpoint_option
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening a browser.")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(1, 65535),
    help="Port that the browser comes back to; with `ssh -L N:localhost:N` from another machine.",
)
@click.option("--forget", is_flag=True, help="Forget who is signed in.")
@script_options
def command(endpoint: str | None, no_browser: bool, port: int | None, forget: bool, as_json: bool) -> None:
    """Sign in to a cluster.

    A person signs in in the browser, once; what comes of it is kept by the system's keyring, or in a file that only you
    can read. Service accounts, a metadata server, a token, and Google's own credentials for Vertex AI need no sign-in:
    the command then says what is used, and whether it works.
    """
    from pathlib import Path

    from ..cluster import choose_way, load_endpoint, open_api
    from ..cluster.auth import browser

    chosen = load_endpoint(endpoint)
    if forget:
        _forget(chosen, as_json)
        return
    way = choose_way(chosen)
    kept = None
    if way.name == "browser":
        client = Path(chosen.endpoint.oauth_client or "").expanduser()
        _, kept = browser.sign_in(client, open_browser=not no_browser, port=port or 0)
    with open_api(chosen) as api:
        hello = api.hello()
    if as_json:
        told = {
            "endpoint": chosen.name,
            "host": chosen.host,
            "way": way.name,
            "why": way.why,
            "email": hello.email,
        }
        say_json("login", True, {**told, "kept": kept, "version": hello.version})
        return
    who = f" as {printable(hello.email)}" if hello.email else ""
    say(f"{printable(chosen.host)}: signed in{who} ({way.name}, because {printable(way.why)})")
    if kept:
        say("kept by the system's keyring" if kept == "keyring" else "kept in a file that only you can read")


def _forget(chosen: Chosen, as_json: bool) -> None:
    from pathlib import Path

    from ..cluster import EndpointError
    from ..cluster.auth import browser, store

    if chosen.endpoint.oauth_client is None:
        raise EndpointError(
            "nobody signs in to this cluster in a browser",
            where=f"endpoint {chosen.name}",
            fix="nothing is kept",
        )
    client = browser.OAuthClient.read(Path(chosen.endpoint.oauth_client).expanduser())
    there = store.forget(client.client_id)
    if as_json:
        say_json("login", True, {"endpoint": chosen.name, "forgotten": there})
    else:
        say("forgotten" if there else "nobody was signed in")
