from __future__ import annotations

import jupyter_kfp
from jupyter_kfp.server import app


def test_jupyter_finds_the_server_extension():
    [point] = jupyter_kfp._jupyter_server_extension_points()
    assert point == {"module": "jupyter_kfp", "app": app.KfpExtension}


def test_a_missing_lab_extension_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(app, "jupyter_path", lambda: [str(tmp_path)])
    monkeypatch.setattr(app.sys, "prefix", str(tmp_path / "prefix"))
    assert not app.lab_extension_is_built()
    built = tmp_path / app.LAB_EXTENSION
    built.parent.mkdir(parents=True)
    built.write_text("{}")
    assert app.lab_extension_is_built()
