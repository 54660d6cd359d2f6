"""`jupyter kfp verify` on notebooks that do not repeat themselves, and where it is stopped."""

import json
import os

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from jupyter_kfp.cli import main


def test_a_cell_that_prints_the_time_is_named_and_the_others_are_compared(tmp_path, capsys):
    cells = [
        ("import time", "step:start"),
        ("started = time.time_ns()\nprint(started)", "step:start"),
        ("print(started > 0)", "step:look"),
        ("print(started)", "step:look"),
    ]
    node = new_notebook(cells=[new_code_cell(source, metadata={"tags": [tag]}) for source, tag in cells])
    nbformat.write(node, tmp_path / "clock.ipynb")
    status = main(["verify", str(tmp_path / "clock.ipynb"), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert status == 0, found
    assert found["cases"][0]["outcome"] == "identical"
    assert found["cases"][0]["unrepeatable"] == [2, 4]


STOP = """\
import os, signal, time
if "JUPYTER_KFP_MARK" in os.environ:  # in a step, not in the notebook's own run
    os.kill({process}, signal.SIGINT)
    time.sleep(600)
"""


def test_stopped_in_a_run_it_ends_and_calls_nothing_refused(tmp_path, capsys):
    stop = new_code_cell(STOP.format(process=os.getpid()), metadata={"tags": ["step:stop"]})
    more = new_code_cell("print(1)", metadata={"tags": ["step:more"]})
    nbformat.write(new_notebook(cells=[stop, more]), tmp_path / "stopped.ipynb")
    assert main(["verify", str(tmp_path / "stopped.ipynb"), "--cuts", "1"]) == 130
    told = capsys.readouterr()
    assert "interrupted" in told.err
    assert "refused" not in told.out + told.err
