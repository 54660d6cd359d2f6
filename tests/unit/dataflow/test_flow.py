"""Steps, setup, parameters, order of effects, files, magics."""

import subprocess
import sys
from pathlib import Path

import pytest

from .reading import codes, edges, loads, reasons, replays, saves


def test_a_preamble_that_only_sets_up_is_no_step(pipeline):
    found = pipeline(
        "# %%\nimport numpy as np\n%matplotlib inline\nSIZE = 3\ndef f(x): return x\n# %% step:a\nprint(np.zeros(SIZE))"
    )
    assert [s.name for s in found.steps] == ["a"]
    assert replays(found, "a") == ["import numpy as np", "%matplotlib inline", "SIZE = 3"]


def test_a_preamble_that_works_is_the_step_start(pipeline):
    found = pipeline(
        "# %%\nimport numpy as np\n# %%\ndata = np.zeros(3)\n# %% step:a\nprint(data, np.ones(1))"
    )
    assert [s.name for s in found.steps] == ["start", "a"]
    assert [c.number for c in found.step("start").cells] == [1, 2]
    assert loads(found, "a") == {"data"}
    assert replays(found, "a") == ["import numpy as np"]


def test_a_constant_of_the_preamble_that_a_step_rebinds_comes_from_that_step(pipeline):
    found = pipeline("# %%\nN = 3\n# %% step:a\nN += 1\n# %% step:b\nprint(N)")
    assert replays(found, "a") == ["N = 3"]
    assert loads(found, "b") == {"N"}


def test_a_preamble_with_a_list_that_steps_change_is_a_step(pipeline):
    found = pipeline(
        "# %%\nlog = []\n# %% step:a\nprint(1)\n# %% step:b\nlog.append(1)\n# %% step:c\nprint(log)"
    )
    assert [step.name for step in found.steps] == ["start", "a", "b", "c"]
    assert ("state", "log") in reasons(found, "start", "b")
    assert ("state", "log") in reasons(found, "b", "c")


def test_no_tags_make_one_step_of_everything(pipeline):
    found = pipeline("# %%\nimport numpy as np\n# %%\nx = 1")
    assert [[c.number for c in s.cells] for s in found.steps] == [[1, 2]]


def test_a_setup_cell_runs_whole_in_every_later_step(pipeline):
    found = pipeline(
        "# %% step:a\nx = 1\n# %% setup\nimport os\nos.environ['A'] = '1'\n# %% step:b\nprint(2)"
    )
    assert replays(found, "a") == []
    assert replays(found, "b") == ["import os\nos.environ['A'] = '1'"]


def test_a_setup_cell_inside_of_a_step_also_runs_in_its_place(pipeline):
    found = pipeline("# %% step:a\nx = 1\n# %% setup\nimport os\n# %%\ny = 2\n# %% step:b\nprint(os)")
    assert [c.number for c in found.step("a").cells] == [1, 2, 3]
    assert replays(found, "b") == ["import os"]


def test_a_setup_cell_that_needs_a_step_is_refused(pipeline):
    found = pipeline("# %% step:a\nx = 1\n# %% setup\ny = x\n# %% step:b\nprint(y)")
    assert codes(found) == ["JK211"]


def test_a_setup_cell_that_writes_files_is_warned_of(pipeline):
    found = pipeline("# %% setup\nopen('f', 'w').write('a')\n# %% step:b\nprint(1)")
    assert codes(found) == ["JK214"]


def test_parameters_are_read_with_types_and_docs(pipeline):
    found = pipeline(
        "# %% parameters\n# share of the test set\nsize: float = 1\nname = None  # who\nn = -2\nxs = [1, 'a']\n"
        "# %% step:a\nprint(size)\n# %% step:b\nprint(name, n)"
    )
    assert [(p.name, p.type, p.default, p.doc) for p in found.parameters] == [
        ("size", "float", 1.0, "share of the test set"),
        ("name", "str", None, "who"),
        ("n", "int", -2, ""),
        ("xs", "list", [1, "a"], ""),
    ]
    assert found.step("a").parameters == ("size",)
    assert found.step("b").parameters == ("name", "n")


@pytest.mark.parametrize("code", ["a = f()", "a = b = 1", "import os", "a, b = 1, 2", "print(1)", "a += 1"])
def test_a_parameters_cell_holds_simple_bindings_only(pipeline, code):
    found = pipeline(f"# %% parameters\n{code}\n# %% step:a\nprint(1)")
    assert "JK210" in codes(found)


def test_a_parameter_that_a_step_changes_is_state_from_there(pipeline):
    found = pipeline("# %% parameters\nn = 1\n# %% step:a\nn = n + 1\n# %% step:b\nprint(n)")
    assert found.step("a").parameters == ("n",)
    assert found.step("b").parameters == ()
    assert loads(found, "b") == {"n"}


def test_metrics_are_the_names_of_their_cell(pipeline):
    found = pipeline("# %% step:a metrics\nscore = 0.5\nloss = 1")
    assert found.step("a").metrics == ("loss", "score")


def test_after_tags_make_edges(pipeline):
    found = pipeline("# %% step:a\nx = 1\n# %% step:b after:a\ny = 2")
    assert reasons(found, "a", "b") == {("after", "a")}


def test_cells_of_a_step_may_be_apart(pipeline):
    found = pipeline("# %% step:a\nx = 1\n# %% step:b\ny = 2\n# %% step:a\nz = x\n# %% step:c\nprint(y, z)")
    assert codes(found) == []
    assert [c.number for c in found.step("a").cells] == [1, 3]


@pytest.mark.parametrize(
    ("first", "between", "last"),
    [
        ("x = 1", "y = x", "print(y)"),
        ("x = [1]", "print(x)", "x.append(2)"),
        ("x = 1", "x = 2", "x = 3"),
        ("x = 1", "import os\nos.chdir('..')", "print(open('f').read())"),
        ("x = 1", "open('f', 'w').write('a')", "print(open('f').read())"),
    ],
)
def test_cells_apart_that_depend_on_what_is_between_are_refused(pipeline, first, between, last):
    found = pipeline(
        f"# %% step:a\n{first}\n# %% step:b\n{between}\n# %% step:a\n{last}\n# %% step:c\nprint(1)"
    )
    assert "JK209" in codes(found)


def test_draws_of_a_seeded_generator_keep_their_order(pipeline):
    found = pipeline(
        "# %%\nimport numpy as np\nnp.random.seed(0)\n# %% step:a\na = np.random.rand()\n# %% step:b\nprint(2)\n"
        "# %% step:c\nb = np.random.rand()"
    )
    assert edges(found) == {("a", "c")}
    assert [s.keeps_random_state for s in found.steps] == [True, False, True]
    assert replays(found, "b") == []


def test_draws_that_nobody_seeds_have_no_order(pipeline):
    found = pipeline(
        "# %%\nimport numpy as np\n# %% step:a\na = np.random.rand()\n# %% step:b\nb = np.random.rand()"
    )
    assert edges(found) == set()


def test_an_estimator_without_a_random_state_draws(pipeline):
    text = (
        "# %%\nimport numpy as np\nfrom sklearn.ensemble import RandomForestClassifier as R\nnp.random.seed(0)\n"
        "# %% step:x\nX, y = [[1]], [1]\n# %% step:a\na = R(ARGS).fit(X, y)\n# %% step:b\nb = R(ARGS).fit(X, y)"
    )
    assert ("a", "b") in edges(pipeline(text.replace("ARGS", "")))
    assert ("a", "b") not in edges(pipeline(text.replace("ARGS", "random_state=1")))


@pytest.mark.parametrize(
    "option",
    [
        "import pandas as pd\npd.set_option('display.max_rows', 5)",
        "import pandas as pd\npd.options.display.max_rows = 5",
        "import numpy as np\nnp.set_printoptions(precision=2)",
        "import warnings\nwarnings.filterwarnings('ignore')",
        "import matplotlib.pyplot as plt\nplt.style.use('ggplot')",
        "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 50",
        "import seaborn as sns\nsns.set_theme()",
        "import os\nos.environ['A'] = 'b'",
        "import os\nos.chdir('x')",
        "%env A=b",
        "%cd x",
    ],
)
def test_surroundings_that_a_step_sets_reach_all_later_ones(pipeline, option):
    found = pipeline(f"# %% step:a\n{option}\n# %% step:b\nprint(1)\n# %% step:c\nprint(2)")
    assert edges(found) >= {("a", "b"), ("a", "c")}


@pytest.mark.parametrize(
    "setting",
    [
        "%load_ext autoreload",
        "%config InlineBackend.figure_format = 'svg'",
        "import logging\nlogging.basicConfig(level=10)",
        "import torch\ntorch.set_default_dtype(torch.float64)",
        "import plotly.io as pio\npio.renderers.default = 'svg'",
        "import sys\nsys.path.append('src')",
    ],
)
def test_settings_of_libraries_are_made_again_in_later_steps(pipeline, setting):
    found = pipeline(f"# %% step:a\n{setting}\n# %% step:b\nprint(1)")
    assert replays(found, "b") == setting.split("\n")


def test_a_file_that_a_step_writes_makes_an_edge_to_its_readers(pipeline):
    found = pipeline(
        "# %%\nimport pandas as pd\nimport os\n# %% step:a\nos.makedirs('out')\npd.DataFrame().to_csv('out/a.csv')\n"
        "# %% step:b\nfolder = 'out'\nprint(pd.read_csv(f'{folder}/a.csv'))\n# %% step:c\nprint(1)"
    )
    assert edges(found) == {("a", "b")}
    assert reasons(found, "a", "b") == {("file", "out/a.csv")}
    assert found.step("b").reads_files == ("out/a.csv",)
    assert found.step("a").writes_files == ("out", "out/a.csv")


@pytest.mark.parametrize(
    ("write", "read"),
    [
        ("open('a.txt', 'w').write('x')", "print(open('a.txt').read())"),
        (
            "from pathlib import Path\nPath('d').mkdir()\n(Path('d') / 'a').write_text('x')",
            "print(open('d/a').read())",
        ),
        ("import joblib\njoblib.dump([1], 'm.pkl')", "import joblib\njoblib.load('m.pkl')"),
        ("import numpy as np\nnp.savez('a.npz', x=1)", "import numpy as np\nnp.load('a.npz')"),
        ("open('o/a.csv', 'w')", "import glob\nfor f in glob.glob('o/*.csv'): print(f)"),
        ("open('o/a.csv', 'w')", "import os\nos.listdir('o')"),
        ("%%writefile m.py\nx = 1", "import sys\nprint(open('m.py').read())"),
        ("!touch a.txt", "print(open('a.txt').read())"),
        ("import sqlite3\nc = sqlite3.connect('d.db')", "import sqlite3\nc = sqlite3.connect('d.db')"),
        ("name = input()\nopen(name, 'w')", "print(open('a.txt').read())"),
        ("import shutil\nshutil.copy('b', 'a.txt')", "print(open('a.txt').read())"),
        ("import os\nos.rename('b', 'a.txt')", "print(open('a.txt').read())"),
        ("open('a.txt', 'w')", "!cat a.txt"),
    ],
)
def test_files_are_followed_through_every_way_to_name_them(pipeline, write, read):
    found = pipeline(f"# %% step:a\n{write}\n# %% step:b\n{read}")
    assert ("a", "b") in edges(found)


def test_files_beside_the_notebook_are_shipped(pipeline, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("x")
    (tmp_path / "data" / "b.csv").write_text("x")
    found = pipeline(
        "# %%\nimport pandas as pd\nfrom pathlib import Path\nDATA = Path('data')\n"
        "# %% step:a\npd.read_csv(DATA / 'a.csv')\n"
        "# %% step:b\nimport glob\nglob.glob('data/*.csv')"
    )
    assert found.data_files == ("data/a.csv", "data/b.csv")
    assert codes(found) == []


def test_paths_that_climb_give_the_folder_depth(pipeline, tmp_path):
    found = pipeline("# %% step:a\nopen('../data/a.csv', 'w')")
    assert found.folder_depth == 1


def test_an_absolute_path_and_a_missing_file_are_told(pipeline):
    found = pipeline("# %% step:a\nopen('/data/a.csv')\nopen('b.csv')")
    assert codes(found) == ["JK401", "JK402"]


def test_local_modules_come_with_what_they_import(pipeline, tmp_path):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").write_text("from . import inner")
    (tmp_path / "tools" / "inner.py").write_text("import helper, json")
    (tmp_path / "tools" / "table.csv").write_text("x")
    (tmp_path / "helper.py").write_text("import yaml")
    found = pipeline("# %% step:a\nfrom tools import inner\n# %% step:b\nprint(1)\n# %% step:c\nprint(inner)")
    assert found.step("a").local_modules == (
        "helper.py",
        "tools/__init__.py",
        "tools/inner.py",
        "tools/table.csv",
    )
    assert found.step("c").local_modules == found.step("a").local_modules
    assert found.step("b").local_modules == ()
    assert {"helper", "json", "yaml"} <= set(found.step("a").imports)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("seen = []\ndef f(x):\n    seen.append(x)", ["JK403"]),
        ("count = 0\ndef f():\n    global count\n    count += 1", ["JK403"]),
        ("seen = []\ndef f(x):\n    seen = [x]\n    seen.append(x)\n    return seen", []),
    ],
)
def test_a_local_module_with_state_of_its_own_is_told_where_steps_share_it(
    pipeline, tmp_path, source, expected
):
    (tmp_path / "helper.py").write_text(source)
    assert codes(pipeline("# %%\nimport helper\n# %% step:a\nhelper.f\n# %% step:b\nhelper.f")) == expected
    assert codes(pipeline("# %%\nimport helper\n# %% step:a\nhelper.f\n# %% step:b\nprint(1)")) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("!pip install -q pandas==2.0 'numpy>1'", ("pandas==2.0", "numpy>1")),
        ("%pip install x", ("x",)),
        ("import sys\n!{sys.executable} -m pip install y", ("y",)),
        ("!pip install -r requirements.txt", ("-r requirements.txt",)),
        ("pip install z", ("z",)),
    ],
)
def test_installs_become_requirements(pipeline, line, expected):
    assert pipeline(f"# %% step:a\n{line}").step("a").installs == expected
    assert pipeline(f"# %%\n{line}\n# %% step:a\nprint(1)").step("a").installs == expected


@pytest.mark.parametrize(
    "cell",
    [
        "%%time\ny = x",
        "%time y = x",
        "%%capture out\ny = x",
        "%%timeit -n 3\ny = x",
        "%timeit -n 3 -r 2 f(x)",
        "!echo {x}",
        "!echo $x",
        '%%bash -s "$x"\necho $1',
        "y = !echo {x}",
        "x?",
        "if True:\n    %time y = x",
        "\n\n%%time\ny = x",
        "get_ipython().run_line_magic('time', 'y = x')",
    ],
)
def test_magics_read_names(pipeline, cell):
    found = pipeline(f"# %% step:a\nx = 1\ndef f(v): return v\n# %% step:b\n{cell}")
    assert loads(found, "b") == {"x"}


def test_names_bound_under_time_and_capture_stay(pipeline):
    found = pipeline("# %% step:a\n%%time\nx = 1\n# %%\n%%capture out\ny = 2\n# %% step:b\nprint(x, y, out)")
    assert loads(found, "b") == {"out", "x", "y"}
    assert saves(found, "a") == {"out", "x", "y"}


def test_names_bound_under_timeit_do_not(pipeline):
    found = pipeline("# %% step:a\nx = 0\n# %% step:b\n%%timeit\nx = 1\n# %% step:c\nprint(x)")
    assert edges(found) == {("a", "c")}


def test_a_line_behind_a_continued_shell_line_keeps_its_number(pipeline):
    found = pipeline("# %% step:a\n!echo a \\\n  b\nprint(zz)")
    assert [(f.code, f.line) for f in found.findings] == [("JK204", 3)]


@pytest.mark.parametrize("line", ["%who", "%reset -f", "%history", "%store x", "%debug"])
def test_magics_of_one_session_are_refused(pipeline, line):
    assert "JK207" in codes(pipeline(f"# %% step:a\nx = 1\n# %% step:b\n{line}"))


def test_commands_that_need_the_network_are_told(pipeline):
    found = pipeline("# %% step:a\n!wget https://example.com/a.zip\n# %% step:b\nprint(1)")
    assert codes(found) == ["JK404"]


def test_only_a_cell_with_magics_needs_ipython():
    code = (
        "import sys; from pathlib import Path\n"
        "from jupyter_kfp.dataflow.cells import follow\nfrom jupyter_kfp.notebook.cells import Cell\n"
        "import jupyter_kfp.dataflow\n"
        "follow([Cell('a', 1, 'import pandas as pd\\nx = 5 % 3')])\n"
        "heavy = {'IPython', 'pandas', 'numpy', 'kfp', 'papermill'} & set(sys.modules)\nassert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


def test_a_name_bound_by_a_loop_and_read_after_it_is_no_unbound_name(pipeline):
    found = pipeline(
        "# %% step:a\nfor i in range(2):\n    part = i\nprint(part)\n# %% step:b\nprint(missing)"
    )
    assert [(f.code, f.name) for f in found.findings] == [("JK204", "missing")]


def test_a_loop_over_a_name_of_the_history_is_no_use_of_the_history(pipeline):
    assert codes(pipeline("# %% step:a\nx = 1\n# %% step:b\nfor _i in range(3):\n    print(x, _i)")) == []


def test_an_attribute_set_on_an_unknown_object_is_no_patch_of_a_library(pipeline):
    source = """
# %% step:a
import numpy as np
from lib import clone
kept = clone([np])
kept.theta = [1]
# %% step:b
print(1)
"""
    assert "JK212" not in codes(pipeline(source))


def test_objects_that_are_called_through_each_other_are_analysed_in_time(pipeline):
    source = """
# %% step:a
from lib import Base, clone
class Kernel(Base):
    def __call__(self, x):
        return self.f(x)
    def f(self, x):
        return clone(self)(x)
    def g(self, theta):
        c = clone(self)
        c.theta = theta
        return c
kernel = Kernel()
# %% step:b
print(kernel(clone(1)), kernel.g(2), kernel.h(3))
"""
    assert "JK203" not in codes(pipeline(source))
