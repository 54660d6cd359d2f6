"""A pipeline of GitLab CI. Its keys: https://docs.gitlab.com/ci/yaml/."""

from __future__ import annotations

import json

from .facts import CiFacts
from .scripts import BUILD_AND_PUSH, compile_package, indented, submit_notebook


def render_gitlab(facts: CiFacts) -> str:
    """The text of `.gitlab-ci.yml`."""
    matrix = "".join(
        f"      - {{ STEP: {json.dumps(step)}, IMAGE: {json.dumps(image)} }}\n"
        for step, image in facts.images.items()
    )
    changes = "" if facts.folder == "." else f"      changes: [{json.dumps(facts.folder + '/**/*')}]\n"
    return f"""\
# Builds the images of pipeline {facts.pipeline} that are not in the registry yet, and its package.
# Made by jupyter-kfp. Belongs at .gitlab-ci.yml of the repository, or is included there.
stages: [images, package]

variables:
  # The project's own registry needs no more variables. For another one, set REGISTRY_USER and REGISTRY_PASSWORD.
  REGISTRY: {json.dumps(facts.registry or "$CI_REGISTRY_IMAGE")}
  FOLDER: {json.dumps(facts.folder)}

.on-change:
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
{changes}
images:
  extends: .on-change
  stage: images
  image: docker:28
  services: ["docker:28-dind"]
  variables:
    DOCKER_TLS_CERTDIR: "/certs"
  parallel:
    matrix:
{matrix}  before_script:
    - >-
      echo "${{REGISTRY_PASSWORD:-$CI_REGISTRY_PASSWORD}}" |
      docker login "${{REGISTRY%%/*}}" --username "${{REGISTRY_USER:-$CI_REGISTRY_USER}}" --password-stdin
  script:
    - |
{indented(BUILD_AND_PUSH, 6)}
package:
  extends: .on-change
  stage: package
  image: python:{facts.python}-slim-bookworm
  script:
    - |
{indented(compile_package(facts), 6)}\
    # Where the variable JUPYTER_KFP_HOST of the project is set; docs/cluster.md of jupyter-kfp has the others.
    # A service account's key is a variable of type file, GOOGLE_APPLICATION_CREDENTIALS.
    - |
{indented(submit_notebook(facts), 6)}\
  artifacts:
    paths: [{json.dumps(f"{facts.folder}/pipeline.yaml")}]
"""
