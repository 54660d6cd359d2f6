"""Whole steps, by papermill, in processes of their own. Each costs seconds, so each checks many things."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from jupyter_kfp.step import stage_files


def test_state_files_and_parameters_reach_the_next_step(pipeline, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "in.csv").write_text("staged")
    pipeline.step(
        "load",
        [
            "import numpy as np\nxs = [rate, 2]\nbig = np.arange(1000.)\nprint('hello')",
            "import os\nos.makedirs('out/empty')\nopen('out/a.txt', 'w').write(open('in.csv').read() + '!')",
            "def scale(values, by=2):\n    return [v * by for v in values]\n\nclass Box:\n    made = 0\n"
            "    def __init__(self, v):\n        self.v = v\n        type(self).made += 1\n\nbox = Box(xs)",
            "accuracy = np.float64(0.5)\nlost = float('nan')\nraise ValueError('shown')",
        ],
        parameters="rate = 0.1",
        tags=["raises-exception"],
        metrics=["accuracy", "lost", "xs"],
        definitions=[
            {"name": "scale", "cell": "c", "needs": [], "line": 1,
             "source": "def scale(values, by=2):\n    return [v * by for v in values]"},
            {"name": "Box", "cell": "c", "needs": [], "line": 4,
             "source": "class Box:\n    made = 0\n    def __init__(self, v):\n        self.v = v\n"
                       "        type(self).made += 1"},
        ],
    )  # fmt: skip
    pipeline.step(
        "use",
        [
            "print(xs, big.sum(), open('out/a.txt').read(), sorted(os.listdir('out')), box.v is xs, Box.made)",
            "print(scale(xs), isinstance(box, Box)); import inspect; print(inspect.getsource(scale))",
            "import sys\nprint([k for k in os.environ if 'KFP' in k or k == 'PYTHONHASHSEED'],"
            " 'PYTHONPATH' in os.environ, [p for p in sys.path if 'steps' in p], 'jupyter_kfp_step' in dir())",
        ],
        parents=["load"],
        replays=["import os"],
    )
    files = stage_files(pipeline.bucket, data, ["in.csv"])
    first = pipeline.run(
        "load", parameters={"rate": 0.7}, files=files, html_path=str(tmp_path / "x" / "o.html")
    )
    assert first.status == 0, first.err
    assert first.out == "hello\n"
    assert "<html" in (tmp_path / "x" / "o.html").read_text()
    assert first.json("metrics.json") == {"accuracy": 0.5, "lost": None}
    assert json.dumps(first.json("state.json")["files"]["out/a.txt"]["size"]) == "7"
    assert first.state == f"{pipeline.bucket}/objects/{first.state[-64:]}"
    assert (first.folder / "log.txt").read_text().startswith("hello")
    executed = nbformat.read(first.folder / "output.ipynb", as_version=4)
    assert [cell["id"] for cell in executed.cells] == [
        "params", "injected-parameters", "kfp-load", "load-0", "load-1", "load-2", "load-3", "kfp-save",
    ]  # fmt: skip
    second = pipeline.run("use", files=files)
    assert second.status == 0, second.err
    assert second.outputs("use-0") == "[0.7, 2] 499500.0 staged! ['a.txt', 'empty'] True 1\n"
    assert second.outputs("use-1").startswith("[1.4, 4] True\ndef scale")
    assert second.outputs("use-2") == "[] False [] False\n"
    assert pipeline.run("load", parameters={"rate": 0.7}, files=files).state == first.state


def test_a_failing_cell_is_told_with_the_users_own_line(pipeline):
    pipeline.step("a", ["def f():\n    return 1 / 0", "x = 1\nf()", "print('never')"])
    ran = pipeline.run("a")
    assert ran.status == 1
    assert "never" not in ran.out
    error = ran.json("error.json")
    assert (error["kind"], error["cell"], error["cell_number"], error["line"]) == ("cell", "a-1", 2, 2)
    assert (error["name"], error["message"], error["first_line"]) == (
        "ZeroDivisionError",
        "division by zero",
        "x = 1",
    )
    assert error["frame"] == "  cell 1, line 2\n    return 1 / 0"
    assert error["notebook"].endswith("output.ipynb")
    assert "Traceback" not in ran.err
    assert (ran.folder / "output.html").exists()
    assert not (ran.folder / "state.json").exists()


def test_what_could_not_travel_is_told_where_it_is_needed(pipeline):
    pipeline.step("a", ["options = {'log': open('log.txt', 'w')}\nwith open('log.txt') as done: pass"])
    pipeline.step("b", ["print(done.closed, done.name)", "print(options)"], parents=["a"])
    pipeline.step("c", ["1"], parents=["a"], loads=["options"])
    assert pipeline.run("a").status == 0
    by_name = pipeline.run("b")
    assert by_name.outputs("b-0") == "True log.txt\n"
    assert by_name.json("error.json")["kind"] == "state"
    assert "options['log'] is an open file" in by_name.json("error.json")["message"]
    at_load = pipeline.run("c")
    assert at_load.status == 1
    error = at_load.json("error.json")
    assert (error["kind"], error["cell"]) == ("state", None)
    assert "options['log'] is an open file" in error["message"]
    assert "setup" in error["fix"]


def test_a_value_changed_in_one_branch_and_read_in_another_stops_the_join(pipeline):
    pipeline.step("a", ["xs = [1]"])
    pipeline.step("b", ["xs.append(2)"], parents=["a"], loads=["xs"], saves=["xs"])
    pipeline.step("c", ["n = len(xs)"], parents=["a"], loads=["xs"], saves=["n"])
    pipeline.step("d", ["print(n, xs)"], parents=["b", "c"])
    for name in "abc":
        assert pipeline.run(name).status == 0
    ran = pipeline.run("d")
    assert ran.status == 1
    error = ran.json("error.json")
    assert error["kind"] == "conflict"
    assert all(word in error["message"] for word in ("'b'", "'c'", "'xs'"))
    assert error["fix"] == "tag a cell of step 'c' with `after:b`"


def test_surroundings_reach_the_next_step(pipeline):
    pipeline.step(
        "a",
        [
            "import random, os, decimal, logging, sys, warnings\nimport numpy as np, pandas as pd",
            "random.seed(1); np.random.seed(2); decimal.getcontext().prec = 5; np.seterr(divide='ignore')",
            "os.environ['FOO'] = 'bar'; os.mkdir('sub'); os.chdir('sub'); pd.set_option('display.max_rows', 7)",
            "logging.basicConfig(level=logging.INFO, format='%(message)s!'); sys.setrecursionlimit(4321)",
            "%precision 3",
        ],
    )
    pipeline.step(
        "b",
        [
            "import random, os, decimal, logging, sys",
            "print(random.random(), decimal.getcontext().prec, os.environ['FOO'], os.path.basename(os.getcwd()))",
            "import numpy as np\nimport pandas as pd\nprint(np.random.rand(), np.geterr()['divide'],"
            " pd.get_option('display.max_rows'), sys.getrecursionlimit())",
            "logging.info('told')",
        ],
        parents=["a"],
        loads=[],
    )
    assert pipeline.run("a").status == 0
    ran = pipeline.run("b")
    assert ran.outputs("b-1") == "0.13436424411240122 5 bar sub\n"
    assert ran.outputs("b-2") == "0.43599490214200376 ignore 7 4321\n"
    assert ran.outputs("b-3") == "told!\n"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_the_kernel_and_what_it_started(pipeline, number, status):
    pipeline.step(
        "a",
        [
            "import os, subprocess, sys, time\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            "print(os.getpid(), child.pid, flush=True)\ntime.sleep(600)"
        ],
    )
    process = pipeline.start("a")
    kernel, child = map(int, process.stdout.readline().split())
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == status
    for pid in (kernel, child):
        with pytest.raises(ProcessLookupError):
            _wait_until_gone(pid)


def _wait_until_gone(pid):
    while True:
        os.kill(pid, 0)
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            raise ProcessLookupError


def test_a_kernel_that_dies_is_told(pipeline):
    pipeline.step("a", ["x = 1", "import os\nos.kill(os.getpid(), 9)"])
    ran = pipeline.run("a")
    assert ran.status == 1
    error = ran.json("error.json")
    assert (error["kind"], error["cell"]) == ("cell", "a-1")
    assert "died" in error["message"]


def test_what_is_missing_is_said_with_what_to_do(pipeline):
    pipeline.step("a", ["x = 1"])
    pipeline.step("b", ["x"], parents=["a"])
    ran = pipeline.run("a", kernel="no-such-kernel")
    assert ran.status == 2
    assert "ipykernel" in ran.json("error.json")["fix"]
    ran = pipeline.run("a", states={"a": "nonsense"})
    assert ran.status == 2
    assert pipeline.run("a").status == 0
    ran = pipeline.run("b", states={})
    assert (ran.status, "--a-state" in ran.err) == (2, True)


def test_a_step_runs_against_a_bucket(pipeline, bucket, tmp_path, storage_server):
    from google.cloud import storage

    pipeline.bucket = bucket
    pipeline.environment["STORAGE_EMULATOR_HOST"] = storage_server
    pipeline.step("a", ["import numpy as np\nx = np.arange(100_000)\nopen('f.txt', 'w').write('hi')"])
    pipeline.step("b", ["print(x.sum(), open('f.txt').read())", "1 / 0"], parents=["a"])
    first = pipeline.run("a")
    assert first.status == 0, first.err
    assert first.state.startswith(f"{bucket}/objects/")
    second = pipeline.run("b")
    assert (second.status, second.out) == (1, "4999950000 hi\n")
    name, _, prefix = bucket.removeprefix("gs://").partition("/")
    names = {blob.name for blob in storage.Client(project="p").list_blobs(name, prefix=f"{prefix}/runs/")}
    assert {
        f"{prefix}/runs/r/steps/a/{each}" for each in ("output.ipynb", "output.html", "log.txt", "state.json")
    } <= names
    assert f"{prefix}/runs/r/steps/b/error.json" in names


def test_the_package_imports_in_a_bare_interpreter():
    code = "import jupyter_kfp.step as s, sys; assert 'cloudpickle' not in sys.modules; s.load"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
