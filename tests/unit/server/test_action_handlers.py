"""Convert, compile, clean and build over REST."""

from __future__ import annotations

CELLS = (("step:load", "data = [1, 2]"), ("step:use", "total = sum(data)"))


async def test_converting_compiling_and_cleaning_write_files_beside_the_notebook(api, save, folder):
    path = save("work/a.ipynb", *CELLS)
    done = await api("POST", "convert", {"path": path}, request_timeout=120)
    assert done["files"] == ["work/a-pipeline", "work/a-pipeline/pipeline.py"]
    assert done["messages"][0] == {"level": "info", "message": "wrote 2 step folders and pipeline.py"}
    assert (folder / "work/a-pipeline/steps/load/main.py").is_file()
    done = await api("POST", "compile", {"path": path}, request_timeout=120)
    assert done["files"] == ["work/a.yaml"]
    assert (folder / "work/a.yaml").is_file()
    done = await api("POST", "clean", {"path": path}, request_timeout=120)
    assert done == {"files": ["work/a.yaml"], "messages": [{"level": "info", "message": "nothing to clean"}]}


async def test_what_cannot_be_done_is_told(api, save, folder):
    path = save("a.ipynb", *CELLS)
    wrong = save("wrong.ipynb", ("step:a", "f = open('x')"), ("step:b", "f.read()"))
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.txt").write_text("mine")
    for action, body, status in (
        ("convert", {"path": wrong}, 422),
        ("convert", {"path": "none.ipynb"}, 404),
        ("convert", {"path": path, "output": "../out"}, 404),
        ("convert", {"path": path, "output": ".hidden"}, 404),
        ("convert", {"path": path, "ci": "none"}, 400),
        ("compile", {"path": path, "output": "a.exe"}, 422),
        ("compile", {"path": path, "images": {"zzz": "image"}}, 422),
        ("clean", {"path": "none.yaml"}, 422),
        ("build", {"path": path, "push": True}, 400),
        ("build", {"path": "../a.ipynb"}, 404),
    ):
        answered, problem = await api.problem("POST", action, body, request_timeout=120)
        assert answered == status, (action, body, problem)
        assert str(folder) not in problem["message"] + problem.get("where", "")
    assert (folder / "mine" / "thesis.txt").read_text() == "mine"


async def test_a_build_is_a_job_like_a_run(api, save, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")  # no builder is there
    path = save("a.ipynb", *CELLS)
    job = (await api("POST", "build", {"path": path}))["run"]
    found = await api.until_ended(job)
    assert (found["kind"], found["status"]) == ("build", "FAILED")
    assert found["message"]
    assert found["fix"]
