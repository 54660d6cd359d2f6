"""Names: what a step reads, what is run again, what is state."""

import pytest

from .reading import codes, edges, loads, reasons, replays, saves


def test_a_name_comes_from_the_last_step_that_bound_it(pipeline):
    found = pipeline("# %% step:a\nx = 1\n# %% step:b\nx = 2\n# %% step:c\nprint(x)")
    assert edges(found) == {("b", "c")}
    assert reasons(found, "b", "c") == {("state", "x")}


def test_an_import_is_replayed_and_makes_no_edge(pipeline):
    found = pipeline("# %% step:a\nimport numpy as np, os\n# %% step:b\nprint(np.zeros(3))")
    assert edges(found) == set()
    assert replays(found, "b") == ["import numpy as np, os"]
    assert found.step("b").imports == ("numpy", "os")


def test_a_definition_is_replayed_with_what_it_needs(pipeline):
    found = pipeline(
        "# %%\nimport numpy as np\ndef half(x):\n    return np.divide(x, 2)\n"
        "def quarter(x):\n    return half(half(x))\n"
        "# %% step:a\nprint(quarter(4))\n# %% step:b\nprint(1)"
    )
    assert [r.names for r in found.step("a").replays] == [("np",), ("half",), ("quarter",)]
    assert [d.name for d in found.step("a").definitions] == ["half", "quarter"]
    assert found.step("a").definitions[1].needs == ("half",)
    assert replays(found, "b") == []


def test_a_function_reads_its_globals_where_it_is_called(pipeline):
    found = pipeline(
        "# %% step:a\ndef f():\n    return k\nk = 1\n# %% step:b\nk = 2\n# %% step:c\nprint(f())"
    )
    assert edges(found) == {("b", "c")}
    assert loads(found, "c") == {"k"}


@pytest.mark.parametrize(
    "use",
    [
        "list(map(f, [1]))",
        "sorted([1], key=f)",
        "df.apply(f)",
        "[f][0](1)",
        "g = f\ng(1)",
        "(lambda x: f(x))(2)",
    ],
)
def test_a_function_that_is_handed_over_counts_as_called(pipeline, use):
    found = pipeline("# %% step:a\ndf = 1\ndef f(x):\n    return k\n# %% step:b\nk = 2\n# %% step:c\n" + use)
    assert "k" in loads(found, "c")


def test_decorators_of_the_notebook_run_where_the_function_is_defined(pipeline):
    found = pipeline(
        "# %% step:a\nregistry = []\ndef record(f):\n    registry.append(f)\n    return f\n"
        "# %% step:b\n@record\ndef g(x):\n    return x\n# %% step:c\nprint(len(registry), g(1))"
    )
    assert edges(found) >= {("a", "b"), ("b", "c")}
    assert {"registry", "g"} <= loads(found, "c")


def test_comprehensions_classes_and_lambdas_keep_their_own_names(pipeline):
    found = pipeline(
        "# %% step:a\nx = 1\n# %% step:b\ny = [x for x in range(3)]\nf = lambda x: x\nclass C:\n    x = 3\n"
        "# %% step:c\nprint(y)"
    )
    assert edges(found) == {("b", "c")}


def test_a_class_body_reads_a_global_that_it_also_binds(pipeline):
    found = pipeline("# %% step:a\nx = 1\n# %% step:b\nclass C:\n    x = x\n")
    assert edges(found) == {("a", "b")}


def test_a_name_bound_under_a_condition_needs_its_earlier_value(pipeline):
    found = pipeline(
        "# %% step:a\nx = 1\nflag = len([])\n# %% step:b\nif flag:\n    x = 2\n# %% step:c\nprint(x)"
    )
    assert edges(found) == {("a", "b"), ("b", "c")}
    assert "x" in loads(found, "b")
    assert saves(found, "b") == {"x"}


def test_a_name_bound_on_every_way_needs_nothing(pipeline):
    found = pipeline("# %% step:a\nx = 1\n# %% step:b\nif len([]):\n    x = 2\nelse:\n    x = 3\nprint(x)")
    assert edges(found) == set()


@pytest.mark.parametrize(
    "code",
    [
        "for x in []:\n    pass",
        "while len([]):\n    x = 1",
        "try:\n    x = 1\nexcept ValueError:\n    pass",
        "len([]) and (x := 3)",
        "[x := i for i in []]",
        "match 3:\n    case 4:\n        x = 1",
        "def f():\n    global x\n    x = 1\nlist(map(f, []))",
    ],
)
def test_what_may_bind_a_name_may_also_not(pipeline, code):
    found = pipeline(f"# %% step:a\nx = 1\n# %% step:b\n{code}\n# %% step:c\nprint(x)")
    assert ("a", "b") in edges(found)
    assert ("b", "c") in edges(found)


@pytest.mark.parametrize(
    "code",
    [
        "(x := 3)",
        "[x, *y] = [1, 2, 3]",
        "*x, y = 1, 2",
        "with open('f') as x:\n    pass",
        "import os as x",
        "def x(): pass",
        "class x: pass",
        "x: int = 3",
        "match 3:\n    case x:\n        pass",
        "for i in [1]: pass\nx = i",
    ],
)
def test_every_way_to_bind_a_name_is_seen(pipeline, code):
    found = pipeline(f"# %% step:a\nx = 1\n# %% step:b\n{code}\n# %% step:c\nprint(x)")
    assert ("a", "b") not in edges(found)
    assert ("a", "c") not in edges(found)


def test_a_deleted_name_stays_deleted(pipeline):
    found = pipeline("# %% step:a\nlist = [1]\n# %% step:b\ndel list\n# %% step:c\nprint(list((1, 2)))")
    assert edges(found) == {("a", "b"), ("b", "c")}
    assert saves(found, "b") == {"list"}


def test_the_name_of_an_exception_is_gone_after_its_handler(pipeline):
    found = pipeline(
        "# %% step:a\ne = 1\n"
        "# %% step:b\ntry:\n    1 / 0\nexcept ZeroDivisionError as e:\n    pass\n# %% step:c\nprint(e)"
    )
    assert edges(found) == {("a", "b"), ("b", "c")}


def test_a_name_that_shadows_a_builtin_travels(pipeline):
    found = pipeline("# %% step:a\nsum = 3\n# %% step:b\nprint(sum)")
    assert loads(found, "b") == {"sum"}


def test_unicode_names_are_compared_as_python_does(pipeline):
    found = pipeline("# %% step:a\nﬁt = 1\n# %% step:b\nprint(fit)")
    assert loads(found, "b") == {"fit"}


def test_annotations_are_read_and_strings_in_them_are_not(pipeline):
    found = pipeline("# %% step:a\nT = len([])\nU = len([])\n# %% step:b\ndef f(x: T, y: 'U'):\n    return 1")
    assert loads(found, "b") == {"T"}


def test_fstrings_read_what_is_nested_in_them(pipeline):
    found = pipeline("# %% step:a\nwidth = 5\nx = 1.0\n# %% step:b\nprint(f'{x:{width}}')")
    assert loads(found, "b") == {"x", "width"}


def test_a_conditional_import_is_replayed_whole(pipeline):
    code = "try:\n    import orjson as json\nexcept ImportError:\n    import json"
    found = pipeline(f"# %%\n{code}\n# %% step:a\nprint(json.dumps(1))")
    assert replays(found, "a") == [code]


def test_submodules_imported_elsewhere_come_along(pipeline):
    found = pipeline("# %% step:a\nimport xml.dom\nimport xml.sax\n# %% step:b\nprint(xml.dom)")
    assert replays(found, "b") == ["import xml.dom", "import xml.sax"]


def test_star_imports_are_resolved_where_somebody_can_tell(pipeline):
    text = "# %%\nfrom math import *\n# %% step:a\nprint(sin(1))\n# %% step:b\nprint(1)"
    found = pipeline(text, star_names=lambda module: frozenset({"sin", "pi"}))
    assert replays(found, "a") == ["from math import *"]
    assert replays(found, "b") == []
    assert codes(found) == []


def test_a_star_import_that_nobody_can_resolve_runs_in_every_step(pipeline):
    found = pipeline("# %%\nfrom math import *\n# %% step:a\nprint(sin(1))\n# %% step:b\nprint(1)")
    assert replays(found, "b") == ["from math import *"]
    assert codes(found) == ["JK208"]


def test_a_star_import_inside_of_a_step_may_bind_anything(pipeline):
    found = pipeline("# %% step:a\npi = 3\n# %% step:b\nfrom math import *\n# %% step:c\nprint(pi)")
    assert ("caution", "from math import *") in reasons(found, "b", "c")
    assert loads(found, "c") == {"pi"}
    assert found.step("b").saves_all


@pytest.mark.parametrize(
    "code", ["exec(input())", "eval(input())", "globals()['x'] = 3", "locals()", "vars()", "%run other.py"]
)
def test_code_that_cannot_be_seen_through_takes_all_state_in_order(pipeline, code):
    found = pipeline(f"# %% step:a\nx = 1\n# %% step:b\n{code}\n# %% step:c\nprint(x)")
    assert edges(found) >= {("a", "b"), ("b", "c")}
    assert found.step("b").loads_all
    assert found.step("b").saves_all
    assert "JK203" in codes(found)


def test_exec_of_a_literal_is_read_like_code(pipeline):
    found = pipeline("# %% step:a\nx = 1\n# %% step:b\nexec('y = x')\n# %% step:c\nprint(y)")
    assert edges(found) == {("a", "b"), ("b", "c")}
    assert "JK203" not in codes(found)


def test_locals_inside_of_a_function_are_its_own(pipeline):
    found = pipeline("# %% step:a\ndef f(x):\n    return locals()\nprint(f(1))")
    assert codes(found) == []


@pytest.mark.parametrize("name", ["_", "Out[1]", "In[1]", "_3", "_i"])
def test_the_history_of_a_session_is_refused(pipeline, name):
    found = pipeline(f"# %% step:a\n1 + 1\n# %% step:b\nprint({name})")
    assert codes(found) == ["JK206"]


def test_the_last_value_is_known_within_a_step(pipeline):
    assert codes(pipeline("# %% step:a\n1 + 1\n# %%\nprint(_)")) == []


def test_an_underscore_that_the_user_binds_is_a_name(pipeline):
    found = pipeline("# %% step:a\n_, x = 1, 2\n# %% step:b\nprint(_)")
    assert codes(found) == []
    assert loads(found, "b") == {"_"}


def test_a_name_of_a_skipped_cell_is_an_error(pipeline):
    found = pipeline("# %% skip\nz = 1\n# %% step:a\nprint(z)")
    assert codes(found) == ["JK205"]


def test_a_name_that_nobody_binds_is_a_warning(pipeline):
    assert codes(pipeline("# %% step:a\nprint(zz)")) == ["JK204"]


def test_a_syntax_error_is_placed_and_the_rest_is_still_analysed(pipeline):
    found = pipeline("# %% step:a\nx = 1\ny = (2,\n# %% step:b\nprint(x)")
    assert [(f.code, f.cell_number, f.line) for f in found.findings] == [("JK201", 1, 2)]
    assert edges(found) == {("a", "b")}


def test_return_outside_of_a_function_is_an_error(pipeline):
    assert codes(pipeline("# %% step:a\nreturn 3")) == ["JK202"]


def test_top_level_await_is_legal(pipeline):
    found = pipeline(
        "# %% step:a\nimport asyncio\nasync def f():\n    return k\n# %% step:b\nk = 1\nawait f()"
    )
    assert codes(found) == []
