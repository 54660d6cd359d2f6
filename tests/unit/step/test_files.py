"""Files that cells write travel; nothing reaches outside of the working directory."""

import os

import pytest

from jupyter_kfp.step.errors import StateError
from jupyter_kfp.step.files import Workdir, lay_out, look, store_changes
from jupyter_kfp.step.objects import ObjectFolder


class Places:
    def __init__(self, tmp_path, depth=0):
        self.tmp_path = tmp_path
        self.depth = depth
        self.objects = ObjectFolder(tmp_path / "objects")
        self.known = {}
        self.count = 0

    def step(self, action):
        """Lay out what is known in a new folder, act there, keep what changed."""
        workdir = Workdir(self.tmp_path / f"work{self.count}", self.depth)
        lay_out(workdir, self.known, self.objects)
        before = look(workdir)
        result = action(workdir.folder)
        changed = store_changes(workdir, before, self.known, self.objects, f"s{self.count}", self.count)
        self.known |= changed
        self.count += 1
        return changed, result


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


def test_files_are_written_changed_moved_and_deleted(places):
    def first(folder):
        (folder / "out" / "deep").mkdir(parents=True)
        (folder / "out" / "deep" / "a.txt").write_text("one")
        (folder / "b.txt").write_text("two")
        (folder / "run.sh").write_text("#!")
        (folder / "run.sh").chmod(0o755)

    places.step(first)

    def second(folder):
        assert (folder / "out/deep/a.txt").read_text() == "one"
        assert os.access(folder / "run.sh", os.X_OK)
        (folder / "b.txt").rename(folder / "c.txt")
        with (folder / "out/deep/a.txt").open("a") as file:
            file.write("!")

    changed, _ = places.step(second)
    assert changed["b.txt"]["deleted"]
    assert set(changed) == {"b.txt", "c.txt", "out/deep/a.txt"}
    _, names = places.step(lambda folder: sorted(path.name for path in folder.rglob("*")))
    assert names == ["a.txt", "c.txt", "deep", "out", "run.sh"]


def test_a_step_that_only_reads_stores_nothing(places):
    places.step(lambda folder: (folder / "a").write_text("x"))
    changed, _ = places.step(lambda folder: (folder / "a").read_text())
    assert changed == {}
    changed, _ = places.step(lambda folder: (folder / "a").write_text("x"))
    assert changed == {}


def test_writing_to_a_laid_out_file_leaves_its_object_alone(places):
    changed, _ = places.step(lambda folder: (folder / "a").write_text("x"))
    places.step(lambda folder: (folder / "a").write_text("y"))
    assert places.objects.check_file(changed["a"]["object"]).read_text() == "x"


def test_files_keep_the_order_of_their_ages(places):
    def write(folder):
        for name in "bca":
            (folder / name).write_text(name)

    places.step(write)
    places.step(lambda folder: (folder / "0").write_text("last"))
    _, names = places.step(
        lambda folder: [path.name for path in sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime_ns)]
    )
    assert names == ["b", "c", "a", "0"]


def test_links_travel_where_they_stay_inside(places, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")

    def write(folder):
        (folder / "a").write_text("a")
        (folder / "inside").symlink_to("a")
        (folder / "absolute").symlink_to(secret)
        (folder / "climbing").symlink_to("../secret")

    changed, _ = places.step(write)
    assert set(changed) == {"a", "inside"}
    _, text = places.step(lambda folder: (folder / "inside").read_text())
    assert text == "a"


def test_paths_may_climb_to_the_working_directory_and_no_further(tmp_path):
    places = Places(tmp_path, depth=1)
    changed, _ = places.step(lambda folder: (folder / ".." / "data.csv").write_text("x"))
    assert set(changed) == {"../data.csv"}
    _, text = places.step(lambda folder: (folder / ".." / "data.csv").read_text())
    assert text == "x"


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "a\0b"])
def test_an_entry_that_leads_outside_is_refused(places, path):
    entry = {"object": places.objects.write([b"x"])[0], "step": "s", "order": 0}
    with pytest.raises(StateError, match="outside"):
        lay_out(Workdir(places.tmp_path / "w", 0), {path: entry}, places.objects)


def test_ten_thousand_files_and_odd_names(places):
    def write(folder):
        (folder / "many").mkdir()
        for number in range(2_000):
            (folder / "many" / str(number)).write_bytes(b"%d" % number)
        (folder / "größe $(rm) \n'\".txt").write_text("odd")

    places.step(write)
    _, count = places.step(lambda folder: len(list((folder / "many").iterdir())))
    assert count == 2_000
    _, names = places.step(lambda folder: [path.name for path in folder.iterdir() if path.is_file()])
    assert names == ["größe $(rm) \n'\".txt"]


def test_a_damaged_file_is_not_laid_out(places):
    changed, _ = places.step(lambda folder: (folder / "a").write_text("x"))
    path = places.objects.file(changed["a"]["object"])
    path.chmod(0o644)
    path.write_text("y")
    with pytest.raises(StateError, match="damaged"):
        places.step(lambda folder: None)
