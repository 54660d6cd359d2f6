"""The CI file of each service, and its place in the project."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import JupyterKfpError
from .cloudbuild import render_cloudbuild
from .facts import CI, CiFacts, Service
from .github import render_github
from .gitlab import render_gitlab

# Jobs of a matrix: https://docs.github.com/actions/reference/limits, https://docs.gitlab.com/ci/yaml/#parallelmatrix;
# steps of a build, of which compiling takes one: https://cloud.google.com/build/quotas
MOST_IMAGES: Mapping[Service, int] = {"github": 256, "gitlab": 200, "cloudbuild": 299}


def render_ci(service: Service, facts: CiFacts) -> tuple[str, str]:
    """The file's path, relative to the repository, and its text.

    Raises JupyterKfpError where there are more images than the service builds in one go.
    """
    if len(facts.images) > MOST_IMAGES[service]:
        raise JupyterKfpError(
            f"{CI[service]} builds at most {MOST_IMAGES[service]} images in one go, and there are {len(facts.images)}",
            fix="let fewer steps have an image of their own, or build with `jupyter kfp build --push`",
        )
    match service:
        case "github":
            return f".github/workflows/{facts.pipeline}.yml", render_github(facts)
        case "gitlab":
            return ".gitlab-ci.yml", render_gitlab(facts)
        case "cloudbuild":
            return "cloudbuild.yaml", render_cloudbuild(facts)
