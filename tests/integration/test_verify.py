"""`jupyter kfp verify` on notebooks that do not repeat themselves."""

import json

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
