"""Read a notebook: cells, tags, metadata → steps. No analysis.

Imports neither nbformat nor Jupyter: `jupyter kfp check` must be quick.
"""

from .cells import Cell, CellId, Group, Heading, Kernel, Notebook, Role, StepName
from .read import parse_notebook, read_notebook
from .schema import settings_schema
from .settings import PipelineSettings, StepSettings
from .write import write_ids, write_settings, write_tags

__all__ = [
    "Cell",
    "CellId",
    "Group",
    "Heading",
    "Kernel",
    "Notebook",
    "PipelineSettings",
    "Role",
    "StepName",
    "StepSettings",
    "parse_notebook",
    "read_notebook",
    "settings_schema",
    "write_ids",
    "write_settings",
    "write_tags",
]
