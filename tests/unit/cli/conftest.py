from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_kfp.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command line gave."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def kfp(capfd, monkeypatch, tmp_path) -> Callable[..., Answer]:
    """Run `jupyter kfp` with these arguments, in an empty folder and without a terminal."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Answer:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        return Answer(status, *capfd.readouterr())

    return run


def code(source: str, *tags: str) -> dict:
    return {"cell_type": "code", "source": source, "tags": tags}


def text(source: str) -> dict:
    return {"cell_type": "markdown", "source": source, "tags": ()}


@pytest.fixture
def notebook(tmp_path) -> Callable[..., Path]:
    """Write a notebook of such cells; a plain string is a code cell."""

    def write(*cells: dict | str, name: str = "small.ipynb", settings: dict | None = None) -> Path:
        made = []
        for number, cell in enumerate(cells):
            cell = code(cell) if isinstance(cell, str) else cell
            metadata = {"tags": list(cell["tags"])} if cell["tags"] else {}
            extra = {"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else {}
            made.append(
                {
                    "cell_type": cell["cell_type"],
                    "id": f"cell-{number}",
                    "metadata": metadata,
                    "source": cell["source"],
                    **extra,
                }
            )
        content = {
            "cells": made,
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                **({"jupyter_kfp": settings} if settings else {}),
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        path = tmp_path / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write


@pytest.fixture
def small(notebook) -> Path:
    """Two steps and a parameter."""
    return notebook(
        text("# A small one"),
        code("size = 3", "parameters"),
        code("numbers = list(range(size))", "step:load"),
        code("total = sum(numbers)\nprint(total)", "step:add"),
    )
