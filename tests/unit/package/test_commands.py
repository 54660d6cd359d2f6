"""`jupyter kfp compile` and `jupyter kfp clean`, as a user and a script see them."""

import json
from pathlib import Path

import nbformat
import pytest
import yaml

from jupyter_kfp.cli.app import run_command_line

from .test_clean import FIXTURES, OLD


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [
        nbformat.v4.new_code_cell("rate = 0.5  # how fast", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("df = [rate]", metadata={"tags": ["step:load"]}),
        nbformat.v4.new_code_cell("total = sum(df)", metadata={"tags": ["step:train"]}),
    ]
    nbformat.write(made, tmp_path / "nb.ipynb")
    return "nb.ipynb"


def set_up(notebook, settings):
    made = nbformat.read(notebook, 4)
    made.metadata["jupyter_kfp"] = settings
    nbformat.write(made, notebook)


def test_compile_writes_a_package_beside(notebook, capsys):
    assert run_command_line(["compile", notebook]) == 0
    assert capsys.readouterr().out.startswith("nb.yaml: 2 steps")
    ir = yaml.safe_load(Path("nb.yaml").read_text())
    assert ir["root"]["dag"]["tasks"]["train"]["dependentTasks"] == ["load"]
    assert ir["root"]["inputDefinitions"]["parameters"]["rate"]["description"] == "how fast"


def test_compile_takes_images_and_a_target(notebook, capsys):
    assert (
        run_command_line(["compile", notebook, "-o", "p.zip", "--image", "train=a/b:1", "--target", "vertex"])
        == 0
    )
    assert run_command_line(["compile", notebook, "-o", "p.yaml", "--image", "train=a/b:1"]) == 0
    executors = yaml.safe_load(Path("p.yaml").read_text())["deploymentSpec"]["executors"]
    assert executors["exec-train"]["container"]["image"] == "a/b:1"


@pytest.mark.parametrize("image", ["train", "train=", "=x", "nope=x"])
def test_compile_refuses_an_image_of_no_step(notebook, image, capsys):
    assert run_command_line(["compile", notebook, "--image", image]) == 2
    assert not Path("nb.yaml").exists()


def test_compile_says_what_the_target_cannot_carry(notebook, capsys):
    set_up(notebook, {"defaults": {"labels": {"a": "b"}}})
    assert run_command_line(["compile", notebook, "--target", "vertex"]) == 0
    assert "warning JK503" in capsys.readouterr().err
    assert run_command_line(["compile", notebook, "--target", "vertex", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "JK503" in [found["code"] for found in told["findings"]]
    assert told["package"] == "nb.yaml"


def test_compile_stops_at_errors(notebook, capsys):
    set_up(notebook, {"steps": {"train": {"when": "rate > 1 or mode"}}})
    assert run_command_line(["compile", notebook]) == 1
    assert "JK511" in capsys.readouterr().err
    assert not Path("nb.yaml").exists()


def test_clean_in_place_and_again(tmp_path, capsys):
    path = tmp_path / "p.yaml"
    path.write_bytes(OLD.read_bytes())
    assert run_command_line(["clean", str(path)]) == 0
    assert "lost 6 artifacts of preprocess, test and train" in capsys.readouterr().out
    assert run_command_line(["clean", str(path)]) == 0
    assert "nothing to clean" in capsys.readouterr().out


def test_check_tells_by_its_exit_status_and_writes_nothing(tmp_path, capsys):
    path = tmp_path / "p.yaml"
    path.write_bytes(OLD.read_bytes())
    assert run_command_line(["clean", "--check", str(path)]) == 1
    assert path.read_bytes() == OLD.read_bytes()
    assert run_command_line(["clean", "--check", str(FIXTURES / "iris-kfp1.8.22.zip")]) == 0
    assert run_command_line(["clean", "--check", "--json", str(path)]) == 1
    assert capsys.readouterr().out


def test_diff_shows_the_lines(tmp_path, capsys):
    assert run_command_line(["clean", "--check", "--diff", str(OLD)]) == 1
    shown = capsys.readouterr().out
    assert "-      - name: mlpipeline-ui-metadata" in shown
    assert "\n+  " not in shown


def test_json_lists_what_went_and_what_stayed(tmp_path, capsys):
    out = tmp_path / "out.yaml"
    assert run_command_line(["clean", str(OLD), "-o", str(out), "--keep", "train", "--json", "--diff"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["packages"]
    assert told["changed"] is True
    assert set(told["removed"]) == {"preprocess", "test"}
    assert told["kept"] == {"train": ["mlpipeline-ui-metadata", "mlpipeline-metrics"]}
    assert told["diff"].startswith("---")
    assert out.exists()


def test_several_packages_are_cleaned_all_or_none(tmp_path, capsys):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_bytes(OLD.read_bytes())
    bad.write_text("not: a pipeline")
    assert run_command_line(["clean", str(good), str(bad)]) == 1
    assert good.read_bytes() == OLD.read_bytes()
    assert "no pipeline stands in this file" in capsys.readouterr().err


def test_several_packages_go_to_a_folder(tmp_path, capsys):
    names = ["iris-kfp0.1.19.yaml", "iris-kfp0.1.19.zip"]
    given = [str(FIXTURES / name) for name in names]
    assert run_command_line(["clean", *given, "-o", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert run_command_line(["clean", *given, "-o", str(tmp_path / "one.yaml")]) == 2


def test_help_has_an_example(capsys):
    for command in ("compile", "clean"):
        assert run_command_line([command, "--help"]) == 0
        assert f"jupyter kfp {command} " in capsys.readouterr().out
