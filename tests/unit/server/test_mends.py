"""Each mend is applied, and its finding is gone."""

from __future__ import annotations

import copy

import pytest

from jupyter_kfp.server.analysis import describe_analysis


def findings(node, code):
    return [each for each in describe_analysis("a.ipynb", node)["findings"] if each["code"] == code]


def apply(node, mend):
    changed = copy.deepcopy(node)
    for cell in changed["cells"]:
        if cell["id"] in mend.get("tags", {}):
            cell["metadata"]["tags"] = mend["tags"][cell["id"]]
    if "settings" in mend:
        changed["metadata"]["jupyter_kfp"] = mend["settings"]
    return changed


A, B = ("step:a", "a = 1"), ("step:b", "b = a")

CASES = {
    "a tag that is not known": (
        "JK101",
        [("stepp:a", "a = 1"), B],
        ["Write `step:a`", "Remove the tag `stepp:a`"],
    ),
    "a name that is too long": (
        "JK102",
        [("step:" + "n" * 80, "a = 1"), B],
        ["Write `step:" + "n" * 63 + "`", "Remove the tag `step:" + "n" * 80 + "`"],
    ),
    "two spellings": (
        "JK103",
        [("step:Load data", "a = 1"), ("step:load-data", "b = a")],
        ["Write `step:Load data`"],
    ),
    "a step that waits for itself": ("JK104", [("step:a", "after:a", "a = 1"), B], ["Do not wait for `a`"]),
    "a step that is misspelt": (
        "JK105",
        [("step:train", "a = 1"), ("step:b", "after:trian", "b = 2")],
        ["Wait for `train`", "Do not wait for `trian`"],
    ),
    "a step that waits for a later one": (
        "JK107",
        [("step:a", "after:b", "a = 1"), B],
        ["Do not wait for `b`"],
    ),
    "two parameters cells": (
        "JK110",
        [("parameters", "x = 1"), ("parameters", "y = 1"), ("step:a", "a = x")],
        ["Make it an ordinary cell"],
    ),
    "a step without code": ("JK111", [A, ("step:b", "")], ["Remove the step's tag"]),
    "a tag on markdown": (
        "JK112",
        [A, ("step:b", "# Title"), "b = a"],
        ["Move it to the code below", "Remove the tag"],
    ),
    "tags that exclude each other": (
        "JK115",
        [("step:a", "setup", "a = 1"), B],
        ["Keep `step:a`", "Keep `setup`"],
    ),
    "code that is not Python": (
        "JK201",
        [A, ("step:b", "this is not"), "b = a"],
        ["Leave the cell out of the pipeline"],
    ),
    "a name that a skipped cell binds": (
        "JK205",
        [A, ("skip", "c = 2"), ("step:b", "b = c")],
        ["Take cell 2 into the pipeline"],
    ),
    "cells too far apart": (
        "JK209",
        [("step:a", "a = [1]"), ("step:b", "b = sum(a)"), ("step:a", "c = b")],
        ["Make it a step of its own, `a-2`"],
    ),
    "a setup cell that needs a step": (
        "JK211",
        [A, ("setup", "c = a"), ("step:b", "b = c")],
        ["Make it part of the step above"],
    ),
    "a value that cannot travel": (
        "JK301",
        [A, ("step:open", "file = open('x')"), ("step:use", "text = file.read()")],
        ["Make `file` anew in every step (`setup`)", "Join the steps `open` and `use`"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mend_takes_its_finding_away(case, make_notebook):
    code, cells, titles = CASES[case]
    node = make_notebook(*cells)
    found = findings(node, code)
    assert found
    assert [mend["title"] for mend in found[0]["mends"]] == titles
    for mend in found[0]["mends"]:
        assert findings(apply(node, mend), code) == [], mend


@pytest.mark.parametrize(
    ("code", "settings", "titles"),
    [
        ("JK118", {"colour": "red"}, ["Remove `colour`"]),
        ("JK118", {"steps": {"a": {"cpus": 1}}}, ["Remove `steps.a.cpus`"]),
        ("JK119", {"steps": {"aa": {"cpu": "1"}}}, ["Make them settings of `a`", "Remove `steps.aa`"]),
    ],
)
def test_settings_are_mended(code, settings, titles, make_notebook):
    node = make_notebook(A, B, **settings)
    [found] = findings(node, code)
    assert [mend["title"] for mend in found["mends"]] == titles
    for mend in found["mends"]:
        assert findings(apply(node, mend), code) == [], mend


def test_a_mend_leaves_foreign_tags(make_notebook):
    node = make_notebook(("hide-input", "stepp:a", "raises-exception", "a = 1"), B)
    [found] = findings(node, "JK101")
    assert found["mends"][0]["tags"] == {"c0": ["hide-input", "step:a", "raises-exception"]}


def test_the_step_that_a_cell_began_begins_at_its_next_cell(make_notebook):
    node = make_notebook(A, ("step:b", "after:a", "this is not"), "b = a", ("step:c", "c = 1"))
    [found] = findings(node, "JK201")
    assert found["mends"][0]["tags"] == {"c1": ["skip"], "c2": ["step:b", "after:a"]}


def test_where_only_a_person_can_know_there_is_no_mend(make_notebook):
    node = make_notebook(A, ("step:b", "b = unknown_name"))
    [found] = findings(node, "JK204")
    assert found["mends"] == []
