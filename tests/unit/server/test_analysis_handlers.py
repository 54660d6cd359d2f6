from __future__ import annotations

import asyncio

import pytest

CELLS = (
    ("parameters", "rate = 0.5  # how fast"),
    ("import math"),
    "# Load",
    ("step:load", "data = [1, 2, 3]"),
    ("step:train", "model = sum(data) * rate"),
    "print(model)",
    ("skip", "data"),
)


async def test_a_saved_notebook_is_analysed(api, save):
    found = await api("POST", "analysis", {"path": save("iris.ipynb", *CELLS)})
    assert found["title"] == "iris"
    assert [step["name"] for step in found["graph"]["steps"]] == ["load", "train"]
    [edge] = found["graph"]["edges"]
    assert (edge["from"], edge["to"], edge["names"]) == ("load", "train", [{"name": "data", "kind": "state"}])
    assert "`data`" in edge["why"][0]
    assert found["parameters"] == [
        {"name": "rate", "type": "float", "default": 0.5, "description": "how fast"}
    ]
    assert {cell: (told["step"], told["role"]) for cell, told in found["cells"].items()} == {
        "c0": (None, "parameters"),
        "c1": (None, "setup"),
        "c3": ("load", "step"),
        "c4": ("train", "step"),
        "c5": ("train", "step"),
        "c6": (None, "skip"),
    }
    assert found["cells"]["c3"]["gives"] == ["data"]
    assert found["cells"]["c4"]["gets"] == ["data"]


async def test_boxes_do_not_overlap_and_lines_end_at_them(api, save):
    found = await api("POST", "analysis", {"path": save("iris.ipynb", *CELLS)})
    above, below = found["graph"]["steps"]
    assert above["y"] + above["height"] < below["y"]
    start, end = found["graph"]["edges"][0]["points"][0], found["graph"]["edges"][0]["points"][-1]
    assert start[1] == above["y"] + above["height"]
    assert end[1] == below["y"]


async def test_unsaved_content_comes_before_the_saved(api, save, make_notebook):
    path = save("iris.ipynb", ("step:old", "a = 1"))
    unsaved = make_notebook(("step:new", "a = 1"))
    found = await api("POST", "analysis", {"path": path, "notebook": unsaved})
    assert [step["name"] for step in found["graph"]["steps"]] == ["new"]


async def test_a_notebook_that_was_never_saved_is_analysed(api, make_notebook):
    found = await api(
        "POST", "analysis", {"path": "new.ipynb", "notebook": make_notebook(("step:a", "a = 1"))}
    )
    assert found["title"] == "new"


async def test_a_notebook_without_code_has_an_empty_graph(api, make_notebook):
    found = await api(
        "POST", "analysis", {"path": "new.ipynb", "notebook": make_notebook("# Only a title", "")}
    )
    assert found["graph"] == {"steps": [], "edges": [], "width": 0, "height": 0}


async def test_what_is_no_notebook_is_told_as_such(api):
    status, problem = await api.problem("POST", "analysis", {"path": "a.ipynb", "notebook": {"nbformat": 3}})
    assert status == 422
    assert problem["code"] == "notebook"
    assert problem["where"] == "a.ipynb"
    assert "format 3" in problem["message"]


async def test_a_finding_has_its_place_and_reason(api, save):
    path = save("a.ipynb", ("step:one", "handle = open('x')"), ("step:two", "handle.read()"))
    found = await api("POST", "analysis", {"path": path})
    [finding] = [each for each in found["findings"] if each["severity"] == "error"]
    assert finding["code"] == "JK301"
    assert finding["fix"]
    assert finding["why"]


@pytest.mark.parametrize(
    "path",
    ["../secret.ipynb", "a/../../b.ipynb", ".hidden.ipynb", ".git/a.ipynb", "a\0.ipynb", "x/./y.ipynb"],
)
async def test_paths_that_leave_the_root_or_are_hidden_are_not_there(api, path, make_notebook):
    status, problem = await api.problem(
        "POST", "analysis", {"path": path, "notebook": make_notebook("a = 1")}
    )
    assert status == 404
    assert problem["code"] == "not-found"


async def test_a_link_out_of_the_root_is_not_followed(api, folder, tmp_path, make_notebook):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.ipynb").write_text("{}")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "a.ipynb").symlink_to(tmp_path / "elsewhere" / "a.ipynb")
    for path in ("link/a.ipynb", "a.ipynb"):
        status, _ = await api.problem("POST", "analysis", {"path": path})
        assert status == 404


async def test_a_link_to_something_hidden_is_not_followed(api, folder):
    (folder / ".secret").mkdir()
    (folder / ".secret" / "a.ipynb").write_text("{}")
    (folder / "link").symlink_to(folder / ".secret")
    status, _ = await api.problem("POST", "analysis", {"path": "link/a.ipynb"})
    assert status == 404


@pytest.mark.parametrize("body", [{}, [], {"path": 3}, {"path": "a.ipynb", "notebook": "text"}])
async def test_a_body_of_another_shape_is_refused(api, body):
    status, problem = await api.problem("POST", "analysis", body)
    assert status == 400
    assert problem["code"] == "request"


async def test_a_body_that_is_not_json_is_refused(jp_fetch, api):
    async def fetch(*parts, **options):
        return await jp_fetch(*parts, **{**options, "body": "{"})

    api.fetch = fetch
    status, problem = await api.problem("POST", "analysis")
    assert (status, problem["message"]) == (400, "the request is not JSON")


async def test_a_newer_request_of_the_same_window_overtakes(api, make_notebook):
    def ask(number: int):
        node = make_notebook(("step:a", f"a = {number}"))
        return api("POST", "analysis", {"path": "a.ipynb", "notebook": node, "client": "window"})

    answers = await asyncio.gather(*(ask(number) for number in range(6)), return_exceptions=True)
    assert not isinstance(answers[-1], Exception)
    assert {each.code for each in answers[:-1] if isinstance(each, Exception)} == {409}


async def test_requests_of_several_windows_do_not_mix(api, make_notebook):
    def ask(number: int):
        node = make_notebook((f"step:s{number}", "a = 1"))
        return api("POST", "analysis", {"path": "a.ipynb", "notebook": node, "client": f"window {number}"})

    answers = await asyncio.gather(*(ask(number) for number in range(6)))
    assert [answer["graph"]["steps"][0]["name"] for answer in answers] == [f"s{n}" for n in range(6)]


async def test_steps_are_suggested(api, save):
    path = save("a.ipynb", "# Load", "data = [1]\nb = data\nc = b", "# Fit", "m = sum(data)\nn = m\nprint(n)")
    found = await api("POST", "suggest", {"path": path})
    assert found["cells"] == {"c1": ["step:load"], "c3": ["step:fit"]}
    assert [(step["name"], step["title"], step["cells"]) for step in found["steps"]] == [
        ("load", "Load", ["c1"]),
        ("fit", "Fit", ["c3"]),
    ]


async def test_nothing_is_suggested_where_there_are_steps(api, save):
    path = save("a.ipynb", ("step:a", "a = 1"), "b = a")
    assert await api("POST", "suggest", {"path": path}) == {"cells": {}, "steps": []}
