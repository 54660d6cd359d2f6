"""Notebooks in a line: a tuple is a code cell, its source and then its tags; a string is a markdown cell."""

from pathlib import Path

import pytest

from jupyter_kfp.notebook import parse_notebook

PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}


def as_json(*cells, **metadata):
    """The JSON of a notebook; code cells get the ids c1, c2, …, others m1, m2, …"""
    written = []
    codes = texts = 0
    for cell in cells:
        if isinstance(cell, str):
            texts += 1
            written.append({"cell_type": "markdown", "id": f"m{texts}", "metadata": {}, "source": cell})
        else:
            codes += 1
            source, *tags = cell
            written.append(
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "id": f"c{codes}",
                    "metadata": {"tags": tags} if tags else {},
                    "outputs": [],
                    "source": source,
                }
            )
    return {
        "cells": written,
        "metadata": {"kernelspec": PYTHON} | metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture(name="as_json", scope="session")
def _as_json():
    return as_json


@pytest.fixture
def read():
    """Reads a notebook that is made of these cells."""

    def read(*cells, **metadata):
        return parse_notebook(as_json(*cells, **metadata), Path("demo.ipynb"))

    return read


@pytest.fixture
def steps():
    """Step name → numbers of its cells."""
    return lambda notebook: {group.name: [cell.number for cell in group.cells] for group in notebook.groups}


@pytest.fixture
def codes():
    """The codes of a notebook's findings, in order."""
    return lambda notebook: [found.code for found in notebook.findings]
