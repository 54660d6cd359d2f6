"""A step's main.py that runs no notebook: it leaves what a step leaves, and does as behaviour.json says.

`fail`: the message of the cell that fails. `hold`: a file; the step waits until it is there. `attempts`: how many fail
before one succeeds. `silent`: it fails without a report, as a container that was ended. `metrics`: numbers.
"""

import hashlib
import json
import os
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

behaviour = json.loads(Path("behaviour.json").read_text())
flags = dict(word[2:].split("=", 1) for word in sys.argv[1:])
asked = json.loads(flags["executor-input"])
uris = [each["artifacts"][0]["uri"] for each in asked["outputs"].get("artifacts", {}).values()]
run = next(part for part in uris[0].split("/") if len(part) == 36 and part.count("-") == 4)
name, _, prefix = flags["bucket"].removeprefix("gs://").partition("/")
step = behaviour["step"]


def put(key, content):
    """Google's library takes a second to import; one request does not."""
    query = urllib.parse.urlencode({"uploadType": "media", "name": f"{prefix}/{key}"})
    url = f"{os.environ['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/{name}/o?{query}"
    data = content if isinstance(content, bytes) else content.encode()
    urllib.request.urlopen(urllib.request.Request(url, data, {"Content-Type": "text/plain"})).close()


def leave(file, content):
    put(f"runs/{run}/steps/{step}/{file}", content)


print(f"step {step} of {run}")
if "hold" in behaviour:
    while not Path(behaviour["hold"]).exists():
        time.sleep(0.05)
if behaviour.get("attempts", 0):
    tried = Path("tried")
    count = int(tried.read_text()) if tried.exists() else 0
    tried.write_text(str(count + 1))
    if count < behaviour["attempts"]:
        sys.exit(1)
if behaviour.get("silent"):
    sys.exit(137)
leave("log.txt", f"step {step} of {run}\n")
leave("output.ipynb", json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
if "fail" in behaviour:
    error = {
        "step": step, "kind": "cell", "cell": "cell-2", "cell_number": None, "line": 1, "name": "ValueError",
        "first_line": "total = sum(numbers)", "message": behaviour["fail"], "frame": "  cell 'cell-2', line 1",
        "fix": "", "notebook": "",
    }  # fmt: skip
    leave("error.json", json.dumps(error))
    sys.exit(1)
inputs = {key: value for key, value in flags.items() if key.endswith("-state")}
manifest = {
    "version": 1, "step": step, "order": 0, "names": {}, "objects": {}, "definitions": {}, "files": {},
    "surroundings": {}, "steps": {step: {"order": 0, "parents": []}}, "inputs": inputs,
}  # fmt: skip
state = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
digest = hashlib.sha256(state).hexdigest()
put(f"objects/{digest}", state)
if behaviour.get("metrics"):
    leave("metrics.json", json.dumps(behaviour["metrics"]))
leave("state.json", state)
for flag, value in flags.items():
    if flag.endswith("-path"):
        Path(value).parent.mkdir(parents=True, exist_ok=True)
        Path(value).write_text(
            f"{flags['bucket']}/objects/{digest}"
            if flag == "state-path"
            else "0.5"
            if flag.startswith("metric-")
            else "<p>"
        )
output = Path(asked["outputs"]["outputFile"])
output.parent.mkdir(parents=True, exist_ok=True)
output.write_text(json.dumps({"artifacts": asked["outputs"].get("artifacts", {})}))
os._exit(0)
