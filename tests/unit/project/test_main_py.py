import ast
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from jupyter_kfp.flags import step_flags
from jupyter_kfp.notebook.cells import StepName
from jupyter_kfp.notebook.settings import StepSettings
from jupyter_kfp.parameters import parameter_text
from jupyter_kfp.pipeline import Name, Parameter
from jupyter_kfp.project.main_py import render_main

STUB = """
import json

def run_step(folder, **given):
    print(json.dumps({"folder": folder, **given}, default=str))
    return 0
"""
REQUIRED = ("--bucket=gs://b/p", "--run=r", "--load-state=gs://b/objects/1")


@pytest.fixture
def run(tmp_path):
    """Run a step's main.py with some flags beside a runtime that prints what it is called with."""

    def run(pipeline, *flags, step="train", **variables):
        folder = tmp_path / "step"
        (folder / "jupyter_kfp_step").mkdir(parents=True, exist_ok=True)
        (folder / "jupyter_kfp_step" / "__init__.py").write_text(STUB)
        (folder / "main.py").write_text(render_main(pipeline, pipeline.step(step)), encoding="utf-8")
        return subprocess.run(
            [sys.executable, folder / "main.py", *flags],
            capture_output=True,
            encoding="utf-8",
            env={"PYTHONUTF8": "1", "COLUMNS": "100", "NO_COLOR": "1", **variables},
            check=False,
        )

    return run


def called(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def with_parameters(pipeline, make, *parameters):
    names = tuple(parameter.name for parameter in parameters)
    return replace(make.with_step(pipeline, "train", parameters=names), parameters=parameters)


def test_main_py_reads_as_written_by_hand(pipeline, golden):
    golden(render_main(pipeline, pipeline.step("train")), "main.py.txt")


def test_the_help_reads_well_and_holds_an_example(pipeline, run, golden):
    done = run(pipeline, "--help")
    assert done.returncode == 0
    if sys.version_info < (3, 13):  # later versions lay it out in another way
        golden(done.stdout, "help.txt")
    assert "python main.py --bucket=../../by-hand --run=by-hand --test-size=0.4" in done.stdout


def test_the_flags_arrive_in_run_step(pipeline, run):
    given = called(
        run(pipeline, *REQUIRED, "--test-size=1e-05", "--state-path=/o/state", "--workdir=w", "--files=")
    )
    assert given["bucket"] == "gs://b/p"
    assert given["run"] == "r"
    assert given["parameters"] == {"test_size": 1e-05}
    assert given["states"] == {"load": "gs://b/objects/1"}
    assert given["state_path"] == "/o/state"
    assert given["workdir"] == "w"
    assert given["files"] is None
    assert given["kernel"] is None
    assert given["metric_paths"] == {"accuracy": None}


def test_parameters_not_given_have_the_notebooks_values(pipeline, run):
    assert called(run(pipeline, *REQUIRED))["parameters"] == {"test_size": 0.4}


def test_the_image_chooses_the_kernel_and_a_flag_overrules_it(pipeline, run):
    assert called(run(pipeline, *REQUIRED, JUPYTER_KFP_KERNEL="python3"))["kernel"] == "python3"
    assert called(run(pipeline, *REQUIRED, "--kernel=x", JUPYTER_KFP_KERNEL="python3"))["kernel"] == "x"


@pytest.mark.parametrize(
    ("type_", "default", "text", "value"),
    [
        ("bool", True, "false", False),
        ("bool", False, "true", True),
        ("int", 3, "-7", -7),
        ("float", 0.5, "1e+06", 1e6),
        ("float", 0.5, "-2", -2.0),
        ("str", "x", "-begins with a dash", "-begins with a dash"),
        ("str", "x", "", ""),
        ("str", "x", "--run", "--run"),
        ("list", [1], "[1, [2], null]", [1, [2], None]),
        ("dict", {}, '{"größe": 1.5}', {"größe": 1.5}),
        ("int", None, "null", None),
        ("int", None, "3", 3),
        ("str", None, "x", "x"),
        ("list", None, "null", None),
    ],
)
def test_values_arrive_typed(pipeline, run, make, type_, default, text, value):
    changed = with_parameters(pipeline, make, Parameter(Name("x"), type_, default))
    assert called(run(changed, *REQUIRED, f"--x={text}"))["parameters"] == {"x": value}
    assert called(run(changed, *REQUIRED))["parameters"] == {"x": default}


@pytest.mark.parametrize(
    ("type_", "text"),
    [("bool", "yes"), ("int", "1.5"), ("float", "x"), ("list", "{}"), ("dict", "[]"), ("list", "[")],
)
def test_a_value_of_the_wrong_type_is_a_wrong_flag(pipeline, run, make, type_, text):
    defaults = {"bool": True, "int": 1, "float": 1.0, "list": [], "dict": {}}
    changed = with_parameters(pipeline, make, Parameter(Name("x"), type_, defaults[type_]))
    done = run(changed, *REQUIRED, f"--x={text}")
    assert done.returncode == 2
    assert "--x" in done.stderr
    assert "Traceback" not in done.stderr


def test_flags_that_are_missing_or_shortened_are_wrong(pipeline, run):
    assert run(pipeline, "--bucket=b", "--run=r").returncode == 2
    assert run(pipeline, "--bucket=b", "--load-state=x").returncode == 2
    assert run(pipeline, *REQUIRED, "--test=1").returncode == 2


def test_kubeflow_may_leave_the_run_out(pipeline, run):
    given = called(run(pipeline, "--bucket=b", "--load-state=s", '--executor-input={"outputs": {}}'))
    assert given["run"] is None
    assert given["executor_input"] == '{"outputs": {}}'


def test_names_that_collide_with_flags_or_python_arrive_all_the_same(pipeline, run, make):
    names = ("bucket", "run", "help", "load_state", "_x", "x_", "größe", "main", "args", "parser", "prog")
    parameters = [Parameter(Name(name), "str", name) for name in names]
    changed = with_parameters(pipeline, make, *parameters)
    flags = step_flags(changed, "train").parameters
    given = called(run(changed, *REQUIRED, *(f"{flags[name]}=new {name}" for name in names)))
    assert given["parameters"] == {name: f"new {name}" for name in names}
    assert given["bucket"] == "gs://b/p"


def test_a_step_named_with_a_digit_or_like_a_keyword_or_flag_can_be_waited_for(pipeline, run, make):
    names = ("2nd", "class", "files", "parameter-x")
    parents = tuple(replace(pipeline.step("load"), name=StepName(name)) for name in names)
    edges = tuple(make.edge(name, "train") for name in names)
    changed = replace(pipeline, steps=(*parents, pipeline.step("train")), edges=edges)
    given = called(run(changed, "--bucket=b", "--run=r", *(f"--{name}-state={name}" for name in names)))
    assert given["states"] == {name: name for name in names}


def test_results_have_flags(pipeline, run, make):
    changed = make.with_step(pipeline, "train", settings=StepSettings(results={"model": "Model"}))
    given = called(run(changed, *REQUIRED, "--result-model-path=/out/model"))
    assert given["result_paths"] == {"model": "/out/model"}


def test_hostile_text_is_only_shown(pipeline, run, make):
    texts = make.hostile
    parameters = [Parameter(Name(f"p{n}"), "str", text, doc=text) for n, text in enumerate(texts)]
    changed = with_parameters(pipeline, make, *parameters)
    for text in texts:
        titled = replace(
            make.with_step(changed, "train", title=text),
            name=text or "x",
            notebook=pipeline.notebook.with_name("n"),
        )
        ast.parse(render_main(titled, titled.step("train")))
    titled = make.with_step(changed, "train", title="%(prog)s " + " ".join(texts))
    done = run(titled, "--help")
    assert done.returncode == 0, done.stderr
    assert "100 % of %(prog)s" in done.stdout
    assert called(run(titled, *REQUIRED))["parameters"] == {f"p{n}": text for n, text in enumerate(texts)}


def test_the_example_can_be_typed_into_a_shell(pipeline, make, tmp_path, run):
    parameters = [
        Parameter(Name("quoted"), "str", 'it\'s $HOME `x` "y"'),
        Parameter(Name("columns"), "list", ["a b", "c"]),
        Parameter(Name("secret"), "str", "two\nlines"),
    ]
    changed = with_parameters(pipeline, make, *parameters)
    help_text = run(changed, "--help").stdout
    command = help_text[help_text.index("  python main.py") :]
    (tmp_path / "by-hand").mkdir()
    (tmp_path / "by-hand" / "load.state").write_text("by-hand/objects/1\n")
    # A step folder is two below the project's.
    folder = tmp_path / "steps" / "train"
    (folder / "jupyter_kfp_step").mkdir(parents=True)
    (folder / "jupyter_kfp_step" / "__init__.py").write_text(STUB)
    (folder / "main.py").write_text(render_main(changed, changed.step("train")))
    done = subprocess.run(
        ["sh", "-c", command.replace("python main.py", f"{sys.executable} main.py")],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    given = called(done)
    assert given["parameters"] == {each.name: each.default for each in parameters}
    assert given["states"] == {"load": "by-hand/objects/1"}


@pytest.fixture
def sources(pipeline, make):
    """main.py of steps with many kinds of parameters."""
    kinds = [
        Parameter(Name("flag"), "bool", True),
        Parameter(Name("n"), "int", 10**30, "a doc that is long enough to need a line of its own, " * 3),
        Parameter(Name("columns"), "list", ["a long name of a column", "another long name"] * 4, "columns"),
        Parameter(Name("options"), "dict", {"depth": {"from": 1, "to": ["x" * 60, "y" * 30]}}, 'a "doc"'),
        Parameter(Name("nothing"), "float", None),
        Parameter(Name("text"), "str", "x" * 200),
        Parameter(Name("infinite"), "float", float("inf")),
    ]
    several = [with_parameters(pipeline, make, *kinds[:count]) for count in range(len(kinds) + 1)]
    several += [make.with_step(several[-1], "train", title=title) for title in make.hostile]
    return [render_main(each, each.step(step)) for each in several for step in ("load", "train")]


def test_ruff_and_black_leave_main_py_as_it_is(sources, tmp_path):
    for number, source in enumerate(sources):
        (tmp_path / f"main{number}.py").write_text(source, encoding="utf-8")
    files = [tmp_path / f"main{number}.py" for number in range(len(sources))]
    ruff = [sys.executable, "-m", "ruff"]
    formatted = subprocess.run(
        [*ruff, "format", "--isolated", "--diff", *files], capture_output=True, text=True
    )
    assert formatted.returncode == 0, formatted.stdout
    rules = "--select=E4,E7,E9,F,I,UP,B,SIM,PTH,C4,N,RET"
    checked = subprocess.run(
        [*ruff, "check", "--isolated", "--target-version=py310", rules, *files],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout


def test_main_py_is_typed(sources, tmp_path):
    stub = tmp_path / "jupyter_kfp_step"
    stub.mkdir()
    (stub / "__init__.py").write_text("def run_step(*args: object, **given: object) -> int:\n    return 0\n")
    (tmp_path / "main.py").write_text(sources[15], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", "main.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_values_are_written_as_the_other_rooms_pass_them(pipeline, run, make):
    values = {
        "flag": ("bool", False),
        "n": ("int", -3),
        "xs": ("list", ["ä", None]),
        "d": ("dict", {"b": 1, "a": 2.5}),
    }
    parameters = [Parameter(Name(name), type_, value) for name, (type_, value) in values.items()]
    changed = with_parameters(pipeline, make, *parameters)
    flags = [f"--{name}={parameter_text(value)}" for name, (_, value) in values.items()]
    assert called(run(changed, *REQUIRED, *flags))["parameters"] == {
        name: value for name, (_, value) in values.items()
    }
