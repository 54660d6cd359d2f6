"""The double with stub steps: what a step does is a text of Python, so that a run takes a second."""

import io
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.cluster import Cluster

V2 = "/apis/v2beta1"
FINAL = ("SUCCEEDED", "FAILED", "CANCELED", "SKIPPED")


@dataclass
class Bench:
    """A double, and the short ways in which these tests talk with it."""

    cluster: Cluster
    folder: Path
    told: dict[str, Any] = field(default_factory=dict)

    def step(self, image, code):
        """The program of an image. It finds its flags in `flags`."""
        folder = self.folder / f"image-{len(self.cluster.images)}"
        folder.mkdir()
        head = "import json, os, sys, time, pathlib\n"
        head += "flags = dict(word[2:].split('=', 1) for word in sys.argv[1:])\n"
        (folder / "main.py").write_text(head + code)
        self.cluster.images[image] = folder

    def ask(self, method, path, *, direct=True, headers=None, **more):
        base = self.cluster.direct_url if direct else self.cluster.url
        return requests.request(
            method, base + path, headers=headers, timeout=30, allow_redirects=False, **more
        )

    def upload(self, documents, name="p"):
        text = yaml.safe_dump_all(documents)
        sent = {"uploadfile": ("p.yaml", io.BytesIO(text.encode()))}
        return self.ask("POST", f"{V2}/pipelines/upload", params={"name": name}, files=sent)

    def start(self, spec, parameters=None, **more):
        body = {
            "display_name": "a run",
            "pipeline_spec": spec,
            "runtime_config": {"parameters": parameters or {}},
            **more,
        }
        answer = self.ask("POST", f"{V2}/runs", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["run_id"]

    def run(self, run):
        return self.ask("GET", f"{V2}/runs/{run}").json()

    def until(self, run, *states, seconds=60):
        """The run, once it is in one of these states; in a last one, where none are given."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.run(run)
            if found["state"] in (states or FINAL):
                return found
            time.sleep(0.02)
        raise AssertionError(f"the run stayed {found['state']}")

    def finished(self, spec, parameters=None, **more):
        return self.until(self.start(spec, parameters, **more))

    def log(self, run, task):
        return self.ask("GET", f"/apis/v1alpha1/runs/{run['run_id']}/nodes/{task['pod_name']}/log").text


def tasks(run, name):
    """The nodes of that name, in the order in which they began."""
    found = [task for task in run["run_details"]["task_details"] if task["display_name"] == name]
    return sorted(found, key=lambda task: task["start_time"])


def compiled(source):
    """The IR of a pipeline `p`, and its platform document, of a DSL text whose components are given by `step`."""
    from google.protobuf import json_format

    head = (
        "from kfp import dsl, kubernetes\n"
        "def step(name, flags, image=None):\n"
        "    return dsl.ContainerSpec(image=image or name, command=['python', 'main.py'], args=flags)\n"
    )
    namespace: dict[str, Any] = {"__name__": "pipeline"}
    exec(compile(head + source, "pipeline.py", "exec"), namespace)
    pipeline = namespace["p"]
    return json_format.MessageToDict(pipeline.pipeline_spec), json_format.MessageToDict(
        pipeline.platform_spec
    )
