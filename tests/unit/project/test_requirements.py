import random
import re
from dataclasses import replace

import pytest

from jupyter_kfp.findings import Level
from jupyter_kfp.notebook.cells import StepName
from jupyter_kfp.pipeline import Name
from jupyter_kfp.project.environment import Origin, OriginKind
from jupyter_kfp.project.lineage import trace
from jupyter_kfp.project.requirements import pin


@pytest.fixture
def pins():
    """Text of each step's requirements and the findings."""

    def pins(pipeline, environment, own=None):
        found, notes = pin(pipeline, trace(pipeline), environment, own or environment)
        return {name: each.text for name, each in found.items()}, notes

    return pins


def lines(text):
    return [line for line in text.splitlines() if line and not line.startswith("# ")]


def packages(text):
    return {re.split(r"[=<>~! ]", line)[0] for line in lines(text)}


def codes(notes):
    return [note.code for note in notes]


def origin(kind, address="/src/x", file=None):
    return Origin(OriginKind[kind], address, file)


def test_the_file_reads_well(pins, pipeline, environment, golden):
    golden(pins(pipeline, environment)[0]["train"], "requirements.txt")


def test_a_step_needs_what_it_imports_and_what_runs_it(pins, pipeline, environment):
    texts, notes = pins(pipeline, environment)
    assert "pandas==3.1.1  # imported" in lines(texts["load"])
    assert "numpy==2.4.6  # needed by pandas" in lines(texts["load"])
    assert "papermill==2.7.0  # runs the step" in lines(texts["load"])
    assert "scikit-learn" not in packages(texts["load"])
    assert "scikit-learn==1.8.0  # imported" in lines(texts["train"])
    assert notes == ()


def test_it_is_sorted_and_each_package_stands_once(pins, pipeline, environment):
    for text in pins(pipeline, environment)[0].values():
        assert lines(text) == sorted(lines(text))
        assert len(packages(text)) == len(lines(text))


def test_the_same_environment_gives_the_same_text_whatever_its_order(pins, pipeline, environment):
    names = list(environment.distributions)
    random.Random(1).shuffle(names)
    shuffled = replace(
        environment,
        distributions={name: environment.distributions[name] for name in names},
        owners=dict(sorted(environment.owners.items(), reverse=True)),
    )
    assert pins(pipeline, shuffled) == pins(pipeline, environment)


def test_a_step_needs_the_packages_of_the_values_that_it_loads(pins, pipeline, environment, make):
    steps = (pipeline.step("load"), replace(pipeline.step("train"), imports=()))
    text = pins(replace(pipeline, steps=steps), environment)[0]["train"]
    assert "pandas" in packages(text)
    after_only = make.with_step(replace(pipeline, steps=steps), "train", loads=())
    assert "pandas" not in packages(pins(after_only, environment)[0]["train"])


def test_values_inside_values_count_through_any_number_of_steps(pins, pipeline, environment, make):
    between = replace(
        pipeline.step("load"), name=StepName("between"), order=1, imports=(), loads=(Name("df"),)
    )
    between = replace(between, saves=(Name("bundle"),))
    last = replace(pipeline.step("train"), imports=(), loads=(Name("bundle"),))
    changed = replace(
        pipeline,
        steps=(pipeline.step("load"), between, last),
        edges=(make.edge("load", "between"), make.edge("between", "train")),
    )
    assert "pandas" in packages(pins(changed, environment)[0]["train"])


def test_a_step_that_may_load_anything_needs_the_packages_of_all_steps_before(
    pins, pipeline, environment, make
):
    changed = make.with_step(pipeline, "train", imports=(), loads=(), loads_all=True)
    assert "pandas" in packages(pins(changed, environment)[0]["train"])


def test_steps_with_equal_needs_have_equal_files(pins, pipeline, environment):
    twin = replace(pipeline.step("load"), name=StepName("twin"), title="Other")
    texts, _ = pins(replace(pipeline, steps=(*pipeline.steps, twin)), environment)
    assert texts["twin"] == texts["load"]


def test_python_itself_and_files_beside_the_notebook_are_no_packages(pins, pipeline, environment, make):
    changed = make.with_step(
        pipeline,
        "train",
        imports=("os.path", "json", "__future__", "helpers", "pkg.sub", "made", "__main__"),
        local_modules=("helpers.py", "pkg/__init__.py", "pkg/sub.py"),
    )
    changed = make.with_step(changed, "load", writes_files=("made.py",), imports=())
    texts, notes = pins(changed, environment)
    assert notes == ()
    assert "imported" not in "".join(lines(texts["train"]))


def test_a_namespace_alone_brings_all_that_is_under_it(pins, pipeline, environment, make):
    alone = make.with_step(pipeline, "load", imports=("google.cloud",))
    assert "google-cloud-storage==3.17.1  # imported; runs the step" in lines(
        pins(alone, environment)[0]["load"]
    )
    told = make.with_step(pipeline, "load", imports=("google", "google.api_core"))
    text = pins(told, environment)[0]["load"]
    assert "google-cloud-storage==3.17.1  # runs the step" in lines(text)
    assert "google-api-core==2.44.0  # imported; needed by google-cloud-storage" in lines(text)


def test_a_missing_module_is_an_error_at_its_cell(pins, pipeline, environment, make):
    own = (make.cell("c9", "%matplotlib inline\nx = 1\nimport nothing.deep as n", 7),)
    texts, notes = pins(make.with_step(pipeline, "train", cells=own, imports=("nothing.deep",)), environment)
    (note,) = notes
    assert (note.code, note.level, note.name) == ("JK450", Level.ERROR, "nothing")
    assert (note.cell, note.cell_number, note.line, note.step) == ("c9", 7, 3, "train")
    assert "nothing" not in texts["train"], "an import's name is not a package's name"


def test_a_missing_part_of_a_namespace_is_named_in_full(pins, pipeline, environment, make):
    own = (make.cell("c9", "from google.cloud import vision"),)
    changed = make.with_step(pipeline, "train", cells=own, imports=("google.cloud.vision",))
    assert [note.name for note in pins(changed, environment)[1]] == ["google.cloud.vision"]


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import nothing\nexcept ImportError:\n    nothing = None",
        "try:\n    import os\nexcept (ValueError, ModuleNotFoundError):\n    import nothing",
        "if False:\n    import nothing",
        "def f():\n    from nothing import x",
        "try:\n    import nothing\nexcept:\n    pass",
        "__import__('nothing')",
    ],
)
def test_a_missing_module_that_the_step_may_do_without_is_a_hint(pins, pipeline, environment, make, source):
    own = (make.cell("c9", source),)
    (note,) = pins(make.with_step(pipeline, "train", cells=own, imports=("nothing",)), environment)[1]
    assert (note.code, note.level) == ("JK451", Level.HINT)


@pytest.mark.parametrize(
    "source", ["with x:\n    import nothing", "try:\n    import nothing\nexcept KeyError:\n    pass"]
)
def test_a_missing_module_that_nothing_catches_is_an_error(pins, pipeline, environment, make, source):
    own = (make.cell("c9", source),)
    (note,) = pins(make.with_step(pipeline, "train", cells=own, imports=("nothing",)), environment)[1]
    assert note.code == "JK450"


def test_a_missing_module_of_a_local_module_is_told_with_the_file(pins, pipeline, environment, make):
    (pipeline.notebook.parent / "helpers.py").write_text("import os\nimport nothing\n")
    changed = make.with_step(pipeline, "train", imports=("helpers", "nothing"), local_modules=("helpers.py",))
    (note,) = pins(changed, environment)[1]
    assert note.code == "JK450"
    assert note.message.startswith("helpers.py, line 2:")


def test_one_missing_module_in_many_steps_is_one_finding(pins, pipeline, environment, make):
    changed = make.with_step(
        make.with_step(pipeline, "train", imports=("nothing",)), "load", imports=("nothing",)
    )
    assert len(pins(changed, environment)[1]) == 1


@pytest.mark.parametrize(("conda", "told"), [("libgdal", "conda package libgdal"), ("", "no package owns")])
def test_a_module_of_no_package_is_told(pins, pipeline, make, conda, told):
    changed = make.with_step(pipeline, "train", imports=("osgeo.gdal",))
    (note,) = pins(changed, make.science_and(unowned={"osgeo": conda}))[1]
    assert note.code == "JK453"
    assert told in note.message


@pytest.mark.parametrize("kind", ["EDITABLE", "FOLDER", "REPOSITORY", "ADDRESS"])
def test_what_did_not_come_from_an_index_is_never_asked_of_one(pins, pipeline, make, kind):
    mine = make.distribution("mine", "0.1", "numpy", origin=origin(kind))
    texts, notes = pins(make.with_step(pipeline, "load", imports=("mine",)), make.science_and(mine))
    assert codes(notes) == ["JK452"]
    assert "mine" not in packages(texts["load"])
    assert "# mine 0.1 is not here" in texts["load"]
    assert "numpy==2.4.6  # needed by mine" in lines(texts["load"])


@pytest.fixture
def wheel(tmp_path):
    file = tmp_path / "mine-0.1-py3-none-any.whl"
    file.write_bytes(b"wheel")
    return file


def test_a_local_wheel_goes_with_the_step(pipeline, make, wheel):
    environment = make.science_and(make.distribution("mine", "0.1", origin=origin("WHEEL", file=wheel)))
    changed = make.with_step(pipeline, "load", imports=("mine",))
    found, notes = pin(changed, trace(changed), environment)
    assert found["load"].wheels == (wheel,)
    assert "./wheels/mine-0.1-py3-none-any.whl  # imported; installed from a local file" in lines(
        found["load"].text
    )
    assert notes == ()


@pytest.mark.parametrize(
    "name",
    [
        "mine-0.2-py3-none-any.whl",
        "mine-0.1-cp311-cp311-macosx_11_0_arm64.whl",
        "mine.zip",
        "mine-0.1-py3-none-any\n--index-url=x.whl",
    ],
)
def test_a_local_file_that_is_no_wheel_of_it_for_linux_is_told(pins, pipeline, make, tmp_path, name):
    (tmp_path / name).touch()
    environment = make.science_and(
        make.distribution("mine", "0.1", origin=origin("WHEEL", file=tmp_path / name))
    )
    assert codes(pins(make.with_step(pipeline, "load", imports=("mine",)), environment)[1]) == ["JK452"]


def test_a_local_wheel_that_is_gone_is_told(pins, pipeline, make, wheel):
    wheel.unlink()
    environment = make.science_and(make.distribution("mine", "0.1", origin=origin("WHEEL", file=wheel)))
    assert codes(pins(make.with_step(pipeline, "load", imports=("mine",)), environment)[1]) == ["JK452"]


def test_the_label_of_a_build_is_not_asked_of_the_index(pins, pipeline, make):
    environment = make.science_and(make.distribution("torch", "2.13.0+cpu"))
    text = pins(make.with_step(pipeline, "load", imports=("torch",)), environment)[0]["load"]
    assert "torch==2.13.0  # imported; installed as 2.13.0+cpu" in lines(text)


def test_pip_install_asks_for_the_installed_version_with_its_extras(pins, pipeline, make):
    pandas = make.distribution("pandas", "3.1.1", "numpy", 'lxml; extra == "html"')
    environment = make.science_and(pandas, make.distribution("lxml", "6.0"))
    changed = make.with_step(pipeline, "load", imports=(), installs=("pandas[html]>=1", "NumPy"))
    texts, notes = pins(changed, environment)
    assert "pandas==3.1.1  # asked for by %pip install" in lines(texts["load"])
    assert "lxml==6.0  # needed by pandas" in lines(texts["load"])
    assert notes == ()


def test_pip_install_of_what_the_kernel_lacks_is_written_as_it_stands(pipeline, environment, make):
    own = (make.cell("c9", "import nothing"),)
    changed = make.with_step(pipeline, "load", cells=own, imports=("nothing",), installs=("no-thing>=2",))
    found, notes = pin(changed, trace(changed), environment)
    assert "no-thing>=2  # asked for by %pip install" in lines(found["load"].text)
    assert not found["load"].complete
    assert codes(notes) == ["JK451", "JK454"] or codes(notes) == ["JK454", "JK451"]


@pytest.mark.parametrize(
    "text",
    [
        "-r requirements.txt",
        "--index-url=https://user:secret@i.example.com",
        "./folder",
        "x @ https://e.example.com/x",
        "a\nb",
        "",
    ],
)
def test_pip_install_of_something_else_is_told_and_not_written(pins, pipeline, environment, make, text):
    texts, notes = pins(make.with_step(pipeline, "load", installs=(text,)), environment)
    assert codes(notes) == ["JK455"]
    assert texts == pins(pipeline, environment)[0]


def test_what_only_linux_needs_is_left_to_pip_with_a_word(pipeline, make):
    torch = make.distribution("torch", "2.13.0", 'cuda-lib==12.4; platform_system == "Linux"')
    changed = make.with_step(pipeline, "load", imports=("torch",))
    found, notes = pin(changed, trace(changed), make.science_and(torch))
    assert "cuda-lib==12.4  # needed by torch; not installed here" in lines(found["load"].text)
    assert codes(notes) == ["JK454"]
    assert not found["load"].complete
    assert found["train"].complete is False, "it loads a value of that step"


def test_what_runs_a_step_comes_from_our_environment_where_the_kernels_lacks_it(
    pins, pipeline, environment, make
):
    kernel = make.environment_of(
        *(
            environment.distributions[name]
            for name in ("pandas", "numpy", "scikit-learn", "joblib", "ipykernel", "ipython")
        ),
        owners={"sklearn": ["scikit-learn"]},
    )
    text = pins(pipeline, kernel, own=environment)[0]["load"]
    assert "papermill==2.7.0  # runs the step" in lines(text)


def test_what_does_not_fit_together_is_told(pins, pipeline, environment, make):
    kernel = make.science_and()
    kernel = replace(
        kernel, distributions={k: v for k, v in kernel.distributions.items() if k != "papermill"}
    )
    own = make.science_and(make.distribution("papermill", "3", "pyyaml>=7"))
    notes = pins(pipeline, kernel, own=own)[1]
    assert codes(notes) == ["JK456"]
    assert "papermill" in notes[0].message


def test_engines_that_change_results_come_along_where_installed(pins, pipeline, make):
    environment = make.science_and(
        *(make.distribution(name) for name in ("bottleneck", "openpyxl", "matplotlib"))
    )
    text = pins(pipeline, environment)[0]["load"]
    assert "bottleneck==1.0  # used where installed" in lines(text)
    assert not packages(text) & {"openpyxl", "matplotlib"}
    own = (make.cell("c9", "df.to_excel('x'); df.plot()"),)
    text = pins(make.with_step(pipeline, "load", cells=own), environment)[0]["load"]
    assert packages(text) >= {"openpyxl", "matplotlib"}


def test_conda_is_told_once(pins, pipeline, make):
    environment = make.science_and(
        make.distribution("numpy", "2.4.6", conda=True),
        make.distribution("pandas", "3.1.1", "numpy", conda=True),
    )
    notes = pins(pipeline, environment)[1]
    assert codes(notes) == ["JK459"]
    assert "numpy, pandas" in notes[0].message


def test_odd_metadata_never_becomes_a_line_of_its_own(pins, pipeline, make):
    for version in ("1.0\n--index-url=https://evil.example.com", "unknown", "", "1.0; x"):
        environment = make.science_and(make.distribution("mine", version))
        text = pins(make.with_step(pipeline, "load", imports=("mine",)), environment)[0]["load"]
        assert all(re.match(r"[a-z0-9-]+==[0-9.]+  # ", line) for line in lines(text)), text
