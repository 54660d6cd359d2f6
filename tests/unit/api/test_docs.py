"""The examples of docs/python-api.md do what the page says, one after the other, and no name is missing from it."""

import re
from pathlib import Path

import pytest

import jupyter_kfp

PAGE = (Path(__file__).parents[3] / "docs" / "python-api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_work(write, tmp_path, monkeypatch, capsys):
    write(
        ("lr = 0.5", "parameters"),
        ("values = [1.0, 2.0]", "step:load"),
        ("loss = sum(values) * lr", "step:train", "metrics"),
        name="notebook.ipynb",
    )
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in BLOCKS:
        code = compile(block, "python-api.md", "exec")
        if "submit(" not in block:  # that needs a cluster: tests/integration/cluster/test_api.py
            exec(code, names)
    assert names["loaded"].steps == ("load", "train")
    assert names["same"].metrics["loss"] == pytest.approx(names["one"].metrics["loss"] / 3)
    assert "run-finished" in capsys.readouterr().out


def test_every_public_name_is_on_the_page():
    public = set(jupyter_kfp.__all__) - {"load_ipython_extension", "unload_ipython_extension"}
    assert [name for name in sorted(public) if f"`{name}" not in PAGE] == []
    assert all(hasattr(jupyter_kfp, name) for name in jupyter_kfp.__all__)
    assert set(jupyter_kfp.__all__) <= set(dir(jupyter_kfp))
