"""A main.py that keeps docs/step-contract.md without a kernel: it runs `behaviour.py` beside it as the step's cells."""

import hashlib
import json
import os
import sys
from pathlib import Path

here = Path(__file__).parent
flags = dict(argument.removeprefix("--").split("=", 1) for argument in sys.argv[1:])
about = json.loads((here / "about.json").read_text())
step = about["step"]
root = Path(flags["bucket"])
left = Path(flags["run-folder"], "steps", step)
left.mkdir(parents=True, exist_ok=True)


def put(content):
    digest = hashlib.sha256(content).hexdigest()
    part = root / "objects" / f".new-{os.getpid()}"
    part.write_bytes(content)
    part.replace(root / "objects" / digest)
    return digest


def read(uri):
    return json.loads(Path(uri).read_bytes())


def fail(**error):
    told = {"step": step, "kind": "cell", "name": "ValueError", "message": "no", **error}
    (left / "error.json").write_text(json.dumps(told))
    sys.exit(1)


states = {
    name.removesuffix("-state"): [read(uri) for uri in json.loads(text)]
    if text.startswith("[")
    else read(text)
    for name, text in flags.items()
    if name.endswith("-state")
}
record = {"order": about["order"], "parents": sorted(states), "reads": {}, "changes": {}}
value = {}  # what the step hands on
metrics = {}
print(f"running {step}", flush=True)
(left / "output.ipynb").write_text(json.dumps({"cells": [], "step": step, "pid": os.getpid()}))
exec(compile((here / "behaviour.py").read_text(), "behaviour.py", "exec"))

(left / "output.html").write_text("<p>done</p>")
(left / "log.txt").write_text(f"running {step}\n")
if metrics:
    (left / "metrics.json").write_text(json.dumps(metrics))
history = {}
for state in states.values():
    for one in state if isinstance(state, list) else [state]:
        history.update(one["steps"])
stored = put(json.dumps(value).encode())
entry = {"kind": "value", "object": stored, "key": "value", "step": step, "order": about["order"]}
manifest = {
    "version": 1,
    "step": step,
    "order": about["order"],
    "names": {"value": entry},
    "objects": {stored: {"size": 1, "buffers": [], "refs": []}},
    "definitions": {},
    "files": {},
    "surroundings": {},
    "steps": {**history, step: record},
}
content = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
(left / "state.json").write_bytes(content)
Path(flags["state-path"]).write_text(str(root / "objects" / put(content)))
