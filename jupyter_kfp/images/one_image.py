"""One image for the whole pipeline: the dependencies of all steps together, and no code.

The quick path for trying things: a changed cell needs no build. The image changes only with the lock, that is with the
requirements; each step folder is put into the container when it starts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import JupyterKfpError
from ..notebook.cells import StepName
from ..project import StepFolder, step_digest
from .build import CODE

ALL = StepName("all-steps")
"""What the image is called where a step's is called by the step."""

_HEADER = "# The requirements of all steps together. Made by jupyter-kfp.\n\n"


@dataclass(frozen=True)
class OneImage:
    """The container context of an image that every step can run in, and the steps that it is for."""

    folder: StepFolder
    steps: tuple[StepName, ...]


def write_one_image(folders: Sequence[StepFolder], out: Path) -> OneImage:
    """Write its Dockerfile and requirements.txt below `out`, which is empty or not there.

    Raises JupyterKfpError where the steps build on different images or want different versions of a package.
    """
    out.mkdir(parents=True, exist_ok=True)
    for path in {wheel for folder in folders for wheel in (folder.folder / "wheels").glob("*")}:
        (out / "wheels").mkdir(exist_ok=True)
        (out / "wheels" / path.name).write_bytes(path.read_bytes())
    dockerfiles = [(folder.folder / "Dockerfile").read_text(encoding="utf-8") for folder in folders]
    requirements = [(folder.folder / "requirements.txt").read_text(encoding="utf-8") for folder in folders]
    (out / "Dockerfile").write_text(_dockerfile(dockerfiles), encoding="utf-8")
    (out / "requirements.txt").write_text(_union(requirements), encoding="utf-8")
    return OneImage(StepFolder(ALL, out, step_digest(out)), tuple(folder.name for folder in folders))


def _dockerfile(texts: Sequence[str]) -> str:
    """The part that installs, which is the same for all steps but for how strictly pip is called."""
    bases = {found[1] for text in texts if (found := re.search(r"(?m)^FROM (\S+)", text))}
    if len(bases) > 1:
        raise JupyterKfpError(
            f"the steps build on different images ({', '.join(sorted(bases))}), so there is no one image for all",
            fix="take the `image` settings out, set one in the defaults, or build an image for each step",
        )
    # A step whose requirements are not all pinned lets pip look for more; a wheel is copied where any step has one.
    text = max(texts, key=lambda text: ("--no-deps" not in text, "COPY wheels/" in text))
    if any("COPY wheels/" in other for other in texts) and "COPY wheels/" not in text:
        text = text.replace("COPY requirements.txt ./\n", "COPY requirements.txt ./\nCOPY wheels/ wheels/\n")
    install = text.partition(CODE)[0].partition("\n")[2]
    user = text.partition("\nUSER ")[2].partition("\n")[0]
    return f"""\
# Image of all steps, without their code. Made by jupyter-kfp.
{install.rstrip()}

USER {user}
CMD ["python"]
"""


def _union(texts: Sequence[str]) -> str:
    """All requirements, each once, in the order of their names."""
    lines: dict[str, set[str]] = {}
    for text in texts:
        for line in text.replace("\\\n", "").splitlines():  # hashes go on behind a backslash
            requirement = line.partition("  #")[0].strip()
            if requirement and not requirement.startswith("#"):
                name = re.split(r"[=<>!~; \[@]", requirement, maxsplit=1)[0].lower()
                lines.setdefault(name, set()).add(requirement)
    for name, wanted in lines.items():
        if len(wanted) > 1:
            raise JupyterKfpError(
                f"the steps ask for different versions of {name}: {', '.join(sorted(wanted))}",
                fix="build an image for each step",
            )
    return _HEADER + "".join(f"{requirement}\n" for name in sorted(lines) for requirement in lines[name])
