import os

import pytest

from jupyter_kfp.project import step_digest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "main.py").write_text("1")
    (tmp_path / "sub" / "x").write_text("2")
    return tmp_path


def test_it_is_a_tag_for_an_image(folder):
    digest = step_digest(folder)
    assert len(digest) == 64
    assert set(digest) <= set("0123456789abcdef")


def test_it_changes_with_contents_and_names(folder):
    first = step_digest(folder)
    (folder / "main.py").write_text("2")
    second = step_digest(folder)
    (folder / "main.py").rename(folder / "other.py")
    assert len({first, second, step_digest(folder)}) == 3


def test_it_does_not_change_with_times_modes_and_byte_code(folder):
    first = step_digest(folder)
    os.utime(folder / "main.py", (1, 1))
    (folder / "main.py").chmod(0o600)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "main.cpython-311.pyc").write_bytes(b"x")
    (folder / "sub" / "y.pyc").write_bytes(b"x")
    assert step_digest(folder) == first


def test_files_that_run_together_are_told_apart(tmp_path):
    for name, contents in {
        "a": {"x": "yz", "w": ""},
        "b": {"x": "y", "w": "z"},
        "c": {"xy": "z", "w": ""},
    }.items():
        (tmp_path / name).mkdir()
        for file, text in contents.items():
            (tmp_path / name / file).write_text(text)
    assert len({step_digest(tmp_path / name) for name in "abc"}) == 3


def test_a_link_counts_as_a_link(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_text("1")
    (folder / "link").symlink_to(secret)
    (folder / "loop").symlink_to(folder)
    first = step_digest(folder)
    secret.write_text("2")
    assert step_digest(folder) == first
