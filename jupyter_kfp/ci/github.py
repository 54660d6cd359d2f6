"""A workflow of GitHub Actions. Its keys: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions."""

from __future__ import annotations

import json

from .facts import CiFacts
from .scripts import BUILD_AND_PUSH, compile_package, indented, submit_notebook

_OWN = "ghcr.io/${{ github.repository }}"


def render_github(facts: CiFacts) -> str:
    """The text of `.github/workflows/<pipeline>.yml`."""
    matrix = "".join(
        f"          - {{ step: {json.dumps(step)}, image: {json.dumps(image)} }}\n"
        for step, image in facts.images.items()
    )
    paths = "" if facts.folder == "." else f"    paths: [{json.dumps(facts.folder + '/**')}]\n"
    return f"""\
# Builds the images of pipeline {facts.pipeline} that are not in the registry yet, and its package.
# Made by jupyter-kfp. Belongs at .github/workflows/{facts.pipeline}.yml of the repository.
name: {facts.pipeline}

on:
  push:
    branches: [main]
{paths}  workflow_dispatch:

permissions:
  contents: read
  packages: write

env:
  # The registry of this repository needs no secrets. For another one, set them: a user and a password, such as
  # `_json_key` and a service account's key for Google's.
  REGISTRY: {json.dumps(facts.registry or _OWN)}
  FOLDER: {json.dumps(facts.folder)}

jobs:
  image:
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        include:
{matrix}    steps:
      - uses: actions/checkout@v4
      - name: Sign in to the registry
        env:
          USER_NAME: ${{{{ secrets.REGISTRY_USER || github.actor }}}}
          PASSWORD: ${{{{ secrets.REGISTRY_PASSWORD || secrets.GITHUB_TOKEN }}}}
        run: echo "$PASSWORD" | docker login "${{REGISTRY%%/*}}" --username "$USER_NAME" --password-stdin
      - name: Build and push, unless this content is there already
        env:
          STEP: ${{{{ matrix.step }}}}
          IMAGE: ${{{{ matrix.image }}}}
        run: |
          REGISTRY="${{REGISTRY,,}}"
{indented(BUILD_AND_PUSH, 10)}
  package:
    needs: image
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "{facts.python}"
      - name: Compile and clean
        run: |
          REGISTRY="${{REGISTRY,,}}"
{indented(compile_package(facts), 10)}\
      - uses: actions/upload-artifact@v4
        with:
          name: {facts.pipeline}
          path: {json.dumps(f"{facts.folder}/pipeline.yaml")}
      # Where the variable JUPYTER_KFP_HOST of the repository is set; docs/cluster.md of jupyter-kfp has the others.
      # In place of a key, google-github-actions/auth signs in without one.
      - name: Submit
        env:
          JUPYTER_KFP_HOST: ${{{{ vars.JUPYTER_KFP_HOST }}}}
          JUPYTER_KFP_IAP_CLIENT_ID: ${{{{ vars.JUPYTER_KFP_IAP_CLIENT_ID }}}}
          JUPYTER_KFP_NAMESPACE: ${{{{ vars.JUPYTER_KFP_NAMESPACE }}}}
          JUPYTER_KFP_BUCKET: ${{{{ vars.JUPYTER_KFP_BUCKET }}}}
          KEY: ${{{{ secrets.GOOGLE_SERVICE_ACCOUNT_KEY }}}}
        run: |
          REGISTRY="${{REGISTRY,,}}"
          if [ -n "$KEY" ]; then
            (umask 077; printf '%s' "$KEY" > "$RUNNER_TEMP/key.json")
            export GOOGLE_APPLICATION_CREDENTIALS="$RUNNER_TEMP/key.json"
          fi
          unset KEY
{indented(submit_notebook(facts), 10)}"""
