"""The analysis of saved and unsaved notebooks over REST."""

from __future__ import annotations

import asyncio

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


async def test_a_saved_file_that_is_no_notebook_is_told_without_the_servers_folders(api, folder):
    (folder / "bad.ipynb").write_text("this is not JSON")
    status, problem = await api.problem("POST", "analysis", {"path": "bad.ipynb"})
    assert (status, problem["message"]) == (422, "the file is not a notebook, or a damaged one: bad.ipynb")
    status, _ = await api.problem("POST", "analysis", {"path": "nowhere.ipynb"})
    assert status == 404


async def test_a_finding_has_its_place_reason_and_mends(api, save):
    path = save(
        "a.ipynb", ("step:one", "a = 1\n!curl example.com"), ("step:two", "f = open('x')"), ("step:c", "f")
    )
    found = await api("POST", "analysis", {"path": path})
    findings = {finding["code"]: finding for finding in found["findings"]}
    network, handle = findings["JK404"], findings["JK301"]
    assert (network["severity"], network["cell"], network["line"]) == ("warning", "c0", 2)
    assert network["why"] == "!curl example.com"
    assert network["fix"]
    assert handle["severity"] == "error"
    assert handle["mends"][0]["tags"] == {"c1": ["setup"]}


HOSTILE = (
    "../secret.ipynb",
    "a/../../b.ipynb",
    ".hidden.ipynb",
    ".git/a.ipynb",
    "a\0.ipynb",
    "x/./y.ipynb",
    "a" * 5000 + ".ipynb",
    "nothing/here.ipynb/..",
)


async def test_paths_that_leave_the_root_or_are_hidden_are_not_there(api, make_notebook):
    for path in HOSTILE:
        body = {"path": path, "notebook": make_notebook("a = 1")}
        status, problem = await api.problem("POST", "analysis", body)
        assert (status, problem["code"]) == (404, "not-found"), path


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


async def test_a_body_of_another_shape_is_refused(api):
    for body in ({}, [], {"path": 3}, {"path": "a.ipynb", "notebook": "text"}):
        status, problem = await api.problem("POST", "analysis", body)
        assert (status, problem["code"]) == (400, "request"), body


async def test_a_body_that_is_not_json_is_refused(jp_fetch, api):
    async def fetch(*parts, **options):
        return await jp_fetch(*parts, **{**options, "body": "{"})

    api.fetch = fetch
    status, problem = await api.problem("POST", "analysis")
    assert (status, problem["message"]) == (400, "the request is not JSON")


async def test_requests_of_several_windows_do_not_mix(api, make_notebook):
    def ask(number: int):
        node = make_notebook((f"step:s{number}", "a = 1"))
        return api("POST", "analysis", {"path": "a.ipynb", "notebook": node, "client": f"window {number}"})

    answers = await asyncio.gather(*(ask(number) for number in range(6)))
    assert [answer["graph"]["steps"][0]["name"] for answer in answers] == [f"s{n}" for n in range(6)]


async def test_steps_are_suggested(api, save):
    cells = ("# Load", "data = [1]\nprint(data)\nrows = data", "# Fit", "m = sum(rows)\nprint(m)\nn = [m]")
    path = save("a.ipynb", "# All", *cells, "# Show", "print(n)\nprint(m)\nprint(rows)")
    found = await api("POST", "suggest", {"path": path})
    assert found["cells"] == {"c2": ["step:load"], "c4": ["step:fit"], "c6": ["step:show"]}
    assert [(step["name"], step["title"], step["cells"]) for step in found["steps"]] == [
        ("load", "Load", ["c2"]),
        ("fit", "Fit", ["c4"]),
        ("show", "Show", ["c6"]),
    ]


async def test_nothing_is_suggested_where_there_are_steps(api, save):
    path = save("a.ipynb", ("step:a", "a = 1"), "b = a")
    assert await api("POST", "suggest", {"path": path}) == {"cells": {}, "steps": []}


async def test_notebooks_that_are_no_files_are_analysed_too(api, jp_serverapp, make_notebook):
    class Elsewhere:
        """A contents manager that keeps notebooks in no files."""

        allow_hidden = False

    jp_serverapp.web_app.settings["contents_manager"] = Elsewhere()
    body = {"path": "store/a.ipynb", "notebook": make_notebook(("step:a", "a = 1"))}
    assert (await api("POST", "analysis", body))["title"] == "a"
    status, problem = await api.problem("POST", "runs", {"path": "store/a.ipynb"})
    assert status == 501
    assert "elsewhere" in problem["message"]
