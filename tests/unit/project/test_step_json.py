import json
from dataclasses import replace

from jupyter_kfp.notebook.settings import StepSettings
from jupyter_kfp.project.step_json import render_step_json


def test_it_says_what_the_runtime_has_to_know(pipeline):
    text = render_step_json(pipeline, pipeline.step("train"))
    assert json.loads(text) == {
        "version": 1,
        "pipeline": "iris",
        "step": "train",
        "order": 1,
        "folder_depth": 0,
        "kernel": "python3",
        "parameters": ["test_size"],
        "parents": ["load"],
        "loads": ["df"],
        "saves": ["model"],
        "keeps_random_state": True,
        "metrics": ["accuracy"],
        "results": [],
        "definitions": [
            {
                "name": "fit",
                "source": "def fit(df, share):\n    return SVC()",
                "cell": "c3",
                "line": 1,
                "needs": ["SVC"],
            }
        ],
        "user_cells": ["c4"],
    }
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_all_names_are_a_star(pipeline, make):
    changed = make.with_step(pipeline, "train", loads_all=True, saves_all=True)
    content = json.loads(render_step_json(changed, changed.step("train")))
    assert (content["loads"], content["saves"]) == ("*", "*")


def test_results_and_folder_depth_are_told(pipeline, make):
    changed = make.with_step(pipeline, "train", settings=StepSettings(results={"model": "Model"}))
    content = json.loads(render_step_json(replace(changed, folder_depth=2), changed.step("train")))
    assert content["results"] == ["model"]
    assert content["folder_depth"] == 2
