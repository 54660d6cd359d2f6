"""Runs from start to end, by real processes."""

from __future__ import annotations

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
    await files_of_the_run_are_given(api, run, found)


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
