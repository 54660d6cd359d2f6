import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_kfp.errors import FindingsError, JupyterKfpError
from jupyter_kfp.findings import finding
from jupyter_kfp.notebook.cells import StepName
from jupyter_kfp.notebook.settings import StepSettings
from jupyter_kfp.project import project as room
from jupyter_kfp.project import stale, step_digest, write_project
from jupyter_kfp.project.environment import Origin, OriginKind


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch):
    """A stand-in for the runtime that every step carries."""
    folder = tmp_path / "runtime"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "__pycache__" / "x.pyc").touch()
    (folder / "__init__.py").write_text("def run_step(*args, **given):\n    return 0\n")
    (folder / "py.typed").touch()
    monkeypatch.setattr(room, "RUNTIME_FOLDER", folder)
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_every_step_has_a_folder_that_is_complete(pipeline, environment, out):
    project = write_project(pipeline, out, environment=environment)
    assert project.folder == out
    assert [step.name for step in project.steps] == ["load", "train"]
    assert project.step("train").folder == out / "steps" / "train"
    assert sorted(tree(out / "steps" / "train")) == [
        ".dockerignore",
        "Dockerfile",
        "jupyter_kfp_step/__init__.py",
        "jupyter_kfp_step/py.typed",
        "main.py",
        "requirements.txt",
        "step.ipynb",
        "step.json",
    ]


def test_the_digest_is_that_of_the_folder(pipeline, environment, out):
    project = write_project(pipeline, out, environment=environment)
    (out / "steps/train/notes.txt").write_text("a user's")
    assert project.step("load").digest == step_digest(out / "steps" / "load")
    again = write_project(pipeline, out, environment=environment)
    assert again.step("train").digest == step_digest(out / "steps" / "train") != project.step("train").digest


def test_running_a_step_does_not_change_its_digest(pipeline, environment, out):
    step = write_project(pipeline, out, environment=environment).step("load")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "main.py", "--bucket=b", "--run=r"], cwd=step.folder, env=env, check=True)
    assert (step.folder / "jupyter_kfp_step" / "__pycache__").exists()
    assert step_digest(step.folder) == step.digest


def test_changing_one_cell_changes_one_step(pipeline, environment, out, make):
    before = write_project(pipeline, out, environment=environment)
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    changed = make.with_step(pipeline, "load", cells=(make.cell("c2", "df = 1", 2),))
    after = write_project(changed, out, environment=environment)
    assert after.step("train").digest == before.step("train").digest
    assert after.step("load").digest != before.step("load").digest
    touched = {
        path.relative_to(out).as_posix() for path, time in times.items() if path.stat().st_mtime_ns != time
    }
    assert touched == {"steps/load/step.ipynb", "project.json"} or touched == {"steps/load/step.ipynb"}


def test_a_new_reader_of_a_value_does_not_change_its_maker(pipeline, environment, out, make):
    before = write_project(pipeline, out, environment=environment)
    reader = replace(pipeline.step("train"), name=StepName("report"), order=2)
    more = replace(
        pipeline, steps=(*pipeline.steps, reader), edges=(*pipeline.edges, make.edge("load", "report"))
    )
    after = write_project(more, out, environment=environment)
    assert [step.digest for step in after.steps[:2]] == [step.digest for step in before.steps]


def test_a_step_that_is_gone_leaves_nothing(pipeline, environment, out):
    write_project(pipeline, out, environment=environment)
    write_project(replace(pipeline, steps=pipeline.steps[:1], edges=()), out, environment=environment)
    assert [path.name for path in (out / "steps").iterdir()] == ["load"]


def test_local_modules_keep_their_places(pipeline, environment, out, make):
    folder = pipeline.notebook.parent
    (folder / "pkg" / "größe").mkdir(parents=True)
    (folder / "helpers.py").write_text("x = 1\n")
    (folder / "pkg" / "__init__.py").touch()
    (folder / "pkg" / "größe" / "data $x.csv").write_text("1")
    (folder / "helpers.py").chmod(0o600)
    modules = ("helpers.py", "pkg/__init__.py", "pkg/größe/data $x.csv")
    changed = make.with_step(pipeline, "load", local_modules=modules)
    write_project(changed, out, environment=environment)
    assert tree(out / "steps/load/modules") == {path: (folder / path).read_bytes() for path in modules}
    assert (out / "steps/load/modules/helpers.py").stat().st_mode & 0o777 == 0o644
    assert "COPY modules/" in (out / "steps/load/Dockerfile").read_text()
    assert not (out / "steps/train/modules").exists()


@pytest.mark.parametrize("path", ["../secret.py", "/etc/passwd", "pkg/../../secret.py", "", "nul\0.py"])
def test_a_module_outside_of_the_notebooks_folder_is_refused(
    pipeline, environment, out, make, tmp_path, path
):
    (tmp_path / "secret.py").write_text("x")
    with pytest.raises(JupyterKfpError, match="not a path within"):
        write_project(make.with_step(pipeline, "load", local_modules=(path,)), out, environment=environment)
    assert not out.exists()


def test_a_module_that_links_outside_is_refused(pipeline, environment, out, make, tmp_path):
    (tmp_path / "secret.py").write_text("x")
    (pipeline.notebook.parent / "inner.py").symlink_to(tmp_path / "secret.py")
    with pytest.raises(JupyterKfpError, match="link to a place outside"):
        write_project(
            make.with_step(pipeline, "load", local_modules=("inner.py",)), out, environment=environment
        )


def test_a_module_that_is_gone_is_told(pipeline, environment, out, make):
    with pytest.raises(JupyterKfpError, match="cannot be read") as caught:
        write_project(
            make.with_step(pipeline, "load", local_modules=("gone.py",)), out, environment=environment
        )
    assert caught.value.where.endswith("gone.py")
    assert not out.exists()


def test_a_local_wheel_is_copied(pipeline, make, out, tmp_path):
    wheel = tmp_path / "mine-0.1-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    mine = make.distribution("mine", "0.1", origin=Origin(OriginKind.WHEEL, str(wheel), wheel))
    changed = make.with_step(pipeline, "load", imports=("mine",))
    write_project(changed, out, environment=make.science_and(mine))
    assert (out / "steps/load/wheels" / wheel.name).read_bytes() == b"wheel"
    assert "COPY wheels/" in (out / "steps/load/Dockerfile").read_text()


def test_other_files_are_written_with_the_steps(pipeline, environment, out):
    write_project(
        pipeline, out, environment=environment, extra_files={"pipeline.py": "x", "ci/build.yaml": "größe"}
    )
    assert (out / "pipeline.py").read_text() == "x"
    assert (out / "ci/build.yaml").read_text(encoding="utf-8") == "größe"
    write_project(pipeline, out, environment=environment)
    assert not (out / "pipeline.py").exists(), "no more made, so no more there"


@pytest.mark.parametrize("path", ["../x", "/x", ""])
def test_other_files_stay_inside(pipeline, environment, out, path):
    with pytest.raises(JupyterKfpError, match="not a path within"):
        write_project(pipeline, out, environment=environment, extra_files={path: "x"})


def test_errors_of_the_notebook_stop_it(pipeline, environment, out):
    broken = replace(pipeline, findings=(finding("JK450", "x", "y"),))
    with pytest.raises(FindingsError):
        write_project(broken, out, environment=environment)
    assert not out.exists()


def test_warnings_do_not_stop_it(pipeline, environment, out):
    write_project(replace(pipeline, findings=(finding("JK458", "x", "y"),)), out, environment=environment)
    assert out.exists()


def test_errors_of_the_environment_stop_it_all_at_once(pipeline, environment, out, make):
    own = (make.cell("c9", "import nothing"),)
    changed = make.with_step(pipeline, "train", cells=own, imports=("nothing",))
    changed = make.with_step(changed, "load", settings=StepSettings(image="No Image"))
    with pytest.raises(FindingsError) as caught:
        write_project(changed, out, environment=environment)
    assert [note.code for note in caught.value.findings] == ["JK450", "JK457"]
    assert not out.exists()


def test_what_it_has_to_say_comes_with_the_project(pipeline, environment, out, make):
    changed = make.with_step(pipeline, "load", settings=StepSettings(image="base"))
    assert [note.code for note in write_project(changed, out, environment=environment).findings] == ["JK458"]


def test_half_a_character_is_told(pipeline, environment, out, make):
    changed = make.with_step(pipeline, "load", cells=(make.cell("c2", "x = '\ud800'"),))
    with pytest.raises(JupyterKfpError, match="half of a character"):
        write_project(changed, out, environment=environment)
    assert not out.exists()


def test_hostile_names_make_no_other_files(pipeline, environment, out, make):
    plain = set(tree(write_project(pipeline, out, environment=environment).folder))
    for text in make.hostile:
        changed = make.with_step(pipeline, "train", title=text)
        changed = replace(changed, name=text or "x", notebook=pipeline.notebook.with_name("n'\"`$x\n.ipynb"))
        write_project(changed, out, environment=environment)
        assert set(tree(out)) == plain


WRITE = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
import conftest as c
from jupyter_kfp.project import write_project
environment = c.environment_of(*c.RUNTIME, *c.SCIENCE, owners=c.SCIENCE_OWNERS)
write_project(c.iris(Path({folder!r})), Path({out!r}), environment=environment)
"""


def test_the_same_notebook_and_environment_give_the_same_bytes(tmp_path):
    trees = []
    for seed in ("0", "1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        code = WRITE.format(tests=str(Path(__file__).parent), folder=str(folder), out=str(folder / "out"))
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        subprocess.run([sys.executable, "-c", code], env=env, check=True)
        trees.append(tree(folder / "out"))
    assert trees[0] == trees[1] == trees[2]
    assert len(trees[0]) > 10


def test_the_readme_tells_how_to_run_a_step(pipeline, environment, out, golden):
    golden(
        (write_project(pipeline, out, environment=environment).folder / "README.md").read_text(),
        "README.md.txt",
    )


def test_the_readme_tells_how_data_files_get_into_the_bucket(pipeline, environment, out, tmp_path, runtime):
    (runtime / "__init__.py").write_text("def stage_files(*given):\n    return repr(given)\n")
    names = ("../data/Iris.csv", 'it\'s "quoted" $HOME `x`\n.csv')
    write_project(replace(pipeline, data_files=names), out, environment=environment)
    (command,) = [line for line in (out / "README.md").read_text().splitlines() if line.startswith("mkdir")]
    command = command.replace("python -c", f"{sys.executable} -c")
    subprocess.run(["sh", "-c", command], cwd=out / "steps/load", check=True)
    assert (out / "by-hand/files").read_text() == repr(("../../by-hand", "NOTEBOOK_FOLDER", list(names)))
    assert '--files="$(cat ../../by-hand/files)"' in (out / "steps/load/main.py").read_text()


def test_nothing_is_stale_that_was_just_written(pipeline, environment, out):
    write_project(pipeline, out, environment=environment)
    assert stale(out, pipeline, environment=environment) == ()


def test_steps_whose_requirements_would_change_are_stale(pipeline, environment, out, make):
    write_project(pipeline, out, environment=environment)
    newer = make.science_and(make.distribution("scikit-learn", "1.9", "numpy", "joblib"))
    assert stale(out, pipeline, environment=newer) == ("train",)
    (out / "steps/load/requirements.txt").unlink()
    assert stale(out, pipeline, environment=newer) == ("load", "train")


def test_in_a_folder_that_is_not_there_all_is_stale(pipeline, environment, out):
    assert stale(out, pipeline, environment=environment) == ("load", "train")


def test_the_record_says_what_is_ours(pipeline, environment, out):
    write_project(pipeline, out, environment=environment)
    record = json.loads((out / "project.json").read_text())
    assert set(record["files"]) == set(tree(out)) - {"project.json"}


def test_base_images_are_pinned_by_digest_and_stay_so(pipeline, environment, tmp_path):
    digest = "sha256:" + "b" * 64
    asked = []

    def find(image):
        asked.append(image)
        return digest

    out = tmp_path / "project"
    write_project(pipeline, out, environment=environment, find_digest=find)
    dockerfile = out / "steps" / "train" / "Dockerfile"
    pinned = dockerfile.read_text()
    assert len(asked) == 1
    assert f"FROM {asked[0]}@{digest}\n" in pinned
    write_project(pipeline, out, environment=environment)
    assert dockerfile.read_text() == pinned
    settings = StepSettings(image="other:1")
    other = replace(pipeline, steps=tuple(replace(step, settings=settings) for step in pipeline.steps))
    write_project(other, out, environment=environment)
    assert "FROM other:1\n" in dockerfile.read_text()
