"""`python -m tests.cluster`: start the double, print how to reach it, serve until interrupted.

In: which folder stands for which image. Out: the settings of an endpoint, ready to be pasted, and the files that
signing in needs.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
from pathlib import Path

from .cluster import Cluster, cluster


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__.splitlines()[0])
    parser.add_argument("--executor", choices=("process", "podman"), default="process")
    parser.add_argument(
        "--image", action="append", default=[], metavar="IMAGE=FOLDER", help="the step folder of an image"
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep records and sign-in files here")
    parser.add_argument("--port", type=int, default=0, help="of the API behind the proxy")
    given = parser.parse_args()
    images = {
        image: Path(folder).absolute() for image, _, folder in (each.rpartition("=") for each in given.image)
    }
    keep: Path = (given.keep or Path("build/cluster")).absolute()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    store = keep / "store" if given.keep else None
    with cluster(executor=given.executor, images=images, folder=store, ports={"iap": given.port}) as running:
        print(_told(running, keep), flush=True)
        ended.wait()


def _told(running: Cluster, keep: Path) -> str:
    """What to set, and where things are."""
    endpoint = {
        "host": running.url,
        "iap_client_id": running.client_id,
        "oauth_client": str(running.oauth_client(keep / "oauth-client.json")),
        "bucket": f"{running.bucket}/runs",
    }
    key = running.service_account_key(keep / "robot.json")
    variables = {**running.variables(), "JUPYTER_KFP_SERVICE_ACCOUNT_KEY": str(key)}
    lines = [
        "A double of a Kubeflow cluster behind Identity-Aware Proxy. In jupyter_kfp_config.json:",
        json.dumps({"JupyterKfp": {"endpoints": {"test": endpoint}}}, indent=2),
        f"Without the proxy: {running.direct_url}    Faults and clock: {running.admin_url}/admin/…",
        "In the shell (the last line only to sign in as a robot):",
        *(f"  export {name}={value}" for name, value in variables.items()),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
