import json
import os

import pytest

from jupyter_kfp.project import ProjectFolderError
from jupyter_kfp.project import tree as room
from jupyter_kfp.project.tree import write_tree

FILES = {"README.md": b"1", "steps/a/main.py": b"2", "steps/a/jupyter_kfp_step/__init__.py": b"3"}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "parent" / "project"


def write(out, files=FILES, **about):
    return write_tree(out, files, about)


def content(out):
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name != "project.json"
    }


def nothing_beside(out):
    return [path.name for path in out.parent.iterdir()] == [out.name]


def test_the_folder_holds_the_files_and_a_record(out):
    write(out, pipeline="iris")
    assert content(out) == FILES
    record = json.loads((out / "project.json").read_text())
    assert record["pipeline"] == "iris"
    assert record["files"] == sorted(FILES)
    assert nothing_beside(out)


def test_files_can_be_read_by_the_user_of_an_image(out):
    before = os.umask(0o077)
    try:
        write(out)
    finally:
        os.umask(before)
    assert (out / "steps/a/main.py").stat().st_mode & 0o777 == 0o644
    assert (out / "steps/a").stat().st_mode & 0o777 == 0o755


def test_an_empty_folder_is_taken(out):
    out.mkdir(parents=True)
    write(out)
    assert content(out) == FILES


def test_what_did_not_change_stays_as_it_is(out):
    write(out)
    for path in FILES:
        os.utime(out / path, (1, 1))
    write(out, FILES | {"README.md": b"new"})
    assert (out / "steps/a/main.py").stat().st_mtime == 1
    assert (out / "README.md").stat().st_mtime != 1
    assert (out / "README.md").read_bytes() == b"new"


def test_the_same_bytes_twice(out):
    write(out)
    first = (out / "project.json").read_bytes()
    write(out)
    assert (out / "project.json").read_bytes() == first


def test_what_is_no_more_made_goes_with_its_folder(out):
    write(out, FILES | {"steps/b/main.py": b"4", "steps/b/modules/x.py": b"5"})
    write(out)
    assert content(out) == FILES
    assert not (out / "steps/b").exists()


def test_a_generated_file_changed_by_hand_is_made_anew(out):
    write(out)
    (out / "steps/a/main.py").write_text("by hand")
    write(out)
    assert content(out) == FILES


def test_files_that_users_added_are_kept_at_their_places(out):
    write(out, FILES | {"steps/b/main.py": b"4"})
    (out / "by-hand/objects").mkdir(parents=True)
    (out / "by-hand/objects/1").write_bytes(b"mine")
    (out / "by-hand/objects/1").chmod(0o600)
    (out / ".git/refs/tags").mkdir(parents=True)
    (out / "steps/a/notes.txt").write_bytes(b"mine")
    (out / "steps/b/notes.txt").write_bytes(b"mine")
    (out / "link").symlink_to("/nowhere")
    os.utime(out / "by-hand/objects/1", (1, 1))
    write(out)
    assert content(out) == FILES | {
        "by-hand/objects/1": b"mine",
        "steps/a/notes.txt": b"mine",
        "steps/b/notes.txt": b"mine",
    }
    assert (out / "by-hand/objects/1").stat().st_mtime == 1
    assert (out / "by-hand/objects/1").stat().st_mode & 0o777 == 0o600
    assert (out / ".git/refs/tags").is_dir()
    assert str((out / "link").readlink()) == "/nowhere"


def test_byte_code_in_step_folders_is_not_kept(out):
    write(out)
    (out / "steps/a/__pycache__").mkdir()
    (out / "steps/a/__pycache__/main.pyc").touch()
    write(out)
    assert content(out) == FILES


def unchanged(out, before):
    assert content(out) == before
    assert nothing_beside(out)


def test_a_folder_of_others_is_refused(out):
    out.mkdir(parents=True)
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(ProjectFolderError, match="did not make"):
        write(out)
    unchanged(out, {"thesis.txt": b"mine"})


@pytest.mark.parametrize("record", ["", "[]", "{", '{"made by": "me"}', '{"files": []}'])
def test_a_folder_with_another_project_json_is_refused(out, record):
    out.mkdir(parents=True)
    (out / "project.json").write_text(record)
    with pytest.raises(ProjectFolderError, match="did not make"):
        write(out)


def test_a_file_is_refused(out):
    out.parent.mkdir()
    out.write_text("mine")
    with pytest.raises(ProjectFolderError, match="it is a file"):
        write(out)
    assert out.read_text() == "mine"


@pytest.mark.parametrize("name", ["steps/new/main.py", "steps/new/main.py/deep", "steps/new"])
def test_a_users_file_is_never_overwritten(out, name):
    write(out)
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_text("mine")
    before = content(out)
    with pytest.raises(ProjectFolderError, match="stands where"):
        write(out, FILES | {"steps/new/main.py": b"4"})
    unchanged(out, before)


@pytest.mark.parametrize("failing", ["_build", "_carry"])
def test_a_write_that_is_broken_off_changes_nothing(out, monkeypatch, failing):
    write(out)
    (out / "mine.txt").write_bytes(b"mine")

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(room, failing, fail)
    with pytest.raises(KeyboardInterrupt):
        write(out, {"README.md": b"new"})
    unchanged(out, FILES | {"mine.txt": b"mine"})


def test_a_full_disk_is_told_and_changes_nothing(out, monkeypatch):
    write(out)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room, "_carry", fail)
    with pytest.raises(ProjectFolderError, match="No space left"):
        write(out, {"README.md": b"new"})
    unchanged(out, FILES)


def test_a_swap_that_fails_half_way_is_taken_back(out, monkeypatch):
    write(out)
    rename = room.Path.rename

    def fail(path, target):
        if ".new-" in path.name:
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(room.Path, "rename", fail)
    with pytest.raises(ProjectFolderError):
        write(out, {"README.md": b"new"})
    monkeypatch.undo()
    unchanged(out, FILES)


def test_a_writer_that_was_killed_between_two_renames_loses_nothing(out):
    write(out)
    (out / "mine.txt").write_bytes(b"mine")
    out.rename(out.parent / f".{out.name}.old-1234")
    write(out)
    assert content(out) == FILES | {"mine.txt": b"mine"}
    assert nothing_beside(out)


def test_a_file_system_without_hard_links_gets_copies(out, monkeypatch):
    write(out)
    (out / "mine.txt").write_bytes(b"mine")
    os.utime(out / "README.md", (1, 1))

    def fail(*_, **__):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", fail)
    write(out)
    assert content(out) == FILES | {"mine.txt": b"mine"}
    assert (out / "README.md").stat().st_mtime == 1


def test_a_link_to_a_folder_is_followed_and_stays(out, tmp_path):
    (tmp_path / "real").mkdir()
    out.parent.mkdir()
    out.symlink_to(tmp_path / "real")
    write(out)
    assert out.is_symlink()
    assert content(tmp_path / "real") == FILES


def test_a_link_in_place_of_a_generated_file_is_replaced_and_not_written_through(out, tmp_path):
    write(out)
    (tmp_path / "secret").write_bytes(FILES["README.md"])
    (out / "README.md").unlink()
    (out / "README.md").symlink_to(tmp_path / "secret")
    write(out)
    assert not (out / "README.md").is_symlink()
    assert (tmp_path / "secret").read_bytes() == b"1"


def test_it_gives_what_users_added(out):
    write(out)
    (out / "steps/a/notes.txt").write_bytes(b"mine")
    (out / "mine.txt").write_bytes(b"mine")
    assert write(out) == ("mine.txt", "steps/a/notes.txt")


def test_equal_files_of_the_runtime_are_one_file_and_all_others_are_their_own(out):
    files = {f"steps/{step}/{path}": b"same" for step in "ab" for path in ("run/x.py", "y.py")}
    write_tree(out, files, {}, alike="run")
    assert (out / "steps/a/run/x.py").samefile(out / "steps/b/run/x.py")
    assert (out / "steps/a/y.py").stat().st_nlink == 1
