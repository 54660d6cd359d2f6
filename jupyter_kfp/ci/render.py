"""The CI file of each service, and its place in the project."""

from __future__ import annotations

from .cloudbuild import render_cloudbuild
from .facts import CiFacts, Service
from .github import render_github
from .gitlab import render_gitlab


def render_ci(service: Service, facts: CiFacts) -> tuple[str, str]:
    """The file's path, relative to the repository, and its text."""
    match service:
        case "github":
            return f".github/workflows/{facts.pipeline}.yml", render_github(facts)
        case "gitlab":
            return ".gitlab-ci.yml", render_gitlab(facts)
        case "cloudbuild":
            return "cloudbuild.yaml", render_cloudbuild(facts)
