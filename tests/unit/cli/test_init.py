from __future__ import annotations

import json

from .conftest import code, text


def settings_of(path) -> dict:
    return json.loads(path.read_text())["metadata"]["jupyter_kfp"]


def test_settings_are_written_and_said(kfp, small):
    answer = kfp("init", small)
    assert answer.status == 0
    assert settings_of(small) == {"name": "small", "description": "A small one", "experiment": "Default"}
    assert "wrote name, description, experiment" in answer.out


def test_what_is_set_is_kept(kfp, notebook):
    path = notebook(
        text("# Title"), code("x = 1", "step:a"), settings={"name": "mine", "steps": {"a": {"cpu": "2"}}}
    )
    assert kfp("init", path).status == 0
    assert settings_of(path) == {
        "name": "mine",
        "steps": {"a": {"cpu": "2"}},
        "description": "Title",
        "experiment": "Default",
    }


def test_a_second_time_changes_nothing(kfp, small):
    kfp("init", small)
    before = small.read_bytes()
    answer = kfp("init", small, "--json")
    assert small.read_bytes() == before
    assert answer.json["added"] == []


def test_a_broken_notebook_is_left_alone(kfp, tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text("{")
    assert kfp("init", path).status == 1
    assert path.read_text() == "{"
