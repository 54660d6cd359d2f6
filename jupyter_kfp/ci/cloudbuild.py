"""A build of Google Cloud Build. Its keys: https://cloud.google.com/build/docs/build-config-file-schema."""

from __future__ import annotations

import json

from .facts import CiFacts
from .scripts import BUILD_AND_PUSH, compile_package, indented, submit_notebook

_OWN = "${LOCATION}-docker.pkg.dev/${PROJECT_ID}/pipelines"


def render_cloudbuild(facts: CiFacts) -> str:
    """The text of `cloudbuild.yaml`. With `script`, Cloud Build takes `$` for the shell's."""
    builds = "\n".join(_build(step, image, facts) for step, image in facts.images.items())
    steps = ", ".join(json.dumps(f"image-{step}") for step in facts.images)
    return f"""\
# Builds the images of pipeline {facts.pipeline} that are not in the registry yet, and its package.
# Made by jupyter-kfp. By hand, in the repository's folder:
#   gcloud builds submit --config={_quoted_path(facts)} .
substitutions:
  # Artifact Registry: the repository `pipelines` of this project, unless another one is given.
  _REGISTRY: {json.dumps(facts.registry or _OWN)}
  # The bucket that gets the package.
  _PACKAGES: "gs://${{PROJECT_ID}}-pipelines/packages"
  # Where a run is started: the address of Kubeflow Pipelines. Nowhere, unless it is given. The build's service account
  # signs in.
  _HOST: ""
  _IAP_CLIENT_ID: ""
  _NAMESPACE: ""
  _BUCKET: "gs://${{PROJECT_ID}}-pipelines"

options:
  dynamicSubstitutions: true
  automapSubstitutions: true
  logging: CLOUD_LOGGING_ONLY

timeout: 3600s

steps:
{builds}
  - id: package
    name: python:{facts.python}-slim-bookworm
    waitFor: [{steps}]
    env:
      - {json.dumps(f"FOLDER={facts.folder}")}
    script: |
      #!/usr/bin/env bash
      set -eu
      REGISTRY="$_REGISTRY"
{indented(compile_package(facts), 6)}\
      export JUPYTER_KFP_HOST="$_HOST" JUPYTER_KFP_IAP_CLIENT_ID="$_IAP_CLIENT_ID"
      export JUPYTER_KFP_NAMESPACE="$_NAMESPACE" JUPYTER_KFP_BUCKET="$_BUCKET"
{indented(submit_notebook(facts), 6)}
artifacts:
  objects:
    location: ${{_PACKAGES}}/{facts.pipeline}/$BUILD_ID
    paths: [{json.dumps(f"{facts.folder}/pipeline.yaml")}]
"""


def _build(step: str, image: str, facts: CiFacts) -> str:
    return f"""\
  - id: {json.dumps(f"image-{step}")}
    name: gcr.io/cloud-builders/docker
    waitFor: ["-"]
    env:
      - {json.dumps(f"FOLDER={facts.folder}")}
      - {json.dumps(f"STEP={step}")}
      - {json.dumps(f"IMAGE={image}")}
    script: |
      #!/usr/bin/env bash
      set -eu
      REGISTRY="$_REGISTRY"
{indented(BUILD_AND_PUSH, 6)}"""


def _quoted_path(facts: CiFacts) -> str:
    path = "cloudbuild.yaml" if facts.folder == "." else f"{facts.folder}/cloudbuild.yaml"
    return f'"{path}"' if " " in path else path
