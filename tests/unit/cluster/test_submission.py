"""The note by which an interrupted submission finds its run again."""

import json
import threading

import pytest

from jupyter_kfp.cluster.submission import FOLDER, new_name, note, submission_key


def test_a_submission_that_came_to_its_end_leaves_no_note(tmp_path):
    with note(tmp_path, "k", "iris") as first:
        assert not first.earlier
    with note(tmp_path, "k", "iris") as second:
        assert not second.earlier
    assert first.name != second.name
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_one_that_was_interrupted_is_found_again_under_its_name(tmp_path):
    with pytest.raises(RuntimeError), note(tmp_path, "k", "iris") as first:
        raise RuntimeError
    with note(tmp_path, "k", "iris") as second:
        assert second.earlier
        assert second.name == first.name


def test_a_note_of_another_submission_is_not_taken_up(tmp_path):
    with pytest.raises(RuntimeError), note(tmp_path, "k", "iris"):
        raise RuntimeError
    with note(tmp_path, "other", "iris") as second:
        assert not second.earlier


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"name": "x"}', '{"name": "x", "at": "2020-01-01T00:00:00+00:00"}']
)
def test_a_note_that_is_torn_or_old_is_not_taken_up(tmp_path, text):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "k.json").write_text(text)
    with note(tmp_path, "k", "iris") as held:
        assert not held.earlier
        assert json.loads((tmp_path / FOLDER / "k.json").read_text())["name"] == held.name


def test_two_that_submit_the_same_at_once_wait_for_each_other(tmp_path):
    inside, names, most = [], [], []

    def one():
        with note(tmp_path, "k", "iris") as held:
            inside.append(1)
            most.append(len(inside))
            names.append(held.name)
            inside.pop()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(set(names)) == 8


def test_a_key_depends_on_everything_and_not_on_the_order():
    assert submission_key({"a": 1, "b": [2]}) == submission_key({"b": [2], "a": 1})
    assert submission_key({"a": 1}) != submission_key({"a": 2})


def test_a_name_is_plain_whatever_the_pipeline_is_called():
    from datetime import datetime, timezone

    name = new_name("Iris: «Übung»\n/../x", datetime(2026, 11, 24, 10, 15, tzinfo=timezone.utc))
    assert name.startswith("2026-11-24T101500-iris-bung-x-")
