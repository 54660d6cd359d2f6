"""Runs from start to end, by real processes."""

from __future__ import annotations

import asyncio

TWO = (
    ("parameters", "rate = 0.5"),
    ("step:load", "data = [1, 2, 3]"),
    ("step:train", "metrics", "total = sum(data) * rate"),
)


async def test_a_run_goes_to_its_end(api, save, events_of):
    path = save("work/two.ipynb", *TWO)
    run = (await api("POST", "runs", {"path": path, "parameters": {"rate": 2.0}}))["run"]
    events = events_of((await api("GET", f"runs/{run}/events", request_timeout=120)).body)
    assert [number for number, _ in events] == list(range(1, len(events) + 1))
    names = [event["event"] for _, event in events]
    assert names[0] == "phase"
    assert "run-started" in names
    assert names[-1] == "run-finished"
    found = await api.until_ended(run)
    assert found["status"] == "SUCCEEDED", found
    assert found["notebook"] == path
    assert found["where"] == "local"
    assert found["parameters"] == {"rate": 2.0}
    assert found["metrics"] == {"total": 12.0}
    assert [step["status"] for step in found["steps"]] == ["SUCCEEDED", "SUCCEEDED"]
    assert await api("GET", "runs", params={"path": path}) == [found]
    assert await api("GET", "runs", params={"path": "work"}) == [found]
    await the_rest_is_sent_to_who_comes_back(api, run, events, events_of)
    await the_graph_knows_types_and_sizes(api, path)
    await files_of_the_run_are_given(api, run, found)


async def the_graph_knows_types_and_sizes(api, path):
    graph = (await api("POST", "analysis", {"path": path}))["graph"]
    [carried] = graph["edges"][0]["names"]
    assert (carried["name"], carried["type"]) == ("data", "list")
    assert carried["size"] > 0


async def the_rest_is_sent_to_who_comes_back(api, run, events, events_of):
    seen = events[2][0]
    response = await api("GET", f"runs/{run}/events", headers={"Last-Event-ID": str(seen)})
    assert events_of(response.body) == events[3:]


async def files_of_the_run_are_given(api, run, found):
    step = found["steps"][0]
    response = await api("GET", f"runs/{run}/files/{step['notebook']}")
    assert b"data = [1, 2, 3]" in response.body
    report = await api("GET", f"runs/{run}/files/{step['report']}")
    assert report.headers["Content-Type"].startswith("text/html")
    assert report.headers["Content-Security-Policy"] == "sandbox allow-scripts"
    for path in ("../../../two.ipynb", "steps/../../x", "%2e%2e/x", "nothing"):
        status, _ = await api.problem("GET", f"runs/{run}/files/{path}")
        assert status in (400, 404)
    opened = await api("POST", f"runs/{run}/open", {"file": step["notebook"]})
    assert opened["path"].endswith("/load.ipynb")
    again = await api("POST", f"runs/{run}/open", {"file": step["notebook"]})
    assert again == opened
    status, _ = await api.problem("POST", f"runs/{run}/open", {"file": "../../../../two.ipynb"})
    assert status == 404


async def test_a_failure_is_told_and_the_run_goes_on_from_the_step(api, save, folder):
    cells = [("step:load", "data = [1, 2]"), ("step:use", "total = data[5]")]
    path = save("bad.ipynb", *cells)
    run = (await api("POST", "runs", {"path": path}))["run"]
    found = await api.until_ended(run)
    assert found["status"] == "FAILED"
    load, use = found["steps"]
    assert load["status"] == "SUCCEEDED"
    assert use["error"] | {"frame": ""} == {
        "kind": "cell",
        "name": "IndexError",
        "message": "list index out of range",
        "cell": "c1",
        "cell_number": 2,
        "line": 1,
        "frame": "",
    }
    save("bad.ipynb", cells[0], ("step:use", "total = data[1]"))
    again = (await api("POST", "runs", {"path": path, "from_step": "use"}))["run"]
    mended = await api.until_ended(again)
    await the_step_is_opened_with_what_it_was_given(api, run, folder)
    assert mended["status"] == "SUCCEEDED"
    assert mended["steps"][0]["cached"]
    assert [each["id"] for each in await api("GET", "runs", params={"path": path})] == [again, run]
    response = await api("DELETE", f"runs/{run}")
    assert response.code == 204
    assert [each["id"] for each in await api("GET", "runs", params={"path": path})] == [again]


async def the_step_is_opened_with_what_it_was_given(api, run, folder):
    opened = await api("POST", "debug", {"run": run, "step": "use"}, request_timeout=120)
    assert "total = data[5]" in (folder / opened["path"]).read_text()
    again = await api("POST", "debug", {"run": run, "step": "use"}, request_timeout=120)
    assert again == opened
    for body, status in (
        ({"run": run, "step": "zzz"}, 422),
        ({"run": run, "step": "../../x"}, 422),
        ({"run": "none", "step": "use"}, 404),
    ):
        answered, _ = await api.problem("POST", "debug", body, request_timeout=120)
        assert answered == status


async def test_a_cancelled_run_leaves_no_process(api, save, folder, processes_about):
    path = save("slow.ipynb", ("step:wait", "open('begun', 'w').close()\nimport time\ntime.sleep(600)"))
    run = (await api("POST", "runs", {"path": path}))["run"]
    await until(lambda: list(folder.glob(".jupyter-kfp/runs/*/scratch/**/begun")))
    status, problem = await api.problem("DELETE", f"runs/{run}")
    assert (status, problem["code"]) == (409, "running")
    assert await api("POST", f"runs/{run}/cancel") == {"asked": True}
    found = await api.until_ended(run)
    assert found["status"] == "CANCELED"
    await until(lambda: not processes_about(str(folder / ".jupyter-kfp")))
    assert await api("POST", f"runs/{run}/cancel") == {"asked": False}


async def test_a_run_that_is_cancelled_at_once_never_begins(api, save, folder, processes_about):
    path = save("soon.ipynb", ("step:a", "a = 1"))
    run = (await api("POST", "runs", {"path": path}))["run"]
    assert await api("POST", f"runs/{run}/cancel") == {"asked": True}
    found = await api.until_ended(run)
    assert found["status"] == "CANCELED"
    await until(lambda: not processes_about(str(folder / ".jupyter-kfp")))


async def test_mistakes_are_told_before_anything_starts(api, save, folder):
    path = save("a.ipynb", ("parameters", "n = 1"), ("step:a", "a = n"))
    wrong = save("wrong.ipynb", ("step:a", "f = open('x')"), ("step:b", "f.read()"))
    for body, status, code in (
        ({"path": path, "parameters": {"m": 2}}, 422, "parameter"),
        ({"path": path, "parameters": {"n": "text"}}, 422, "parameter"),
        ({"path": path, "from_step": "zzz"}, 422, None),
        ({"path": path, "from_step": "a", "only_step": "a"}, 400, "request"),
        ({"path": path, "where": 3}, 400, "request"),
        ({"path": "none.ipynb"}, 404, "not-found"),
        ({"path": "../a.ipynb"}, 404, "not-found"),
        ({"path": wrong}, 422, "findings"),
    ):
        answered, problem = await api.problem("POST", "runs", body)
        assert (answered, problem.get("code")) == (status, code), (body, problem)
    assert problem["findings"][0]["code"] == "JK301"
    assert not (folder / ".jupyter-kfp").exists()


async def test_an_unknown_endpoint_ends_the_run_with_the_reason(api, save):
    path = save("a.ipynb", ("step:a", "a = 1"))
    run = (await api("POST", "runs", {"path": path, "where": "nowhere"}))["run"]
    found = await api.until_ended(run)
    assert found["status"] == "FAILED"
    assert "`nowhere`" in found["message"]
    assert found["fix"]


async def test_what_is_no_run_is_not_there(api, save, folder):
    save("a.ipynb", ("step:a", "a = 1"))
    runs = folder / ".jupyter-kfp" / "runs"
    (runs / "empty").mkdir(parents=True)
    coded = "Li4"  # `..`
    for run in ("nothing", "empty", f"nothing~{coded}", "nothing~!", "nothing~", "..", "~", "a~Lmdpd"):
        for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("DELETE", "")):
            status, _ = await api.problem(method, f"runs/{run}{path}")
            assert status == 404, (run, path)


async def test_runs_of_two_folders_do_not_mix(api, save):
    first = save("one/same.ipynb", ("step:a", "a = 1"))
    second = save("two/same.ipynb", ("step:a", "a = 2"))
    runs = [(await api("POST", "runs", {"path": path}))["run"] for path in (first, second)]
    for run, path in zip(runs, (first, second), strict=True):
        found = await api.until_ended(run)
        assert (found["status"], found["notebook"]) == ("SUCCEEDED", path)
        assert [each["id"] for each in await api("GET", "runs", params={"path": path})] == [run]
    assert await api("GET", "runs") == []


async def until(holds, seconds: float = 60) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)
