"""A pipeline as plain data, for scripts and for the lab extension. The shape is stable:

{"version": 1, "pipeline": name, "steps": [{"name", "title", "order", "cells", "cell_numbers", "parameters",
 "loads", "loads_all", "saves", "saves_all", "metrics", "reads_files", "writes_files"}],
 "edges": [{"source", "target", "label", "names", "reasons": [{"kind", "subject", "detail"}]}],
 "parameters": [{"name", "type", "default", "doc"}]}

Keys may be added; one that is taken away or changes its meaning raises `version`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .labels import edge_label, edge_words

if TYPE_CHECKING:
    from ..pipeline import Edge, JsonValue, Parameter, Pipeline, Step

VERSION = 1


def describe_graph(pipeline: Pipeline) -> dict[str, JsonValue]:
    """The graph of `pipeline` as JSON values."""
    return {
        "version": VERSION,
        "pipeline": pipeline.name,
        "parameters": [_parameter(parameter) for parameter in pipeline.parameters],
        "steps": [_step(step) for step in pipeline.steps],
        "edges": [_edge(edge) for edge in pipeline.edges],
    }


def _parameter(parameter: Parameter) -> JsonValue:
    return {
        "name": parameter.name,
        "type": parameter.type,
        "default": parameter.default,
        "doc": parameter.doc,
    }


def _step(step: Step) -> JsonValue:
    return {
        "name": step.name,
        "title": step.title,
        "order": step.order,
        "cells": [cell.id for cell in step.cells],
        "cell_numbers": [cell.number for cell in step.cells],
        "parameters": list(step.parameters),
        "loads": list(step.loads),
        "loads_all": step.loads_all,
        "saves": list(step.saves),
        "saves_all": step.saves_all,
        "metrics": list(step.metrics),
        "reads_files": list(step.reads_files),
        "writes_files": list(step.writes_files),
    }


def _edge(edge: Edge) -> JsonValue:
    return {
        "source": edge.source,
        "target": edge.target,
        "label": edge_label(edge),
        "names": list(edge_words(edge.reasons)),
        "reasons": [
            {"kind": reason.kind.value, "subject": reason.subject, "detail": reason.detail}
            for reason in edge.reasons
        ],
    }
