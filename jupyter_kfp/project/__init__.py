"""Write a pipeline down: a folder for every step, with Dockerfile, main.py, step.ipynb and requirements.txt.

In comes a Pipeline and the environment of its kernel, out go files. Contract: docs/step-contract.md.
"""

from .digest import Digest, step_digest
from .environment import Environment, KernelEnvironmentError, read_environment
from .hashes import hash_maker
from .lock import stale
from .project import Project, StepFolder, write_project
from .tree import ProjectFolderError

__all__ = [
    "Digest",
    "Environment",
    "KernelEnvironmentError",
    "Project",
    "ProjectFolderError",
    "StepFolder",
    "hash_maker",
    "read_environment",
    "stale",
    "step_digest",
    "write_project",
]
