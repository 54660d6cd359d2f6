"""The shell of CI files: the same for all services. Variables are set by the file around it."""

from __future__ import annotations

import json

from .facts import CiFacts

# IMAGE is `iris-train:<digest>`: an image of that content may be there from an earlier commit.
BUILD_AND_PUSH = """\
if docker manifest inspect "$REGISTRY/$IMAGE" > /dev/null 2>&1; then
  echo "$IMAGE is there already"
else
  docker build --label "org.opencontainers.image.revision=${IMAGE#*:}" --tag "$REGISTRY/$IMAGE" "$FOLDER/steps/$STEP"
  docker push "$REGISTRY/$IMAGE"
fi
"""


def compile_package(facts: CiFacts) -> str:
    """Compile pipeline.py, and clean what came out."""
    lines = [
        f"python -m pip install {' '.join(json.dumps(package) for package in facts.packages)}",
    ]
    if facts.registry is None:
        # The images of pipeline.py have no registry then: which one it is, is known here only.
        image = rf'"({facts.pipeline}-[a-z0-9-]+:[0-9a-f]{{64}})"'
        lines.append(f'sed -E -i \'s#{image}#"\'"$REGISTRY"\'/\\1"#\' "$FOLDER/pipeline.py"')
    lines += ['python "$FOLDER/pipeline.py"', 'jupyter kfp clean "$FOLDER/pipeline.yaml"']
    return "".join(f"{line}\n" for line in lines)


def submit_notebook(facts: CiFacts) -> str:
    """Start a run with the images that were built, where a cluster is set."""
    if facts.notebook is None:
        return "# The notebook is not in this repository, so nothing is submitted from here.\n"
    images = [f'  --image "{step}=$REGISTRY/{image}"' for step, image in facts.images.items()]
    command = " \\\n".join([f'jupyter kfp submit "{facts.notebook}"', *(f"  {line}" for line in images)])
    return f"""\
if [ -n "${{JUPYTER_KFP_HOST:-}}" ]; then
  {command}
else
  echo "JUPYTER_KFP_HOST is not set: nothing is submitted"
fi
"""


def indented(script: str, by: int) -> str:
    """The script as the lines of a YAML block."""
    return "".join(f"{' ' * by}{line}\n" if line else "\n" for line in script.splitlines())
