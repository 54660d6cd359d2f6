"""State of 1 GB stored in a local folder and loaded again, beside raw bytes with their digest, pickle, joblib, parquet.

Goal: at most 1.3 times the time of the raw bytes, and at most 1.1 times the data in memory at the peak.

python benchmarks/state.py [MEGABYTES [WAY …]]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from _measure import machine

TIMES = 3
MAKE = """
import hashlib, os, pathlib, pickle, resource, sys, time
import numpy as np, pandas as pd
kind, size, folder = sys.argv[1], int(sys.argv[2]) << 20, pathlib.Path(sys.argv[3])
def make():
    numbers = np.random.default_rng(0).random((size // 80, 10))
    return numbers if kind == "array" else pd.DataFrame(numbers, columns=list("abcdefghij"))
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
def done(start):
    took = time.perf_counter() - start
    print(took, peak())
"""
OURS = """
from jupyter_kfp.step.loading import load_state
from jupyter_kfp.step.saving import StepName, save_state
from jupyter_kfp.step.manifest import decode, empty_manifest, encode
from jupyter_kfp.step.objects import ObjectFolder
objects = ObjectFolder(folder)
"""
WAYS = {
    "raw bytes with digest": (
        """
path = folder / "raw"
value = make()
values = value if kind == "array" else value.to_numpy()
held = memoryview(values if values.flags.c_contiguous else values.T).cast("B")
start = time.perf_counter()
sha = hashlib.sha256()
with open(path, "wb", 0) as file:
    for at in range(0, len(held), 1 << 22):
        sha.update(held[at:at + (1 << 22)]); file.write(held[at:at + (1 << 22)])
done(start)
""",
        """
path = folder / "raw"
start = time.perf_counter()
back = bytearray(path.stat().st_size); view = memoryview(back); sha = hashlib.sha256()
with open(path, "rb", 0) as file:
    at = 0
    while count := file.readinto(view[at:at + (1 << 22)]):
        sha.update(view[at:at + count]); at += count
done(start)
""",
    ),
    "jupyter-kfp": (
        OURS + """
value = make(); start = time.perf_counter()
loaded = load_state({}, empty_manifest(), [], objects)
loaded.namespace["value"] = value
manifest = save_state(loaded, ["value"], StepName("one", 0))
(folder / "manifest").write_bytes(encode(manifest))
done(start)
""",
        OURS + """
start = time.perf_counter()
names = {}
load_state(names, decode((folder / "manifest").read_bytes()), ["value"], objects)
done(start)
""",
    ),
    "pickle": (
        "value = make(); start = time.perf_counter()\n"
        "with open(folder / 'p', 'wb') as file: pickle.dump(value, file, protocol=5)\ndone(start)",
        "start = time.perf_counter()\n"
        "with open(folder / 'p', 'rb') as file: pickle.load(file)\ndone(start)",
    ),
    "joblib": (
        "import joblib\nvalue = make(); start = time.perf_counter(); joblib.dump(value, folder / 'j'); done(start)",
        "import joblib\nstart = time.perf_counter(); joblib.load(folder / 'j'); done(start)",
    ),
    "parquet": (
        "import pyarrow\nvalue = pd.DataFrame(make()); value.columns = list('abcdefghij')\n"
        "start = time.perf_counter(); value.to_parquet(folder / 'q'); done(start)",
        "import pyarrow\nstart = time.perf_counter(); pd.read_parquet(folder / 'q'); done(start)",
    ),
}  # fmt: skip


def main() -> None:
    """Print seconds and peak memory of each way, for an array and a frame."""
    megabytes = sys.argv[1] if len(sys.argv) > 1 else "1024"
    print(f"{megabytes} MB, best of {TIMES} ({machine()}); memory at the peak, the data and Python included")
    for kind in ("array", "frame"):
        for name, (store, load) in WAYS.items():
            if sys.argv[2:] and name not in sys.argv[2:]:
                continue
            with tempfile.TemporaryDirectory() as folder:
                stored = [_run(store, kind, megabytes, folder) for _ in range(TIMES)]
                loaded = [_run(load, kind, megabytes, folder) for _ in range(TIMES)]
            print(f"{kind} {name:22} store {_best(stored)}   load {_best(loaded)}")


def _run(code: str, kind: str, megabytes: str, folder: str) -> tuple[float, float]:
    """Seconds, and gigabytes at the peak, in a fresh process."""
    for each in Path(folder).iterdir():
        if "make()" in code:  # what is there already is not stored again
            each.unlink()
    done = subprocess.run(
        [sys.executable, "-c", MAKE + code, kind, megabytes, folder],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory) / (1 << 30)


def _best(runs: list[tuple[float, float]]) -> str:
    return f"{min(seconds for seconds, _ in runs):6.2f} s, {min(memory for _, memory in runs):5.2f} GB"


if __name__ == "__main__":
    main()
