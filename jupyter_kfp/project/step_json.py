"""step.json: what a step is, for the runtime that runs it. Contract: docs/step-contract.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..flags import step_flags

if TYPE_CHECKING:
    from ..pipeline import Pipeline, Step

VERSION = 1


def render_step_json(pipeline: Pipeline, step: Step) -> str:
    """The text of the step's step.json: sorted keys, so that the same step gives the same bytes."""
    flags = step_flags(pipeline, step.name)
    content = {
        "version": VERSION,
        "pipeline": pipeline.name,
        "step": step.name,
        "order": step.order,
        "folder_depth": pipeline.folder_depth,
        "kernel": pipeline.kernel.name,
        "parameters": list(step.parameters),
        "parents": list(flags.states),
        "loads": "*" if step.loads_all else list(step.loads),
        "saves": "*" if step.saves_all else list(step.saves),
        "keeps_random_state": step.keeps_random_state,
        "metrics": list(step.metrics),
        "results": list(step.settings.results),
        **({"foreach": list(step.settings.foreach)} if step.settings.foreach else {}),
        "definitions": [
            {
                "name": definition.name,
                "source": definition.source,
                "cell": definition.cell,
                "line": definition.line,
                "needs": list(definition.needs),
            }
            for definition in step.definitions
        ],
        "user_cells": [cell.id for cell in step.cells],
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
