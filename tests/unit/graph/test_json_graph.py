from __future__ import annotations

import json

from jupyter_kfp.graph.json_graph import describe_graph

from .pipelines import iris


def test_the_shape_is_what_the_docs_promise():
    graph = describe_graph(iris())
    assert set(graph) == {"version", "pipeline", "parameters", "steps", "edges"}
    assert graph["version"] == 1
    assert graph["steps"][1] == {
        "name": "split",
        "title": "split",
        "order": 1,
        "cells": ["cell-1"],
        "cell_numbers": [2],
        "parameters": [],
        "loads": [],
        "loads_all": False,
        "saves": [],
        "saves_all": False,
        "metrics": [],
        "reads_files": [],
        "writes_files": [],
    }
    assert graph["edges"][1] == {
        "source": "split",
        "target": "train",
        "label": "X_train, y_train",
        "names": ["X_train", "y_train"],
        "reasons": [
            {"kind": "state", "subject": "X_train", "detail": "train reads X_train"},
            {"kind": "state", "subject": "y_train", "detail": "train reads y_train"},
        ],
    }


def test_it_is_plain_json():
    assert json.loads(json.dumps(describe_graph(iris()))) == describe_graph(iris())
