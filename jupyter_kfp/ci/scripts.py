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

SUBMIT = """\
# To submit pipeline.yaml from here, give this job an identity that may: with Kubeflow behind IAP a service
# account, with Vertex AI one that has the role of a Vertex AI user.
"""


def compile_package(facts: CiFacts) -> str:
    """Compile pipeline.py, and clean what came out."""
    lines = [
        f"python -m pip install {' '.join(json.dumps(package) for package in facts.packages)}",
        'cd "$FOLDER"',
    ]
    if facts.registry is None:
        # The images of pipeline.py have no registry then: which one it is, is known here only.
        image = rf'"({facts.pipeline}-[a-z0-9-]+:[0-9a-f]{{64}})"'
        lines.append(f"sed -E -i 's#{image}#\"'\"$REGISTRY\"'/\\1\"#' pipeline.py")
    lines += ["python pipeline.py", "jupyter kfp clean pipeline.yaml"]
    return "".join(f"{line}\n" for line in lines)


def indented(script: str, by: int) -> str:
    """The script as the lines of a YAML block."""
    return "".join(f"{' ' * by}{line}\n" if line else "\n" for line in script.splitlines())
