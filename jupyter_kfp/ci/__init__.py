"""Files for CI services: build the images that changed, push them, compile the package.

In come a project's images and its place in the repository, out goes the text of a file for GitHub Actions, GitLab CI
or Google Cloud Build. The files need docker and Python, and no more of ours than `jupyter kfp clean`.
"""

from .facts import CI, SERVICES, CiFacts, Service, gather_facts
from .render import render_ci

__all__ = ["CI", "SERVICES", "CiFacts", "Service", "gather_facts", "render_ci"]
